"""What is wired to what, as a rig file says it. Passive: how it is used, the drivers know.

Each field that a rig file can set bears the rule for its value, and, where it must be set, how
that may be written; every default stands here. A field is called as its key is.
"""

from __future__ import annotations

import difflib
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

from wkmp_pi.config.rules import RefusedError, Rule, boolean, path, shown, text, whole

HERE = "here"
"""Instead of ``user@host``: the bench itself, the machine that runs the tests."""

_HOST = r"[A-Za-z0-9\[][A-Za-z0-9.:%_\]-]*"
_USER = r"[A-Za-z_][A-Za-z0-9._-]*"


def any_of(words: Iterable[str]) -> str:
    """What is expected, in a message."""
    return f"one of {listed}" if (listed := ", ".join(words)) else "none"


def word(*words: str) -> Rule:
    """One of a few words; a refusal names the one that was probably meant."""

    def rule(value: Any) -> str:
        if isinstance(value, str) and value in words:
            return value
        near = difflib.get_close_matches(value, words, n=1) if isinstance(value, str) else ()
        remedy = f"did you mean {near[0]}?" if near else 'write it in "quotes"'
        raise RefusedError(f"found {shown(value)}; expected {any_of(words)}; {remedy}")

    return rule


def number(low: int, high: int, unit: str = "") -> Rule:
    """A number with or without a point; a bool is not one."""
    expected = f"a number from {low} to {high} {unit}".rstrip()

    def rule(value: Any) -> float:
        if type(value) in (int, float) and low <= value <= high:
            return float(value)
        raise RefusedError(f"found {shown(value)}; expected {expected}; correct the number")

    return rule


def _matching(pattern: str, expected: str, remedy: str) -> Rule:
    def rule(value: Any) -> str:
        if isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII):
            return value
        raise RefusedError(f"found {shown(value)}; expected {expected}; {remedy}")

    return rule


def _file_here(what: str, remedy: str, *, secret: bool = False) -> Rule:
    """A file of the bench; a secret one must be its owner's alone, or ssh will not take it."""

    def rule(value: Any) -> Path | None:
        if (found := path(value)) is None:
            return None
        try:
            mode = found.stat().st_mode
        except OSError as error:
            why = f"found {shown(value)}, but {error.strerror}"
            raise RefusedError(f"{why}; expected {what}; {remedy}") from error
        if not stat.S_ISREG(mode):
            raise RefusedError(f"found no file at {shown(value)}; expected {what}; {remedy}")
        if secret and mode & 0o077:
            rights = f"{stat.S_IMODE(mode):04o}"
            raise RefusedError(f"found rights {rights}; expected 0600; chmod 600 the file")
        return found

    return rule


PIN: Final = whole(0, 27, "(BCM)")
_PORT = whole(1, 65_535, "")
_MACHINE = _matching(f"{_USER}@{_HOST}", "user@host", "write who logs in where")
_MACHINE_OR_HERE = _matching(
    f"{HERE}|{_USER}@{_HOST}", f"user@host, or {HERE}", "write who logs in where"
)
_BROKER_HOST = _matching(_HOST, "a host's name or address", "correct it")
_THERE = _matching(r"/[^\0-\x1f\x7f]{0,1000}", "an absolute path there", "write the whole path")
_UNIT = _matching(r"\w[\w:.@\\-]{0,240}\.service", "a unit's name", "end it with .service")
_KEY = _file_here("a private key", "make one with ssh-keygen, or correct the path", secret=True)
_PASSWORD = _file_here("a file with a password", "write one, or correct the path")


@dataclass(frozen=True, kw_only=True)
class Ssh:
    """A machine that is reached by ssh, with a key, so that nobody is asked for a password.

    Attributes:
        host: ``user@host``; never begins with ``-``.
        port: where its ssh server listens.
        identity: the private key; ``None`` leaves the choice to ssh.
    """

    host: str
    port: int = 22
    identity: Path | None = None


@dataclass(frozen=True, kw_only=True)
class _Reached:
    """How a machine is reached, once it is named."""

    port: Annotated[int, _PORT] = 22
    identity: Annotated[Path | None, _KEY] = None

    def _ssh(self, host: str) -> Ssh | None:
        return None if host == HERE else Ssh(host=host, port=self.port, identity=self.identity)


@dataclass(frozen=True, kw_only=True)
class _Pins(_Reached):
    """A machine whose GPIO pins are wired to something.

    Attributes:
        python: an interpreter there with gpiozero and lgpio; an absolute path there.
        chip: the number of its ``/dev/gpiochip``.
    """

    python: Annotated[str, _THERE] = "/usr/bin/python3"
    chip: Annotated[int, whole(0, 99, "(of /dev/gpiochip)")] = 0


@dataclass(frozen=True, kw_only=True)
class VirtualBox:
    """A Pi that is a process of the bench.

    Attributes:
        memory_mb: what it has, in MiB.
        time: ``real``, or ``simulated``: idle time is skipped, and every run is alike.
        card_mb: size of its SD card, in MiB.
    """

    memory_mb: Annotated[int, whole(64, 4096, "MiB")] = 512
    time: Annotated[str, word("real", "simulated")] = "real"
    card_mb: Annotated[int, whole(16, 16_384, "MiB")] = 256


@dataclass(frozen=True, kw_only=True)
class Board(_Reached):
    """A real box with the product installed as a service.

    Attributes:
        ssh: ``user@host``.
        python: the interpreter of the product; an absolute path there.
        unit: the systemd unit of the product.
    """

    ssh: Annotated[str, _MACHINE, 'ssh = "pi@box.local"']
    python: Annotated[str, _THERE] = "/opt/wkmp-pi/.venv/bin/python"
    unit: Annotated[str, _UNIT] = "wkmp-pi.service"

    @property
    def at(self) -> Ssh:
        """Where it is."""
        return Ssh(host=self.ssh, port=self.port, identity=self.identity)


@dataclass(frozen=True, kw_only=True)
class _Lines:
    """Wires to the box's buttons and from its outputs.

    Attributes:
        buttons: the box's own pin of each button, by BCM number; at least one.
        outputs: likewise for each output.
        active_low: whether a pressed button pulls its pin down.
    """

    buttons: Mapping[str, int]
    outputs: Mapping[str, int] = field(default_factory=dict)
    active_low: Annotated[bool, boolean] = True


@dataclass(frozen=True, kw_only=True)
class SimLines(_Lines):
    """Lines of a GPIO chip that the kernel of the box simulates."""


@dataclass(frozen=True, kw_only=True)
class GpioLines(_Lines, _Pins):
    """Real wires, to the pins of another machine, the puller.

    Attributes:
        puller: ``user@host``, or ``here``.
        pulling: the puller's pin at each button, by BCM number.
        reading: the puller's pin at each output.
    """

    puller: Annotated[str, _MACHINE_OR_HERE, 'puller = "here"']
    pulling: Mapping[str, int]
    reading: Mapping[str, int] = field(default_factory=dict)

    @property
    def at(self) -> Ssh | None:
        """Where the puller is; ``None`` is the bench itself."""
        return self._ssh(self.puller)


@dataclass(frozen=True, kw_only=True)
class _LineIn:
    """The sound device that records what the box plays.

    Attributes:
        rate_hz: of the recording.
        format: ``S16`` or ``S32``.
        latency_us: what the path adds, from the box's buffer to the recorder's; calibrated.
        device: its ALSA name.
        uncertainty_us: how wrong a time may be that was read off a recording, either way.
    """

    rate_hz: Annotated[int, whole(8000, 192_000, "Hz")] = 44_100
    format: Annotated[str, word("S16", "S32")] = "S32"
    latency_us: Annotated[int, whole(0, 1_000_000, "µs")] = 0


_UNCERTAIN = whole(0, 1_000_000, "µs")


@dataclass(frozen=True, kw_only=True)
class LoopbackIn(_LineIn):
    """The other end of the box's own virtual sound card."""

    exact: ClassVar[bool] = True
    """The samples are the very ones that the box wrote."""

    device: Annotated[str, text] = "hw:Loopback,1,0"
    uncertainty_us: Annotated[int, _UNCERTAIN] = 0


@dataclass(frozen=True, kw_only=True)
class AlsaIn(_LineIn):
    """A card of the bench that is wired to the box's line-out."""

    exact: ClassVar[bool] = False

    device: Annotated[str, text, 'device = "hw:CARD=ADC"']
    uncertainty_us: Annotated[int, _UNCERTAIN, "uncertainty_us = 1000"]


@dataclass(frozen=True, kw_only=True)
class VirtualPower:
    """A virtual box is fed as long as its process lives."""


@dataclass(frozen=True, kw_only=True)
class Relay(_Pins):
    """A relay that cuts the box's supply.

    Attributes:
        host: the machine that switches it, ``user@host`` or ``here``.
        pin: of that machine, by BCM number.
        active_high: whether the box has power while the pin is high.
        off_s: how long it stays off at least, until every capacitor of the box is empty.
    """

    host: Annotated[str, _MACHINE_OR_HERE, 'host = "here"']
    pin: Annotated[int, PIN, "pin = 26"]
    active_high: Annotated[bool, boolean] = True
    off_s: Annotated[float, number(0, 600, "s")] = 5.0

    @property
    def at(self) -> Ssh | None:
        """Where the machine is; ``None`` is the bench itself."""
        return self._ssh(self.host)


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """Nobody but a person can cut the power."""


@dataclass(frozen=True, kw_only=True)
class Broker:
    """The MQTT broker beside the box.

    Attributes:
        host: as the box and the bench both see it.
        port: where it listens.
        user: ``None`` for nobody.
        password_file: its first line is the password; ``None`` for none.
    """

    host: Annotated[str, _BROKER_HOST] = "127.0.0.1"
    port: Annotated[int, _PORT] = 1883
    user: Annotated[str | None, text] = None
    password_file: Annotated[Path | None, _PASSWORD] = None


@dataclass(frozen=True, kw_only=True)
class Rig:
    """Everything on the bench.

    Attributes:
        name: for tables and evidence.
        broker: ``None`` where there is none.
        limits: what this rig is held to where it cannot be as exact as others, by name of limit.
        file: where all of it was read from.
    """

    name: Annotated[str, text, 'name = "workbench"']
    box: VirtualBox | Board
    lines: SimLines | GpioLines
    line_in: LoopbackIn | AlsaIn
    power: VirtualPower | Relay | ByHand
    broker: Broker | None
    limits: Mapping[str, float]
    file: Path

    @property
    def virtual(self) -> bool:
        """Whether the box is a process of the bench."""
        return isinstance(self.box, VirtualBox)

    def limit(self, name: str, usual: float) -> float:
        """What this rig is held to: its own limit of that name, else the ``usual`` one."""
        return self.limits.get(name, usual)


KINDS: Final[Mapping[str, Mapping[str, type[Any]]]] = {
    "box": {"virtual": VirtualBox, "bench": Board},
    "lines": {"sim": SimLines, "gpio": GpioLines},
    "line_in": {"loopback": LoopbackIn, "alsa": AlsaIn},
    "power": {"virtual": VirtualPower, "relay": Relay, "by_hand": ByHand},
}
"""The tables that may be one thing or another; which box it is, the kind of the rig says."""

POSSIBLE: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "virtual": {"lines": ("sim",), "line_in": ("loopback",), "power": ("virtual",)},
    "bench": {"lines": ("gpio",), "line_in": ("alsa",), "power": ("by_hand", "relay")},
}
"""Which kinds each kind of rig can have; the first is the default."""

"""The Music Player Daemon on the box, in the place of our service, for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from hil.drivers.programs import Program
from hil.drivers.protocols import Shell
from hil.errors import RigError

_FOLDER = "/tmp/hil-mpd"  # noqa: S108 - of a box that is a test's own
_CONF = """\
bind_to_address "{folder}/socket"
playlist_directory "{folder}"
log_file "{folder}/log"
zeroconf_enabled "no"
auto_update "no"
resampler {{
    plugin "soxr"
    quality "high"
}}
audio_output {{
    type "alsa"
    name "card"
    device "{output.device}"
    format "{output.rate_hz}:32:2"
    {buffer}
    mixer_type "none"
}}
input {{
    plugin "curl"
    enabled "no"
}}
"""


_BUFFER = """\
buffer_time "{buffer_us}"
    period_time "{period_us}"
"""


@dataclass(frozen=True, slots=True)
class Output:
    """Where it plays to; all else is as it is shipped.

    Attributes:
        device: ALSA's name of it.
        rate_hz: of the stream, which has 32 bits.
        latency_ms: the buffer; ``None`` leaves that and the period as they are shipped.
        period_ms: what is handed over at once.
    """

    device: str
    rate_hz: int = 44_100
    latency_ms: int | None = None
    period_ms: int = 0

    @property
    def text(self) -> str:
        """The configuration."""
        ours = self.latency_ms is not None
        times = {"buffer_us": (self.latency_ms or 0) * 1000, "period_us": self.period_ms * 1000}
        buffer = _BUFFER.format(**times) if ours else ""
        return _CONF.format(folder=_FOLDER, output=self, buffer=buffer)


class Done(NamedTuple):
    """What it answered; times are CLOCK_MONOTONIC of the box.

    Attributes:
        found: its answer, by keys.
        sent_ns: just before it was asked.
        came_ns: when its answer began to come.
    """

    found: dict[str, str]
    sent_ns: int
    came_ns: int


class Told(NamedTuple):
    """Its status after it had said, at ``came_ns``, that something happened to its player."""

    status: dict[str, str]
    came_ns: int


class Mpd:
    """The daemon, running; our service must be off, for it wants the same card.

    Args:
        shell: the box, on whose PATH ``mpd`` is.
        python: an interpreter there.
        output: where it plays to.

    Raises:
        RigError: it does not start.

    Attributes:
        told: everything that it has said by itself so far, in order.
    """

    def __init__(self, shell: Shell, python: str, output: Output) -> None:
        self.told: list[Told] = []
        shell.write(f"{_FOLDER}/mpd.conf", output.text.encode())
        self._daemon = shell.start(["mpd", "--no-daemon", f"{_FOLDER}/mpd.conf"])
        self._side = Program(shell, python, "mpdside", f"{_FOLDER}/socket")
        try:
            self.now_ns()
        except BaseException:
            self.close()
            raise

    def ask(self, line: str) -> Done:
        """One line of its protocol.

        Raises:
            RigError: it refuses, or does not answer.
        """
        self._side.tell(ask=line)
        said = self._answer()
        return Done(said["answer"], said["sent_ns"], said["came_ns"])

    def now_ns(self) -> int:
        """CLOCK_MONOTONIC of the box; ``told`` is complete up to then."""
        self._side.tell(ping=1)
        return int(self._answer()["now_ns"])

    def close(self) -> None:
        """End it."""
        self._side.kill()
        self._daemon.kill()
        self._daemon.end()

    def _answer(self) -> dict[str, Any]:
        """The next thing said that was asked for."""
        while True:
            try:
                said = self._side.hear()
            except TimeoutError as error:
                raise RigError(f"{self._side.place}: {error}; expected an answer") from error
            if "told" in said:
                self.told.append(Told(said["told"], said["came_ns"]))
            elif "error" in said:
                raise RigError(f"{self._side.place}: {said['error']}")
            else:
                return said

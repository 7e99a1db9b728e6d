"""As much of a systemd unit as the guest needs: how a service is started, and when again."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Unit:
    """The part of ``[Service]`` that this manager obeys; the rest is for the real one.

    Attributes:
        argv: the command.
        environment: what it gets besides the usual.
        restarts: whether it is started again however it ended.
        unless: exit statuses after which it is not.
        restart_s: after so long.
        stop_s: after so long, a stop becomes a kill.
        watchdog_s: it must notify so often; ``None``: it need not.
        state: its folder below /var/lib.
        runtime: its folder below /run.
        notifies: whether it says itself when it is up.
    """

    argv: tuple[str, ...]
    environment: dict[str, str]
    restarts: bool
    unless: frozenset[int]
    restart_s: float
    stop_s: float
    watchdog_s: float | None
    state: str | None
    runtime: str | None
    notifies: bool


def read(files: Sequence[Path]) -> Unit:
    """A unit and its drop-ins, in the order in which they override each other.

    Raises:
        ValueError: no command, or a time that is none.
    """
    values: dict[str, list[str]] = defaultdict(list)
    for file in files:
        for key, value in _service_lines(file.read_text()):
            if value:
                values[key].append(value)
            else:
                values[key].clear()  # an empty value forgets what stood before
    if not values["ExecStart"]:
        raise ValueError(f"{files[0]}: no ExecStart; expected a command")

    def last(key: str, default: str) -> str:
        return (values[key] or [default])[-1]

    watchdog_s = seconds(last("WatchdogSec", "0"))
    return Unit(
        argv=tuple(shlex.split(last("ExecStart", ""))),
        environment=dict(
            word.partition("=")[::2] for line in values["Environment"] for word in shlex.split(line)
        ),
        restarts=last("Restart", "no") == "always",
        unless=frozenset(int(code) for code in last("RestartPreventExitStatus", "").split()),
        restart_s=seconds(last("RestartSec", "100ms")),
        stop_s=seconds(last("TimeoutStopSec", "90")),
        watchdog_s=watchdog_s or None,
        state=last("StateDirectory", "") or None,
        runtime=last("RuntimeDirectory", "") or None,
        notifies=last("Type", "simple") == "notify",
    )


def seconds(text: str) -> float:
    """``5``, ``5s``, ``1min 30s`` or ``100ms`` as systemd means them.

    Raises:
        ValueError: it is no time.
    """
    sizes = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "": 1.0}
    words = re.findall(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text)
    if not words or any(unit not in sizes for _, unit in words):
        raise ValueError(f"{text!r}: no time; expected one such as 5s")
    return sum(float(number) * sizes[unit] for number, unit in words)


def _service_lines(text: str) -> Iterator[tuple[str, str]]:
    section = ""
    for line in map(str.strip, text.replace("\\\n", " ").splitlines()):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and line[0] not in "#;":
            key, _, value = line.partition("=")
            yield key.strip(), value.strip()

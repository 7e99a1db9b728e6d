"""Two players that are measured alike: our service, and the Music Player Daemon on the same box."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import pytest

from hil.bench import Bench
from hil.drivers.card import PLAYS
from hil.drivers.mpd import Mpd, Output
from wkmp_pi.config import Audio

_USUAL = Audio()
OUR_BUFFER = Output(PLAYS + ",0", latency_ms=_USUAL.latency_ms, period_ms=_USUAL.period_ms)
ITS_OWN_BUFFER = Output(PLAYS + ",0")


class Player(Protocol):
    """A running program; each act returns when it was asked for, CLOCK_MONOTONIC of the box."""

    def start(self, files: Sequence[str], crossfade_s: int = 0) -> int:
        """Forget everything else and play these files, one after the other."""
        ...

    def pause(self) -> int:
        """Stand still."""
        ...

    def resume(self) -> int:
        """Go on."""
        ...

    def seek(self, position_ms: int) -> int:
        """Go to another place of what is playing."""
        ...

    def announced_ns(self) -> list[int]:
        """When it has announced each song since ``start``; CLOCK_MONOTONIC of the box."""
        ...


class Ours:
    """Our service; a ``Player``.

    Args:
        bench: with the service running.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._begin_ns = 0

    def start(self, files: Sequence[str], crossfade_s: int = 0) -> int:
        """See ``Player``."""
        self._bench.ask("clear")
        self._bench.ask("settings.set", key="crossfade_ms", value=crossfade_s * 1000)
        self._begin_ns = self._bench.side.now_ns()
        sent_ns = self._bench.asked("enqueue", items=list(files)).sent_ns
        self._bench.ask("play")
        return sent_ns

    def pause(self) -> int:
        """See ``Player``."""
        return self._bench.asked("pause").sent_ns

    def resume(self) -> int:
        """See ``Player``."""
        return self._bench.asked("play").sent_ns

    def seek(self, position_ms: int) -> int:
        """See ``Player``."""
        return self._bench.asked("seek", position_ms=position_ms).sent_ns

    def announced_ns(self) -> list[int]:
        """See ``Player``."""
        started = self._bench.events("passage.started")
        return [event.came_ns for event in started if event.came_ns > self._begin_ns]


class Peer:
    """MPD; a ``Player``.

    Args:
        mpd: running.
    """

    def __init__(self, mpd: Mpd) -> None:
        self._mpd = mpd
        self._known = 0

    def start(self, files: Sequence[str], crossfade_s: int = 0) -> int:
        """See ``Player``."""
        self._mpd.ask("clear")
        self._mpd.ask(f"crossfade {crossfade_s}")
        self._known = len(self._mpd.told)
        for file in files:
            self._mpd.ask(f'add "file://{file}"')
        return self._mpd.ask("play").sent_ns

    def pause(self) -> int:
        """See ``Player``."""
        return self._mpd.ask("pause 1").sent_ns

    def resume(self) -> int:
        """See ``Player``."""
        return self._mpd.ask("pause 0").sent_ns

    def seek(self, position_ms: int) -> int:
        """See ``Player``."""
        return self._mpd.ask(f"seekcur {position_ms / 1000}").sent_ns

    def announced_ns(self) -> list[int]:
        """See ``Player``: whenever the song of its status is another one."""
        self._mpd.now_ns()
        found: dict[str, int] = {}
        for told in self._mpd.told[self._known :]:
            if told.status.get("state") == "play":
                found.setdefault(told.status["song"], told.came_ns)
        return list(found.values())


@contextmanager
def peer(bench: Bench, output: Output = OUR_BUFFER) -> Iterator[Peer]:
    """MPD on the box's card; our service is off meanwhile.

    A bench of real boards, where nobody has installed it beside us, is left out.
    """
    if not bench.rig.virtual:
        pytest.skip(f"{bench.rig.name}: no MPD for its card; expected a virtual Pi")
    bench.stop()
    mpd = Mpd(bench.shell, bench.python, output)
    try:
        yield Peer(mpd)
    finally:
        mpd.close()

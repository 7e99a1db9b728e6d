"""Play history: what was really heard of each passage and each song, pauses apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from wkmp_pi.events import kinds
from wkmp_pi.events.kinds import Event
from wkmp_pi.library.records import Play, SongPlay
from wkmp_pi.passage import EntryId, Passage, PassageId

NAMES = ("passage.started", "passage.completed", "song.changed")


@dataclass
class _Song:
    """A song that is heard now."""

    event: kinds.SongChanged
    started_utc: datetime
    since_frame: int


@dataclass
class _Hearing:
    """An entry that is heard now."""

    started: kinds.PassageStarted
    started_utc: datetime
    song: _Song | None = None
    songs: list[SongPlay] = field(default_factory=list)


class History:
    """Collects what was heard and hands it on, one ``Play`` for each completed entry.

    Frames stand still in a pause, so song times need no other arithmetic.

    Args:
        record: keeps a play; must not wait.
        rate_hz: of the stream, to turn frames into time.
        now_utc: calendar time.
    """

    def __init__(
        self,
        record: Callable[[Play], None],
        rate_hz: int,
        now_utc: Callable[[], datetime],
    ) -> None:
        self._record = record
        self._rate_hz = rate_hz
        self._now_utc = now_utc
        self._hearing: dict[int, _Hearing] = {}

    def handle(self, event: Event) -> None:
        """Take in one event of ``NAMES``."""
        match event:
            case kinds.PassageStarted():
                self._hearing[event.entry] = _Hearing(event, self._now_utc())
            case kinds.SongChanged():
                self._change_song(event)
            case kinds.PassageCompleted():
                self._complete(event)

    def _change_song(self, event: kinds.SongChanged) -> None:
        hearing = self._hearing.get(event.entry)
        if hearing is None:
            return
        self._end_song(hearing, event.frame)
        if event.song is not None:
            hearing.song = _Song(event, self._now_utc(), event.frame)

    def _end_song(self, hearing: _Hearing, frame: int) -> None:
        song, hearing.song = hearing.song, None
        if song is None or song.event.song is None:
            return
        hearing.songs.append(
            SongPlay(
                song=song.event.song,
                title=song.event.title,
                artist=song.event.artist,
                started_utc=song.started_utc,
                played_ms=(frame - song.since_frame) * 1000 // self._rate_hz,
            )
        )

    def _complete(self, event: kinds.PassageCompleted) -> None:
        hearing = self._hearing.pop(event.entry, None)
        if hearing is None:
            return
        self._end_song(hearing, event.frame)
        about = hearing.started
        passage = Passage(
            id=PassageId(about.passage),
            file=about.file,
            title=about.title,
            artist=about.artist,
            album=about.album,
        )
        self._record(
            Play(
                entry=EntryId(event.entry),
                passage=passage,
                started_utc=hearing.started_utc,
                reason=event.reason,
                played_ms=event.played_ms,
                songs=tuple(hearing.songs),
            )
        )

"""Runs on a virtual clock: time moves when a test says so, and what comes out is kept."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import Custom, Event, PassageCompleted, PassageStarted, Reason
from wkmp_pi.events.machines import Publish
from wkmp_pi.events.told import Told, numbered
from wkmp_pi.playlists.book import EMPTY, Book, Source, revised
from wkmp_pi.playlists.runs import Runs
from wkmp_pi.playlists.words import Answer, Arm, Do, Join, MarkHeard, Shutdown, Start, Stop

MS = 1_000_000
S = 1000 * MS
BEGIN = 1000 * S
FOLDER = Path("playlists")


def book_of(before: Book = EMPTY, known: tuple[str, ...] = (), **texts: str | None) -> Book:
    """A book of these texts by their ids; ``None`` is a file that has gone."""
    changes = {
        id_: None if text is None else Source(FOLDER / f"{id_}.toml", text.encode())
        for id_, text in texts.items()
    }
    return revised(before, changes, known)


def good_book(**texts: str) -> Book:
    """A book in which nothing is wrong."""
    book = book_of(**texts)
    assert book.problems == ()
    return book


def started(entry: int, heard_ns: int = BEGIN) -> PassageStarted:
    """The beginning of an entry was heard."""
    about = {"entry": entry, "passage": entry, "file": f"/{entry}", "duration_ms": 60_000}
    return PassageStarted(frame=0, heard_ns=heard_ns, **about)


def completed(entry: int) -> PassageCompleted:
    """The end of an entry was heard."""
    about = {"entry": entry, "passage": entry, "file": f"/{entry}", "played_ms": 60_000}
    return PassageCompleted(frame=0, heard_ns=0, reason=Reason.NATURAL, **about)


class Came(NamedTuple):
    """Something that came out, and when."""

    at_s: float
    out: Any

    @property
    def event(self) -> Event | None:
        return self.out.event if isinstance(self.out, Publish) else None


class Clockwork:
    """What the conductor does with runs, without a conductor.

    Args:
        book: the playlists.
        stall: asked before each call of ``due``: how much later than it should it comes (ns).
        hears_itself: whether what is published comes back as events, as on the bus.
    """

    def __init__(
        self,
        book: Book,
        *,
        stall: Callable[[], int] = lambda: 0,
        hears_itself: bool = True,
        **options: Any,
    ) -> None:
        self.state: dict[str, Any] = {}
        self.runs = Runs(book, state=lambda: self.state, **options)
        self.now = BEGIN
        self.came: list[Came] = []
        self.marks: tuple[Any, ...] = ()
        self.answers: dict[int, Answer] = {}
        self._ids = count(1)
        self._stall = stall
        self._hears_itself = hears_itself

    # what happens

    def feed(self, message: Event | MarkHeard, at_ns: int | None = None) -> int:
        """Tell of an event; its id."""
        if isinstance(message, MarkHeard):
            self._keep(self.runs.feed(message, self.now))
            return 0
        told = Told(
            numbered(next(self._ids), 0), message, (), self.now if at_ns is None else at_ns, 0
        )
        self._keep(self.runs.feed(told, self.now))
        return int(told.id)

    def tell(self, name: str, **data: Any) -> int:
        """Tell of an event that somebody invented."""
        return self.feed(Custom(event=name, producer="test", data=data))

    def start(self, playlist_id: str, **more: Any) -> str:
        """Start a run; its id."""
        return str(self._ask(Start, playlist=playlist_id, **more)["run_id"])

    def stop(self, **which: str) -> list[str]:
        """Stop runs; their ids."""
        return list(self._ask(Stop, **which)["stopped"])

    def use(self, book: Book) -> None:
        self._keep(self.runs.take(book, self.now))

    def join(self, run_id: str) -> int:
        """Wait for a run; the token of the answer to come."""
        token = next(self._ids)
        self._keep(self.runs.feed(Join(token=token, run=run_id), self.now))
        return token

    def shutdown(self) -> None:
        self._keep(self.runs.feed(Shutdown(), self.now))

    def _ask(self, kind: Any, **fields: Any) -> Any:
        token = next(self._ids)
        self._keep(self.runs.feed(kind(token=token, **fields), self.now))
        answer = self.answers.pop(token)
        if answer.error is not None:
            raise RequestError(answer.error)
        return answer.result

    # time

    def run(self, seconds: float) -> Clockwork:
        """Let time pass; what is due comes out in it."""
        until = self.now + round(seconds * S)
        while (due := self.runs.deadline_ns) is not None and due <= until:
            self.now = max(self.now, due + self._stall())
            self._keep(self.runs.due(self.now))
        self.now = max(self.now, until)
        return self

    def stand(self, seconds: float) -> Clockwork:
        """Time passes, but nobody asks what is due."""
        self.now += round(seconds * S)
        return self

    # what came out

    def _keep(self, outs: list[Any]) -> None:
        for out in outs:
            self.came.append(Came((self.now - BEGIN) / S, out))
            if isinstance(out, Arm):
                self.marks = out.marks
            if isinstance(out, Answer):
                self.answers[out.token] = out
            if isinstance(out, Publish) and self._hears_itself:
                self.feed(out.event)

    @property
    def events(self) -> list[Event]:
        return [came.event for came in self.came if came.event is not None]

    @property
    def names(self) -> list[str]:
        """The names of all events, lifecycle ones shortened: ``created`` and so on."""
        return [event.name.removeprefix("event.playlist.") for event in self.events]

    @property
    def commands(self) -> list[Any]:
        return [came.out.command for came in self.came if isinstance(came.out, Do)]

    def named(self, *names: str) -> list[Any]:
        return [event for event in self.events if event.name in names]

    def emitted(self) -> list[Any]:
        return self.named("event.playlist.emitted")

    def stopped(self) -> list[Any]:
        return self.named("event.playlist.stopped")

    def created(self) -> list[Any]:
        return self.named("event.playlist.created")

    def reasons(self) -> list[str]:
        return [str(event.reason) for event in self.stopped()]

    def times(self, *names: str) -> list[tuple[float, str]]:
        """When these events came, in seconds since the beginning."""
        return [
            (came.at_s, came.event.name)
            for came in self.came
            if came.event is not None and came.event.name in names
        ]

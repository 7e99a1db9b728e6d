"""All playlists there are: changed as a whole, and never by what is broken.

Pure. A file that is refused leaves the playlist that it held before; one that
is refused only because of its company (an event that nobody tells yet) is
tried again whenever another changes, so that the order in which files are
copied does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wkmp_pi.config.rules import near
from wkmp_pi.errors import ConfigError, RequestError
from wkmp_pi.playlists.company import faults, missing
from wkmp_pi.playlists.definition import MAX_PLAYLISTS, Playlist
from wkmp_pi.playlists.reading import Parsed, parse


@dataclass(frozen=True, slots=True)
class Source:
    """A file and its bytes, or why it could not be read."""

    file: Path
    content: bytes | ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The playlists in use, and what is wrong with files that are not.

    Attributes:
        entries: by id, in the order of the ids.
        waiting: files that are right by themselves but not beside the others.
        broken: problems of files that are refused, by id.
        worried: problems of playlists in use: another that they need has gone.
    """

    entries: Mapping[str, Parsed] = field(default_factory=dict)
    waiting: Mapping[str, Parsed] = field(default_factory=dict)
    broken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    worried: tuple[str, ...] = ()

    @property
    def playlists(self) -> dict[str, Playlist]:
        """The playlists in use, by id."""
        return {id_: entry.playlist for id_, entry in self.entries.items()}

    @property
    def problems(self) -> tuple[str, ...]:
        """All problems, one line each, file by file."""
        return (*(line for id_ in sorted(self.broken) for line in self.broken[id_]), *self.worried)

    def warnings(
        self, is_there: Callable[[str], bool], have: Collection[str], own: Collection[str]
    ) -> list[str]:
        """What some of the playlists ask for in vain, one line each; see ``company.missing``.

        Args:
            is_there: whether an item of the queue can be found now.
            have: the parts of the box.
            own: ids of the playlists that are looked at.
        """
        some = [playlist for id_, playlist in self.playlists.items() if id_ in own]
        return [
            self.entries[fault.playlist].lines.problem(fault.path, fault.what)
            for fault in missing(some, is_there, have)
        ]

    def get(self, playlist_id: str) -> Playlist:
        """A playlist in use.

        Raises:
            RequestError: there is none of that id.
        """
        if playlist_id in self.entries:
            return self.entries[playlist_id].playlist
        remedy = near(playlist_id, self.entries) or "see: wkmp-pi playlists list"
        known = ", ".join(self.entries) or "none at all"
        raise RequestError(
            f"playlist {playlist_id[:60]}: not known; expected one of {known}; {remedy}"
        )


EMPTY = Book()


def revised(book: Book, changes: Mapping[str, Source | None], known: Collection[str] = ()) -> Book:
    """The book after some of its files changed.

    Args:
        book: as it was.
        changes: files by the ids of their playlists; ``None`` is one that has gone.
        known: events that others publish besides the product's own.
    """
    kept = {id_: entry for id_, entry in book.entries.items() if changes.get(id_, ...) is not None}
    fresh = {id_: entry for id_, entry in book.waiting.items() if id_ not in changes}
    broken = {
        id_: lines for id_, lines in book.broken.items() if id_ not in changes and id_ not in fresh
    }
    for id_, source in changes.items():
        if source is not None:
            _read(id_, source, fresh, broken)
    return _settled(kept, fresh, broken, known)


def _read(
    id_: str,
    source: Source,
    fresh: dict[str, Parsed],
    broken: dict[str, tuple[str, ...]],
) -> None:
    try:
        if isinstance(source.content, ConfigError):
            raise source.content
        fresh[id_] = parse(source.content, source.file)
    except ConfigError as error:
        broken[id_] = error.problems


def _settled(
    kept: Mapping[str, Parsed],
    fresh: dict[str, Parsed],
    broken: dict[str, tuple[str, ...]],
    known: Collection[str],
) -> Book:
    """Take as many of the fresh ones as get on with the others."""
    waiting: dict[str, Parsed] = {}
    while True:
        entries = dict(sorted({**kept, **fresh}.items()))
        refused = _too_many(entries, kept, fresh)
        found = [] if refused else faults(_playlists(entries), known)
        for fault in found:
            if fault.playlist in fresh:
                line = fresh[fault.playlist].lines.problem(fault.path, fault.what)
                refused[fault.playlist] = (*refused.get(fault.playlist, ()), line)
        if not refused:
            worried = tuple(entries[f.playlist].lines.problem(f.path, f.what) for f in found)
            return Book(entries=entries, waiting=waiting, broken=broken, worried=worried)
        for id_, lines in refused.items():
            waiting[id_], broken[id_] = fresh.pop(id_), lines


def _too_many(
    entries: Mapping[str, Parsed], kept: Mapping[str, Parsed], fresh: Mapping[str, Parsed]
) -> dict[str, tuple[str, ...]]:
    """The newcomers for whom there is no room."""
    surplus = len(entries) - MAX_PLAYLISTS
    newcomers = [id_ for id_ in entries if id_ in fresh and id_ not in kept]
    problem = f"found {len(entries)} playlists; expected at most {MAX_PLAYLISTS}; remove some"
    return {
        id_: (fresh[id_].lines.problem(("name",), problem),)
        for id_ in newcomers[max(len(newcomers) - surplus, 0) :]
        if surplus > 0
    }


def _playlists(entries: Mapping[str, Parsed]) -> dict[str, Playlist]:
    return {id_: entry.playlist for id_, entry in entries.items()}

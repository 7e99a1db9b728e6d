"""The files of the playlists: looked at now and then, read when they have settled.

Thread: none of its own; whoever calls ``look`` waits for the disk, so not the
conductor. Owns: what it knows of the files. A file counts as changed when two
looks in a row saw it so: a look in the middle of a copy sees half a file,
which may be a playlist without its end, and a look in the middle of a rename
sees none.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from wkmp_pi.config import toml_file, usual
from wkmp_pi.errors import ConfigError
from wkmp_pi.playlists.book import EMPTY, Book, Source, revised

LOOK_EACH_S: Final = 2.0
"""How often to look: a change counts after two looks."""


SHIPPED: Final = Path(__file__).parents[2] / "config" / "playlists"


class _Stamp(NamedTuple):
    """What of a file changes when it does."""

    file: Path
    inode: int
    bytes: int
    mtime_ns: int


def folders(config_file: Path | None) -> tuple[Path, ...]:
    """Where playlists are looked for: those that are shipped, and the owner's own.

    The owner's lie in ``playlists`` beside the configuration that is in use; without one, beside
    where it would be looked for.
    """
    files = usual.files() if config_file is None else (config_file.absolute(),)
    return (SHIPPED, *reversed([file.parent / "playlists" for file in files]))


class Folder:
    """The playlists of some folders.

    Args:
        folders: a file of a later one stands for that of the same name in an earlier one; one
            that is not there is empty.
        known: events that others publish besides the product's own.
    """

    def __init__(self, folders: Sequence[Path], known: Collection[str] = ()) -> None:
        self._folders = tuple(folders)
        self._known = frozenset(known)
        self._seen: dict[str, _Stamp] = {}
        self._taken: dict[str, _Stamp] = {}
        self.book = EMPTY
        """As of the last look."""

    def load(self) -> Book:
        """The playlists as they are now; for the start, and for who wants to know at once."""
        self._seen = self._stamps()
        return self._take(self._seen)

    def look(self) -> Book | None:
        """The book, if it is another than at the last look."""
        before, self._seen = self._seen, self._stamps()
        names = self._seen.keys() | self._taken.keys()
        settled = {name for name in names if self._seen.get(name) == before.get(name)}
        stamps = {
            name: stamp
            for name in names
            if (stamp := (self._seen if name in settled else self._taken).get(name)) is not None
        }
        known = self.book
        return None if stamps == self._taken or self._take(stamps) == known else self.book

    def _take(self, stamps: dict[str, _Stamp]) -> Book:
        changes = {
            name: source(stamps[name].file) if name in stamps else None
            for name in stamps.keys() | self._taken.keys()
            if stamps.get(name) != self._taken.get(name)
        }
        self._taken = stamps
        if changes:
            self.book = revised(self.book, changes, self._known)
        return self.book

    def _stamps(self) -> dict[str, _Stamp]:
        """The files there are, by the ids of their playlists."""
        found: dict[str, _Stamp] = {}
        for folder in self._folders:
            try:
                with os.scandir(folder) as entries:
                    for entry in entries:
                        found.update(_stamp(entry))
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError:  # a disk that cannot be read now: as it was
                old = self._taken.items()
                found.update((name, stamp) for name, stamp in old if stamp.file.parent == folder)
        return found


def _stamp(entry: os.DirEntry[str]) -> dict[str, _Stamp]:
    """The stamp of a playlist's file; nothing if it is none, or has just gone."""
    name, suffix = os.path.splitext(entry.name)  # noqa: PTH122 an entry is no path
    if suffix != ".toml" or name.startswith("."):
        return {}
    try:
        about = entry.stat()
    except OSError:
        about = os.stat_result((0,) * 10)  # unreadable, and its reading will say why
    stamp = _Stamp(Path(entry.path), about.st_ino, about.st_size, about.st_mtime_ns)
    return {name: stamp}


def source(file: Path) -> Source:
    """A file as it is now, or why it cannot be read."""
    try:
        return Source(file, toml_file.read(file))
    except ConfigError as error:
        return Source(file, error)

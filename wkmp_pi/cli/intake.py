"""Files and folders → passages → the library, through the service if it runs.

Each file is taken as a whole or not at all; what is wrong with one does not
keep out the others.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wkmp_pi.errors import ConfigError, LibraryError, WkmpError
from wkmp_pi.files import is_folder
from wkmp_pi.library import documents, paths, printing
from wkmp_pi.library.rules import Files
from wkmp_pi.passage import Passage
from wkmp_pi.units import Ticks, ticks_from_frames

if TYPE_CHECKING:
    from wkmp_pi.config import Library
    from wkmp_pi.controls.client import Client
    from wkmp_pi.decode.messages import Media

AUDIO = frozenset({".aac", ".aif", ".aifc", ".aiff", ".flac", ".m4a", ".m4b", ".mp3", ".mp4"}) | {
    ".oga",
    ".ogg",
    ".opus",
    ".w64",
    ".wav",
}
"""Endings that a folder is searched for; a file that is named is tried whatever its ending."""

_BATCH_BYTES = 512 * 1024
"""A request is a line of at most 1 MiB; each batch is stored as a whole or not at all."""

Probe = Callable[[str], "Media"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What files gave: passages, and a problem for each file that gave none."""

    passages: list[Passage] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read(files: Sequence[Path], music_root: str, probe: Probe) -> Taken:
    """The passages of audio files, of folders of them, and of passage documents."""
    taken = Taken()
    for file in _expanded(files, taken.problems):
        try:
            taken.passages.extend(_read_one(file, music_root, probe))
        except ConfigError as error:
            taken.problems.extend(error.problems)
        except WkmpError as error:
            taken.problems.append(str(error))
    return taken


def _expanded(files: Sequence[Path], problems: list[str]) -> Iterator[Path]:
    def refused(error: OSError) -> None:
        problems.append(f"{error.filename}: {error.strerror}; expected a folder that can be read")

    for file in files:
        if not is_folder(file):
            yield file
            continue
        for folder, folders, names in os.walk(file, onerror=refused):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(names) if _is_audio(name))


def _is_audio(name: str) -> bool:
    return Path(name).suffix.lower() in AUDIO and not name.startswith(".")


def _read_one(file: Path, music_root: str, probe: Probe) -> list[Passage]:
    def locate(text: str) -> str:
        return paths.owned(text, music_root)

    def length(located: str) -> Ticks | None:
        try:
            media = probe(located)
        except WkmpError:
            return None  # then the document has to name the end itself, and is told so
        return ticks_from_frames(media.frames, media.rate_hz)

    if file.suffix.lower() in documents.SUFFIXES:
        return documents.read_file(file, Files(locate=locate, length=length))
    located = locate(os.path.abspath(file))  # noqa: PTH100 a path without .. and with its links
    return [_whole(located, probe(located))]


def _whole(file: str, media: Media) -> Passage:
    return documents.whole_file(
        file,
        frames=media.frames,
        rate_hz=media.rate_hz,
        title=media.title,
        artist=media.artist,
        album=media.album,
        disc=media.disc,
        track=media.track,
    )


def store(
    passages: Sequence[Passage], library: Library, connect: Callable[[], Client]
) -> list[int]:
    """Put passages into the library; gives their numbers.

    Only one process may write: the service if it runs, else this one under its lock.

    Raises:
        RequestError: the service refuses them.
        LibraryError: the database cannot be written.
    """
    from wkmp_pi.controls.client import NoServiceError

    if not passages:
        return []
    try:
        client = connect()
    except NoServiceError:
        return _store_here(passages, library)
    with client:
        return _send(passages, str(library.music_root), client)


def _send(passages: Sequence[Passage], music_root: str, client: Client) -> list[int]:
    from wkmp_pi.commands import AddPassages

    numbers: list[int] = []
    for batch in _batches([printing.as_document(each, music_root) for each in passages]):
        numbers += client.ask(AddPassages(documents=tuple(batch)))["passages"]
    return numbers


def _batches(found: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for document in found:
        length = len(json.dumps(document))
        if batch and size + length > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += length
    yield batch


def _store_here(passages: Sequence[Passage], library: Library) -> list[int]:
    from wkmp_pi.library import writes
    from wkmp_pi.library.connection import transact
    from wkmp_pi.library.database import open_library

    opened = open_library(library.database, str(library.music_root))
    with ExitStack() as stack:
        if opened.lock:
            stack.callback(opened.lock.release)
        stack.callback(opened.connection.close)
        if opened.problem:
            raise LibraryError(opened.problem)
        for warning in opened.warnings:
            print(f"wkmp-pi: {warning}", file=sys.stderr)
        return transact(
            opened.connection, lambda conn: writes.add_passages(conn, passages), durable=True
        )

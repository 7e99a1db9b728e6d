"""Passage documents: TOML, JSON or CSV → passages, all of them or none; an audio file → one.

A document is a list of passages::

    [[passage]]
    file = "album/01.flac"       # relative to the music root
    start_ms = 500               # also lead_in, fade_in, fade_out, lead_out, end;
    end_ticks = 1693440000       # in ms or, exactly, in ticks, from the file's start
    fade_in_curve = "cosine"
    title = "…"                  # also artist, album, disc, track
    [[passage.song]]             # ms or ticks from the passage's start
    title = "…"                  # also artist, or artists = { "A" = 0.7, "B" = 0.3 }, mbid
    end_ms = 180000              # where absent: to the end of the passage
    [[passage.cue]]
    name = "lights"
    before_end_ms = 3000         # or at_ms
    data = { scene = 2 }

Nothing is stored here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli

from wkmp_pi.errors import ConfigError, RequestError
from wkmp_pi.library import cells, toml_lines
from wkmp_pi.library.notes import MAX_TEXT, UNSTORABLE, Notes
from wkmp_pi.library.notes import Path as Place
from wkmp_pi.library.rules import Files, check_different, read_passage
from wkmp_pi.passage import Passage, PassageId, Song, SongSpan
from wkmp_pi.units import Ticks, ticks_from_frames

MAX_BYTES = 16 << 20
SUFFIXES = (".toml", ".json", ".csv")

_TOLD = 100
_Documents = Iterable[tuple[Place, Any]]


def read_file(path: Path, files: Files) -> list[Passage]:
    """The passages of a document file; their ids are 0 until they are stored.

    Raises:
        ConfigError: every problem, each with file and place.
    """
    read = {".toml": _toml, ".json": _json, ".csv": _csv}.get(path.suffix.lower())
    if read is None:
        raise ConfigError(
            f"{path}: found a name with another ending; expected {', '.join(SUFFIXES)}; rename it"
        )
    documents, notes = read(_text(path), str(path))
    return _passages(documents, notes, files, ConfigError)


def from_request(documents: Sequence[Mapping[str, Any]], files: Files) -> list[Passage]:
    """The passages of documents that came with a command.

    Raises:
        RequestError: every problem (of very many, the first), one a line.
    """
    notes = Notes(_words)
    numbered = [(("document", n), data) for n, data in enumerate(documents, 1)]
    return _passages(numbered, notes, files, _refused)


def whole_file(
    file: str,
    *,
    frames: int,
    rate_hz: int,
    title: str = "",
    artist: str = "",
    album: str = "",
    disc: int | None = None,
    track: int | None = None,
) -> Passage:
    """One passage for a whole audio file, with one song that spans it.

    Args:
        file: absolute path.
        frames: exact length, in the file's own frames.
        rate_hz: of the file.
        title: of its tags; the name of the file stands in for it.
        artist: of its tags.
        album: of its tags.
        disc: of its tags.
        track: of its tags.
    """
    title = _clean(title) or _clean(Path(file).stem) or "?"
    song = Song(id=0, title=title, artist=_clean(artist))
    end = ticks_from_frames(frames, rate_hz)
    return Passage(
        id=PassageId(0),
        file=file,
        title=title,
        artist=_clean(artist),
        album=_clean(album),
        disc=disc,
        track=track,
        songs=(SongSpan(song=song, start=Ticks(0), end=end),) if end else (),
    )


def _passages(
    documents: _Documents,
    notes: Notes,
    files: Files,
    error: Callable[[Sequence[str]], Exception],
) -> list[Passage]:
    sound = []
    for place, data in documents:
        before = len(notes.problems)
        passage = read_passage(data, place, notes, files)
        if len(notes.problems) == before:
            sound.append((place, passage))
    check_different(sound, notes)
    if notes.problems:
        raise error(notes.problems)
    return [passage for _, passage in sound]


def _toml(text: str, name: str) -> tuple[_Documents, Notes]:
    if line := toml_lines.too_deep(text):
        raise ConfigError(
            f"{name}:{line}: found a key of more than 16 parts; expected tables; write it flat"
        )
    lines = toml_lines.lines(text)

    def where(place: Place) -> str:
        line = toml_lines.nearest(place, lines)
        return f"{name}:{line}: {_words(place)}" if line else f"{name}: {_words(place)}"

    try:
        data = tomli.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name}: {error}; expected TOML; correct it there") from error
    return _listed(data, name), Notes(where)


def _json(text: str, name: str) -> tuple[_Documents, Notes]:
    try:
        data = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{name}: {error}; expected JSON; correct it there") from error
    if isinstance(data, dict) and "passage" not in data:
        data = [data]
    return _listed(data, name), Notes(lambda place: f"{name}: {_words(place)}")


def _csv(text: str, name: str) -> tuple[_Documents, Notes]:
    notes = cells.where(name)
    return cells.read_rows(text, notes), notes


def _listed(data: Any, name: str) -> _Documents:
    """Each passage with its place, of ``{"passage": […]}`` or of the list alone."""
    others = sorted(set(data) - {"passage"}) if isinstance(data, dict) else []
    found = data.get("passage") if isinstance(data, dict) else data
    if others or not isinstance(found, list) or not found:
        what = ", ".join(others) or "no passage"
        raise ConfigError(f"{name}: found {what}; expected tables [[passage]] only; add or rename")
    return [(("passage", number), each) for number, each in enumerate(found, 1)]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        names = [key for key, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"found the key {twice!r} twice in one table")
    return keys


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; expected a document; name another") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(
            f"{path}: found more than {MAX_BYTES >> 20} MiB; expected less; divide it"
        )
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path}:{line}: found a byte that is not UTF-8; expected UTF-8; save it as that"
        ) from error


def _refused(problems: Sequence[str]) -> RequestError:
    more = len(problems) - _TOLD
    return RequestError("\n".join([*problems[:_TOLD], *([f"and {more} more"] if more > 0 else [])]))


def _words(place: Place) -> str:
    """``("passage", 2, "song", 1, "title")`` as ``passage 2, song 1, title``."""
    return re.sub(r", (\d+)", r" \1", ", ".join(str(part) for part in place))


def _clean(text: str) -> str:
    """What a tag says, without control characters and not for ever."""
    return " ".join(UNSTORABLE.sub(" ", text).split())[:MAX_TEXT].strip()

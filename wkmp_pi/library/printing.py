"""Passages → documents: what ``documents`` reads, the same passage again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from wkmp_pi.errors import RequestError
from wkmp_pi.library.rules import POINTS, WORDS
from wkmp_pi.passage import Cue, Passage, SongSpan
from wkmp_pi.units import TICKS_PER_MS

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def as_document(passage: Passage, music_root: str) -> dict[str, Any]:
    """A passage as plain data; times in whole milliseconds where these are exact, else in ticks.

    Ids are left out: they mean nothing in another library.
    """
    document: dict[str, Any] = {"file": passage.file.removeprefix(music_root.rstrip("/") + "/")}
    for name in POINTS:
        document |= _time(name, getattr(passage.points, name))
    for name in ("fade_in_curve", "fade_out_curve", *WORDS, "disc", "track"):
        value = getattr(passage, name)
        if value not in {None, ""}:
            document[name] = str(value) if name.endswith("_curve") else value
    songs = [_song(span) for span in passage.songs if span.song]
    cues = [_cue(cue) for cue in passage.cues]
    return document | ({"song": songs} if songs else {}) | ({"cue": cues} if cues else {})


def to_json(passages: Iterable[Passage], music_root: str) -> str:
    """A JSON document of these passages; in ASCII, because names on disk need not be text."""
    documents = [as_document(passage, music_root) for passage in passages]
    return json.dumps({"passage": documents}, indent=2)


def to_toml(passages: Iterable[Passage], music_root: str) -> str:
    """A TOML document of these passages.

    Raises:
        RequestError: a file name is not UTF-8, which TOML cannot say.
    """
    blocks = [_block(as_document(passage, music_root)) for passage in passages]
    text = "\n".join(blocks)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RequestError(
            "library show: found a file name that is not UTF-8; expected text; use --json"
        ) from None
    return text


def _time(name: str, ticks: int | None) -> dict[str, int]:
    if ticks is None:
        return {}
    ms, rest = divmod(ticks, TICKS_PER_MS)
    return {f"{name}_ticks": ticks} if rest else {f"{name}_ms": ms}


def _song(span: SongSpan) -> dict[str, Any]:
    song = span.song
    assert song is not None  # noqa: S101 - gaps are left out before
    document: dict[str, Any] = {"title": song.title}
    if song.artist:
        document["artist"] = song.artist
    if song.artists:
        document["artists"] = dict(song.artists)
    if song.mbid:
        document["mbid"] = song.mbid
    return document | _time("start", span.start) | _time("end", span.end)


def _cue(cue: Cue) -> dict[str, Any]:
    place = _time("before_end" if cue.from_end else "at", cue.at)
    return {"name": cue.name, **place, **({"data": dict(cue.data)} if cue.data else {})}


def _block(document: Mapping[str, Any]) -> str:
    inner = [(key, each) for key in ("song", "cue") for each in document.get(key, [])]
    lines = ["[[passage]]", *_lines(document)]
    for key, table in inner:
        lines += [f"[[passage.{key}]]", *_lines(table)]
    return "\n".join(lines) + "\n"


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{k} = {_value(v)}" for k, v in table.items() if k not in {"song", "cue"}]


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # JSON's escapes are TOML's too, but for one character.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case Mapping():
            pairs = (f"{_key(key)} = {_value(each)}" for key, each in value.items())
            return f"{{ {', '.join(pairs)} }}" if value else "{}"
        case list() | tuple():
            return f"[{', '.join(_value(each) for each in value)}]"
        case _:
            return repr(value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)

"""Plain data to JSON that any broker takes: bounded in size, and UTF-8 whatever came in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

LONGEST_TEXT: Final = 2048
MOST_ITEMS: Final = 256
LARGEST_BYTES: Final = 16 * 1024
"""Of an event or a reply; larger ones keep only their plain values."""

_DEPTH = 33
_TRUNCATED = "truncated"
_encode = msgspec.json.Encoder(enc_hook=str).encode


def bounded(value: Any, depth: int = _DEPTH) -> Any:
    """A copy with short texts and lists; odd bytes of file names become question marks."""
    if isinstance(value, str):
        short = str(value) if len(value) <= LONGEST_TEXT else f"{value[: LONGEST_TEXT - 1]}…"
        return short.encode(errors="replace").decode()
    if isinstance(value, Mapping):
        if not depth:
            return None
        pairs = list(value.items())[:MOST_ITEMS]
        return {bounded(str(key)): bounded(item, depth - 1) for key, item in pairs}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [bounded(item, depth - 1) for item in list(value)[:MOST_ITEMS]] if depth else None
    return value


def encoded(value: Mapping[str, Any], field: str = "") -> bytes:
    """JSON of a mapping whose ``field`` may be large; then only what is plain stays in it."""
    whole = bounded(value)
    text = _encode(whole)
    if len(text) <= LARGEST_BYTES or not field:
        return text
    inner = whole[field]
    plain = inner.items() if isinstance(inner, dict) else ()
    kept = {key: item for key, item in plain if not isinstance(item, (dict, list))}
    short = _encode({**whole, field: {**kept, _TRUNCATED: True}})
    return short if len(short) <= LARGEST_BYTES else _encode({**whole, field: {_TRUNCATED: True}})


def plain(value: Any) -> bytes:
    """One value of the state as text; nothing for what there is none of."""
    if value is None:
        return b""
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return str(bounded(value) if isinstance(value, str) else value).encode()

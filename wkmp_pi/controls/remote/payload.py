"""The bytes of a message to a value: a JSON object, one plain value, or nothing. Pure."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn

MAX_BYTES: Final = 4096
MAX_DEPTH: Final = 16
_LONGEST_NUMBER = 18
_QUOTE, _BACKSLASH = ord('"'), ord("\\")
_OPENING, _CLOSING = frozenset(b"[{"), frozenset(b"]}")


class BadPayloadError(ValueError):
    """A payload is not taken; ``reason`` is a word for the counters."""

    def __init__(self, reason: str, text: str) -> None:
        self.reason = reason
        super().__init__(text)


def read(payload: bytes) -> Any:
    """A dictionary, text, a number, true or false; ``None`` for an empty payload.

    Text need not stand in quotes.

    Raises:
        BadPayloadError: nothing of the kind; says what was found and expected.
    """
    if len(payload) > MAX_BYTES:
        raise BadPayloadError(
            "too_long", f"found {len(payload)} bytes; expected at most {MAX_BYTES}"
        )
    try:
        text = payload.decode().strip()
    except UnicodeDecodeError as error:
        raise BadPayloadError(
            "not_utf8", f"found a byte that is not UTF-8 at {error.start}; expected UTF-8"
        ) from error
    if "\0" in text:
        raise BadPayloadError("bad_text", "found a NUL character; expected text without it")
    if not text:
        return None
    if text[0] not in '{["-+0123456789tfn':
        return text
    return _json(text)


def _json(text: str) -> Any:
    """A JSON value; plain words that only look like the beginning of one are words."""
    _refuse_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_whole,
        )
    except BadPayloadError:
        raise
    except (ValueError, RecursionError) as error:
        if text[0] in "tfn+-0123456789":
            return text
        raise BadPayloadError("not_json", f"found broken JSON ({error})") from error
    if isinstance(value, list):
        raise BadPayloadError("wrong_type", "found a list; expected an object or one value")
    _refuse_odd_text(value)
    return value


def _refuse_depth(text: str) -> None:
    """Before parsing, which is recursive."""
    depth, quoted, escaped = 0, False, False
    for char in text.encode():
        if quoted:
            quoted = escaped or char != _QUOTE
            escaped = not escaped and char == _BACKSLASH
        elif char == _QUOTE:
            quoted = True
        elif char in _OPENING:
            depth += 1
            if depth > MAX_DEPTH:
                raise BadPayloadError(
                    "too_deep", f"found more than {MAX_DEPTH} levels; expected a flat object"
                )
        elif char in _CLOSING:
            depth -= 1


def _refuse_odd_text(value: Any) -> None:
    """No NUL and no half of a character, in keys and values."""
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_odd_text(key)
            _refuse_odd_text(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_odd_text(item)
    elif isinstance(value, str) and (
        "\0" in value or any("\ud800" <= c <= "\udfff" for c in value)
    ):
        raise BadPayloadError("bad_text", "found a NUL or half a character; expected whole text")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadPayloadError("not_json", "found the same key twice; expected each once")
    return fields


def _no_number(word: str) -> NoReturn:
    raise BadPayloadError("not_json", f"found {word}; expected a number")


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > _LONGEST_NUMBER:
        raise BadPayloadError("not_json", f"found a number of {len(text)} digits; expected fewer")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise BadPayloadError("not_json", "found a number beyond all bounds")
    return number

"""The words on the socket: one JSON object a line, both ways; docs/socket.md shows them.

Pure: bytes to requests, results to bytes. Whatever comes in, the answer is a
request or a refusal that can be sent back. No socket and no clock here, and
nothing is carried out.
"""

from __future__ import annotations

import difflib
import json
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

import msgspec

from wkmp_pi import __version__, commands
from wkmp_pi.commands import AnyCommand
from wkmp_pi.errors import RequestError
from wkmp_pi.events.lines import encoded as _line

PROTOCOL = 1
"""Grows when something that was there changes; additions do not change it."""

MAX_LINE_BYTES = 1024 * 1024
MAX_ID_LENGTH = 64

RequestId = int | str | None
"""Chosen by the client and echoed; ``None`` where it gave none."""


class Follow(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="command",
    tag="events.follow",
):
    """Send this connection the events of these names: exact, or prefixes that end in ``*``.

    With ``causes`` each comes with its number, its time and the numbers of what caused it.
    """

    names: Annotated[
        tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=64)], ...],
        msgspec.Meta(min_length=1, max_length=64),
    ] = ("*",)
    causes: bool = False


class Graph(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="command",
    tag="events.graph",
):
    """Who listens to what now, and how they are."""


OfEvents = Follow | Graph
"""What the door itself answers; all else is the conductor's."""

_BEGINNING = re.compile(r"[a-z0-9_.]*\*")
_LIKE = 0.8
"""A name so much like one of ours is a slip; others may be the owner's own events."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""A NUL as JSON escapes it; no file name and no word has one, and some libraries stop at it."""


@dataclass(frozen=True, slots=True)
class Request:
    """A line that can be carried out."""

    id: RequestId
    asked: AnyCommand | OfEvents


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that cannot; ``error`` says why."""

    id: RequestId
    error: str


NAMES = frozenset(
    str(kind.__struct_config__.tag)
    for kind in (*typing.get_args(AnyCommand), *typing.get_args(OfEvents))
)
"""The names of all commands, as they stand under ``command``."""


def parse(line: bytes) -> Request | Refusal:
    """One line, with or without its newline. Never raises, however bad the line is."""
    request_id: RequestId = None
    try:
        request = _load(line)
        request_id = _id(request.pop("id", None))
        _refuse_nul(line)
        return Request(request_id, _command(request))
    except RequestError as error:
        return Refusal(request_id, str(error))


def hello(snapshot: Any) -> bytes:
    """The first line of the server; ``snapshot`` is the result of ``status``."""
    return _line(
        {"hello": "wkmp-pi", "protocol": PROTOCOL, "version": __version__, "snapshot": snapshot}
    )


def reply(request_id: RequestId, result: Any) -> bytes:
    """What was asked is done, or will be heard; ``result`` is the command's own."""
    return _line({"id": request_id, "ok": True, "result": {} if result is None else result})


def refusal(request_id: RequestId, error: str) -> bytes:
    """What was asked is not done."""
    return _line({"id": request_id, "ok": False, "error": error})


def event(fields: Mapping[str, Any]) -> bytes:
    """An event, as ``kinds.as_dict`` gives it."""
    return _line({"event": fields})


def told(about: Mapping[str, Any]) -> bytes:
    """An event with its number and its causes, as ``recording.about`` gives it."""
    return _line(about)


def missed(count: int) -> bytes:
    """So many events were lost before the next one, because the client read too slowly."""
    return _line({"missed": count})


def _load(line: bytes) -> dict[str, Any]:
    """The JSON object of a line.

    By the standard library, because it takes the lone surrogates that file names
    which are not UTF-8 travel in.
    """
    try:
        value = json.loads(
            line.decode(), object_pairs_hook=_object, parse_constant=_no_number, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise RequestError(f"line: found a byte that is not UTF-8 at {error.start}") from error
    except json.JSONDecodeError as error:
        raise RequestError(
            f"line: {error.msg} at column {error.colno}; expected one JSON object a line"
        ) from error
    except RecursionError as error:
        raise RequestError("line: found deep nesting; expected a flat JSON object") from error
    except ValueError as error:
        raise RequestError(f"line: {error}; expected one JSON object a line") from error
    if not isinstance(value, dict):
        raise RequestError(f"line: found {_json_type(value)}; expected one JSON object a line")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("found the same key twice")
    return fields


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"found {word}")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("found a number beyond all bounds")
    return number


def _refuse_nul(line: bytes) -> None:
    if _NUL.search(line):
        raise RequestError("line: found a NUL character; expected text without it")


def _id(value: Any) -> RequestId:
    if value is None or (type(value) is int and -(2**63) <= value < 2**63):
        return value
    if isinstance(value, str) and len(value) <= MAX_ID_LENGTH:
        return value
    raise RequestError(
        f"id: found {_json_type(value)} that cannot be echoed; "
        f"expected a whole number or at most {MAX_ID_LENGTH} characters"
    )


def _command(request: dict[str, Any]) -> AnyCommand | OfEvents:
    name = request.get("command")
    if not isinstance(name, str) or name not in NAMES:
        raise RequestError(_unknown(name))
    try:
        if name == Follow.__struct_config__.tag:
            return _follow(msgspec.convert(request, Follow))
        if name == Graph.__struct_config__.tag:
            return msgspec.convert(request, Graph)
        return commands.decode(request)
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at `$")
        raise RequestError(f"{name}{where.rstrip('`')}: {_lower(text)}") from error
    except UnicodeEncodeError as error:  # msgspec compares keys and words as UTF-8
        raise RequestError(
            f"{name}: found a lone surrogate in a key or a word; expected it in file names only"
        ) from error


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:].replace("`", "")


def _unknown(name: Any) -> str:
    expected = f"expected one of {', '.join(sorted(NAMES))}"
    if not isinstance(name, str):
        return f"command: found {_json_type(name)}; {expected}"
    near = difflib.get_close_matches(name[:64], NAMES, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"command: found {json.dumps(name[:64])}; {expected}{hint}"


def _follow(follow: Follow) -> Follow:
    from wkmp_pi.events.kinds import KINDS, may_be_custom  # only the server: clients start quickly

    for name in follow.names:
        if name in KINDS or _BEGINNING.fullmatch(name):
            continue
        near = difflib.get_close_matches(name, KINDS, n=1, cutoff=_LIKE)
        if near or not may_be_custom(name):
            hint = f"did you mean {near[0]}?" if near else "see the names in docs/socket.md"
            raise RequestError(
                f"events.follow.names: found {json.dumps(name)}; "
                f"expected the name of an event, or its beginning and a *; {hint}"
            )
    return follow


def _json_type(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "true or false"}
    return "nothing" if value is None else names.get(type(value), "a number")

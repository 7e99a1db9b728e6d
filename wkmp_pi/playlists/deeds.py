"""What a step or an ending does: an event with its data, or a command with its fields.

Pure. A command is decoded when the file is read, so that what is wrong with
it stands beside its line and not in the journal of some night. Music is named
as a stranger would have to: downward from the music folder.
"""

from __future__ import annotations

import re
import typing
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from wkmp_pi import commands
from wkmp_pi.commands import AnyCommand, Enqueue
from wkmp_pi.config.places import KeyPath
from wkmp_pi.config.rules import near, shown
from wkmp_pi.config.tables import Reading
from wkmp_pi.events.kinds import thawed
from wkmp_pi.playlists import filling

COMMANDS: Final[frozenset[str]] = frozenset(
    str(kind.__struct_config__.tag) for kind in typing.get_args(AnyCommand)
)
"""The names of all commands."""

_USELESS: Final = frozenset(
    {"status", "queue", "settings.get", "library.add", "help"}
    | {f"playlist.{verb}" for verb in ("list", "show", "runs", "join")}
)
"""Commands that only answer, or that change what no playlist should."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_PASSAGE = re.compile(r"passage:[1-9][0-9]{0,17}")
_SPAN = re.compile(r"(?:npt:)?[0-9:.]*(?:,[0-9:.]+)?")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")


class Deed(NamedTuple):
    """The name of an event or a command; the command, if it is one."""

    name: str
    command: AnyCommand | None = None


def deed(reading: Reading, path: KeyPath, good: Mapping[str, Any]) -> Deed:
    """What the good values of a table say is done."""
    event, command = good.get("event"), good.get("command")
    if event is not None and command is not None:
        reading.question(path, "found both event and command; expected one of them; remove one")
    if command is not None:
        return Deed(command, _command(reading, path, command, good.get("data", {})))
    if event is None:
        reading.question(path, "found neither event nor command; expected one of them; write one")
    return Deed(event or "")


def _command(
    reading: Reading, path: KeyPath, name: str, data: Mapping[str, Any]
) -> AnyCommand | None:
    doers = COMMANDS - _USELESS
    if name not in doers:
        why = "only answers, or is not for playlists" if name in _USELESS else "is not known"
        remedy = near(name, doers) or "see docs/socket.md"
        reading.problem(
            (*path, "command"),
            f"found {shown(name)}, which {why}; expected a command that does something; {remedy}",
        )
        return None
    if any(filling.roots(data)):
        reading.problem(
            (*path, "data"),
            "found a {place} in a command; expected plain values, because no command is made of "
            "what comes in from outside; write the value",
        )
        return None
    return _decoded(reading, path, name, data)


def _decoded(
    reading: Reading, path: KeyPath, name: str, data: Mapping[str, Any]
) -> AnyCommand | None:
    try:
        command = commands.decode({"command": name, **thawed(data)})
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        key = tuple(part for part in re.split(r"[.\[`]", where) if part.isidentifier())
        words = what[:1].lower() + what[1:].replace("`", "")
        reading.problem(
            (*path, "data", *key),
            f"found what {name} does not take ({words}); expected its own fields; "
            "see docs/socket.md",
        )
        return None
    if isinstance(command, Enqueue):
        for item in command.items:
            if problem := _stray(item):
                reading.problem((*path, "data", "items"), problem)
    return command


def _stray(item: str) -> str | None:
    """Why an item is none that a file may name; ``None`` if it is one.

    Words only, in the three forms that items have; whether it is there is seen when it is due.
    """
    if item.startswith("passage:"):
        good = _PASSAGE.fullmatch(item)
        return None if good else f"found {shown(item)}; expected passage:ID; write its number"
    path, fragment, span = item.rpartition("#t=")
    if fragment and "/" not in span:
        if not _SPAN.fullmatch(span):
            return f"found the span {shown(span)}; expected seconds or h:mm:ss; write #t=10.5,70"
    else:
        path = item
    found = next((what for what, is_it in _STRAYS if is_it(path)), None)
    if found is None:
        return None
    return (
        f"found {found} in {shown(item)}; expected a plain path below the music folder, or "
        "passage:ID; name it so"
    )


_STRAYS: Final[tuple[tuple[str, Callable[[str], bool]], ...]] = (
    ("no path", lambda path: not path.strip()),
    ("an absolute path", lambda path: path.startswith(("/", "~"))),
    ("an address", lambda path: _SCHEME.match(path) is not None),
    ("'..'", lambda path: ".." in path.split("/")),
    ("a backslash", lambda path: "\\" in path),
    ("a percent escape", lambda path: _ESCAPED.search(path) is not None),
    ("a control character", lambda p: any(unicodedata.category(c) == "Cc" for c in p)),
    ("accents apart from their letters", lambda p: not unicodedata.is_normalized("NFC", p)),
)

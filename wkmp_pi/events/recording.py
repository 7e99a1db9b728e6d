"""A recording of the bus: a head, then each event as it was told, one JSON object a line. Pure.

    {"recording":1,"version":"0.1.0","names":["*","machines.stepped"],"snapshot":{…}}
    {"id":16,"at_ns":81273645112233,"causes":[],"hops":0,"event":{"name":"volume.changed",…}}

Only a whole recording, without gaps, can be replayed.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import KINDS, Custom, Event, MachinesStepped, as_dict
from wkmp_pi.events.lines import encoded
from wkmp_pi.events.told import Told

FORMAT = 1
"""Grows when something that was there changes its meaning."""

NAMES = ("*", MachinesStepped.name)
"""What a whole recording holds."""


def head(version: str, names: Sequence[str], snapshot: Mapping[str, Any]) -> bytes:
    """The first line; ``snapshot`` is the state of the player at that moment."""
    return encoded({"recording": FORMAT, "version": version, "names": names, "snapshot": snapshot})


def about(told: Told) -> dict[str, Any]:
    """A told event as plain data, in the order in which it stands in a line."""
    return {
        "id": told.id,
        "at_ns": told.at_ns,
        "causes": told.causes,
        "hops": told.hops,
        "event": as_dict(told.event),
    }


@dataclass(frozen=True, slots=True)
class Line:
    """A told event of a recording.

    Attributes:
        number: of the line, from 1.
        text: as it stands there, with its newline.
        fields: as they stand there.
    """

    number: int
    text: bytes
    fields: Mapping[str, Any]

    @property
    def id(self) -> int:
        """The event's."""
        return int(self.fields["id"])

    @property
    def name(self) -> str:
        """The event's."""
        return str(self.fields["event"]["name"])

    def told(self) -> Told:
        """The event itself.

        Raises:
            RequestError: it is none that this version knows.
        """
        fields = self.fields
        try:
            return Told(
                fields["id"], event(fields["event"]), tuple(fields["causes"]), fields["at_ns"],
                fields["hops"],
            )  # fmt: skip
        except ValueError as error:  # msgspec's own are of this kind
            raise RequestError(
                f"line {self.number}: found {self.name}: {error}; expected an event as this "
                "version tells it; replay with the version that recorded"
            ) from error


def event(fields: Mapping[str, Any]) -> Event:
    """An event from plain data, as ``kinds.as_dict`` gives it.

    Raises:
        ValueError: it is no event, or one of its fields is wrong.
    """
    kind = KINDS.get(fields["name"], Custom)
    content = fields if kind is not Custom else {**fields, "event": fields["name"]}
    made = msgspec.convert(content, kind)
    # A whole number where a fraction may stand is one still, or it would be written otherwise.
    whole = {
        field.name: content[field.name]
        for field in dataclasses.fields(made)
        if isinstance(getattr(made, field.name), float) and type(content.get(field.name)) is int
    }
    return dataclasses.replace(made, **whole) if whole else made


def read(lines: Iterable[bytes]) -> tuple[bytes, list[Line]]:
    """The head's line, and the others.

    Raises:
        RequestError: it is no recording, not a whole one, or one with gaps; says which line.
    """
    numbered = enumerate(lines, start=1)
    first = next(numbered, (1, b""))[1]
    _check_head(first)
    return first, list(_told(numbered))


def _check_head(line: bytes) -> None:
    try:
        fields = json.loads(line)
        form, names = fields["recording"], fields["names"]
    except (ValueError, KeyError, TypeError) as error:
        raise RequestError(
            "line 1: found no head of a recording; "
            "expected a file that wkmp-pi events --follow --record wrote"
        ) from error
    if form != FORMAT:
        raise RequestError(f"line 1: found a recording of format {form}; expected {FORMAT}")
    if set(names) != set(NAMES):
        raise RequestError(
            f"line 1: found a recording of {', '.join(names)} only; expected one of everything; "
            "record without --name"
        )


def _told(numbered: Iterable[tuple[int, bytes]]) -> Iterator[Line]:
    for number, text in numbered:
        try:
            fields = json.loads(text)
        except ValueError as error:
            raise RequestError(f"line {number}: {error}; expected a line of JSON") from error
        if not isinstance(fields, dict):
            raise RequestError(f"line {number}: expected a JSON object")
        if "missed" in fields:
            raise RequestError(
                f"line {number}: found that {fields['missed']} events were missed; "
                "expected a recording without gaps; record again while less happens"
            )
        if not _is_told(fields):
            raise RequestError(f"line {number}: found no event; expected one as it was told")
        yield Line(number, text, fields)


def _is_told(fields: Mapping[str, Any]) -> bool:
    event = fields.get("event")
    return (
        isinstance(event, dict)
        and isinstance(event.get("name"), str)
        and all(type(fields.get(key)) is int for key in ("id", "at_ns", "hops"))
        and isinstance(fields.get("causes"), list)
    )

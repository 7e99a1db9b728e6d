"""What is right by itself but means nothing beside the rest of the box. Pure."""

from __future__ import annotations

from itertools import combinations

from wkmp_pi.commands import AnyCommand, SetLight, SetRelay
from wkmp_pi.config.places import KeyPath
from wkmp_pi.config.rules import near, shown
from wkmp_pi.config.tables import Reading
from wkmp_pi.controls.peripherals import ons
from wkmp_pi.controls.peripherals.definition import (
    Calibrated,
    Chord,
    OfButtons,
    Peripheral,
    Starter,
)
from wkmp_pi.controls.peripherals.ons import Known
from wkmp_pi.controls.peripherals.wishes import unclear
from wkmp_pi.events.kinds import KINDS
from wkmp_pi.playlists.definition import On
from wkmp_pi.playlists.outputs import LIFECYCLE


def check(reading: Reading, path: KeyPath, about: Peripheral, known: Known) -> None:
    """Pile up what is wrong with a peripheral."""
    for place, on in about.inputs:
        if not on.event:
            continue  # that has been said
        ons.check(reading, (*path, *place), on, known)
        clear(reading, (*path, *place), on)
    match about:
        case OfButtons():
            ons.declared(reading, (*path, "buttons"), about.buttons, known)
        case Chord():
            _parts(reading, path, about)
        case Starter():
            playlist(reading, path, about.on, about.playlist, known)
        case Calibrated():
            _numbers(reading, path, about)


def clear(reading: Reading, path: KeyPath, on: On) -> None:
    """Whether the recogniser can be told which gesture is waited for."""
    if missing := unclear(on):
        reading.question(
            (*path, "where"),
            f"found {on.event} of nobody knows what; expected it to be said; "
            f"write where = {{ {missing} }}",
        )


def playlist(
    reading: Reading, path: KeyPath, on: On, target: str, known: Known, key: str = "playlist"
) -> None:
    """A playlist (named under ``key``) that there is not, or that would start itself for ever."""
    if target and known.playlists is not None and target not in known.playlists:
        remedy = near(target, known.playlists) or "see: wkmp-pi playlists list"
        reading.problem(
            (*path, key),
            f"found {shown(target)}, which is no playlist; expected one of them; {remedy}",
        )
    again = any(map(on.names, LIFECYCLE)) and on.where.may_hold({"playlist_id": target})
    if again:
        reading.question(
            (*path, "on"),
            f"found {on.event}, which comes of the playlist {target} itself; expected another "
            "event, for it would never end; narrow it by where",
        )


def part(reading: Reading, path: KeyPath, command: AnyCommand | None, known: Known) -> None:
    """A light or relay of a command that there is not, so that it would be refused each time."""
    match command:
        case SetLight(light=name):
            what, there = "light", known.lights
        case SetRelay(relay=name):
            what, there = "relay", known.relays
        case _:
            return
    if name not in there:
        remedy = near(name, there) or f"declare it as [[{what}]], or remove this table"
        reading.problem(
            (*path, "data", what),
            f"found {shown(name)}; expected a [[{what}]] of this file "
            f"({', '.join(sorted(there)) or 'none'}); {remedy}",
        )


def _parts(reading: Reading, path: KeyPath, about: Chord) -> None:
    for (one, first), (other, second) in combinations(enumerate(about.parts, 1), 2):
        if first.on == second.on:
            reading.question(
                (*path, "parts", str(other)),
                f"found the same event as in part {one}; expected each once; remove one",
            )


def _numbers(reading: Reading, path: KeyPath, about: Calibrated) -> None:
    kind = KINDS.get(about.on.event)
    fields = ons.fields_of(kind) if kind is not None else frozenset[str]()
    for first in dict.fromkeys(field[0] for field in about.fields):
        if kind is not None and first not in fields:
            remedy = near(first, fields) or "correct the field"
            reading.question(
                (*path, "fields"),
                f"found {shown(first)}, which {about.on.event} has not; expected one of "
                f"{', '.join(sorted(fields))}; {remedy}",
            )

"""What is waited for: read from ``on``, ``where`` and ``when``, and compared with what there is.

Pure. A name that nothing publishes, a field that an event has not, a button
that is not declared: each would be waited for in vain and in silence.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from wkmp_pi.config.places import KeyPath
from wkmp_pi.config.rules import Rule, near, shown
from wkmp_pi.config.tables import Reading
from wkmp_pi.events.kinds import KINDS, Event
from wkmp_pi.playlists import where
from wkmp_pi.playlists.definition import On
from wkmp_pi.playlists.values import array, invented, pattern
from wkmp_pi.playlists.where import ANYTHING

ON: Final[Mapping[str, Rule]] = {"on": pattern, "where": where.read, "when": where.read}

FOREIGN: Final[Mapping[str, Rule]] = {"foreign": array(invented, '"door.rung"')}
"""Events that something outside of the box publishes, so that nobody here can know them."""

STATE: Final = (
    "current",
    "song",
    "next",
    "state",
    "position_ms",
    "duration_ms",
    "queue_length",
    "volume",
    "muted",
    "repeat",
    "random",
    "single",
    "consume",
    "sleep_ms",
    "sleep_at_end",
    "device",
    "watchdog_interventions_total",
    "problems",
    "lights",
    "relays",
)
"""The keys of the state that ``when`` can look at: of the player, and of what it switches."""


MEASURED: Final = ("cpu_temperature", "load", "disk")
"""What the command ``sample`` tells values of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What there is, for those who wait for something.

    Attributes:
        buttons: those of ``[[button]]``; where there is none at all, what waits for one sleeps.
        encoders: those of ``[[encoder]]``.
        lights: those of ``[[light]]``.
        relays: those of ``[[relay]]``.
        peripherals: ids of those that the file does not define itself.
        playlists: ids; ``None`` if they are not known yet.
        events: what is published by others than the product and the file: by playlists, say.
    """

    buttons: Collection[str] = ()
    encoders: Collection[str] = ()
    lights: Collection[str] = ()
    relays: Collection[str] = ()
    peripherals: Collection[str] = ()
    playlists: Collection[str] | None = None
    events: Collection[str] = ()


def published(data: Mapping[str, Any]) -> frozenset[str]:
    """The events that come of bindings and peripherals of a file, or that they say others publish.

    Args:
        data: all tables of the file, whatever else is wrong there.
    """
    tables = ("bind", "peripheral")
    return frozenset((*_texts(data, tables, "publish"), *_texts(data, tables, "foreign")))


def within(known: Known, data: Mapping[str, Any]) -> Known:
    """What there is, with what a file itself defines."""
    ids = _texts(data, ("peripheral",), "id")
    return dataclasses.replace(
        known,
        events={*known.events, *published(data)},
        peripherals={*known.peripherals, *ids},
    )


def _texts(data: Mapping[str, Any], arrays: tuple[str, ...], key: str) -> Iterator[str]:
    for tables in (data.get(name) for name in arrays):
        for table in tables if isinstance(tables, list) else ():
            given = table.get(key) if isinstance(table, dict) else None
            several = given if isinstance(given, list) else [given]
            yield from (one for one in several if isinstance(one, str))


def on_of(reading: Reading, path: KeyPath, good: Mapping[str, Any]) -> On:
    """What is waited for, from the good values of a table."""
    if "on" not in good:
        reading.question(path, 'found no event; expected its name; write on = "gesture.single"')
    return On(
        event=good.get("on", ""),
        where=good.get("where", ANYTHING),
        state=good.get("when", ANYTHING),
    )


def check(reading: Reading, path: KeyPath, on: On, known: Known) -> None:
    """Say what is wrong with it beside what there is.

    Args:
        reading: takes the problems.
        path: of the table that it was read from.
        on: what is waited for.
        known: what there is.
    """
    _event(reading, path, on, known)
    _fields(reading, path, on)
    _state(reading, path, on)
    _hardware(reading, path, on, known)
    there = {*known.peripherals, *(MEASURED if on.event == "peripheral.value" else ())}
    for id_ in named(on, "peripheral"):
        if id_ and id_ not in there:
            _stranger(reading, (*path, "where"), id_, "a peripheral", there)


def named(on: On, field: str) -> Iterator[str]:
    """The words that ``where`` wants a field to be, or to hold."""
    for test in on.where.tests:
        if test.path == (field,) and test.operator in ("is", "in", "contains"):
            yield from _words(test.wanted)


def _words(wanted: Any) -> Iterator[str]:
    if isinstance(wanted, str):
        yield wanted
    elif isinstance(wanted, tuple):
        for one in wanted:
            yield from _words(one)


def _event(reading: Reading, path: KeyPath, on: On, known: Known) -> None:
    kind = KINDS.get(on.event)
    if kind is not None and kind.quiet:
        reading.problem(
            (*path, "on"),
            f"found {shown(on.event)}, which is only for recordings; expected another event; "
            "see: wkmp-pi events",
        )
    names = {*KINDS, *known.events}
    if not any(map(on.names, names)):
        remedy = near(on.event, names) or f'or write foreign = ["{on.event}"]'
        reading.problem(
            (*path, "on"),
            f"found {shown(on.event)}, which nothing publishes; expected an event of the product, "
            f"of a playlist, a peripheral or a binding, or one that is named in foreign; {remedy}",
        )


def _fields(reading: Reading, path: KeyPath, on: On) -> None:
    kind = KINDS.get(on.event)
    if kind is not None:
        fields = fields_of(kind)
        for key in dict.fromkeys(test.path[0] for test in on.where.tests):
            if key not in fields:
                remedy = near(key, fields) or "remove it"
                reading.problem(
                    (*path, "where", key),
                    f"found a field that {on.event} has not; expected one of "
                    f"{', '.join(sorted(fields))}; {remedy}",
                )


def fields_of(kind: type[Event]) -> frozenset[str]:
    """The fields of an event's data, by the names that predicates know them by."""
    return frozenset(f.metadata.get("payload", f.name) for f in dataclasses.fields(kind))


def _state(reading: Reading, path: KeyPath, on: On) -> None:
    for key in dict.fromkeys(test.path[0] for test in on.state.tests):
        if key not in STATE:
            remedy = near(key, STATE) or "see: wkmp-pi status --json"
            reading.problem(
                (*path, "when", key),
                f"found what the state of the box has not; expected one of {', '.join(STATE)}; "
                f"{remedy}",
            )


def _hardware(reading: Reading, path: KeyPath, on: On, known: Known) -> None:
    """What ``where`` says of buttons and encoders."""
    if on.event.startswith("button."):
        declared(reading, (*path, "where"), named(on, "button"), known)
    elif on.event.startswith("gesture.") and not asks_peripheral(on):
        knob = on.event == "gesture.turn"
        declared(reading, (*path, "where"), named(on, "buttons"), known, knob=knob)


def declared(
    reading: Reading, path: KeyPath, names: Iterable[str], known: Known, *, knob: bool = False
) -> None:
    """Buttons (or encoders) that are not declared, while others are."""
    if not known.buttons and not known.encoders:
        return
    there, what = (known.encoders, "encoder") if knob else (known.buttons, "button")
    for name in dict.fromkeys(names):
        if name not in there:
            _stranger(reading, path, name, f"a [[{what}]] of this file", there)


def asks_peripheral(on: On) -> bool:
    """Whether it waits for gestures of virtual peripherals."""
    return any(test.path[0] == "peripheral" for test in on.where.tests)


def _stranger(
    reading: Reading, path: KeyPath, name: str, what: str, there: Collection[str]
) -> None:
    remedy = near(name, there) or "declare it, or remove this table"
    names = ", ".join(sorted(there)) or "none"
    reading.problem(path, f"found {shown(name)}; expected {what} ({names}); {remedy}")

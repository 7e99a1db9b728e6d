"""``[[button]]``, ``[[encoder]]``, ``[[light]]``, ``[[relay]]`` and ``[gpio]`` of box.toml. Pure.

A wrong word or number is a mistake of the file, like any other. A pin that
cannot be used costs the part that wants it, and no other: a box whose second
button is wrong still has its first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from wkmp_pi.config.pin_claims import LAST_PIN, Claim, Judge, Lines, place_of
from wkmp_pi.config.pin_rules import BUTTON, COLOURS, ENCODER, GPIO, LIGHT, RELAY
from wkmp_pi.config.pins import Button, Encoder, Gpio, Light, Relay, Wiring
from wkmp_pi.config.places import KeyPath
from wkmp_pi.config.rules import Rule

MOST: Final = LAST_PIN + 1
"""Of each kind of part."""

KEYS: Final = ("gpio", "button", "encoder", "light", "relay")
"""The tables that are read here."""


class Tables(Protocol):
    """A file while it is read; takes the problems that refuse it."""

    @property
    def lines(self) -> Lines:
        """Where each key stands."""
        ...

    def table(self, path: KeyPath, data: Any, rules: Mapping[str, Rule]) -> dict[str, Any]:
        """The good values of a table."""
        ...

    def array(self, key: str, data: Any, most: int) -> list[tuple[KeyPath, Any]]:
        """The tables of an array with their paths."""
        ...

    def problem(self, path: KeyPath, what: str) -> None:
        """Something is wrong with ``path``."""
        ...


def read(reading: Tables, data: Mapping[str, Any]) -> Wiring:
    """Everything that hangs on the pins.

    Args:
        reading: of the file; takes the mistakes, which refuse it.
        data: all tables of the file; others than ``KEYS`` are left alone.
    """
    gpio = Gpio(**reading.table(("gpio",), data.get("gpio", {}), GPIO))
    parts = _Parts(reading, data)
    buttons = parts.of("button", BUTTON, ("pin",), _button)
    encoders = parts.of("encoder", ENCODER, ("pin_a", "pin_b"), _encoder)
    lights = parts.of("light", LIGHT, (), _light)
    relays = parts.of("relay", RELAY, ("pin",), _relay)
    _distinct(reading, [*buttons, *encoders], "button or encoder")
    _distinct(reading, [*lights, *relays], "light or relay")
    judge = Judge(reading.lines)
    judge.take([*buttons, *encoders, *lights, *relays])
    return Wiring(
        gpio=gpio,
        buttons=judge.left(buttons),
        encoders=judge.left(encoders),
        lights=judge.left(lights),
        relays=judge.left(relays),
        refused=tuple(judge.refused),
        remarks=tuple(judge.remarks),
    )


Make = Callable[[Tables, KeyPath, dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class _Parts:
    """Arrays of tables to parts."""

    reading: Tables
    data: Mapping[str, Any]

    def of(
        self, key: str, rules: Mapping[str, Rule], pins: tuple[str, ...], make: Make
    ) -> list[Claim]:
        return list(self._each(key, rules, pins, make))

    def _each(
        self, key: str, rules: Mapping[str, Rule], pins: tuple[str, ...], make: Make
    ) -> Iterator[Claim]:
        for path, table in self.reading.array(key, self.data.get(key, []), MOST):
            good = self.reading.table(path, table, rules)
            given = table if isinstance(table, dict) else {}
            missing = [need for need in ("name", *pins) if need not in given]
            for need in missing if isinstance(table, dict) else ():
                self.reading.problem(
                    path, f"found no {need}; expected one; write {_EXAMPLES[need]}"
                )
            if all(need in good for need in ("name", *pins)):
                named = pins or tuple(k for k in ("pin", *COLOURS) if k in good)
                claimed = tuple((k, good[k]) for k in named)
                part = make(self.reading, path, good)
                if part is not None:
                    yield Claim(path, part, claimed)


_EXAMPLES: Final = {
    "name": 'name = "play"',
    "pin": "pin = 17",
    "pin_a": "pin_a = 5",
    "pin_b": "pin_b = 6",
}


def _button(reading: Tables, path: KeyPath, good: dict[str, Any]) -> Button | None:
    button = Button(**{"active_low": good.get("pull_up", True), **good})
    wrong = None
    if button.glitch_ms > button.debounce_ms:
        wrong = "glitch_ms", button.glitch_ms, "debounce_ms", button.debounce_ms
    elif button.fastest_ms > button.repeat_ms:
        wrong = "fastest_ms", button.fastest_ms, "repeat_ms", button.repeat_ms
    if wrong is None:
        return button
    key, value, other, most = wrong
    reading.problem(
        (*path, key), f"found {value}; expected at most {other}, {most}; lower it or raise {other}"
    )
    return None


def _encoder(_: Tables, __: KeyPath, good: dict[str, Any]) -> Encoder:
    return Encoder(**good)


def _relay(_: Tables, __: KeyPath, good: dict[str, Any]) -> Relay:
    return Relay(**good)


def _light(reading: Tables, path: KeyPath, good: dict[str, Any]) -> Light | None:
    colours = [key for key in COLOURS if key in good]
    if ("pin" in good) == (len(colours) == len(COLOURS)) or 0 < len(colours) < len(COLOURS):
        found = ", ".join([*(["pin"] if "pin" in good else []), *colours]) or "no pins"
        reading.problem(
            path,
            f"found {found}; expected either pin, or red, green and blue; write one of the two",
        )
        return None
    pins = tuple(good.pop(key) for key in (colours or ("pin",)))
    return Light(pins=pins, **good)


def _distinct(reading: Tables, found: Iterable[Claim], what: str) -> None:
    """No two of the same name."""
    seen: dict[str, KeyPath] = {}
    for path, part, _ in found:
        first = seen.setdefault(part.name, path)
        if first != path:
            reading.problem(
                (*path, "name"),
                f"found {part.name}, which {place_of(first)} is called, too; "
                f"expected a name of its own for each {what}; rename one of them",
            )

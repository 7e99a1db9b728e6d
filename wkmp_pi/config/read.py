"""One file to one configuration, or every problem of it at once."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from wkmp_pi.config import mqtt, toml_file, usual, wiring
from wkmp_pi.config.model import Audio, Config, Control, Library, Log
from wkmp_pi.config.places import Places
from wkmp_pi.config.rules import RULES, RefusedError, shown
from wkmp_pi.config.tables import Lines, Reading, places_of
from wkmp_pi.errors import ConfigError

ELSEWHERE: Final = frozenset({*wiring.KEYS, "mqtt", "bind", "peripheral"})
"""Tables that others read; bindings and peripherals know events and commands, see ``controls``."""


def read(file: Path) -> Config:
    """Read a configuration file.

    Raises:
        ConfigError: every problem, each with file and line.
    """
    return parse(toml_file.read(file), file)


def parse(data: bytes, file: Path) -> Config:
    """A configuration from the bytes of a file; ``file`` is only named in messages.

    Raises:
        ConfigError: every problem, each with file and line.
    """
    document = toml_file.parse(data, file)
    reading = _Reading(file, document.places)
    values = reading.tables(document.values)
    reading.check_period(values["audio"])
    further = Reading(Lines(file, places_of(document.text)))
    wired = wiring.read(further, document.values)
    broker = _mqtt(further, document.values.get("mqtt", {}))
    problems = sorted([*reading.problems, *further.problems])
    if problems:
        raise ConfigError([problem for _, problem in problems])
    built = _build(values, file)
    return dataclasses.replace(built, wiring=wired, mqtt=broker, document=document)


def _mqtt(reading: Reading, data: Any) -> mqtt.Mqtt:
    good = reading.table(("mqtt",), data, mqtt.RULES)
    for key, what in mqtt.check(good):
        reading.problem(("mqtt", key), what)
    return mqtt.Mqtt(**good) if not reading.problems else mqtt.Mqtt()


@dataclass(slots=True)
class _Reading:
    """Values go in, good values come out, problems pile up with their lines."""

    file: Path
    places: Places
    problems: list[tuple[int, str]] = field(default_factory=list)

    def tables(self, data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        for name in data.keys() - RULES.keys() - ELSEWHERE:
            self.problem((name,), _unknown(name, ()))
        return {name: dict(self._table(name, data.get(name, {}))) for name in RULES}

    def _table(self, table: str, data: Any) -> Iterator[tuple[str, Any]]:
        if not isinstance(data, dict):
            self.problem((table,), f"found {shown(data)}; expected a table; write [{table}]")
            return
        for key, value in data.items():
            rule = RULES[table].get(key)
            if rule is None:
                self.problem((table, key), _unknown(key, (table,)))
                continue
            try:
                yield key, rule(self._minus_zero(table, key, value))
            except RefusedError as error:
                self.problem((table, key), str(error))

    def _minus_zero(self, table: str, key: str, value: Any) -> Any:
        if type(value) is int and self.places.written((table, key)) == "-0":
            raise RefusedError("found -0; expected a number without a sign; write 0")
        return value

    def check_period(self, audio: Mapping[str, Any]) -> None:
        period_ms = audio.get("period_ms", Audio().period_ms)
        latency_ms = audio.get("latency_ms", Audio().latency_ms)
        if period_ms * 2 > latency_ms:
            given = "period_ms" if "period_ms" in audio else "latency_ms"
            self.problem(
                ("audio", given),
                f"found a period of {period_ms} ms in a latency of {latency_ms} ms; "
                "expected at least two periods; lower period_ms or raise latency_ms",
            )

    def problem(self, path: tuple[str, ...], what: str) -> None:
        line = self.places.line(path)
        self.problems.append((line, f"{self.file}:{line}: {'.'.join(path)}: {what}"))


def _unknown(key: str, table: tuple[str, ...]) -> str:
    """The message for a key that nobody knows, with the one that was probably meant."""
    here = list(RULES[table[0]]) if table else [*RULES, *ELSEWHERE]
    everywhere = {name: owner for owner, rules in RULES.items() for name in rules}
    expected = f"expected one of {', '.join(sorted(here))}"
    if near := difflib.get_close_matches(key, here, n=1):
        return f"not known; {expected}; did you mean {near[0]}?"
    if near := difflib.get_close_matches(key, everywhere, n=1, cutoff=0.75):
        return f"not known here; {expected}; {near[0]} belongs to [{everywhere[near[0]]}]"
    return f"not known; {expected}; remove it"


def _build(values: Mapping[str, Mapping[str, Any]], file: Path) -> Config:
    library = values["library"]
    return Config(
        audio=Audio(**values["audio"]),
        library=Library(
            music_root=library.get("music_root") or usual.music_root(),
            database=library.get("database") or usual.database(),
        ),
        control=Control(**values["control"]),
        log=Log(**values["log"]),
        settings=dict(values["settings"]),
        file=file,
    )

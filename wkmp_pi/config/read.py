"""One file to one configuration, or every problem of it at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from wkmp_pi.config import mqtt, toml_file, usual, wiring
from wkmp_pi.config.model import Audio, Config, Control, Library, Log
from wkmp_pi.config.rules import RULES
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
    reading = Reading(Lines(file, places_of(document.text)))
    values = _tables(reading, document.values)
    _check_period(reading, values["audio"])
    wired = wiring.read(reading, document.values)
    broker = _mqtt(reading, document.values.get("mqtt", {}))
    if reading.problems:
        raise ConfigError([problem for _, problem in sorted(reading.problems)])
    built = _build(values, file)
    return dataclasses.replace(built, wiring=wired, mqtt=broker, document=document)


def _mqtt(reading: Reading, data: Any) -> mqtt.Mqtt:
    good = reading.table(("mqtt",), data, mqtt.RULES)
    for key, what in mqtt.check(good):
        reading.problem(("mqtt", key), what)
    return mqtt.Mqtt(**good) if not reading.problems else mqtt.Mqtt()


def _tables(reading: Reading, document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The good values of this file's own tables."""
    owners = {key: name for name, rules in RULES.items() for key in rules}
    reading.strangers((), document, [*RULES, *ELSEWHERE], owners)
    return {
        name: reading.table((name,), document.get(name, {}), rules, owners=owners)
        for name, rules in RULES.items()
    }


def _check_period(reading: Reading, audio: Mapping[str, Any]) -> None:
    period_ms = audio.get("period_ms", Audio().period_ms)
    latency_ms = audio.get("latency_ms", Audio().latency_ms)
    if period_ms * 2 > latency_ms:
        reading.problem(
            ("audio", "period_ms" if "period_ms" in audio else "latency_ms"),
            f"found a period of {period_ms} ms in a latency of {latency_ms} ms; "
            "expected at least two periods; lower period_ms or raise latency_ms",
        )


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

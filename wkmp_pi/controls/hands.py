"""What the hands on a box can do: its buttons, and everything that box.toml makes of them.

Buttons, bindings and virtual peripherals are read from one file and belong
together: what is bound decides which gestures are waited for, and so how long
a single press has to wait. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from wkmp_pi.config import Config
from wkmp_pi.config.pins import Wiring
from wkmp_pi.config.tables import Lines, Reading, places_of
from wkmp_pi.controls import bindings, peripherals
from wkmp_pi.controls.bindings import Binding
from wkmp_pi.controls.gestures import Compiled, compile_gestures
from wkmp_pi.controls.peripherals import Known
from wkmp_pi.controls.peripherals.definition import Mirror, OfButtons, Peripheral
from wkmp_pi.errors import ConfigError
from wkmp_pi.playlists.definition import On, Playlist
from wkmp_pi.playlists.outputs import outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What is bound to what.

    Attributes:
        wiring: the pins.
        bindings: gesture or event → what is done.
        peripherals: virtual ones.
        published: events that bindings and peripherals of the file publish.
    """

    wiring: Wiring = field(default_factory=Wiring)
    bindings: tuple[Binding, ...] = ()
    peripherals: tuple[Peripheral, ...] = ()
    published: frozenset[str] = frozenset()

    def known(self, playlists: Mapping[str, Playlist]) -> Known:
        """What there is for a peripheral that comes later, beside these playlists."""
        mirrored = {one.publish for one in self.peripherals if isinstance(one, Mirror)}
        about = _known(self.wiring, playlists)
        return replace(
            about,
            events={*about.events, *self.published, *mirrored},
            peripherals={one.id for one in self.peripherals},
        )

    def compiled(self, playlists: Iterable[Playlist] = ()) -> Compiled:
        """The one recogniser that all of them, and the playlists, need."""
        ons: list[On] = [binding.on for binding in self.bindings]
        ons += [on for one in self.peripherals for on in one.ons]
        for one in playlists:
            waits = [step.wait.on for step in one.steps if step.wait is not None]
            ons += [*one.triggers, *one.interrupts, *waits]
        names = {button.name for button in self.wiring.buttons}
        wanted = [*peripherals.wishes(ons, names)]
        wanted += [one.wanted for one in self.peripherals if isinstance(one, OfButtons)]
        wiring = self.wiring
        return compile_gestures(wiring.buttons, wanted, wiring.encoders, wiring.gpio)


NO_HANDS: Final = Hands()


def hands_of(config: Config, playlists: Mapping[str, Playlist] | None = None) -> Hands:
    """The hands of a configuration.

    Args:
        config: read from a file.
        playlists: those that there are, by id; ``None`` if they are not known.

    Raises:
        ConfigError: every problem of ``[[bind]]`` and ``[[peripheral]]``, with file and line.
    """
    document = config.document
    if document is None or config.file is None:
        return NO_HANDS
    reading = Reading(Lines(config.file, places_of(document.text)))
    values = document.values
    known = _known(config.wiring, playlists)
    found = peripherals.read(reading, values, known)
    bound = bindings.read(reading, values, known)
    if reading.problems:
        raise ConfigError([problem for _, problem in sorted(reading.problems)])
    published = peripherals.published(values)
    return Hands(wiring=config.wiring, bindings=bound, peripherals=found, published=published)


def published_by(config: Config) -> frozenset[str]:
    """What bindings and peripherals of a configuration publish, for those who wait for it."""
    document = config.document
    return frozenset() if document is None else frozenset(peripherals.published(document.values))


def _known(wiring: Wiring, playlists: Mapping[str, Playlist] | None) -> Known:
    """What there is beside what box.toml itself defines."""
    return Known(
        buttons={button.name for button in wiring.buttons},
        encoders={encoder.name for encoder in wiring.encoders},
        lights={light.name for light in wiring.lights},
        relays={relay.name for relay in wiring.relays},
        playlists=None if playlists is None else frozenset(playlists),
        events=_events_of((playlists or {}).values()),
    )


def _events_of(playlists: Iterable[Playlist]) -> frozenset[str]:
    """What playlists publish, or wait for from elsewhere."""
    found = set[str]()
    for one in playlists:
        found.update(one.foreign)
        found.update(output.name for output in outputs(one) if output.own)
    return frozenset(found)

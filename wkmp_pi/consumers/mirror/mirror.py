"""The mirror: what happens on the box → what the broker is told, and when. Pure."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wkmp_pi.consumers.mirror import discovery
from wkmp_pi.consumers.mirror.complaints import Complaints
from wkmp_pi.consumers.mirror.encoding import encoded, plain
from wkmp_pi.consumers.mirror.envelope import Moment, sealed
from wkmp_pi.consumers.mirror.inventory import Box, Inventory
from wkmp_pi.consumers.mirror.outbox import Outbox, Waiting
from wkmp_pi.consumers.mirror.state import differs, mirrored
from wkmp_pi.consumers.mirror.topics import UNTOLD, Topics
from wkmp_pi.events import kinds
from wkmp_pi.events.bus import Told
from wkmp_pi.mqtt import Outgoing
from wkmp_pi.units import NS_PER_SECOND

__all__ = ["Mirror", "Moment", "Options", "Want"]

SCHEMA = 1
"""Grows when something that was there changes its meaning."""

ONLINE, OFFLINE = b"online", b"offline"
_MS = 1_000_000
_LOOKS_MS = (0, 50, 500)
"""After an event: what it changes may be known at once, or a moment later."""

_VITALS_NS = 60 * NS_PER_SECOND
_READ_BACK_NS = NS_PER_SECOND // 2
_AFTER_IT_NS = 3 * NS_PER_SECOND
"""Home Assistant needs a moment to listen to what it was told of, and vitals are not kept."""

_BIRTH_NS = (1 * NS_PER_SECOND, 10 * NS_PER_SECOND)


class Want(enum.Enum):
    """What the mirror has to be told now, because only its owner can look."""

    STATUS = enum.auto()
    """The player state; answered by ``look``."""
    VITALS = enum.auto()
    """How the machine does; answered by ``examine``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the owner wants told; see ``wkmp_pi.config.mqtt.Mqtt``."""

    keys: tuple[str, ...] = ()
    keep_events: int = 0
    discovery: bool = True
    discovery_prefix: str = "homeassistant"


class Mirror:
    """The copy of the box that the broker keeps, and the news of it.

    Args:
        box: this box.
        inventory: what it is made of at first.
        options: what is told.
        chance: a new number from 0 to 1.
    """

    def __init__(
        self, box: Box, inventory: Inventory, options: Options, chance: Callable[[], float]
    ) -> None:
        self.topics = Topics(box.id)
        self.birth_topic = f"{options.discovery_prefix}/status"
        self.discovery_topic = f"{options.discovery_prefix}/device/{box.id}/config"
        self._box = box
        self._inventory = inventory
        self._options = options
        self._chance = chance
        self._outbox = Outbox(options.keep_events)
        self._complaints = Complaints()
        self._seq = 0
        self._state: dict[str, Any] | None = None
        self._told_ns = 0
        self._running: dict[str, str] = {}
        self._counts = {"xruns": 0, "starves": 0}
        self._looks: list[int] = []
        self._vitals_ns: int | None = None
        self._announce_ns: int | None = None
        self._all_again = False
        self._announced: Mapping[str, str] = {}  # parts that Home Assistant may know
        self.own_problem: str | None = None
        """The last trouble with the broker, which may stand among the player's problems a little
        longer than it lasts."""
        self._outbox.set(self.topics.session, box.session.encode())
        self._outbox.set(self.topics.info, self._info())

    @property
    def counters(self) -> dict[str, int]:
        """What was lost, since the start."""
        return {
            "dropped_offline": self._outbox.dropped_offline,
            "dropped_full": self._outbox.dropped_full,
            "dropped_large": self._outbox.dropped_large,
            "waiting": self._outbox.waiting,
        }

    # What happens on the box

    def hear(self, told: Told, moment: Moment) -> None:
        """An event of the bus."""
        event = told.event
        self._note(event)
        if self._outbox.connected:
            untold = event.name in UNTOLD
            looks = [moment.now_ns + after * _MS for after in _LOOKS_MS]
            self._looks = sorted({*self._looks, looks[0]}) if untold else looks
        if event.name in UNTOLD:
            return
        topics, event_type = self.topics.addresses(event)
        for topic in topics:
            self._seq += 1
            payload = sealed(self._box, told, event_type, self._seq, moment)
            self._outbox.tell(Outgoing(topic=topic, payload=payload), moment.now_ns)

    def look(self, status: Mapping[str, Any], moment: Moment) -> None:
        """The player state at this moment, as the command ``status`` answers."""
        state = mirrored(status, moment.utc_ns, self._running.values(), self.own_problem)
        passed_ms = (moment.now_ns - self._told_ns) // _MS
        if self._state is None or differs(self._state, state, passed_ms):
            self._state, self._told_ns = state, moment.now_ns
            self._outbox.set(self.topics.state, encoded({"v": SCHEMA, **state}))
            for key in self._options.keys:
                self._outbox.set(self.topics.key(key), plain(state.get(key)))
        if self._outbox.connected:
            self._outbox.set(self.topics.availability, ONLINE)

    def examine(self, vitals: Mapping[str, Any], moment: Moment) -> None:
        """How the machine does, to be told together with what the mirror itself has counted."""
        own = {**self._counts, **vitals, "mqtt": {**self.counters, **vitals.get("mqtt", {})}}
        message = Outgoing(topic=self.topics.diag, payload=encoded({"v": SCHEMA, **own}))
        self._outbox.answer(message, moment.now_ns)

    def show_cover(self, image: bytes) -> None:
        """The picture of what plays."""
        self._outbox.set(self.topics.cover, image)

    def change(self, inventory: Inventory, now_ns: int) -> None:
        """The box is made of something else now."""
        if inventory == self._inventory:
            return
        self._inventory = inventory
        self._outbox.set(self.topics.info, self._info())
        if self._outbox.connected:
            self._announce_ns = now_ns

    def answer(self, message: Outgoing, now_ns: int) -> None:
        """A reply, to who asked."""
        self._outbox.answer(message, now_ns)

    def complain(self, kind: str, data: Mapping[str, Any], moment: Moment) -> None:
        """Something from outside was not as it should be: told at most once a second."""
        found = self._complaints.admit(kind, data, moment.now_ns)
        if found is None:
            return
        self._seq += 1
        envelope = {
            "v": 1,
            "id": f"{self._box.session}-s{self._seq}",
            "event_type": kind,
            "box": self._box.id,
            "seq": self._seq,
            "utc": moment.utc_of(moment.now_ns),
            "mono_ns": moment.now_ns,
            "data": found,
        }
        message = Outgoing(topic=self.topics.event("system"), payload=encoded(envelope, "data"))
        self._outbox.answer(message, moment.now_ns)

    # What happens at the broker

    def connect(self, largest_bytes: int | None, now_ns: int) -> None:
        """The broker let us in."""
        self._outbox.connect(self._order(), largest_bytes, now_ns)
        self._looks = [now_ns + after * _MS for after in _LOOKS_MS]
        self._vitals_ns = now_ns
        self._announce_ns = now_ns + _READ_BACK_NS if self._options.discovery else None

    def disconnect(self) -> None:
        """The broker is gone."""
        self._outbox.forget(self.topics.availability)
        self._outbox.disconnect()
        self._looks = []
        self._vitals_ns = self._announce_ns = None

    def retained_discovery(self, payload: bytes, now_ns: int) -> None:
        """What Home Assistant was told last, perhaps by an older start: parts may be gone since."""
        self._announced = {**discovery.parts_of(payload), **self._announced}
        if self._announce_ns is not None:
            self._announce_ns = now_ns

    def birth(self, now_ns: int) -> None:
        """Home Assistant has started: it is told all again, but not by all boxes at once."""
        if self._options.discovery and self._outbox.connected:
            self._all_again = True
            least_ns, most_ns = _BIRTH_NS
            self._announce_ns = now_ns + least_ns + round((most_ns - least_ns) * self._chance())

    # What is due

    @property
    def deadline_ns(self) -> int | None:
        """When ``due`` is to be called next, if nothing else happens before."""
        moments = (min(self._looks, default=None), self._vitals_ns, self._announce_ns)
        return min((at for at in moments if at is not None), default=None)

    def due(self, now_ns: int) -> list[Want]:
        """Do what is due; what the owner has to look at."""
        wanted = []
        if self._looks and self._looks[0] <= now_ns:
            self._looks = [at for at in self._looks if at > now_ns]
            wanted.append(Want.STATUS)
        if self._vitals_ns is not None and self._vitals_ns <= now_ns:
            self._vitals_ns = now_ns + _VITALS_NS
            wanted.append(Want.VITALS)
        if self._announce_ns is not None and self._announce_ns <= now_ns:
            self._announce_ns = None
            self._announce(now_ns)
        return wanted

    def next(self, now_ns: int) -> Waiting | None:
        """The next message to be sent."""
        return self._outbox.next(now_ns) if self._outbox.connected else None

    def sent(self, number: int, waiting: Waiting) -> None:
        """It is under way."""
        self._outbox.sent(number, waiting)

    def put_back(self, waiting: Waiting) -> None:
        """It could not be sent now."""
        self._outbox.put_back(waiting)

    def delivered(self, number: int) -> None:
        """The broker has it."""
        self._outbox.delivered(number)

    def _order(self) -> tuple[str, ...]:
        topics = self.topics
        keys = (topics.key(key) for key in self._options.keys)
        return (topics.session, topics.info, topics.state, *keys)

    def _announce(self, now_ns: int) -> None:
        """Tell Home Assistant what there is; if it has just started, also how all of it is."""
        message, self._announced = discovery.message(
            self._box, self._inventory, self.topics, self._announced
        )
        self._outbox.set(self.discovery_topic, message)
        if self._all_again:
            topics = (*self._order(), self.topics.cover, self.topics.availability)
            self._outbox.again(self.discovery_topic, *topics)
            self._vitals_ns = now_ns + _AFTER_IT_NS
        self._all_again = False

    def _note(self, event: kinds.Event) -> None:
        match event:
            case kinds.OutputXrun():
                self._counts["xruns"] += 1
            case kinds.OutputStarved():
                self._counts["starves"] += 1
            case kinds.PlaylistCreated():
                self._running[event.run_id] = event.playlist_id
            case kinds.PlaylistStopped():
                self._running.pop(event.run_id, None)

    def _info(self) -> bytes:
        box, parts = self._box, self._inventory
        return encoded(
            {
                "v": SCHEMA,
                "name": box.name,
                "version": box.version,
                "model": box.model,
                "schema": SCHEMA,
                "session": box.session,
                "rate": box.rate_hz,
                "groups": parts.groups,
                "capabilities": {
                    "buttons": [button.id for button in parts.buttons],
                    "peripherals": [peripheral.id for peripheral in parts.peripherals],
                    "playlists": [playlist.id for playlist in parts.playlists],
                    "lights": parts.lights,
                    "sources": parts.sources,
                    "commands": parts.commands,
                },
            }
        )

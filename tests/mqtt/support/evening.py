"""A box with a mirror and a remote on a virtual clock, linked to a fake broker."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from mqtt.support.fake import FakeBroker, FakeLink
from mqtt.support.scenes import BOX, PARTS, UTC_NS, status

from wkmp_pi.app.mqtt import Mqtt
from wkmp_pi.commands import AnyCommand, SetVolume
from wkmp_pi.consumers.mirror import Inventory, Mirror, Options
from wkmp_pi.controls.remote import Remote
from wkmp_pi.events import kinds
from wkmp_pi.events.bus import Bus
from wkmp_pi.mqtt import Broker, Outgoing

S = 1_000_000_000


class Evening:
    """Everything that ``Mqtt`` is made of, driven step by step.

    Attributes:
        asked: commands that reached the box.
        problems: what a person was shown.
    """

    def __init__(self, server: FakeBroker | None = None, **options: Any) -> None:
        self.server = server or FakeBroker()
        self.bus = Bus(lambda: self.now_ns)
        self.now_ns = 0
        self.state = status()
        self.asked: list[AnyCommand] = []
        self.held: list[Callable[[], None]] = []
        self.hold = False
        self.problems: list[str | None] = []
        self.parts = PARTS
        mirror = Mirror(BOX, PARTS, Options(**options), lambda: 0.5)
        self.remote = Remote(BOX.id, BOX.session, ("all",))
        broker = Broker(
            host="fake",
            port=1,
            client_id=f"wkmp-{BOX.id}",
            will=Outgoing(topic=mirror.topics.availability, payload=b"offline", retain=True),
            topics=(*self.remote.filters, mirror.birth_topic, mirror.discovery_topic),
            origin=BOX.id,
        )
        self.link = FakeLink(broker, self.server)
        self.mirror = mirror
        self.mqtt = Mqtt(
            self.link,
            "fake:1",
            mirror,
            self.remote,
            self.bus,
            self.ask,
            lambda: self.state,
            inventory=lambda: self.parts,
            vitals=lambda: {"cpu": 1.0},
            cover=lambda file: file.encode(),
            report=self.problems.append,
            clock_ns=lambda: self.now_ns,
            utc_ns=lambda: UTC_NS + self.now_ns,
            chance=lambda: 1.0,
        )

    def ask(self, command: AnyCommand, answer: Callable[[Any, str | None], None]) -> None:
        """A conductor that only knows the volume."""
        self.asked.append(command)

        def obey() -> None:
            if isinstance(command, SetVolume):
                self.state = {**self.state, "volume": command.percent}
                self.bus.publish(kinds.VolumeChanged(percent=command.percent or 0, muted=False))
                answer({"percent": command.percent}, None)
            else:
                answer(None, "not in this play")

        if self.hold:
            self.held.append(obey)
        else:
            obey()

    def go(self, seconds: float = 0.0, steps: int = 3) -> None:
        """Let time pass, and everybody do what is due."""
        self.now_ns += round(seconds * S)
        for _ in range(steps):
            self.mqtt.guarded_step()

    def run(self, seconds: float, each_s: float = 0.05) -> None:
        """Let time pass bit by bit."""
        for _ in range(round(seconds / each_s)):
            self.go(each_s, steps=1)

    def say(self, topic: str, payload: bytes = b"", *, retain: bool = False) -> None:
        """Somebody publishes."""
        self.server.take(Outgoing(topic=topic, payload=payload, retain=retain), None)

    def heard(self, topic: str) -> list[bytes]:
        """What the broker was told on a topic so far."""
        return [one.payload for one in self.server.heard if one.topic == topic]

    def change_parts(self, **more: Any) -> Inventory:
        """The box is made of something else."""
        self.parts = dataclasses.replace(self.parts, **more)
        return self.parts

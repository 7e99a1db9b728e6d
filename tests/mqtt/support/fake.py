"""A broker and links to it without any network; under the same contract as the real ones."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from wkmp_pi.mqtt import (
    Broker,
    Delivered,
    Down,
    Happening,
    Incoming,
    LinkError,
    Outgoing,
    Up,
)
from wkmp_pi.mqtt.link import WINDOW


class FakeBroker:
    """Keeps what is to be kept, and hands on what comes."""

    def __init__(self) -> None:
        self.running = True
        self.frozen = False
        self.largest_bytes: int | None = None
        self.kept: dict[str, bytes] = {}
        self.heard: list[Outgoing] = []
        self.links: dict[str, FakeLink] = {}

    def take(self, message: Outgoing, sender: FakeLink | None) -> None:
        """A message of a client, or of the test itself."""
        self.heard.append(message)
        if message.retain and message.payload:
            self.kept[message.topic] = message.payload
        elif message.retain:
            self.kept.pop(message.topic, None)
        for link in self.links.values():
            if link is not sender and link.wants(message.topic):
                link.get(
                    Incoming(
                        topic=message.topic,
                        payload=message.payload,
                        retained=message.retain,
                        correlation=message.correlation,
                        origin=sender.broker.origin if sender else "",
                    )
                )

    def kill(self) -> None:
        """It is gone with all that it knew, and all connections break."""
        self.running = False
        self.kept.clear()
        for link in list(self.links.values()):
            link.lose("the connection ended")
        self.links.clear()

    def start(self) -> None:
        """It is back."""
        self.running = True


class FakeLink:
    """A link to a ``FakeBroker``; see ``wkmp_pi.mqtt.Link``."""

    def __init__(self, broker: Broker, server: FakeBroker) -> None:
        self.broker = broker
        self.server = server
        self.woken = 0
        self.closed = False
        self._happened: deque[Happening] = deque()
        self._under_way: set[int] = set()
        self._number = 0

    def open(self) -> None:
        """Connect."""
        self.drop()
        if not self.server.running:
            raise LinkError(f"mqtt {self.broker.host}:{self.broker.port}: Connection refused")
        if (other := self.server.links.get(self.broker.client_id)) is not None:
            other.lose("another client came")
        self.server.links[self.broker.client_id] = self
        self._happened.append(Up(self.server.largest_bytes))
        for topic, payload in self.server.kept.items():
            if self.wants(topic):
                self.get(Incoming(topic=topic, payload=payload, retained=True))

    def step(self, timeout_s: float) -> list[Happening]:
        """What happened."""
        del timeout_s
        happened = list(self._happened)
        self._happened.clear()
        if not self.server.frozen:
            happened += [Delivered(number) for number in sorted(self._under_way)]
            self._under_way.clear()
        return happened

    def send(self, message: Outgoing) -> int | None:
        """Hand over."""
        if self.broker.client_id not in self.server.links or len(self._under_way) >= WINDOW:
            return None
        self._number += 1
        self._under_way.add(self._number)
        plain = replace(message, correlation=b"") if self.broker.old else message
        self.server.take(plain, self)
        return self._number

    def drop(self) -> None:
        """Break; the last will is told."""
        if self.server.links.get(self.broker.client_id) is self:
            del self.server.links[self.broker.client_id]
            if self.broker.will is not None:
                self.server.take(self.broker.will, self)
        self._happened.clear()
        self._under_way.clear()

    def wake(self) -> None:
        """Nobody waits."""
        self.woken += 1

    def close(self, patience_s: float) -> None:
        """Leave in peace."""
        del patience_s
        self.closed = True
        if self.server.links.get(self.broker.client_id) is self:
            del self.server.links[self.broker.client_id]

    # For the broker

    def wants(self, topic: str) -> bool:
        """Whether it listens to that."""
        return any(_matches(wanted, topic) for wanted in self.broker.topics)

    def get(self, message: Incoming) -> None:
        """A message comes."""
        old = self.broker.old
        self._happened.append(
            replace(message, origin="", correlation=b"", response_topic="") if old else message
        )

    def lose(self, why: str) -> None:
        """The connection breaks, and the last will is told."""
        self._under_way.clear()
        self._happened.append(Down(why))
        self.server.links.pop(self.broker.client_id, None)
        if self.broker.will is not None and self.server.running:
            self.server.take(self.broker.will, self)


def _matches(wanted: str, topic: str) -> bool:
    levels, found = wanted.split("/"), topic.split("/")
    for index, level in enumerate(levels):
        if level == "#":
            return True
        if index >= len(found) or level not in ("+", found[index]):
            return False
    return len(levels) == len(found)

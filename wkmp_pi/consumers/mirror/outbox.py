"""What is still to be told: a map of last values, and a short queue of what happened.

Values that change faster than the network takes them are replaced, never
queued. Events are queued, but no more than ``LIMIT``; the oldest are dropped
and counted. While there is no connection none are kept, unless the owner
wants the last few; only what was under way when it broke gets a second chance.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from wkmp_pi.mqtt import Outgoing
from wkmp_pi.units import NS_PER_SECOND

LIMIT: Final = 256
_SECOND_CHANCE_NS = 10 * NS_PER_SECOND
_HEAD_BYTES = 64
"""Room in a packet for what is besides topic, payload and correlation."""


class Waiting(NamedTuple):
    """A message and since when it is to be told."""

    message: Outgoing
    since_ns: int


class Outbox:
    """Messages on their way to the broker.

    Args:
        keep: so many of the newest events are kept while there is no connection.
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._values: dict[str, bytes] = {}
        self._fresh: dict[str, None] = {}  # topics that still have to be told, in order
        self._queue: deque[Waiting] = deque()
        self._under_way: dict[int, Waiting] = {}
        self._largest_bytes: int | None = None
        self._value_next = True
        self.connected = False
        self.dropped_offline = 0
        self.dropped_full = 0
        self.dropped_large = 0

    @property
    def waiting(self) -> int:
        """How many messages wait for their turn."""
        return len(self._fresh) + len(self._queue)

    def value(self, topic: str) -> bytes | None:
        """What was last set for ``topic``."""
        return self._values.get(topic)

    def set(self, topic: str, payload: bytes) -> None:
        """A value that the broker keeps; nothing is told if it is the same as before."""
        if self._values.get(topic) != payload:
            self._values[topic] = payload
            if self.connected:
                self._fresh[topic] = None

    def again(self, *topics: str) -> None:
        """Tell these values once more, after all others."""
        for topic in topics:
            if topic in self._values and self.connected:
                self._fresh.pop(topic, None)
                self._fresh[topic] = None

    def tell(self, message: Outgoing, now_ns: int) -> None:
        """Something that happened; dropped if nobody is there to hear it."""
        if not self.connected and not self._keep:
            self.dropped_offline += 1
            return
        self._queue.append(Waiting(message, now_ns))
        limit = LIMIT if self.connected else self._keep
        while len(self._queue) > limit:
            self._queue.popleft()
            if self.connected:
                self.dropped_full += 1
            else:
                self.dropped_offline += 1

    def answer(self, message: Outgoing, now_ns: int) -> None:
        """A message for one who waits for it now; never kept for later."""
        if self.connected:
            self.tell(message, now_ns)

    def connect(self, topics: tuple[str, ...], largest_bytes: int | None, now_ns: int) -> None:
        """The broker is there: all values are to be told, these first and in this order."""
        self.connected = True
        self._largest_bytes = largest_bytes
        self._fresh = dict.fromkeys([*(t for t in topics if t in self._values), *self._values])
        kept = list(self._queue)
        stale = [w for w in kept if now_ns - w.since_ns > _SECOND_CHANCE_NS]
        gone = stale[: max(0, len(stale) - self._keep)]
        self.dropped_offline += len(gone)
        self._queue = deque(kept[len(gone) :])

    def disconnect(self) -> None:
        """The broker is gone; what was under way may not have arrived."""
        self.connected = False
        self._fresh.clear()
        self._queue.extendleft(
            waiting for waiting in reversed(self._under_way.values()) if not waiting.message.retain
        )
        self._under_way.clear()

    def forget(self, topic: str) -> None:
        """A value that is none any more; nothing is told."""
        self._values.pop(topic, None)
        self._fresh.pop(topic, None)

    def next(self, now_ns: int) -> Waiting | None:
        """The next message, values and events in turn; it is taken out of the box."""
        while self._fresh or self._queue:
            waiting = self._take(now_ns)
            if self._fits(waiting.message):
                return waiting
            self.dropped_large += 1
        return None

    def _take(self, now_ns: int) -> Waiting:
        self._value_next = not self._value_next
        if self._queue and not (self._fresh and self._value_next):
            return self._queue.popleft()
        topic = next(iter(self._fresh))
        del self._fresh[topic]
        return Waiting(Outgoing(topic=topic, payload=self._values[topic], retain=True), now_ns)

    def _fits(self, message: Outgoing) -> bool:
        """Whether the broker takes it; it would end the connection otherwise."""
        most = self._largest_bytes
        size = len(message.payload) + len(message.topic.encode()) + len(message.correlation)
        return most is None or size + _HEAD_BYTES <= most

    def sent(self, number: int, waiting: Waiting) -> None:
        """A message is under way."""
        self._under_way[number] = waiting

    def delivered(self, number: int) -> None:
        """The broker has it."""
        self._under_way.pop(number, None)

    def put_back(self, waiting: Waiting) -> None:
        """What ``next`` gave could not be sent now."""
        topic = waiting.message.topic
        if waiting.message.retain:
            self._fresh = {topic: None, **self._fresh}
        else:
            self._queue.appendleft(waiting)

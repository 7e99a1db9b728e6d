"""The outbox: last values, a bounded queue, and what becomes of both without a broker."""

from __future__ import annotations

import itertools
import tracemalloc

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from mqtt.support.scenes import S

from wkmp_pi.consumers.mirror.outbox import LIMIT, Outbox
from wkmp_pi.mqtt import Outgoing


def event(payload: str = "x") -> Outgoing:
    return Outgoing(topic="e", payload=payload.encode())


def emptied(outbox: Outbox, now_ns: int = 0) -> list[str]:
    found = []
    while (waiting := outbox.next(now_ns)) is not None:
        message = waiting.message
        found.append(f"{message.topic}={message.payload.decode()}")
    return found


def online(keep: int = 0, largest: int | None = None) -> Outbox:
    outbox = Outbox(keep)
    outbox.connect((), largest, 0)
    return outbox


def test_a_value_is_told_once_however_often_it_is_set() -> None:
    outbox = online()
    for _ in range(3):
        outbox.set("a", b"1")
    assert emptied(outbox) == ["a=1"]


def test_only_the_last_of_many_values_is_told() -> None:
    outbox = online()
    for number in range(1000):
        outbox.set("a", str(number).encode())
    assert outbox.waiting == 1
    assert emptied(outbox) == ["a=999"]


def test_a_value_that_changes_back_before_it_was_told_is_told_as_it_is() -> None:
    outbox = online()
    outbox.set("a", b"1")
    emptied(outbox)
    outbox.set("a", b"2")
    outbox.set("a", b"1")
    assert emptied(outbox) == ["a=1"]


def test_after_a_connection_everything_is_told_in_the_wanted_order() -> None:
    outbox = Outbox(0)
    for name in "dcba":
        outbox.set(name, b"1")
    outbox.connect(("a", "b", "missing"), None, 0)
    assert emptied(outbox) == ["a=1", "b=1", "d=1", "c=1"]


def test_values_and_events_take_turns() -> None:
    outbox = online()
    for number in range(3):
        outbox.set(f"v{number}", b"")
        outbox.tell(event(str(number)), 0)
    found = [text[0] for text in emptied(outbox)]
    assert found in (["v", "e"] * 3, ["e", "v"] * 3)


def test_without_a_broker_events_are_dropped_and_counted() -> None:
    outbox = Outbox(0)
    for _ in range(5):
        outbox.tell(event(), 0)
    outbox.connect((), None, 0)
    assert emptied(outbox) == []
    assert outbox.dropped_offline == 5


def test_the_last_few_are_kept_if_the_owner_wants_that() -> None:
    outbox = Outbox(3)
    for number in range(10):
        outbox.tell(event(str(number)), 0)
    outbox.connect((), None, 3600 * S)
    assert emptied(outbox) == ["e=7", "e=8", "e=9"]
    assert outbox.dropped_offline == 7


def test_a_queue_that_the_network_does_not_take_drops_the_oldest() -> None:
    outbox = online()
    for number in range(LIMIT + 10):
        outbox.tell(event(str(number)), 0)
    found = emptied(outbox)
    assert len(found) == LIMIT
    assert found[0] == "e=10"
    assert outbox.dropped_full == 10


def under_way(outbox: Outbox, count: int, now_ns: int = 0) -> None:
    numbers = itertools.count(1)
    for _ in range(count):
        waiting = outbox.next(now_ns)
        assert waiting is not None
        outbox.sent(next(numbers), waiting)


def test_what_was_under_way_when_the_connection_broke_is_told_again_soon_after() -> None:
    outbox = online()
    for number in range(4):
        outbox.tell(event(str(number)), 0)
    under_way(outbox, 3)
    outbox.delivered(1)
    outbox.disconnect()
    outbox.connect((), None, 5 * S)
    assert emptied(outbox) == ["e=1", "e=2", "e=3"]


def test_what_was_under_way_long_ago_is_not_told_any_more() -> None:
    """A press of an hour ago must not switch on a lamp now."""
    outbox = online()
    outbox.tell(event("old"), 0)
    under_way(outbox, 1)
    outbox.disconnect()
    outbox.connect((), None, 11 * S)
    assert emptied(outbox) == []
    assert outbox.dropped_offline == 1


def test_a_value_that_was_under_way_is_told_with_all_others() -> None:
    outbox = online()
    outbox.set("a", b"1")
    under_way(outbox, 1)
    outbox.disconnect()
    outbox.set("a", b"2")
    outbox.connect((), None, 1)
    assert emptied(outbox) == ["a=2"]


def test_answers_are_for_those_who_wait_now() -> None:
    outbox = Outbox(100)
    outbox.answer(event("late"), 0)
    outbox.connect((), None, 0)
    assert emptied(outbox) == []


def test_what_could_not_be_sent_is_the_next_again() -> None:
    outbox = online()
    outbox.tell(event("first"), 0)
    outbox.tell(event("second"), 0)
    waiting = outbox.next(0)
    assert waiting is not None
    outbox.put_back(waiting)
    assert emptied(outbox) == ["e=first", "e=second"]
    outbox.set("a", b"1")
    outbox.set("b", b"1")
    waiting = outbox.next(0)
    assert waiting is not None
    outbox.put_back(waiting)
    assert emptied(outbox) == ["a=1", "b=1"]


def test_what_the_broker_would_throw_us_out_for_is_left_out() -> None:
    outbox = online(largest=2048)
    outbox.set("big", b"x" * 2000)
    outbox.tell(event("x" * 5000), 0)
    outbox.set("small", b"1")
    assert emptied(outbox) == ["small=1"]
    assert outbox.dropped_large == 2


def test_a_value_that_was_forgotten_is_not_told() -> None:
    outbox = online()
    outbox.set("a", b"1")
    outbox.forget("a")
    assert emptied(outbox) == []
    outbox.disconnect()
    outbox.connect(("a",), None, 0)
    assert emptied(outbox) == []


def test_values_can_be_told_again_at_the_end() -> None:
    outbox = online()
    outbox.set("a", b"1")
    outbox.set("b", b"1")
    emptied(outbox)
    outbox.again("b", "unknown", "a")
    assert emptied(outbox) == ["b=1", "a=1"]


class Evening(RuleBasedStateMachine):
    """A broker that forgets everything at each break, and an outbox that does not mind."""

    @initialize(keep=st.integers(0, 5))
    def begin(self, keep: int) -> None:
        self.outbox = Outbox(keep)
        self.last: dict[str, bytes] = {}
        self.broker: dict[str, bytes] = {}
        self.pending: list[int] = []
        self.numbers = itertools.count(1)

    @rule(topic=st.sampled_from("abc"), value=st.binary(max_size=2))
    def change(self, topic: str, value: bytes) -> None:
        self.last[topic] = value
        self.outbox.set(topic, value)

    @rule()
    def happen(self) -> None:
        self.outbox.tell(event(), 0)

    @precondition(lambda self: not self.outbox.connected)
    @rule()
    def connect(self) -> None:
        self.outbox.connect(("b",), None, 0)

    @precondition(lambda self: self.outbox.connected)
    @rule()
    def lose(self) -> None:
        self.broker.clear()
        self.pending.clear()
        self.outbox.disconnect()

    @precondition(lambda self: self.outbox.connected)
    @rule(room=st.booleans())
    def send(self, room: bool) -> None:
        waiting = self.outbox.next(0)
        if waiting is None:
            return
        if not room:
            self.outbox.put_back(waiting)
            return
        number = next(self.numbers)
        self.outbox.sent(number, waiting)
        self.pending.append(number)
        self.broker[waiting.message.topic] = waiting.message.payload

    @precondition(lambda self: self.pending)
    @rule()
    def deliver(self) -> None:
        self.outbox.delivered(self.pending.pop(0))

    def teardown(self) -> None:
        """In the end the broker knows the last value of everything."""
        if not self.outbox.connected:
            self.outbox.connect((), None, 0)
        while (waiting := self.outbox.next(0)) is not None:
            self.broker[waiting.message.topic] = waiting.message.payload
        self.broker.pop("e", None)
        assert self.broker == self.last


TestEvening = Evening.TestCase


def test_an_hour_without_a_broker_costs_no_memory() -> None:
    """10 changes a second; the control keeps a thousand and is seen to."""
    growth = {keep: _grown_bytes(keep) for keep in (0, 1000)}
    assert growth[0] < 64 * 1024
    assert growth[1000] > 256 * 1024


def _grown_bytes(keep: int) -> int:
    outbox = Outbox(keep)
    outbox.set("state", b"0" * 400)
    tracemalloc.start()
    for number in range(36_000):
        outbox.set("state", str(number).encode() * 100)
        outbox.tell(event(str(number) * 100), number * S // 10)
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return grown

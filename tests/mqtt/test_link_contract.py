"""What every link does: the one of paho's with MQTT 5 and 3.1.1, and the fake of other tests."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator

import pytest
from mqtt.support.brokers import HERE, Mosquitto
from mqtt.support.fake import FakeBroker, FakeLink

from wkmp_pi.mqtt import (
    Broker,
    Delivered,
    Down,
    Happening,
    Incoming,
    Link,
    LinkError,
    Outgoing,
    Up,
)
from wkmp_pi.mqtt.link import WINDOW, PahoLink

_PATIENCE_S = 10.0
_numbers = itertools.count()

Make = Callable[..., Link]


@pytest.fixture(params=["5", "3.1.1", "fake"])
def make(request: pytest.FixtureRequest, mosquitto: Mosquitto) -> Iterator[Make]:
    """Makes links to one broker; each has a name and topics of its own."""
    server, made = FakeBroker(), []

    def make(**more: object) -> Link:
        about: dict[str, object] = {"client_id": f"link-{next(_numbers)}", **more}
        old = request.param == "3.1.1"
        broker = Broker(host=HERE, port=mosquitto.port, old=old, **about)  # type: ignore[arg-type]
        link: Link = FakeLink(broker, server) if request.param == "fake" else PahoLink(broker)
        made.append(link)
        return link

    yield make
    for link in made:
        link.close(1.0)


@pytest.fixture
def topic() -> str:
    return f"contract/{next(_numbers)}"


def until(link: Link, kind: type[Happening]) -> list[Happening]:
    """What happens until something of that kind does."""
    happened: list[Happening] = []
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        happened += link.step(0.05)
        if any(isinstance(one, kind) for one in happened):
            return happened
    raise AssertionError(f"no {kind}, only {happened}")


def connected(link: Link) -> Link:
    link.open()
    until(link, Up)
    return link


def test_a_link_is_up_after_it_was_opened(make: Make) -> None:
    link = make()
    link.open()
    assert isinstance(until(link, Up)[0], Up)


def test_a_message_is_delivered_under_its_number(make: Make, topic: str) -> None:
    link = connected(make())
    number = link.send(Outgoing(topic=topic, payload=b"1"))
    assert until(link, Delivered) == [Delivered(number or 0)]


def test_who_listens_gets_it_and_the_sender_need_not(make: Make, topic: str) -> None:
    hearer, sender = connected(make(topics=(f"{topic}/#",))), connected(make())
    hearer.step(0.2)
    sender.send(Outgoing(topic=f"{topic}/a", payload=bytes(range(256))))
    until(sender, Delivered)
    (message,) = [one for one in until(hearer, Incoming) if isinstance(one, Incoming)]
    assert (message.topic, message.payload) == (f"{topic}/a", bytes(range(256)))
    assert not message.retained


def test_what_is_kept_comes_to_those_who_come_later_marked_as_kept(make: Make, topic: str) -> None:
    sender = connected(make())
    sender.send(Outgoing(topic=topic, payload=b"kept", retain=True))
    until(sender, Delivered)
    hearer = make(topics=(topic,))
    hearer.open()
    (message,) = [one for one in until(hearer, Incoming) if isinstance(one, Incoming)]
    assert (message.payload, message.retained) == (b"kept", True)


def test_only_so_much_is_under_way_at_once(make: Make, topic: str) -> None:
    link = connected(make())
    sent = [link.send(Outgoing(topic=topic, payload=b"x")) for _ in range(WINDOW + 1)]
    assert None not in sent[:WINDOW]
    assert sent[WINDOW] is None
    until(link, Delivered)
    link.step(0.1)
    assert link.send(Outgoing(topic=topic, payload=b"x")) is not None


def test_before_it_is_opened_nothing_is_taken_and_nothing_happens(make: Make, topic: str) -> None:
    link = make()
    assert link.send(Outgoing(topic=topic, payload=b"x")) is None
    assert link.step(0.0) == []


def test_another_client_of_the_same_name_throws_the_first_out(make: Make) -> None:
    first, second = make(client_id="the same"), make(client_id="the same")
    connected(first)
    connected(second)
    assert isinstance(until(first, Down)[-1], Down)


def test_the_last_will_is_told_of_a_link_that_breaks(make: Make, topic: str) -> None:
    hearer = connected(make(topics=(topic,)))
    hearer.step(0.2)
    lost = connected(make(will=Outgoing(topic=topic, payload=b"gone", retain=True)))
    lost.drop()
    (message,) = [one for one in until(hearer, Incoming) if isinstance(one, Incoming)]
    assert message.payload == b"gone"


def test_the_last_will_is_not_told_of_a_link_that_says_goodbye(make: Make, topic: str) -> None:
    hearer = connected(make(topics=(topic,)))
    hearer.step(0.2)
    leaving = connected(make(will=Outgoing(topic=topic, payload=b"gone", retain=True)))
    leaving.send(Outgoing(topic=topic, payload=b"goodbye", retain=True))
    leaving.close(1.0)
    (message,) = [one for one in until(hearer, Incoming) if isinstance(one, Incoming)]
    assert message.payload == b"goodbye"
    assert not [one for one in hearer.step(0.2) if isinstance(one, Incoming)]


def test_a_link_that_was_dropped_can_be_opened_again(make: Make, topic: str) -> None:
    link = connected(make())
    link.drop()
    assert link.send(Outgoing(topic=topic, payload=b"x")) is None
    connected(link)
    assert link.send(Outgoing(topic=topic, payload=b"x")) is not None


def test_closing_can_be_repeated(make: Make) -> None:
    link = connected(make())
    link.close(1.0)
    link.close(1.0)


def test_a_broker_that_is_not_there_is_told(make: Make, mosquitto: Mosquitto) -> None:
    link = make()
    if isinstance(link, FakeLink):
        link.server.running = False
    else:
        link = PahoLink(Broker(host=HERE, port=1, client_id="nobody"))
    with pytest.raises(LinkError, match="refused"):
        link.open()
    link.close(0)

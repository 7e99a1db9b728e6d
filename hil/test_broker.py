"""The broker beside the box, which box and bench share: it answers, remembers, and comes back."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial

import pytest

from hil.bench import Bench
from hil.drivers.protocols import Broker
from hil.measures.latency import spread
from hil.outages import broker_of, kill_broker
from hil.promises import Figures
from hil.strategy import Status

_TRIPS = 20
_TRIP_MS = 250.0
_BACK_MS = 10_000.0


@pytest.fixture
def beside(real_time: Bench) -> Bench:
    """The box, whatever its service does; its broker is the bench's now."""
    if real_time.rig.broker is None:
        pytest.skip(f"{real_time.rig.name}: no broker; expected [broker] in {real_time.rig.file}")
    real_time.strategy.to(Status.BOOTED)
    return real_time


def test_what_one_client_publishes_another_hears(beside: Bench, figures: Figures) -> None:
    with ExitStack() as clients:
        speaker, listener = (clients.enter_context(beside.broker()) for _ in range(2))
        listener.subscribe("hil/trip/#")
        trips_ms = [_trip_ms(speaker, listener, number) for number in range(_TRIPS)]
    figures.check(
        f"message from client to client through the broker, p95 of {_TRIPS}",
        spread(trips_ms).p95,
        unit="ms",
        limit=_TRIP_MS,
    )


def test_who_comes_later_hears_what_was_retained_and_nothing_after_it_was_taken_back(
    beside: Bench, figures: Figures
) -> None:
    topic, found = "hil/retained", list[bytes | None]()
    with ExitStack() as clients:
        speaker = clients.enter_context(beside.broker())
        for payload in (b"green", b""):
            speaker.publish(topic, payload, retain=True)
            found.append(_retained(clients.enter_context(beside.broker()), topic))
    wrong = sum(a != b for a, b in zip(found, (b"green", None), strict=True))
    figures.check("retained messages not as they were left, of 2", wrong, limit=0)


def test_clients_come_back_when_the_broker_was_killed_or_restarted(
    beside: Bench, figures: Figures
) -> None:
    """With what they were subscribed to."""
    if not beside.rig.virtual:
        pytest.skip(f"{beside.rig.name}: its broker is not ours to kill; expected a virtual Pi")
    service = broker_of(beside)
    with beside.broker() as client:
        client.subscribe("hil/back")
        for what, end in (
            ("killed", partial(kill_broker, beside, service)),
            ("restarted", service.restart),
        ):
            begin_ns = time.monotonic_ns()
            end()
            figures.promise(
                f"broker {what}: until a message goes through again",
                _until_heard_ms(client, begin_ns),
                unit="ms",
                limit=_BACK_MS,
            )
    figures.check_all()


def _trip_ms(speaker: Broker, listener: Broker, number: int) -> float:
    """There and back, for one message that is told from all others."""
    payload = str(number).encode()
    begin_ns = time.monotonic_ns()
    speaker.publish(f"hil/trip/{number}", payload)
    message = listener.hear()
    assert (message.topic, message.payload) == (f"hil/trip/{number}", payload)
    return (message.came_ns - begin_ns) / 1e6


def _retained(client: Broker, topic: str) -> bytes | None:
    """What a new client is told at once; a message of its own comes behind it."""
    client.subscribe(topic, "hil/end")
    client.publish("hil/end", b"")
    message = client.hear()
    return message.payload if message.retained else None


def _until_heard_ms(client: Broker, begin_ns: int) -> float | None:
    client.publish("hil/back", b"")
    try:
        return (client.hear().came_ns - begin_ns) / 1e6
    except TimeoutError:
        return None

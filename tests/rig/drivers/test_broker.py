"""The broker's other client, against a real mosquitto."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from rig.drivers.servers import BROKER_USER, free_port, running_mosquitto

from hil.drivers.broker import BrokerClient
from hil.errors import RigError

HERE = "127.0.0.1"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    with running_mosquitto(tmp_path_factory.mktemp("mosquitto"), port):
        yield port


@pytest.fixture
def broker(port: int) -> Iterator[BrokerClient]:
    broker = BrokerClient(HERE, port, *BROKER_USER)
    yield broker
    broker.close()


def test_a_message_comes_with_its_time_and_byte_by_byte(broker):
    broker.subscribe("box/#")
    before_ns = time.monotonic_ns()
    broker.publish("box/state", bytes(range(256)))
    message = broker.hear()
    assert message[:3] == ("box/state", bytes(range(256)), False)
    assert before_ns < message.came_ns < time.monotonic_ns()


def test_a_retained_message_waits_for_whoever_comes_later(broker, port):
    broker.publish("kept/state", b"playing", retain=True)
    other = BrokerClient(HERE, port, *BROKER_USER)
    other.subscribe("kept/state", "nothing/else")
    assert other.hear()[:3] == ("kept/state", b"playing", True)
    other.close()


def test_what_nobody_asked_for_does_not_come(broker):
    broker.subscribe("asked/for")
    broker.publish("other", b"1")
    broker.publish("asked/for", b"2")
    assert broker.hear().topic == "asked/for"
    with pytest.raises(TimeoutError, match=r"connected, and no message within 0\.1 s"):
        broker.hear(0.1)


def test_a_wrong_password_is_told_and_not_tried_again(port):
    with pytest.raises(RigError, match=r"Not authorized; expected to be let in; .*password_file"):
        BrokerClient(HERE, port, BROKER_USER[0], "wrong")


def test_a_broker_that_is_not_there_is_told():
    with pytest.raises(RigError, match="Connection refused; expected a broker; does it run"):
        BrokerClient(HERE, free_port())


def test_a_topic_that_cannot_be_subscribed_to_is_refused(broker):
    with pytest.raises(ValueError, match="Invalid subscription filter"):
        broker.subscribe("bad/#/topic")


def test_a_broker_that_goes_away_is_missed_and_after_its_return_all_is_as_before(tmp_path):
    port = free_port()
    with running_mosquitto(tmp_path, port):
        broker = BrokerClient(HERE, port, *BROKER_USER)
        broker.subscribe("a", "b")
    with pytest.raises(TimeoutError, match="not connected, and no message"):
        broker.hear(0.5)
    with running_mosquitto(tmp_path, port):
        broker.publish("b", b"again")
        assert broker.hear().payload == b"again"
    broker.close()


def test_a_broker_that_stays_away_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("hil.drivers.broker._PATIENCE_S", 0.3)
    port = free_port()
    with running_mosquitto(tmp_path, port):
        broker = BrokerClient(HERE, port, *BROKER_USER)
    for request in (lambda: broker.publish("a", b""), lambda: broker.subscribe("a")):
        with pytest.raises(RigError, match="no answer within"):
            request()
    broker.close()
    broker.close()

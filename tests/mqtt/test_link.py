"""The link against brokers that are strict, strange or evil."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mqtt.support.brokers import HERE, Mosquitto, running
from mqtt.support.proxy import Proxy
from mqtt.support.rogue import CONNACK, OLD_CONNACK, Rogue
from mqtt.support.witness import Witness

from wkmp_pi.errors import ConfigError
from wkmp_pi.mqtt import (
    Broker,
    Delivered,
    Denied,
    Down,
    Happening,
    Incoming,
    LinkError,
    Outgoing,
    Tls,
    Up,
)
from wkmp_pi.mqtt.link import PahoLink


@pytest.fixture
def links() -> Iterator[list[PahoLink]]:
    made: list[PahoLink] = []
    yield made
    for link in made:
        link.close(0.5)


def linked(links: list[PahoLink], port: int, **more: object) -> PahoLink:
    about: dict[str, object] = {"host": HERE, "client_id": "box", **more}
    link = PahoLink(Broker(port=port, **about))  # type: ignore[arg-type]
    links.append(link)
    return link


def until(link: PahoLink, kind: type[Happening], seconds: float = 10.0) -> list[Happening]:
    happened: list[Happening] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        happened += link.step(0.05)
        if any(isinstance(one, kind) for one in happened):
            return happened
    raise AssertionError(f"no {kind.__name__}, only {happened}")


def let_in(link: PahoLink) -> bool:
    """Whether the broker lets us in; a refusal may come during the handshake or after it."""
    try:
        link.open()
    except LinkError:
        return False
    return any(isinstance(one, Up) for _ in range(10) for one in link.step(0.05))


def why_down(link: PahoLink) -> str:
    (down,) = [one for one in until(link, Down) if isinstance(one, Down)]
    return down.why


# paho is not loaded before somebody wants a broker


def test_a_box_without_a_broker_does_not_load_paho() -> None:
    code = (
        "import sys, wkmp_pi.mqtt.link, wkmp_pi.app.mqtt, wkmp_pi.cli.parser;"
        "sys.exit(any(name.startswith('paho') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# who we are


def test_a_wrong_password_is_told_with_the_remedy(links: list[PahoLink], tmp_path: Path) -> None:
    for old in (False, True):
        with running(tmp_path, users={"box": "right"}) as broker:
            link = linked(links, broker.port, old=old, user="box", password=lambda: "wrong")
            link.open()
            assert "expected to be let in; correct mqtt.user, password_file" in why_down(link)


def test_the_password_is_read_anew_for_each_connection(
    links: list[PahoLink], tmp_path: Path
) -> None:
    words = iter(["wrong", "right"])
    with running(tmp_path, users={"box": "right"}) as broker:
        link = linked(links, broker.port, user="box", password=lambda: next(words))
        link.open()
        until(link, Down)
        link.open()
        until(link, Up)


def test_a_password_that_cannot_be_read_is_told(links: list[PahoLink]) -> None:
    def fail() -> str:
        raise ConfigError("/etc/secret: Permission denied")

    link = linked(links, 1, user="box", password=fail)
    with pytest.raises(LinkError, match="/etc/secret: Permission denied"):
        link.open()


def test_topics_that_the_broker_does_not_show_are_told(
    links: list[PahoLink], tmp_path: Path
) -> None:
    (tmp_path / "acl").write_text("topic read open/#\n")
    with running(tmp_path, f"acl_file {tmp_path}/acl") as broker:
        link = linked(links, broker.port, topics=("open/#",))
        link.open()
        link.step(0.2)  # mosquitto grants what it will not show
        with Rogue(CONNACK, bytes([0x90, 5, 0, 1, 0, 0x87, 1])) as rogue:
            strict = linked(links, rogue.port, topics=("closed/#", "open/#"))
            strict.open()
            assert Denied("closed/#") in until(strict, Denied)


def test_a_message_that_the_broker_does_not_take_is_told(
    links: list[PahoLink], tmp_path: Path
) -> None:
    (tmp_path / "acl").write_text("topic read #\n")
    with running(tmp_path, f"acl_file {tmp_path}/acl") as broker:
        link = linked(links, broker.port)
        link.open()
        until(link, Up)
        link.send(Outgoing(topic="a", payload=b"1"))
        (delivered,) = [one for one in until(link, Delivered) if isinstance(one, Delivered)]
        assert delivered.refused == "Not authorized"


# names that cannot be connected to


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a" * 64 + ".invalid", "::1"])
def test_a_host_that_cannot_be_reached_is_told_and_not_raised(
    links: list[PahoLink], host: str
) -> None:
    with pytest.raises(LinkError, match="expected a broker; does it run"):
        linked(links, 1, host=host).open()


# encryption


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and a certificate of it for the broker and one for the box."""
    place = tmp_path_factory.mktemp("certificates")
    authority = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    openssl(place, "req", *authority, "-keyout", "ca.key", "-out", "ca.crt")
    for name in ("broker", "box"):
        subject = ["-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"]
        openssl(place, "req", *subject, "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (place / "san").write_text(f"subjectAltName=IP:{HERE}\n")
        openssl(
            place, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
            "-days", "2", "-extfile", "san", "-out", f"{name}.crt",
        )  # fmt: skip
    return place


def openssl(place: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=place, check=True, capture_output=True)


def encrypted(place: Path, *lines: str) -> tuple[str, ...]:
    return (f"certfile {place}/broker.crt", f"keyfile {place}/broker.key", *lines)


def test_an_encrypted_connection_works_both_ways_with_messages_of_any_size(
    links: list[PahoLink], tmp_path: Path, certificates: Path
) -> None:
    with running(tmp_path, *encrypted(certificates)) as broker:
        tls = Tls(authority=certificates / "ca.crt")
        link = linked(links, broker.port, tls=tls, topics=("a",))
        other = linked(links, broker.port, tls=tls, client_id="other")
        for one in (link, other):
            one.open()
            until(one, Up)
        link.step(0.2)
        for size in (0, 1, 5000, 40_000):
            other.send(Outgoing(topic="a", payload=b"x" * size))
            until(other, Delivered)
            (message,) = [one for one in until(link, Incoming) if isinstance(one, Incoming)]
            assert len(message.payload) == size


def test_many_messages_in_one_record_all_come_at_once(
    links: list[PahoLink], tmp_path: Path, certificates: Path
) -> None:
    """TLS holds what the kernel does not know of any more, so nobody would wake us for it."""
    with running(tmp_path, *encrypted(certificates)) as broker:
        tls = Tls(authority=certificates / "ca.crt")
        other = linked(links, broker.port, tls=tls, client_id="other")
        other.open()
        until(other, Up)
        for number in range(12):
            other.send(Outgoing(topic=f"a/{number}", payload=b"x", retain=True))
        other.step(0.3)
        link = linked(links, broker.port, tls=tls, topics=("a/#",))
        link.open()
        until(link, Up)
        came: list[Happening] = []
        end = time.monotonic() + 2
        while len(came) < 12 and time.monotonic() < end:
            came += [one for one in link.step(1.0) if isinstance(one, Incoming)]
        assert len(came) == 12
        assert time.monotonic() < end


def test_a_broker_of_an_unknown_authority_is_not_trusted(
    links: list[PahoLink], tmp_path: Path, certificates: Path
) -> None:
    with running(tmp_path, *encrypted(certificates)) as broker:
        link = linked(links, broker.port, tls=Tls())
        with pytest.raises(LinkError, match="expected a TLS connection that can be trusted"):
            link.open()


def test_a_broker_of_another_name_is_not_trusted(
    links: list[PahoLink], tmp_path: Path, certificates: Path
) -> None:
    with running(tmp_path, *encrypted(certificates)) as broker:
        link = linked(
            links, broker.port, host="localhost", tls=Tls(authority=certificates / "ca.crt")
        )
        with pytest.raises(LinkError, match="Hostname mismatch"):
            link.open()


def test_a_broker_that_wants_a_certificate_gets_it(
    links: list[PahoLink], tmp_path: Path, certificates: Path
) -> None:
    asking = encrypted(certificates, f"cafile {certificates}/ca.crt", "require_certificate true")
    with running(tmp_path, *asking) as broker:
        ca = certificates / "ca.crt"
        mine = Tls(authority=ca, certificate=certificates / "box.crt", key=certificates / "box.key")
        link = linked(links, broker.port, tls=mine)
        link.open()
        until(link, Up)
        without = linked(links, broker.port, client_id="other", tls=Tls(authority=ca))
        assert not let_in(without)


def test_certificates_that_are_not_there_are_told(links: list[PahoLink], tmp_path: Path) -> None:
    link = linked(links, 1, tls=Tls(authority=tmp_path / "none.crt"))
    with pytest.raises(LinkError, match="No such file"):
        link.open()


# what no honest broker sends


def test_a_session_that_was_taken_over_is_told_where_the_broker_says_so(
    links: list[PahoLink],
) -> None:
    with Rogue(CONNACK, bytes([0xE0, 2, 0x8E, 0])) as rogue:
        link = linked(links, rogue.port)
        link.open()
        (down,) = [one for one in until(link, Down) if isinstance(one, Down)]
        assert down.taken_over


def test_a_broker_that_says_what_it_takes_is_believed(links: list[PahoLink]) -> None:
    properties = bytes([0x27, 0, 0, 4, 0, 0x21, 0, 3])  # 1024 bytes a packet, 3 at once
    with Rogue(bytes([0x20, 11, 0, 0, len(properties)]) + properties) as rogue:
        link = linked(links, rogue.port)
        link.open()
        assert until(link, Up) == [Up(1024)]
        sent = [link.send(Outgoing(topic="a", payload=b"x")) for _ in range(4)]
        assert sent[3] is None
        assert None not in sent[:3]


def test_a_packet_that_claims_256_mib_costs_no_memory(links: list[PahoLink]) -> None:
    huge = bytes([0x30, 0xFF, 0xFF, 0xFF, 0x7F]) + b"x" * 100_000
    with Rogue(OLD_CONNACK, huge) as rogue:
        link = linked(links, rogue.port, old=True)
        link.open()
        tracemalloc.start()
        assert "bytes at once; expected short commands" in why_down(link)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1024 * 1024


def test_a_topic_that_is_no_text_is_skipped_and_the_next_message_comes(
    links: list[PahoLink],
) -> None:
    bad, good = b"\x00\x02\xff\xfe" + b"x", b"\x00\x01a" + b"y"
    messages = bytes([0x30, len(bad)]) + bad + bytes([0x30, len(good)]) + good
    with Rogue(OLD_CONNACK, messages) as rogue:
        link = linked(links, rogue.port, old=True)
        link.open()
        (message,) = [one for one in until(link, Incoming) if isinstance(one, Incoming)]
        assert message.topic == "a"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(min_size=1, max_size=60), st.booleans())
def test_whatever_a_broker_sends_ends_the_connection_or_nothing(garbage: bytes, old: bool) -> None:
    hello = OLD_CONNACK if old else CONNACK
    with Rogue(hello, garbage, hang_up=True) as rogue:
        link = PahoLink(Broker(host=HERE, port=rogue.port, client_id="box", old=old))
        try:
            link.open()
            until(link, Down)
            assert link.step(0.0) == []
        finally:
            link.close(0.1)


def test_a_mistake_inside_paho_ends_the_connection_and_is_told(
    links: list[PahoLink], mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = linked(links, mosquitto.port, client_id="mistaken")
    link.open()
    until(link, Up)

    def fail(_: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("paho.mqtt.client.Client.loop_misc", fail)
    assert "ZeroDivisionError: inside" in why_down(link)
    monkeypatch.undo()
    link.open()
    until(link, Up)


# a network that is none


def test_a_broker_that_does_not_answer_the_hello_is_given_up(
    links: list[PahoLink], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wkmp_pi.mqtt.link.KEEP_ALIVE_S", 1)
    with Rogue() as rogue:
        link = linked(links, rogue.port)
        link.open()
        assert "connection ended" in why_down(link)


def test_a_pulled_cable_is_noticed_by_the_keep_alive(
    links: list[PahoLink], mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wkmp_pi.mqtt.link.KEEP_ALIVE_S", 1)
    with Proxy(mosquitto.port, seed=1) as proxy:
        link = linked(links, proxy.port, client_id="cable")
        link.open()
        until(link, Up)
        proxy.holes = True
        until(link, Down, 8.0)


def test_a_wake_from_another_thread_ends_the_wait(
    links: list[PahoLink], mosquitto: Mosquitto
) -> None:
    link = linked(links, mosquitto.port, client_id="woken")
    waker = threading.Timer(0.1, link.wake)
    waker.start()
    begun = time.monotonic()
    assert link.step(5.0) == []
    assert time.monotonic() - begun < 2.0
    waker.join()


def test_goodbye_to_a_broker_that_is_frozen_takes_no_longer_than_allowed(
    links: list[PahoLink], tmp_path: Path
) -> None:
    with running(tmp_path) as broker:
        link = linked(links, broker.port)
        link.open()
        until(link, Up)
        broker.freeze()
        link.send(Outgoing(topic="a", payload=b"x"))
        begun = time.monotonic()
        link.close(0.5)
        assert time.monotonic() - begun < 2.0
        broker.thaw()


def test_small_messages_do_not_wait_for_each_other(mosquitto: Mosquitto) -> None:
    with Witness(mosquitto.port, "quick/#") as witness:
        link = PahoLink(Broker(host=HERE, port=mosquitto.port, client_id="quick"))
        link.open()
        until(link, Up)
        held = link._client.socket()
        assert held.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        begun = time.monotonic()
        for number in range(10):
            link.send(Outgoing(topic=f"quick/{number}", payload=b"x"))
        link.step(0.0)
        last = witness.topic("quick/9")
        assert last.came_s - begun < 1.0
        link.close(1.0)


def test_what_the_box_publishes_names_its_origin(
    links: list[PahoLink], mosquitto: Mosquitto
) -> None:
    hearer = linked(links, mosquitto.port, client_id="hearer", topics=("o",))
    hearer.open()
    until(hearer, Up)
    hearer.step(0.2)
    sender = linked(links, mosquitto.port, client_id="sender", origin="kitchen")
    sender.open()
    until(sender, Up)
    sender.send(Outgoing(topic="o", payload=b"x", correlation=b"c"))
    sender.step(0.1)
    (message,) = [one for one in until(hearer, Incoming) if isinstance(one, Incoming)]
    assert (message.origin, message.correlation) == ("kitchen", b"c")

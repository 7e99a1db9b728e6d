"""A client of paho's for one connection; the only import of paho."""

from __future__ import annotations

import socket
import ssl
from typing import Any, Final, NoReturn, Protocol

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from wkmp_pi.mqtt.words import ORIGIN, Broker, Outgoing, Tls

LARGEST_BYTES: Final = 64 * 1024
"""What the broker may send us; MQTT 5 brokers keep to it."""

_REFUSED_BYTES = 4 * 1024 * 1024
"""Older brokers are not told; so much is read and thrown away, more ends the connection."""

_PIECE_BYTES = 64 * 1024
_CONNECT_S = 5.0
_QOS = 1


class Hearer(Protocol):
    """Who is told what paho tells; see ``PahoLink``."""

    def socket_opened(self, opened: Any) -> None:
        """A socket, before anything is sent over it."""
        ...

    def refuse_packet(self, size_bytes: int) -> NoReturn:
        """A packet that is not worth its memory; raises ``OSError``."""
        ...

    def connected(self, code: Any, properties: Any) -> None:
        """The broker's answer to our hello."""
        ...

    def disconnected(self, code: Any, *, by_broker: bool) -> None:
        """The connection is gone."""
        ...

    def delivered(self, number: int, code: Any) -> None:
        """The broker's answer to a message."""
        ...

    def subscribed(self, number: int, codes: Any) -> None:
        """The broker's answer to a subscription."""
        ...

    def received(self, message: Any) -> None:
        """A message."""
        ...


def new_client(broker: Broker, hearer: Hearer, keep_alive_s: int) -> paho.Client:
    """A client that ``reconnect`` connects; it reads and writes only when it is told to.

    Raises:
        WkmpError: the password cannot be read.
        OSError: nor the certificates.
    """
    trust = None if broker.tls is None else _trust(broker.tls)

    class Client(paho.Client):
        """paho's, but for two habits: see below."""

        # A packet's whole claimed length is asked for at once, and that may be 256 MiB.
        def _sock_recv(self, bufsize: int) -> bytes:
            if bufsize > _REFUSED_BYTES:
                hearer.refuse_packet(bufsize)
            return super()._sock_recv(min(bufsize, _PIECE_BYTES))

        # A handshake that fails leaves its socket open until somebody collects it.
        def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
            return _shaken(tcp_sock, trust or _trust(Tls()), broker.host)

    version = MQTTProtocolVersion.MQTTv311 if broker.old else MQTTProtocolVersion.MQTTv5
    client = Client(CallbackAPIVersion.VERSION2, broker.client_id, protocol=version)
    client.connect_timeout = _CONNECT_S
    if broker.user:
        client.username_pw_set(broker.user, broker.password())
    if trust is not None:
        client.tls_set_context(trust)
    if broker.will is not None:
        client.will_set(broker.will.topic, broker.will.payload, _QOS, broker.will.retain)
    _connect_callbacks(client, hearer)
    client.connect_async(broker.host, broker.port, keep_alive_s, **_session(broker))
    return client


def _connect_callbacks(client: paho.Client, hearer: Hearer) -> None:
    client.on_socket_open = lambda _, __, opened: hearer.socket_opened(opened)
    client.on_socket_register_write = lambda *_: None  # paho must not write by itself
    client.on_connect = lambda _, __, ___, code, found: hearer.connected(code, found)
    client.on_disconnect = lambda _, __, flags, code, ___: hearer.disconnected(
        code, by_broker=flags.is_disconnect_packet_from_server
    )
    client.on_publish = lambda _, __, number, code, ___: hearer.delivered(number, code)
    client.on_subscribe = lambda _, __, number, codes, ___: hearer.subscribed(number, codes)
    client.on_message = lambda _, __, message: hearer.received(message)


def subscribe(client: paho.Client, broker: Broker) -> int | None:
    """Ask for the broker's topics; the number of the answer."""
    if not broker.topics:
        return None
    if broker.old:
        _, number = client.subscribe([(topic, _QOS) for topic in broker.topics])
    else:
        options = _subscription()
        _, number = client.subscribe([(topic, options) for topic in broker.topics])
    return number


def publish(client: paho.Client, broker: Broker, message: Outgoing) -> int | None:
    """Hand over a message; its number, or ``None`` if there is no connection."""
    properties = None if broker.old else _properties(broker.origin, message)
    sent = client.publish(message.topic, message.payload, _QOS, message.retain, properties)
    return sent.mid if sent.rc == 0 else None


def _shaken(plain: socket.socket, trust: ssl.SSLContext, host: str) -> ssl.SSLSocket:
    """The encrypted connection over ``plain``."""
    wrapped = trust.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    try:
        wrapped.settimeout(_CONNECT_S)
        wrapped.do_handshake()
    except BaseException:
        wrapped.close()
        raise
    return wrapped


def _trust(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.authority)
    # From Python 3.13 on, an authority must state what its key is for. Those that people make for
    # their own broker, as mosquitto's manual shows it, do not, and what one box trusts all must.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if tls.certificate is not None:
        context.load_cert_chain(tls.certificate, tls.key)
    return context


def _session(broker: Broker) -> dict[str, Any]:
    """Nothing is kept for us while we are away: an old ``pause`` must not be done hours later."""
    if broker.old:
        return {}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.MaximumPacketSize = LARGEST_BYTES
    return {"clean_start": True, "properties": properties}


def _subscription() -> SubscribeOptions:
    """Not what we publish ourselves; and what is to be kept comes marked so, even if it is new."""
    return SubscribeOptions(qos=_QOS, noLocal=True, retainAsPublished=True)


def _properties(origin: str, message: Outgoing) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if origin:
        properties.UserProperty = (ORIGIN, origin)
    if message.correlation:
        properties.CorrelationData = message.correlation
    return properties

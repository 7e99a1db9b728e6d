"""What goes over a link, and what a link is: words that need no broker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from wkmp_pi.errors import WkmpError

ORIGIN: Final = "origin"
"""The user property by which a box knows its own messages; MQTT 5 only."""


class LinkError(WkmpError, OSError):
    """The broker cannot be reached, or does not let this box in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to the broker, always with QoS 1.

    Attributes:
        retain: the broker keeps it for whoever comes later.
        correlation: echoed to who asked; MQTT 5 only.
    """

    topic: str
    payload: bytes
    retain: bool = False
    correlation: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message from the broker.

    Attributes:
        retained: it is an old one that the broker kept.
        response_topic: where its sender waits for an answer; MQTT 5 only.
        correlation: what that answer has to carry.
        origin: the box that sent it, if one of ours did; MQTT 5 only.
    """

    topic: str
    payload: bytes
    retained: bool = False
    response_topic: str = ""
    correlation: bytes = b""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Up:
    """The broker let us in; ``largest_bytes`` is what it takes in one packet, if it says so."""

    largest_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Down:
    """The connection is gone; ``taken_over`` if another client came with our name."""

    why: str
    taken_over: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """The broker has message ``number``; ``refused`` says why it did not take it."""

    number: int
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Denied:
    """The broker does not let us hear ``topic``."""

    topic: str


Happening = Up | Down | Delivered | Denied | Incoming


class Link(Protocol):
    """One way to one broker."""

    def open(self) -> None:
        """Begin to connect; ``Up`` comes from a later ``step``. May take seconds.

        Raises:
            LinkError: it cannot be reached; says why.
        """
        ...

    def step(self, timeout_s: float) -> list[Happening]:
        """Send what is to be sent, wait until something happens, and tell it."""
        ...

    def send(self, message: Outgoing) -> int | None:
        """Take a message, if there is room for it; the number under which it is delivered."""
        ...

    def drop(self) -> None:
        """End the connection, if there is one, without a word: the last will is told."""
        ...

    def wake(self) -> None:
        """End the wait of ``step`` now; from any thread."""
        ...

    def close(self, patience_s: float) -> None:
        """Say goodbye, if that goes within ``patience_s``, so that no last will is told."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How an encrypted connection is checked.

    Attributes:
        authority: certificates that may have signed the broker's; ``None``: the system's.
        certificate: of this box, for brokers that ask for one.
        key: its key, unless that stands in the same file.
    """

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is and who we are there.

    Attributes:
        old: speak MQTT 3.1.1.
        password: reads it anew for each connection; may raise ``WkmpError``.
        will: told by the broker when this box is lost.
        topics: what we want to hear.
        origin: goes with every message, so that a box knows its own; MQTT 5 only.
    """

    host: str
    port: int
    old: bool = False
    client_id: str
    user: str = ""
    password: Callable[[], str | None] = lambda: None
    tls: Tls | None = None
    will: Outgoing | None = None
    topics: tuple[str, ...] = ()
    origin: str = ""

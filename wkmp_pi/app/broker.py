"""From the table ``[mqtt]`` to everything that it takes: link, mirror, remote and their thread."""

from __future__ import annotations

import logging
import os
import platform
import random
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from wkmp_pi import __version__
from wkmp_pi.app.cover import MAX_BYTES, cover
from wkmp_pi.app.mqtt import Ask, Mqtt
from wkmp_pi.app.vitals import Vitals
from wkmp_pi.config.mqtt import Mqtt as Config
from wkmp_pi.consumers.mirror import Box, Inventory, Mirror, Options
from wkmp_pi.controls.remote import Remote
from wkmp_pi.events.bus import Bus
from wkmp_pi.mqtt import Broker, Link, Outgoing, Tls
from wkmp_pi.mqtt import identity as who
from wkmp_pi.mqtt.link import PahoLink
from wkmp_pi.mqtt.retries import Retries

_OLD_COVER_BYTES = 48 * 1024
"""Brokers of MQTT 3.1.1 do not tell what they take; many end the connection beyond 64 KiB."""

_MODEL = Path("/proc/device-tree/model")
_log = logging.getLogger(__name__)


def client_id(box: str) -> str:
    """The name of a box among the clients of its broker."""
    return f"wkmp-{box}"


def broker_of(config: Config, name: str, **more: Any) -> Broker:
    """The broker that ``config`` means, for the client called ``name``."""
    tls = Tls(authority=config.ca_file, certificate=config.certificate, key=config.key)
    return Broker(
        host=config.host,
        port=config.reach,
        old=config.protocol != "5",
        client_id=name,
        user=config.user,
        password=partial(who.password, config),
        tls=tls if config.tls else None,
        **more,
    )


def mqtt_of(
    config: Config,
    bus: Bus,
    ask: Ask,
    status: Callable[[], Mapping[str, Any]],
    *,
    rate_hz: int,
    inventory: Callable[[], Inventory] = Inventory,
    report: Callable[[str | None], None] = lambda _: None,
    make_link: Callable[[Broker], Link] = PahoLink,
    retries: Retries | None = None,
) -> Mqtt:
    """Everything for a configured broker, ready to be started.

    Args:
        config: with a host.
        bus: where events come from and go to.
        ask: hands a command over; the answer may come from any thread.
        status: the player state, as the command ``status`` answers it; from any thread.
        rate_hz: of the stream, which frames of events count in.
        inventory: what the box is made of now; called often, so quick.
        report: told what is wrong with the broker, and ``None`` when nothing is.
        make_link: makes the link.
        retries: when the broker is tried again.

    Raises:
        ConfigError: the box has no name.
    """
    box = _box(config, rate_hz)
    unsafe = who.exposed(config)
    if unsafe:
        _log.warning("%s", unsafe)
    admin = config.admin and not unsafe
    remote = Remote(box.id, box.session, config.groups, admin=admin)

    def parts() -> Inventory:
        return inventory().with_(groups=config.groups, commands=tuple(remote.paths))

    options = Options(
        keys=config.keys,
        keep_events=config.keep_events,
        discovery=config.discovery,
        discovery_prefix=config.discovery_prefix,
    )
    mirror = Mirror(box, parts(), options, random.random)
    ears = (mirror.birth_topic, mirror.discovery_topic) if config.discovery else ()
    will = Outgoing(topic=mirror.topics.availability, payload=b"offline", retain=True)
    broker = broker_of(
        config,
        client_id(box.id),
        will=will,
        topics=(*remote.filters, *ears),
        origin=box.id,
    )
    most_bytes = _OLD_COVER_BYTES if broker.old else MAX_BYTES
    return Mqtt(
        make_link(broker),
        f"{broker.host}:{broker.port}",
        mirror,
        remote,
        bus,
        ask,
        status,
        inventory=parts,
        vitals=Vitals(bus, status),
        cover=partial(cover, max_bytes=most_bytes),
        report=report,
        retries=retries,
    )


def _box(config: Config, rate_hz: int) -> Box:
    name = who.box_name(config.box)
    return Box(
        id=name,
        name=config.name or f"wkmp_pi {name}",
        version=__version__,
        model=_model(),
        session=secrets.token_hex(8),
        rate_hz=rate_hz,
    )


def _model() -> str:
    """The board, as its firmware calls it, or the kind of machine."""
    try:
        return _MODEL.read_bytes().rstrip(b"\0\n").decode(errors="replace")[:100]
    except OSError:
        return f"{platform.machine()}, {os.cpu_count()} cores"

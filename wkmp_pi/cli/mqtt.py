"""``mqtt``: what the broker knows of this box, and how to make it forget that."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wkmp_pi.cli import link
from wkmp_pi.cli.values import BadValue
from wkmp_pi.errors import RequestError

if TYPE_CHECKING:
    from wkmp_pi.config.mqtt import Mqtt
    from wkmp_pi.mqtt import Incoming, Link, Outgoing

_QUIET_S = 0.5
_PATIENCE_S = 5.0
_BROKER = re.compile(r"([A-Za-z0-9._:%-]{1,253}):(\d{1,5})")


def add(commands: Any) -> None:
    """Declare the subcommands of this group."""
    parser = commands.add_parser("mqtt", help="what the MQTT broker knows of this box")
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, run, text in (
        ("status", _status, "whether the broker can be reached, and what it keeps of this box"),
        ("watch", _watch, "print every message of this box, until interrupted"),
        ("forget", _forget, "remove all that the broker and Home Assistant keep of this box"),
    ):
        command = group.add_parser(name, help=text, description=f"{text.capitalize()}.")
        link.add_config(command)
        command.add_argument(
            "--broker",
            metavar="HOST:PORT",
            type=_broker,
            help="the broker (default: WKMP_PI_BROKER where the configuration names none)",
        )
        command.add_argument("--box", metavar="ID", help="another box of this broker")
        link.add_json(command)
        command.set_defaults(run=run)


def _broker(text: str) -> tuple[str, int]:
    match = _BROKER.fullmatch(text)
    if match and 1 <= int(match[2]) <= 65_535:
        return match[1], int(match[2])
    raise BadValue(f"found {text!r}; expected a broker like 192.168.1.5:1883")


class _Visit:
    """A short stay at the broker, under a name that no box has."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        from wkmp_pi.mqtt import identity

        self.config = _configured(arguments)
        self.box: str = arguments.box or identity.box_name(self.config.box)
        self.base = f"wkmp/{self.box}"
        self.discovery = f"{self.config.discovery_prefix}/device/{self.box}/config"
        self.place = f"{self.config.host}:{self.config.reach}"

    def link(self, *topics: str) -> Link:
        """A connection that listens to ``topics``.

        Raises:
            LinkError: there is none to be had.
        """
        import secrets

        from wkmp_pi.app.broker import broker_of
        from wkmp_pi.mqtt.link import PahoLink

        name = f"wkmp-cli-{secrets.token_hex(4)}"
        made = PahoLink(broker_of(self.config, name, topics=topics))
        try:
            made.open()
        except BaseException:
            made.close(0)
            raise
        return made

    def kept(self, *topics: str) -> dict[str, bytes]:
        """What the broker keeps under ``topics``."""
        made = self.link(*topics)
        try:
            return {message.topic: message.payload for message in _kept(made)}
        finally:
            made.close(1.0)


def _configured(arguments: argparse.Namespace) -> Mqtt:
    import dataclasses

    from wkmp_pi import config
    from wkmp_pi.config.mqtt import chosen

    found = chosen(config.load(arguments.config).mqtt)
    if arguments.broker:
        host, port = arguments.broker
        found = dataclasses.replace(found, host=host, port=port)
    if not found.host:
        raise RequestError(
            'mqtt: no broker is configured; expected one; write host = "…" in [mqtt] of box.toml, '
            "or name it with --broker HOST:PORT"
        )
    return found


def _messages(made: Link, patience_s: float) -> Iterator[Incoming | None]:
    """What comes; ``None`` whenever nothing came for ``patience_s``.

    Raises:
        LinkError: the connection ended.
    """
    from wkmp_pi.mqtt import Denied, Down, Incoming, LinkError

    last_s = time.monotonic()
    while True:
        for happening in made.step(max(last_s + patience_s - time.monotonic(), 0)):
            last_s = time.monotonic()
            if isinstance(happening, Down):
                raise LinkError(happening.why)
            if isinstance(happening, Denied):
                print(f"wkmp-pi: the broker does not show {happening.topic}", file=sys.stderr)
            elif isinstance(happening, Incoming):
                yield happening
        if time.monotonic() - last_s >= patience_s:
            last_s = time.monotonic()
            yield None


def _kept(made: Link) -> Iterator[Incoming]:
    """Messages that the broker kept; they come at once, one after the other."""
    end = time.monotonic() + _PATIENCE_S
    for message in _messages(made, _QUIET_S):
        if message is None or time.monotonic() > end:
            return
        if message.retained and message.payload:
            yield message


def _status(arguments: argparse.Namespace) -> int:
    import json

    from wkmp_pi.cli import text
    from wkmp_pi.shown import clean

    visit = _Visit(arguments)
    kept = visit.kept(*(f"{visit.base}/{name}" for name in ("availability", "info", "state")))
    known: dict[str, Any] = {"broker": visit.place, "box": visit.box}
    known["availability"] = kept.get(f"{visit.base}/availability", b"").decode() or "never seen"
    for name in ("info", "state"):
        try:
            known[name] = json.loads(kept.get(f"{visit.base}/{name}", b"null"))
        except ValueError:
            known[name] = None
    known["watch"] = _watching(visit)
    info, state = known["info"] or {}, known["state"] or {}
    rows = [
        ("broker", visit.place),
        ("box", visit.box),
        ("availability", known["availability"]),
        ("name", clean(str(info.get("name", "-")))),
        ("version", clean(str(info.get("version", "-")))),
        ("status", clean(str(state.get("status", "-")))),
        ("watch it", f"{_command(arguments, 'watch')}, or {known['watch']}"),
    ]
    return link.show(arguments, known, text.table(rows))


def _command(arguments: argparse.Namespace, verb: str) -> str:
    """Another command for the same broker and box."""
    import shlex

    words = ["wkmp-pi", "mqtt", verb]
    if arguments.broker:
        words += ["--broker", "{}:{}".format(*arguments.broker)]
    if arguments.config:
        words += ["--config", str(arguments.config)]
    return shlex.join(words)


def _watching(visit: _Visit) -> str:
    """How to see everything with mosquitto's own client."""
    config = visit.config
    words = ["mosquitto_sub", "-h", config.host, "-p", str(config.reach)]
    words += ["-u", config.user, "-P", "…"] if config.user else []
    words += ["--cafile", str(config.ca_file)] if config.ca_file else []
    return " ".join([*words, "-v", "-t", f"'{visit.base}/#'"])


def _watch(arguments: argparse.Namespace) -> int:
    visit = _Visit(arguments)
    made = visit.link(f"{visit.base}/#", visit.discovery)
    tell = _tell_json if arguments.json else _tell
    try:
        for message in _messages(made, 60.0):
            if message is not None:
                tell(message)
    finally:
        made.close(1.0)
    return 0


def _tell(message: Incoming) -> None:
    from wkmp_pi.shown import clean

    payload = message.payload
    if payload[:1] in (b"\x89", b"\xff"):
        shown = f"({len(payload)} bytes of a picture)"
    else:
        shown = clean(payload.decode(errors="replace"))
    print(f"{clean(message.topic)} {shown}", flush=True)


def _tell_json(message: Incoming) -> None:
    shown = message.payload.decode(errors="replace")
    told = {"topic": message.topic, "retained": message.retained, "payload": shown}
    print(link.as_json(told), flush=True)


def _forget(arguments: argparse.Namespace) -> int:
    from wkmp_pi.mqtt import Outgoing

    visit = _Visit(arguments)
    made = visit.link(f"{visit.base}/#", visit.discovery)
    try:
        kept = {message.topic: message.payload for message in _kept(made)}
        if kept.get(f"{visit.base}/availability") == b"online":
            raise RequestError(
                f"mqtt forget: {visit.box} is online and would tell all again; "
                "expected it to be off; stop the service, or remove its host from [mqtt]"
            )
        for topic in sorted(kept, key=lambda topic: topic != visit.discovery):
            _send(made, Outgoing(topic=topic, payload=b"", retain=True))
    finally:
        made.close(_PATIENCE_S)
    told = f"{len(kept)} topics of {visit.box} are forgotten"
    return link.show(arguments, {"box": visit.box, "forgotten": sorted(kept)}, told)


def _send(made: Link, message: Outgoing) -> None:
    """Hand over one message, as soon as there is room.

    Raises:
        LinkError: the connection ended, or the broker does not take it.
    """
    from wkmp_pi.mqtt import Delivered, Down, LinkError

    end = time.monotonic() + _PATIENCE_S
    while made.send(message) is None:
        for happening in made.step(_QUIET_S):
            if isinstance(happening, Down) or time.monotonic() > end:
                raise LinkError(f"{message.topic}: the broker does not take it")
            if isinstance(happening, Delivered) and happening.refused:
                raise LinkError(f"{message.topic}: {happening.refused}; see its access list")

"""The remote: one message in, and what follows from it out. Pure."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from wkmp_pi import commands
from wkmp_pi.commands import AnyCommand
from wkmp_pi.controls.remote import help as helping
from wkmp_pi.controls.remote import verbs
from wkmp_pi.controls.remote.address import ROOT, Address, Addresses, Class
from wkmp_pi.controls.remote.limits import PER_SECOND, Bucket, Seen
from wkmp_pi.controls.remote.payload import BadPayloadError, read
from wkmp_pi.mqtt import Incoming, Outgoing

LARGEST_ANSWER_BYTES: Final = 32 * 1024
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_PASSAGE = re.compile(r"passage:\d{1,18}")
_OUTSIDE = frozenset({"id", "session", "box", "origin"})
_OUR_OWN = re.compile(rf"{ROOT}/|homeassistant/|\$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command, and where its result goes.

    Attributes:
        command: to be done.
        request_id: by which its sender knows the answer; empty if none was given.
        response_topic: where else the answer goes; MQTT 5 only.
        correlation: what it carries there.
        admin: it came by the admin prefix.
    """

    command: AnyCommand
    request_id: str = ""
    response_topic: str = ""
    correlation: bytes = b""
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that was not done: a word for the reason, the topic, and what was wrong."""

    reason: str
    topic: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What follows from a message: a command, or a refusal, or neither; and what to publish."""

    order: Order | None = None
    refused: Refused | None = None
    messages: tuple[Outgoing, ...] = ()


class _NotDoneError(Exception):
    """A message is not done; ``reason`` is a word for the counters."""

    def __init__(self, reason: str, text: str) -> None:
        self.reason = reason
        super().__init__(text)


@dataclass(slots=True)
class _Asking:
    """What is known of a message while it is looked at."""

    address: Address
    message: Incoming
    value: Any = None
    request_id: str = ""
    response_topic: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


class Remote:
    """Commands from the broker.

    Args:
        box: this box's id.
        session: the random id of this start; admin commands have to quote it, so that none of an
            earlier start can be done again.
        groups: whose commands are taken, too.
        admin: whether admin commands are taken at all.
    """

    def __init__(
        self, box: str, session: str, groups: Iterable[str] = (), *, admin: bool = True
    ) -> None:
        self._box = box
        self._session = session
        self._admin = admin
        self._addresses = Addresses(box, groups, admin=admin)
        self._buckets: dict[str, Bucket] = {}
        self._seen = Seen()
        self.counts: Counter[str] = Counter()
        """How many messages were taken, and how many were not, by reason."""

    @property
    def filters(self) -> tuple[str, ...]:
        """What to subscribe to."""
        return self._addresses.filters

    @property
    def paths(self) -> list[str]:
        """Every topic that takes a command, below the box's own."""
        return helping.paths(admin=self._admin)

    def take(self, message: Incoming, now_ns: int) -> Taken:
        """What follows from a message. Never raises, however bad it is."""
        address = self._addresses.read(message.topic)
        if address is None:
            return self._refuse(message, "foreign", "not a topic of this box's commands")
        if message.retained:
            if not message.payload:  # somebody takes back what the broker kept
                self.counts["taken_back"] += 1
                return Taken()
            return self._refuse(
                message, "retained", "found a command that the broker kept; publish it without -r"
            )
        if not self._buckets.setdefault(address.lane, Bucket()).take(now_ns):
            return self._refuse(
                message, "too_many", f"more than {PER_SECOND} a second of {address.lane}"
            )
        asking = _Asking(address, message)
        try:
            return self._look_at(asking)
        except _NotDoneError as error:
            return self._not_done(asking, error.reason, str(error))

    def answered(self, order: Order, result: Any, error: str | None) -> tuple[Outgoing, ...]:
        """What is published when a command was done or refused."""
        return self._answers(
            order.request_id, order.response_topic, order.correlation, result, error
        )

    def _look_at(self, asking: _Asking) -> Taken:
        self._open(asking)
        if asking.request_id in self._seen:
            self.counts["repeated"] += 1
            return Taken(messages=self._once_more(asking))
        if (asking.address.kind, asking.address.path) == (Class.CMD, "help"):
            return self._help(asking)
        command = self._command(asking)
        self._check_rights(asking, command)
        if asking.request_id:
            self._seen.note(asking.request_id)
        self.counts["taken"] += 1
        return Taken(
            order=Order(
                command=command,
                request_id=asking.request_id,
                response_topic=asking.response_topic,
                correlation=asking.message.correlation,
                admin=asking.address.kind is Class.ADMIN,
            )
        )

    def _open(self, asking: _Asking) -> None:
        """Payload, id and sender."""
        asking.response_topic = _response_topic(asking.message.response_topic, self._box)
        try:
            asking.value = read(asking.message.payload)
        except BadPayloadError as error:
            raise _NotDoneError(error.reason, str(error)) from error
        if isinstance(asking.value, dict):
            asking.fields = asking.value
            asking.request_id = _request_id(asking.fields.get("id"))
            asking.value = {k: v for k, v in asking.fields.items() if k not in _OUTSIDE} or None
        if self._box in (
            asking.message.origin,
            asking.fields.get("box"),
            asking.fields.get("origin"),
        ):
            raise _NotDoneError("own", "found a message of this box's own")

    def _command(self, asking: _Asking) -> AnyCommand:
        path = asking.address.path
        try:
            if asking.address.kind is Class.SET:
                request = self._setting(path, asking.value)
            else:
                request = self._verb(asking.address, asking.value)
            return commands.decode(request)
        except verbs.BadValueError as error:
            raise _NotDoneError("wrong_value", f"{path}: {error}") from error
        except msgspec.ValidationError as error:
            text, _, where = str(error).partition(" - at `$")
            what = text[:1].lower() + text[1:].replace("`", "")
            raise _NotDoneError("wrong_type", f"{path}{where.rstrip('`')}: {what}") from error

    def _setting(self, name: str, value: Any) -> verbs.Request:
        if name not in verbs.PROPERTIES:
            raise _unknown(name, verbs.PROPERTIES)
        return verbs.setting(name, value)

    def _verb(self, address: Address, value: Any) -> verbs.Request:
        tag = verbs.ALIASES.get(address.path, address.path.replace("/", "."))
        admin = address.kind is Class.ADMIN
        if tag not in verbs.COMMANDS:
            raise _unknown(address.path, (p.partition("/")[2] for p in self.paths))
        if not admin and tag not in verbs.PUBLIC:
            raise _NotDoneError(
                "not_public", f"{address.path}: expected the topic admin/{address.path}"
            )
        return verbs.command(tag, value)

    def _check_rights(self, asking: _Asking, command: AnyCommand) -> None:
        if asking.address.kind is Class.ADMIN:
            if not asking.request_id or asking.fields.get("session") != self._session:
                raise _NotDoneError(
                    "no_session",
                    "expected an object with an id and the session that the topic session tells",
                )
        elif isinstance(command, commands.Enqueue) and not all(
            _PASSAGE.fullmatch(item) for item in command.items
        ):
            raise _NotDoneError(
                "not_public",
                "enqueue: found a path; expected passage:ID; paths need admin/enqueue",
            )

    def _help(self, asking: _Asking) -> Taken:
        self.counts["taken"] += 1
        told = msgspec.json.encode(helping.described(admin=self._admin))
        answers = self._answers(
            asking.request_id, asking.response_topic, asking.message.correlation, {}, None
        )
        return Taken(messages=(Outgoing(topic=f"{ROOT}/{self._box}/help", payload=told), *answers))

    def _once_more(self, asking: _Asking) -> tuple[Outgoing, ...]:
        answer = self._seen.answer(asking.request_id)
        if answer is None:
            return ()
        return self._addressed(
            answer, asking.request_id, asking.response_topic, asking.message.correlation
        )

    def _not_done(self, asking: _Asking, reason: str, error: str) -> Taken:
        taken = self._refuse(asking.message, reason, error)
        if reason == "own":
            return taken
        answers = self._answers(
            asking.request_id, asking.response_topic, asking.message.correlation, None, error
        )
        return Taken(refused=taken.refused, messages=answers)

    def _refuse(self, message: Incoming, reason: str, error: str) -> Taken:
        self.counts[reason] += 1
        return Taken(refused=Refused(reason, message.topic[:200], error[:500]))

    def _answers(
        self,
        request_id: str,
        response_topic: str,
        correlation: bytes,
        result: Any,
        error: str | None,
    ) -> tuple[Outgoing, ...]:
        answer = _answer(request_id, result, error)
        if request_id:
            self._seen.answered(request_id, answer)
        return self._addressed(answer, request_id, response_topic, correlation)

    def _addressed(
        self, answer: bytes, request_id: str, response_topic: str, correlation: bytes
    ) -> tuple[Outgoing, ...]:
        own = f"{ROOT}/{self._box}/reply/{request_id}" if request_id else ""
        topics = dict.fromkeys(topic for topic in (own, response_topic) if topic)
        return tuple(
            Outgoing(topic=topic, payload=answer, correlation=correlation) for topic in topics
        )


def _unknown(name: str, known: Iterable[str]) -> _NotDoneError:
    near = difflib.get_close_matches(name, set(known), n=1)
    hint = f"did you mean {near[0]}?" if near else "cmd/help tells all"
    return _NotDoneError("unknown", f"{name[:64]}: not known; {hint}")


def _request_id(value: Any) -> str:
    """An id that can stand in a topic."""
    if value is None:
        return ""
    text = str(value) if type(value) is int else value
    if isinstance(text, str) and _ID.fullmatch(text):
        return text
    raise _NotDoneError("bad_id", "id: expected at most 64 letters, digits, _ . : and -")


def _response_topic(topic: str, box: str) -> str:
    """Where an answer may go: nobody makes this box write to topics that command others."""
    if topic.startswith(f"{ROOT}/{box}/reply/") or not _OUR_OWN.match(topic):
        fits = len(topic) <= 1024 and not any(char in topic for char in "+#\0")
        return topic if fits else ""
    return ""


def _answer(request_id: str, result: Any, error: str | None) -> bytes:
    about: dict[str, Any] = {"id": request_id or None, "ok": error is None}
    told = {"error": error} if error is not None else {"result": {} if result is None else result}
    text = _json({**about, **told})
    if len(text) <= LARGEST_ANSWER_BYTES:
        return text
    size = f"the answer has {len(text)} bytes; the control socket tells it whole"
    return _json({**about, "result": {"truncated": True, "why": size}})


def _json(value: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(value, enc_hook=str)
    except UnicodeEncodeError:  # a file name that is not UTF-8
        return json.dumps(msgspec.to_builtins(value, enc_hook=str)).encode()

"""What is known of an event: looked up when somebody asks, and told on in a frozen form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import Custom, Event, frozen, payload, thawed
from wkmp_pi.playlists.definition import MAX_DATA_BYTES
from wkmp_pi.playlists.values import json_bytes


class Facts:
    """The data of one event, and the event as ``{name, source, data}``; each made once."""

    def __init__(self, event: Event) -> None:
        self.name = event.name
        self._event = event
        self._data: Mapping[str, Any] | None = None
        self._described: Mapping[str, Any] | None = None

    def data(self) -> Mapping[str, Any]:
        """What predicates are about: the fields, or what the inventor of the event put in."""
        if self._data is None:
            event = self._event
            self._data = event.data if isinstance(event, Custom) else payload(event)
        return self._data

    def described(self) -> Mapping[str, Any]:
        """For those who are told what started or stopped a run; without data beyond 4 KiB."""
        if self._described is None:
            self._described = self._whole() or described(self.name, self._event.source, {})
        return self._described

    def _whole(self) -> Mapping[str, Any] | None:
        try:
            whole = described(self.name, self._event.source, self.data())
            return whole if json_bytes(thawed(whole)) <= MAX_DATA_BYTES else None
        except ValueError:  # as deep as an event may be, and one deeper here
            return None


def described(name: str, source: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """An event, or what stands for one, as lifecycle events tell it; frozen.

    Raises:
        ValueError: the data is none that JSON can hold.
    """
    about: Mapping[str, Any] = frozen({"name": name, "source": source, "data": data})
    return about


def kept(what: str, value: Mapping[str, Any], most_bytes: int) -> Mapping[str, Any]:
    """The data of somebody who asks, frozen.

    Raises:
        RequestError: it is too large, or none that JSON can hold.
    """
    try:
        found: Mapping[str, Any] = frozen(value)
        size = json_bytes(thawed(found))
    except ValueError as error:
        raise RequestError(f"playlist.start.{what}: {error}; correct it") from error
    if size > most_bytes:
        raise RequestError(
            f"playlist.start.{what}: found {size} bytes of JSON; expected at most {most_bytes}; "
            "shorten it"
        )
    return found

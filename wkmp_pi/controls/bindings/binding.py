"""What a binding is: a frozen word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wkmp_pi.commands import AnyCommand
from wkmp_pi.playlists.definition import On

MAX_BINDINGS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One thing that is done whenever something happens.

    Attributes:
        on: what must happen, and in which state of the player.
        do: the name of the command; empty if it is none.
        command: the command.
        playlist: the id of the playlist to start, instead.
        publish: the name of the event to publish, instead.
        data: of the command, the start or the event; the event's can be filled.
        place: file and line, for people.
    """

    on: On
    do: str = ""
    command: AnyCommand | None = None
    playlist: str = ""
    publish: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    place: str = field(default="", compare=False)

    @property
    def deed(self) -> str:
        """What is done, in a word."""
        return self.do or (f"playlist {self.playlist}" if self.playlist else self.publish)

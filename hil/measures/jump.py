"""A place where a recording does not go on as its reference does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Jump(NamedTuple):
    """One fault.

    Attributes:
        frame: of the recording, the first that is not what it should be.
        expected: the frame of the reference that should have been there.
        found: the frame of the reference with which the recording goes on, after
            ``foreign_frames``; ``None`` if it never does.
        foreign_frames: so many from ``frame`` on are not in the reference: silence, or other sound.
        silent: whether these are silence.
    """

    frame: int
    expected: int
    found: int | None
    foreign_frames: int = 0
    silent: bool = False

    @property
    def lost_frames(self) -> int | None:
        """How many were not heard; negative: heard twice; ``None``: all the rest."""
        return None if self.found is None else self.found - self.expected

    def __str__(self) -> str:
        """One line for a person."""
        said = [f"frame {self.frame}, where {self.expected} of the reference is due:"]
        if self.foreign_frames:
            what = "silence" if self.silent else "other sound"
            said.append(f"{self.foreign_frames} of {what},")
        lost = self.lost_frames
        if lost is None:
            said.append("and nothing of the reference after it")
        else:
            said.append(f"{abs(lost)} {'heard twice' if lost < 0 else 'not heard'}")
        return " ".join(said)


@dataclass(slots=True)
class Followed:
    """How a recording went through its reference.

    Attributes:
        first: the frame of the reference that the first followed frame of the recording is.
        jumps: the faults, in the recording's order.
        behind: the frame of the reference that would be next; ``None`` if it was lost.
    """

    first: int
    jumps: list[Jump] = field(default_factory=list)
    behind: int | None = None

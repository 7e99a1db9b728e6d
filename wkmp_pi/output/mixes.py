"""What the writer needs of a mixer, so that the two rooms need not know each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from wkmp_pi.events.kinds import Heard
from wkmp_pi.output.sink import Stream

P = TypeVar("P", contravariant=True)


class Mixed(Protocol):
    """What a mixer made: see ``mix.mixer.Mixed``."""

    @property
    def frames(self) -> int:
        """Frames that are valid."""
        ...

    @property
    def starving(self) -> int | None:
        """The entry that is not decoded in time."""
        ...

    @property
    def idle(self) -> bool:
        """Nothing is to be played."""
        ...


class Mixes(Protocol[P]):
    """What the writer needs of a mixer that follows plans of type ``P``."""

    def use_dither(self, on: bool, *, rounds: bool = False) -> None:
        """The output has 16 bits, or not.

        Args:
            on: whether it has.
            rounds: whether even what has 16 bits is rounded there, as by another rate.
        """
        ...

    def mix(self, plan: P, out: Stream, frame: int) -> Mixed:
        """Mix the next frames."""
        ...

    def take_marks(self) -> Sequence[Heard]:
        """The marks since the last call, in order."""
        ...

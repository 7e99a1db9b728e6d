"""Voices made of arrays, for tests of everything behind the decoder."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wkmp_pi.decode.messages import TakeId
from wkmp_pi.mix.plan import Lengths, Voice
from wkmp_pi.passage import EntryId, Passage, PassageId

RATE = 44_100


class ArraySource:
    """A buffer that was filled before; ``ready`` limits what can be read so far."""

    def __init__(self, samples: NDArray[Any], skip: int = 0, ready: int | None = None) -> None:
        self._samples = np.ascontiguousarray(samples, dtype=np.float32).reshape(-1)
        self._at = skip * 2
        self.ready = len(samples) if ready is None else ready

    def readable_frames(self) -> int:
        return min(self.ready, len(self._samples) // 2) - self._at // 2

    def read_into(self, out: NDArray[np.float32]) -> int:
        part = self._samples[self._at : self._at + len(out)]
        out[: len(part)] = part
        self._at += len(part)
        return len(part) // 2

    @property
    def finished(self) -> bool:
        return self.ready >= len(self._samples) // 2


def voice(take: int, samples: NDArray[Any], **more: Any) -> Voice:
    """A voice that plays ``samples`` (frames, 2); entry and take have the same number."""
    passage = more.pop("passage", None) or Passage(id=PassageId(-take), file=f"/music/{take}.flac")
    lengths = more.pop("lengths", Lengths(None, None, None, None))
    source = more.pop("source", None) or ArraySource(samples, more.get("skip", 0))
    return Voice(
        take=TakeId(take),
        entry=EntryId(more.pop("entry", take)),
        passage=passage,
        source=source,
        length=len(samples),
        lengths=lengths,
        **more,
    )

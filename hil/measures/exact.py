"""Follow a digital recording through its reference, frame by frame and bit by bit.

As long as all goes well this is one comparison. At a difference, runs of frames that stand in
the same order in both are looked for: first around the place that was expected, then everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hil.measures.alignment import first_difference
from hil.measures.jump import Followed, Jump
from hil.measures.samples import MeasureError
from hil.recording import Samples

_RUN_FRAMES = 8
"""So many in the same order are no chance; two faults closer to each other are told as one."""

_REACH_FRAMES = 8192
_SHORTLY_FRAMES = 1024
_LOOK_FRAMES = (1 << 12, 1 << 16)
_PROBES = 4


class _Pair(NamedTuple):
    """A frame of the recording and the frame of the reference that it is."""

    frame: int
    reference: int


def follow(samples: Samples, reference: Samples) -> Followed:
    """Every difference, to the frame.

    Args:
        samples: shape (frames, channels); begins and ends with sound.
        reference: of the same channels.

    Raises:
        MeasureError: nothing of the reference is in the recording.
    """
    search = _Search(samples, reference)
    pair = search.again(_Pair(0, 0))
    if pair is None:
        raise MeasureError(
            f"recording: {len(samples)} frames of sound, none of them in the reference; expected "
            "its very samples; is the volume 100 %, and is this what was played?"
        )
    pair = search.beginning(pair)
    before = max(pair.reference - pair.frame, 0)
    followed = Followed(before if pair.frame else pair.reference)
    if pair.frame:
        followed.jumps.append(_jump(samples, _Pair(0, before), pair))
    while pair is not None:
        wrong = _difference(samples, reference, pair)
        if wrong.frame == len(samples):
            followed.behind = wrong.reference
            break
        pair = search.again(wrong)
        followed.jumps.append(_jump(samples, wrong, pair))
    return followed


def _difference(samples: Samples, reference: Samples, pair: _Pair) -> _Pair:
    rest = samples[pair.frame :]
    same = first_difference(rest, reference[pair.reference : pair.reference + len(rest)])
    same = len(rest) if same is None else same
    return _Pair(pair.frame + same, pair.reference + same)


def _jump(samples: Samples, wrong: _Pair, pair: _Pair | None) -> Jump:
    end = len(samples) if pair is None else pair.frame
    foreign = samples[wrong.frame : end]
    silent = len(foreign) > 0 and not foreign.any()
    found = None if pair is None else pair.reference
    return Jump(wrong.frame, wrong.reference, found, len(foreign), silent)


class _Search:
    """Finds where a recording meets its reference again."""

    def __init__(self, samples: Samples, reference: Samples) -> None:
        self._samples, self._reference = samples, reference
        self._keys: NDArray[np.uint64] | None = None

    def again(self, wrong: _Pair) -> _Pair | None:
        """The first pair from ``wrong`` on with which a run begins; ``None``: there is none."""
        size, most = _LOOK_FRAMES
        first = self._next_sound(wrong.frame)
        while first < len(self._samples):
            last = min(first + size, len(self._samples))
            for hint in self._hints(wrong, first, last):
                pair = self._around(first, last, hint)
                if pair is not None:
                    return self._begin(pair, wrong.frame)
            if last == len(self._samples):
                break
            first = self._next_sound(last - _RUN_FRAMES)
            size = min(2 * size, most)
        return None

    def beginning(self, pair: _Pair) -> _Pair:
        """The recording's very first frame, if it is in the reference shortly before ``pair``.

        So a fault within the first few frames, too short a run by themselves, is told as what
        it is. Without it all before ``pair`` would be other sound.
        """
        if pair.frame == 0:
            return pair
        wanted = pair.reference - pair.frame
        low = max(wanted - _SHORTLY_FRAMES, 0)
        there = self._reference[low : max(wanted + _SHORTLY_FRAMES, 0)]
        places = np.flatnonzero((there == self._samples[0]).all(axis=1)) + low
        return _Pair(0, int(_nearest(places, wanted))) if places.size else pair

    def _next_sound(self, frame: int) -> int:
        """Long silence is passed over: there is no order in it."""
        for first in range(frame, len(self._samples), _LOOK_FRAMES[1]):
            sounds = self._samples[first : first + _LOOK_FRAMES[1]].any(axis=1)
            if sounds.any():
                return first + int(np.argmax(sounds))
        return len(self._samples)

    def _hints(self, wrong: _Pair, first: int, last: int) -> Iterator[int]:
        """Where in the reference frame ``first`` of the recording might be, the likeliest first."""
        passed = first - wrong.frame
        yield wrong.reference + passed
        if passed > _REACH_FRAMES:
            yield wrong.reference
        if self._keys is None:
            self._keys = _keys(self._reference)
        for frame in range(first, last, max((last - first) // _PROBES, 1)):
            key = _keys(self._samples[frame : frame + 1])[0]
            found = self._true(frame, np.flatnonzero(self._keys == key))
            if found.size:
                yield int(_nearest(found, wrong.reference + frame - wrong.frame)) - frame + first

    def _around(self, first: int, last: int, hint: int) -> _Pair | None:
        """The first run of frames ``first`` … ``last - 1`` in the reference around ``hint``."""
        low = max(hint - _REACH_FRAMES, 0)
        there = _keys(self._reference[low : max(hint + last - first + _REACH_FRAMES, 0)])
        heard = _keys(self._samples[first:last])
        to_the_end = last == len(self._samples)
        starts = (
            _first_run(_distances(heard, there), to_the_end),
            _first_run(_beside(heard, there, hint - low), to_the_end),
        )
        frame = min((start for start in starts if start is not None), default=None)
        if frame is None:
            return None
        found = self._true(first + frame, np.flatnonzero(there == heard[frame]) + low)
        return _Pair(first + frame, int(_nearest(found, hint + frame))) if found.size else None

    def _true(self, frame: int, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those places at which a whole run is the same as from ``frame`` on."""
        run = self._samples[frame : frame + _RUN_FRAMES]
        if (run == run[0]).all() and len(run) == _RUN_FRAMES:
            return places[:0]  # silence, or as little told
        same = [np.array_equal(self._reference[at : at + len(run)], run) for at in places]
        return places[np.array(same, np.bool_)]

    def _begin(self, pair: _Pair, earliest: int) -> _Pair:
        """Go back as long as both are the same."""
        back = min(pair.frame - earliest, pair.reference)
        heard = self._samples[pair.frame - back : pair.frame]
        wanted = self._reference[pair.reference - back : pair.reference]
        differs = np.flatnonzero((heard != wanted).any(axis=1))
        back -= int(differs[-1]) + 1 if differs.size else 0
        return _Pair(pair.frame - back, pair.reference - back)


def _keys(samples: Samples) -> NDArray[np.uint64]:
    """One number for each frame; the same frames have the same."""
    keys = np.zeros(len(samples), np.uint64)
    for channel in samples.T:
        keys *= np.uint64(0x9E37_79B9_7F4A_7C15)
        keys += channel.astype(np.uint32)
    return keys


def _distances(heard: NDArray[np.uint64], there: NDArray[np.uint64]) -> NDArray[np.intp]:
    """How far each frame of the recording is from its first like in the reference.

    A frame that is nowhere gets a distance that no other has.
    """
    number = np.arange(len(heard))
    if not len(there):
        return number
    order = np.argsort(there, kind="stable")
    place = order[np.minimum(np.searchsorted(there, heard, sorter=order), len(there) - 1)]
    return np.where(there[place] == heard, place - number, len(there) + number)


def _beside(heard: NDArray[np.uint64], there: NDArray[np.uint64], at: int) -> NDArray[np.intp]:
    """The same for the one distance ``at``: sound that repeats itself is everywhere."""
    number = np.arange(len(heard))
    place = number + at
    inside = (place >= 0) & (place < len(there))
    same = inside.copy()
    same[inside] = there[place[inside]] == heard[inside]
    return np.where(same, at, at + 1 + number)


def _first_run(distances: NDArray[np.intp], to_the_end: bool) -> int | None:
    """Where the first frames begin that stand in the same order in both.

    Args:
        distances: of each frame of the recording to its like in the reference.
        to_the_end: whether a shorter run counts, too, if it is the last.
    """
    starts = np.flatnonzero(np.diff(distances, prepend=distances[0] - 1))
    long = np.diff(starts, append=len(distances)) >= _RUN_FRAMES
    long[-1] |= to_the_end
    return int(starts[np.argmax(long)]) if long.any() else None


def _nearest(places: NDArray[np.intp], wanted: int) -> np.intp:
    best: np.intp = places[np.argmin(np.abs(places - wanted))]
    return best

"""Hours of playing: what must be heard and told, computed apart from the player."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from hil.bench import Bench
from hil.drivers.boxside import Event
from hil.material import noise
from hil.measures.alignment import locate, onset
from hil.measures.samples import MeasureError
from hil.recording import Recording, Samples
from hil.reference import crossfaded

RATE_HZ = 44_100
CURVES = "exponential_logarithmic"
NAMES = (
    "passage.started",
    "passage.completed",
    "crossfade.started",
    "crossfade.completed",
    "song.changed",
    "cue.reached",
)
_WINDOW = 4096
_AHEAD_S = 5.0
_SONGS = 3
_CUES_MS = (1500, 40_000, 77_770)


class Mark(NamedTuple):
    """What must be told at a frame of the player's stream, counted from its first sound."""

    frame: int
    name: str
    about: str


class Track(NamedTuple):
    """A file and the marks in it, ``frame`` counted from its beginning."""

    name: str
    frames: int
    marks: tuple[Mark, ...]


class Programme:
    """Tracks that are crossfaded into each other, for ever.

    Args:
        bench: whose box gets them.
        seconds: length of each track; longer than its cues need and than two crossfades.
        crossfade_ms: likewise of the crossfades.
        seed: another seed, other sound.
    """

    def __init__(
        self, bench: Bench, seconds: Sequence[float], crossfade_ms: int, seed: int
    ) -> None:
        sounds = [noise(seed + n, length) for n, length in enumerate(seconds)]
        self.tracks = [self._track(bench, n, sound) for n, sound in enumerate(sounds)]
        self.overlap = crossfade_ms * RATE_HZ // 1000
        self._first = sounds[0][: self.overlap]
        self._loop = self._looped(sounds)
        self._bench = bench

    def begin(self) -> int:
        """Play it; the frame of the player's stream with which it begins."""
        documents = [_document(track) for track in self.tracks]
        passages = self._bench.ask("library.add", documents=documents)["passages"]
        self._bench.ask("enqueue", items=[f"passage:{number}" for number in passages])
        return int(self._bench.event("passage.started").body["frame"])

    def marks(self, frames: int) -> Iterator[Mark]:
        """All that must be told of the first ``frames``."""
        begin, number = 0, 0
        while begin <= frames:
            track, following = self._at(number), self._at(number + 1)
            end = begin + track.frames
            found = [mark._replace(frame=begin + mark.frame) for mark in track.marks]
            found += [
                Mark(begin, "passage.started", track.name),
                Mark(end, "passage.completed", track.name),
                Mark(end - self.overlap, "crossfade.started", track.name + following.name),
                Mark(end, "crossfade.completed", track.name + following.name),
            ]
            yield from (mark for mark in found if mark.frame <= frames)
            begin, number = end - self.overlap, number + 1

    def sound(self, first: int, frames: int) -> Samples:
        """What must be heard from frame ``first`` on."""
        places = np.arange(first, first + frames) % len(self._loop)
        found: Samples = self._loop[places]
        rest = self._first[first : first + frames]
        found[: len(rest)] = rest  # nothing comes before the first track
        return found

    def mixed(self, first: int, frames: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which of these frames are made of two tracks."""
        places = np.arange(first, first + frames)
        inside = np.zeros(frames, np.bool_)
        for begin in self._begins:
            inside |= (places - begin) % len(self._loop) < self.overlap
        return inside & (places >= self.overlap)

    def _at(self, number: int) -> Track:
        return self.tracks[number % len(self.tracks)]

    def _track(self, bench: Bench, number: int, sound: Samples) -> Track:
        name = bench.put(f"soak-{number}.wav", sound)
        marks = [Mark(at_ms * RATE_HZ // 1000, "cue.reached", f"{at_ms}") for at_ms in _CUES_MS]
        length_ms = len(sound) * 1000 // RATE_HZ
        for song in range(_SONGS):
            at_ms = _song_ms(length_ms, song)
            marks.append(Mark(at_ms * RATE_HZ // 1000, "song.changed", f"{name} {song}"))
        return Track(name, len(sound), tuple(marks))

    def _looped(self, sounds: Sequence[Samples]) -> Samples:
        """One round, which begins where the last track fades into the first."""
        parts = []
        self._begins: list[int] = []
        begin = 0
        for before, sound in zip([sounds[-1], *sounds], sounds, strict=False):
            last = before[-2 * self.overlap :]
            both = crossfaded(last, sound[: 2 * self.overlap], self.overlap, CURVES)
            mixed = np.rint(both[self.overlap : 2 * self.overlap]).astype(np.int32)
            parts += [mixed, sound[self.overlap : -self.overlap]]
            self._begins.append(begin)
            begin += len(sound) - self.overlap
        return np.concatenate(parts)


def _song_ms(length_ms: int, song: int) -> int:
    """When a song begins; whole hundredths of a second are whole frames."""
    return length_ms * song // _SONGS // 10 * 10


def _document(track: Track) -> dict[str, Any]:
    length_ms = track.frames * 1000 // RATE_HZ
    songs = [
        {
            "title": f"{track.name} {song}",
            "start_ms": _song_ms(length_ms, song),
            "end_ms": _song_ms(length_ms, song + 1) if song + 1 < _SONGS else length_ms,
        }
        for song in range(_SONGS)
    ]
    cues = [{"name": f"{at_ms}", "at_ms": at_ms} for at_ms in _CUES_MS]
    return {"file": track.name, "title": track.name, "song": songs, "cue": cues}


def told(events: Sequence[Event], origin: int) -> list[Mark]:
    """What was told, in the words of ``Programme.marks``."""
    return [Mark(event.body["frame"] - origin, event.name, _about(event)) for event in events]


def _about(event: Event) -> str:
    body = event.body
    match event.name:
        case "song.changed":
            return str(body["title"])
        case "cue.reached":
            return str(body["cue"])
        case "crossfade.started" | "crossfade.completed":
            return str(body["file"]) + str(body["next_file"])
        case _:
            return str(body["file"])


class Differences(NamedTuple):
    """Marks that were not told, and those that were told but should not have been."""

    missed: list[Mark]
    added: list[Mark]


def differences(expected: Sequence[Mark], found: Sequence[Mark]) -> Differences:
    """Each mark counts as often as it is told."""
    wanted, had = Counter(expected), Counter(found)
    return Differences(sorted((wanted - had).elements()), sorted((had - wanted).elements()))


class Listener:
    """Compares what is recorded, piece by piece, with what must be heard.

    Args:
        programme: what is played.
        at: the frame before which nothing is recorded any more.

    Attributes:
        frames: how many were compared.
        wrong: how many of them were others.
        worst: the largest difference where two tracks sound together, of ±2**31.
    """

    def __init__(self, programme: Programme, at: int = 0) -> None:
        self._programme = programme
        self.at = at
        self.frames = self.wrong = self.worst = 0

    def listen(self, recording: Recording, within: int) -> None:
        """One piece.

        Args:
            recording: of any length; silence before its first sound does not count.
            within: so much, of ±2**31, two tracks together may differ.
        """
        for stretch in recording.stretches:
            sound = stretch.samples[onset(stretch.samples) :]
            ahead = self._programme.sound(self.at, round(_AHEAD_S * RATE_HZ) + _WINDOW)
            try:
                first = self.at + locate(sound[:_WINDOW], ahead).frame
            except MeasureError:
                first = self.at
            self._compare(sound, first, within)
            self.at = first + len(sound)

    def _compare(self, sound: Samples, first: int, within: int) -> None:
        expected = self._programme.sound(first, len(sound))
        apart = np.abs(sound.astype(np.int64) - expected).max(axis=1)
        mixed = self._programme.mixed(first, len(sound))
        self.frames += len(sound)
        self.worst = max(self.worst, int(apart[mixed].max(initial=0)))
        self.wrong += int(np.count_nonzero(apart > np.where(mixed, within, 0)))

"""Events are told at the frame that is heard, and when it is heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hil.bench import Bench
from hil.drivers.boxside import Event
from hil.limits import LIMITS
from hil.material import noise
from hil.measures.alignment import locate
from hil.measures.latency import spread
from hil.promises import Figures
from hil.quiet import calm
from hil.recording import Samples, Stretch

_RATE_HZ = 44_100
_SECONDS = 4.0
_CROSSFADE_MS = 1000
_WINDOW = 4096
_BOUNDARIES = ("passage.started", "passage.completed", "crossfade.started", "crossfade.completed")
_SONGS = 8


@dataclass(frozen=True, slots=True)
class Heard:
    """An event, and where what it tells of is in the recording.

    Attributes:
        event: as it came.
        frame: of the recording; exact where the rig is.
        stamp_ms: the time that it bears, less that at which the frame was heard.
        late_ms: the moment at which it came, less the same.
    """

    event: Event
    frame: int
    stamp_ms: float
    late_ms: float


def test_in_simulated_time_every_boundary_is_told_at_its_frame_and_at_no_other_time(
    simulated_time: Bench, figures: Figures
) -> None:
    """What can be late is only the way to the listener, which takes no time there."""
    heard = _all_boundaries(simulated_time)
    _promise_frames(figures, heard, "simulated time")
    tick = f"simulated time: {len(heard)} events"
    figures.promise(
        f"{tick}: stamp against the capture, worst", _worst_stamp(heard), unit="ms", limit=1.0
    )
    figures.promise(
        f"{tick}: published before it was heard, worst", _earliest(heard), unit="ms", limit=1.0
    )
    figures.promise(
        f"{tick}: published after it was heard, worst", _latest(heard), unit="ms", limit=1.0
    )
    figures.check_all()


def test_in_real_time_every_boundary_is_told_within_a_tick_of_being_heard(
    box: Bench, figures: Figures
) -> None:
    heard = calm(box.cpu_s, lambda: _all_boundaries(box))
    _promise_frames(figures, heard, "real time")
    late, stamp = (
        box.rig.limit(name, LIMITS[name]) for name in ("event_late_ms", "event_stamp_ms")
    )
    first, *others = heard
    what = f"real time: {len(others)} events"
    figures.promise(
        f"{what}: stamp against the capture, worst", _worst_stamp(others), unit="ms", limit=stamp
    )
    figures.promise(
        f"{what}: published before it was heard, worst", _earliest(heard), unit="ms", limit=late
    )
    lateness = spread([max(h.late_ms, 0.0) for h in others])
    figures.promise(
        f"{what}: published after it was heard, p95", lateness.p95, unit="ms", limit=late
    )
    figures.promise(
        "real time: the event of the first frame: published after it was heard",
        max(first.late_ms, 0.0),
        unit="ms",
        limit=2 * late,
        note="a virtual card that starts between two ticks plays a whole one at the first",
    )
    figures.check_all()


def test_every_song_of_a_passage_is_told_at_its_first_frame(swift: Bench, figures: Figures) -> None:
    """Songs that begin anywhere, also within a millisecond of each other."""
    sound = noise(50, _SECONDS * 3)
    path = swift.put("songs.wav", sound)
    random = np.random.default_rng(51)
    starts_ms = sorted({0, *random.integers(1, int(_SECONDS * 3000) - 500, _SONGS).tolist()})
    ends_ms = [*starts_ms[1:], int(_SECONDS * 3000)]
    songs = [
        {"title": f"song {i}", "start_ms": start, "end_ms": end}
        for i, (start, end) in enumerate(zip(starts_ms, ends_ms, strict=True))
    ]
    cue = {"name": "lamp", "before_end_ms": 1500}
    document = {"file": path, "title": "a set", "song": songs, "cue": [cue]}
    (passage,) = swift.ask("library.add", documents=[document])["passages"]
    with swift.recording() as recording:
        swift.ask("enqueue", items=[f"passage:{passage}"])
        swift.event("passage.completed")
        swift.wait(0.5)
    begin = _beginning(recording.only, sound)
    changed = swift.events("song.changed")
    origin = swift.events("passage.started")[0].body["frame"]
    wanted = [(start * _RATE_HZ * 2 + 1000) // 2000 for start in starts_ms]  # the nearest frame
    found = [event.body["frame"] - origin for event in changed]
    off = [abs(a - b) for a, b in zip(found, wanted, strict=False)]
    told = len(found) == len(wanted)
    figures.promise(
        f"{len(wanted)} songs: frame off, worst", max(off) if told else None, unit="frames", limit=0
    )
    (reached,) = swift.events("cue.reached")
    cue_frame = len(sound) - 1500 * _RATE_HZ // 1000
    figures.promise(
        "a cue 1.5 s before the end: frames off",
        abs(reached.body["frame"] - origin - cue_frame),
        unit="frames",
        limit=0,
    )
    stamps = [
        abs(swift.clock()(recording.only.at_ns(begin + frame)) - event.body["heard_ns"]) / 1e6
        for frame, event in zip([*found, cue_frame], [*changed, reached], strict=True)
    ]
    figures.promise(
        "songs and a cue: stamp against the capture, worst",
        max(stamps),
        unit="ms",
        limit=1.0 if swift.simulated else swift.rig.limit("event_stamp_ms", 10.0),
    )
    figures.check_all()


def test_positions_are_told_at_the_frames_that_they_name(swift: Bench, figures: Figures) -> None:
    sound = noise(52, _SECONDS)
    swift.put("a.wav", sound)
    swift.ask("settings.set", key="position_event_interval_ms", value=100)
    with swift.recording():
        swift.ask("enqueue", items=["a.wav"])
        swift.event("queue.emptied")
    origin = swift.events("passage.started")[0].body["frame"]
    told = [event.body for event in swift.events("position.updated")]
    off = [abs(body["frame"] - origin - body["position_ms"] * _RATE_HZ // 1000) for body in told]
    figures.promise(
        f"{len(told)} positions: frames off, worst", max(off), unit="frames", limit=_RATE_HZ // 1000
    )
    figures.promise(
        "positions told of those due", len(told), at_least=True, limit=int(_SECONDS * 10) - 1
    )
    figures.check_all()


def _all_boundaries(bench: Bench) -> list[Heard]:
    """A queue of four passages, two of them crossfaded into each other, two gapless."""
    bench.fresh()
    bench.ask("settings.set", key="crossfade_ms", value=_CROSSFADE_MS)
    sounds = [noise(60 + i, _SECONDS) for i in range(4)]
    paths = [bench.put(f"{i}.wav", sound) for i, sound in enumerate(sounds)]
    with bench.recording() as recording:
        bench.ask("enqueue", items=paths[:2])
        bench.event("crossfade.completed")
        bench.ask("settings.set", key="crossfade_ms", value=0)
        bench.ask("enqueue", items=paths[2:])
        bench.event("queue.emptied")
        bench.wait(0.5)
    return list(_compared(bench, recording.only, sounds))


def _compared(bench: Bench, stretch: Stretch, sounds: Sequence[Samples]) -> Iterator[Heard]:
    """Each boundary beside the place in the recording that is found from the sound itself."""
    clock = bench.clock()
    begins = {i: _beginning(stretch, sound) for i, sound in enumerate(sounds)}
    for event in bench.events(*_BOUNDARIES):
        index = int(event.body["file"].rsplit("/", 1)[1].removesuffix(".wav"))
        frame = _place(event, index, begins, sounds)
        heard_ns = clock(stretch.at_ns(frame))
        yield Heard(
            event,
            frame,
            (event.body["heard_ns"] - heard_ns) / 1e6,
            (event.came_ns - heard_ns) / 1e6,
        )


def _place(event: Event, index: int, begins: dict[int, int], sounds: Sequence[Samples]) -> int:
    """The frame of the recording at which that has happened."""
    end = begins[index] + len(sounds[index])
    match event.name:
        case "passage.started":
            return begins[index]
        case "crossfade.started":
            return begins[index + 1]
        case _:
            return end


def _beginning(stretch: Stretch, sound: Samples) -> int:
    """Where the first frame of a sound is, found from a window in its middle."""
    middle = len(sound) // 2
    place = locate(sound[middle : middle + _WINDOW], stretch.samples)
    return place.frame - middle


def _promise_frames(figures: Figures, heard: Sequence[Heard], what: str) -> None:
    """Frames of events and of the recording differ by one and the same number."""
    offsets = [h.frame - h.event.body["frame"] for h in heard]
    wrong = len(offsets) - max(offsets.count(offset) for offset in set(offsets))
    figures.promise(
        f"{what}: boundaries told at another frame than heard", wrong, unit="events", limit=0
    )
    figures.promise(f"{what}: boundaries told", len(heard), unit="events", limit=10, at_least=True)


def _worst_stamp(heard: Sequence[Heard]) -> float:
    return max(abs(h.stamp_ms) for h in heard)


def _earliest(heard: Sequence[Heard]) -> float:
    return max(0.0, *(-h.late_ms for h in heard))


def _latest(heard: Sequence[Heard]) -> float:
    return max(0.0, *(h.late_ms for h in heard))

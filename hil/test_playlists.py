"""Event playlists that are anchored in the music: their steps come at the frames that are heard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from hil.bench import Bench
from hil.drivers.boxside import Event
from hil.material import noise
from hil.measures.alignment import locate
from hil.promises import Figures

_RATE_HZ = 44_100
_SECONDS = 6.0
_WINDOW = 4096
_FILES = {
    "at_the_end": """
anchor = "passage end"
deadline_s = 60
[[trigger]]
event = "passage.started"
[[step]]
event = "almost.over"
offset_s = -3
[[step]]
event = "nearly.over"
offset_frames = -11_025
""",
    "at_the_start": """
anchor = "passage start"
deadline_s = 60
[[trigger]]
event = "passage.started"
[[step]]
event = "beat.told"
offset_s = 0.5
repeat = 4
interval_frames = 22_049
""",
}
_FROM_START = [_RATE_HZ // 2 + repeat * 22_049 for repeat in range(4)]
_FROM_END = [-3 * _RATE_HZ, -11_025]


def test_steps_that_are_anchored_in_the_music_come_at_their_frames(
    swift: Bench, figures: Figures
) -> None:
    """Of two passages, against the capture; in simulated time, where nothing else is late."""
    sounds = [noise(seed, _SECONDS) for seed in (71, 72)]
    with _playlists(swift), swift.recording() as recording:
        paths = [swift.put(f"{number}.wav", sound) for number, sound in enumerate(sounds)]
        swift.ask("enqueue", items=paths)
        swift.event("queue.emptied")
        swift.wait(0.5)
    told = [e for e in swift.events("event.playlist.emitted") if e.body["playlist_id"] in _FILES]
    stretch = recording.only
    samples = stretch.samples
    begin = int(np.flatnonzero(samples.any(axis=1))[0])
    begin -= locate(samples[begin : begin + _WINDOW], sounds[0]).frame
    expected = sorted(
        begin + number * len(sounds[0]) + frame % len(sounds[0])
        for number in range(len(sounds))
        for frame in (*_FROM_START, *_FROM_END)
    )
    figures.promise("steps anchored in the music: told of 12", len(told), limit=12, at_least=True)
    found = sorted(stretch.frame_at(event.body["scheduled_ns"]) for event in told)
    off = [abs(a - b) / _RATE_HZ * 1000 for a, b in zip(found, expected, strict=True)]
    limit_ms = 1.0 if swift.simulated else swift.rig.line_in.uncertainty_us / 1000
    figures.promise(
        "steps anchored in the music: time against the capture, worst",
        max(off),
        unit="ms",
        limit=limit_ms,
    )
    figures.promise(
        "steps anchored in the music: told before or after they were heard, worst",
        max(abs(_late_ms(event)) for event in told),
        unit="ms",
        limit=limit_ms,
    )
    figures.check_all()


def _late_ms(event: Event) -> float:
    return float(event.body["actual_ns"] - event.body["scheduled_ns"]) / 1e6


@contextmanager
def _playlists(bench: Bench) -> Iterator[None]:
    """They are taken while the service runs, and away again."""
    for name, text in _FILES.items():
        bench.playlist(name, text)
    _until_known(bench, {*_FILES})
    try:
        yield
    finally:
        for name in _FILES:
            bench.playlist(name, None)


def _until_known(bench: Bench, ids: set[str]) -> None:
    known: set[str] = set()
    for _ in range(100):
        known = {one["playlist"] for one in bench.ask("playlist.list")["playlists"]}
        if ids <= known:
            return
        bench.wait(0.1)
    raise AssertionError(f"{ids - known}: not taken within 10 s; expected what was written")

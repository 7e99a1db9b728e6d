"""How late the bench hears: from a click on a wire to the frame in which it was captured.

Once for each rig, with a button's wire clipped to the capture input in the place of the box's
line-out (docs/rig.md):

    .venv/bin/python -m hil.calibrate my-bench.toml play

Presses that button at uneven times, finds each press in the recording, and prints what goes into
the rig file. The box is not touched.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hil import rigfile
from hil.assembly import assemble
from hil.bench import Bench
from hil.drivers.clocks import measured
from hil.drivers.protocols import Pull
from hil.errors import RigError
from hil.recording import Stretch

_CLICKS = 20
_DOWN_MS = 40.0
_APART_MS = 311.0
_UNEVEN_MS = 7.3
"""So that no click stands at the same place of the card's periods as the one before."""

_WINDOW_MS = 100.0
_LEAST_PEAK = 1 << 24
"""-42 dB of full scale; less is not told from noise."""


class Latency(NamedTuple):
    """What goes into the rig file: how late clicks were heard, and the most that is off."""

    latency_us: int
    uncertainty_us: int


def main(words: Sequence[str] | None = None) -> int:
    """Calibrate; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rig", type=Path, help="the rig file")
    parser.add_argument("button", help="whose wire is clipped to the capture input")
    asked = parser.parse_args(words)
    try:
        rig = rigfile.read(asked.rig)
        with tempfile.TemporaryDirectory() as folder:
            found = calibrated(assemble(rig, Path(folder)), asked.button)
    except RigError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"latency_us = {found.latency_us}\nuncertainty_us = {found.uncertainty_us}")
    return 0


def calibrated(bench: Bench, button: str) -> Latency:
    """Click and listen.

    Raises:
        RigError: a click was not heard, or what the bench needs for it is not there.
    """
    lines = bench.lines
    try:
        with bench.recording(rate_hz=bench.rig.line_in.rate_hz) as recording:
            pressed_ns = lines.pull(*clicks(button))[::2]
            clock = measured(lines.now_ns)
        late_us = [
            (click_ns(recording.only, clock(at_ns)) - clock(at_ns)) / 1000 for at_ns in pressed_ns
        ]
    finally:
        lines.close()
    return judged(late_us, bench.rig.line_in.latency_us, clock.uncertainty_ns / 1000)


def clicks(button: str) -> list[Pull]:
    """Presses and releases at uneven times."""
    begins_ms = [_WINDOW_MS + n * _APART_MS + n * n % 11 * _UNEVEN_MS for n in range(_CLICKS)]
    return [
        pull
        for at_ms in begins_ms
        for pull in (Pull(at_ms, button, down=True), Pull(at_ms + _DOWN_MS, button, down=False))
    ]


def click_ns(stretch: Stretch, at_ns: int) -> int:
    """When the click that was made at ``at_ns`` was heard, by the frame at half of its height.

    Raises:
        RigError: there is none.
    """
    window = round(_WINDOW_MS * stretch.rate_hz / 1000)
    first = max(0, stretch.frame_at(at_ns) - window // 2)
    heard = stretch.samples[first : first + 2 * window].astype(np.int64)
    if not len(heard):
        raise RigError("calibrate: the recording ended before a click; expected all of them")
    height = np.abs(heard - np.median(heard[: window // 20], axis=0)).max(axis=1)
    if height.max() < _LEAST_PEAK:
        raise RigError(
            f"calibrate: found a peak of {height.max() / 2**31:.4f}; expected a click of more than "
            f"{_LEAST_PEAK / 2**31:.4f} of full scale; is the wire clipped to the capture input?"
        )
    return stretch.at_ns(first + int(np.argmax(height > height.max() / 2)))


def judged(late_us: Sequence[float], known_us: int, clock_us: float) -> Latency:
    """The latency that makes the times right, and the most by which one may be wrong then.

    Args:
        late_us: of each click, with what the rig file says by now taken off.
        known_us: what it says by now.
        clock_us: how far off the clocks may be.
    """
    middle = float(np.median(late_us))
    spread = max(abs(late - middle) for late in late_us)
    return Latency(round(known_us + middle), round(spread + clock_us) + 1)


if __name__ == "__main__":
    raise SystemExit(main())

"""Pulls the sound card out of the machine it runs on, and plugs it in again; needs to be root.

The card's driver is taken from it and given back to it, which is all that a kernel sees of a plug.
The other programs that use the card learn of it as they always do.

What it is asked on its standard input, one JSON object a line, and what it answers:

- ``{"unplug": s}``: pull it after ``s`` seconds. ``{"at_ns": …, "free_ns": …, "heard_frames": …}``:
  just before it was pulled, when the last program had let go of it, and how many frames had left
  it since it was started last, by the kernel's own count (null: it was not playing).
- ``{"plug": s}``: plug it in after ``s`` seconds. ``{"at_ns": …}``, just before it was there again.
- ``{"storm": [n, s]}``: pull and plug it by turns, n times, at even distances within ``s`` seconds;
  one that lasts longer is followed at once. ``{"first_ns": …, "last_ns": …}``.
- ``{"ping": 1}``: ``{"now_ns": …}``.
- anything else: ``{"error": …}``.

All times are CLOCK_MONOTONIC of this machine. When it ends, the card is plugged in.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

_PRIORITY = 50
"""Above whoever plays, so that no frame leaves the card between a look at it and its end."""


class Card:
    """One card, plugged or not.

    Args:
        driver: its folder in /sys, with ``bind`` and ``unbind`` in it.
        device: the card's name there.
        playback: the folder in /proc/asound with the substreams that play.
    """

    def __init__(self, driver: Path, device: str, playback: Path) -> None:
        self._driver = driver
        self._device = device
        self._playback = playback

    @property
    def plugged(self) -> bool:
        """Whether it is there."""
        return (self._driver / self._device).exists()

    def unplug(self) -> dict[str, Any]:
        """Pull it; done when every program has let go of it."""
        with _Undisturbed():
            heard = self._heard_frames()
            at_ns = time.monotonic_ns()
            self._tell("unbind")
        return {"at_ns": at_ns, "free_ns": time.monotonic_ns(), "heard_frames": heard}

    def plug(self) -> dict[str, Any]:
        """Plug it in."""
        at_ns = time.monotonic_ns()
        self._tell("bind")
        return {"at_ns": at_ns}

    def storm(self, events: int, seconds: float) -> dict[str, Any]:
        """Pull and plug by turns, beginning with what it is not."""
        first_ns = last_ns = time.monotonic_ns()
        for number in range(events):
            due_ns = first_ns + round(number * seconds * 1e9 / events)
            time.sleep(max(due_ns - time.monotonic_ns(), 0) / 1e9)
            last_ns = time.monotonic_ns()
            self._tell("unbind" if self.plugged else "bind")
        return {"first_ns": first_ns, "last_ns": last_ns}

    def _tell(self, verb: str) -> None:
        (self._driver / verb).write_text(self._device)

    def _heard_frames(self) -> int | None:
        for status in sorted(self._playback.glob("sub*/status")):
            with suppress(OSError):
                text = status.read_text()
                found = re.search(r"^hw_ptr *: *(\d+)", text, re.MULTILINE)
                if found and text.startswith("state: RUNNING"):
                    return int(found[1])
        return None


class _Undisturbed:
    """Nothing else runs in this block, unless it waits; as far as we may ask for that."""

    def __enter__(self) -> None:
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))

    def __exit__(self, *_: object) -> None:
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def answer(card: Card, line: str) -> dict[str, Any]:
    """The answer to one line; whatever it is, it does not raise."""
    try:
        return _answer(card, json.loads(line))
    except (ValueError, TypeError, AttributeError, OSError) as error:
        return {"error": f"{line.strip()[:200]}: {error}"}


def _answer(card: Card, asked: Mapping[str, Any]) -> dict[str, Any]:
    if "unplug" in asked:
        time.sleep(asked["unplug"])
        return card.unplug()
    if "plug" in asked:
        time.sleep(asked["plug"])
        return card.plug()
    if "storm" in asked:
        events, seconds = asked["storm"]
        return card.storm(events, seconds)
    if "ping" in asked:
        return {"now_ns": time.monotonic_ns()}
    raise ValueError("expected unplug, plug, storm or ping")


def _stop(*_: object) -> NoReturn:
    sys.exit(0)


def arguments(words: list[str]) -> argparse.Namespace:
    """Which card, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("driver", type=Path, help="its folder in /sys")
    parser.add_argument("device", help="the card's name there")
    parser.add_argument("playback", type=Path, help="its folder in /proc/asound")
    return parser.parse_args(words)


def main() -> None:
    """Answer until standard input ends, then see to it that the card is there."""
    asked = arguments(sys.argv[1:])
    card = Card(asked.driver, asked.device, asked.playback)
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, _stop)
    try:
        for line in sys.stdin:
            print(json.dumps(answer(card, line)), flush=True)
    finally:
        if not card.plugged:
            card.plug()


if __name__ == "__main__":
    main()

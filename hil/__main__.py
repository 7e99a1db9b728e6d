"""``python -m hil``: runs the rig's tests and prints the table of promises; behind ``make hil``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from hil import rigfile
from hil.assembly import kernel
from hil.errors import RigError
from hil.limits import LIMITS

_HERE = Path(__file__).parent
_DAY_H = 24.0
_EXIT_RIG = 78
_SHORT = (
    "broker",
    "buttons",
    "controls",
    "driven",
    "drivers",
    "events",
    "playback",
    "playlists",
    "plug_formats",
    "plug_level",
    "plug_start",
    "soak",
    "stop",
)
"""Some minutes, and hardly anything in real time."""


def main() -> int:
    """What pytest returns; 78 if the rig file is wrong, 3 if the rig cannot be put together."""
    asked, further = _parser().parse_known_args()
    try:
        rig = rigfile.read(asked.rig, LIMITS)
    except RigError as error:
        print(error, file=sys.stderr)
        return _EXIT_RIG
    if rig.virtual:
        try:
            kernel()
        except RigError as error:
            print(f"hil: {error}", file=sys.stderr)
            return 0 if asked.where_possible else 3
    named = any(".py" in word for word in further)
    tests = [] if named else _what(asked)
    return int(pytest.main([*tests, f"--rig={asked.rig}", "-p", "no:cacheprovider", *further]))


def _what(asked: argparse.Namespace) -> list[str]:
    """Which tests."""
    if asked.controls:
        return [str(_HERE / "test_controls.py")]
    if asked.hours is not None:
        return [str(_HERE / "test_soak.py"), f"--hours={asked.hours}"]
    if asked.short:
        return [*(str(_HERE / f"test_{name}.py") for name in _SHORT), "-m", "not long"]
    return [str(_HERE), "-m", "not controls"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hil",
        description="Run the rig's tests. Further options and names of tests go to pytest.",
    )
    parser.add_argument("--rig", type=Path, default=_HERE / "rig.toml", help="the rig file")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--controls", action="store_true", help="see the tests fail when they must")
    which.add_argument("--hours", type=float, nargs="?", const=_DAY_H, help="the soak, so long")
    which.add_argument("--short", action="store_true", help="what a change can wait for")
    parser.add_argument(
        "--where-possible", action="store_true", help="without a virtual Pi, say so and succeed"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

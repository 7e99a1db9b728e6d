"""The grammar of the command line: one group of subcommands per module."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from wkmp_pi import __version__
from wkmp_pi.cli import (
    check,
    devices,
    events,
    gestures,
    library,
    mqtt,
    peripherals,
    player,
    playlists,
    queue,
    service,
    settings,
)

_GROUPS = (
    service,
    queue,
    player,
    events,
    gestures,
    peripherals,
    playlists,
    mqtt,
    settings,
    library,
    devices,
    check,
)

_BACKWARDS = re.compile(r"-\d+(:\d+)+(\.\d+)?")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """One command line; ``run`` of the result is the function that carries it out."""
    return build().parse_args(_guarded(argv))


def build() -> argparse.ArgumentParser:
    """The parser of all subcommands."""
    parser = argparse.ArgumentParser(
        prog="wkmp-pi",
        description="An appliance music player: exact crossfades, and events at the frame "
        "that is heard.",
    )
    parser.add_argument("--version", action="version", version=f"wkmp-pi {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for group in _GROUPS:
        group.add(commands)
    return parser


def _guarded(argv: Sequence[str]) -> list[str]:
    """``seek -1:30``: argparse knows negative numbers, but takes a negative time for an option."""
    backwards = argv[:1] == ["seek"] and any(_BACKWARDS.fullmatch(word) for word in argv)
    if not backwards:
        return list(argv)
    options = [word for word in argv[1:] if not _BACKWARDS.fullmatch(word)]
    times = [word for word in argv[1:] if _BACKWARDS.fullmatch(word)]
    return [argv[0], *options, "--", *times]

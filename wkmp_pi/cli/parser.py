"""The grammar of the command line: one group of subcommands per module."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from wkmp_pi import __version__
from wkmp_pi.cli import service

_GROUPS = (service,)

_SIGNED_TIME = re.compile(r"-\d+(:\d+)+(\.\d+)?")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """One command line; ``run`` of the result is the function that carries it out."""
    return build().parse_args(argv)


def build() -> argparse.ArgumentParser:
    """The parser of all subcommands."""
    parser = argparse.ArgumentParser(
        prog="wkmp-pi",
        description="An appliance music player: exact crossfades, events at the frame that is heard.",
    )
    parser.add_argument("--version", action="version", version=f"wkmp-pi {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for group in _GROUPS:
        group.add(commands)
    return parser

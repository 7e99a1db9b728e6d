"""``check``: whether this machine and this configuration can play, with a remedy for each no."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from wkmp_pi.cli import link

_EXIT_BROKEN = 1


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "check",
        help="look for problems of the configuration and the machine",
        description="Look at the configuration and at everything the player needs. "
        "Exit code 0: it can play; 1: something is broken; 78: the configuration is wrong.",
    )
    link.add_config(parser)
    link.add_json(parser)
    parser.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    from wkmp_pi import config
    from wkmp_pi.cli import findings, text
    from wkmp_pi.shown import clean

    chosen = config.load(arguments.config)
    found = findings.all_of(chosen)
    rows = [(finding.level.upper(), finding.what, clean(finding.text)) for finding in found]
    link.show(arguments, [dataclasses.asdict(finding) for finding in found], text.table(rows))
    return _EXIT_BROKEN if any(finding.level == "fail" for finding in found) else 0

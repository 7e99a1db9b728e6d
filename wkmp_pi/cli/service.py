"""``run`` and ``play``: the service in the foreground, and one performance without it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wkmp_pi.cli.values import BadValue, number_above_zero, one_of, whole
from wkmp_pi.passage import CurvePair

if TYPE_CHECKING:
    from wkmp_pi.options import PlayOptions


def add(commands: Any) -> None:
    """Declare the subcommands of this group."""
    run = commands.add_parser("run", help="run the service in the foreground")
    add_config(run)
    run.set_defaults(run=_run)


def add_config(parser: argparse.ArgumentParser) -> None:
    """The option that names the configuration file."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help="configuration (default: WKMP_PI_CONFIG, ~/.config/wkmp-pi/box.toml, "
        "/etc/wkmp-pi/box.toml, built-in)",
    )


def _run(arguments: argparse.Namespace) -> int:
    from wkmp_pi import app, config

    return app.run(config.load(arguments.config))

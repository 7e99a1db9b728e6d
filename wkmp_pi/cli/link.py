"""From the command line to the running service and back to the terminal."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wkmp_pi.errors import ConfigError

if TYPE_CHECKING:
    from wkmp_pi.commands import AnyCommand
    from wkmp_pi.controls.client import Client


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of every subcommand that asks the service."""
    add_config(parser)
    parser.add_argument(
        "--socket",
        metavar="PATH",
        type=Path,
        help="socket of the service (default: WKMP_PI_SOCKET, the configuration, "
        "the user's own service, the system's)",
    )
    add_json(parser)


def add_config(parser: argparse.ArgumentParser) -> None:
    """The option that names the configuration file."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help="configuration (default: WKMP_PI_CONFIG, ~/.config/wkmp-pi/box.toml, "
        "/etc/wkmp-pi/box.toml, built-in)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option for output that programs read."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def connect(arguments: argparse.Namespace) -> Client:
    """A connection to the service.

    Raises:
        NoServiceError: none answers.
        ConfigError: the configuration that was named on the command line is wrong.
    """
    from wkmp_pi.controls import client

    return client.connect(_paths(arguments))


def ask(arguments: argparse.Namespace, command: AnyCommand) -> dict[str, Any]:
    """Ask the service for one thing; raises as ``Client.ask`` and ``connect`` do."""
    with connect(arguments) as client:
        return client.ask(command)


def do(arguments: argparse.Namespace, command: AnyCommand) -> int:
    """Ask the service for one thing of which nothing needs to be told, except as JSON."""
    result = ask(arguments, command)
    if arguments.json:
        print(as_json(result))
    return 0


def show(arguments: argparse.Namespace, result: Any, text: str) -> int:
    """Print a result: ``text`` for people, or the whole as one line of JSON."""
    print(as_json(result) if arguments.json else text)
    return 0


def widest() -> int | None:
    """Columns that a cell of a table may take on a terminal; no limit for what a program reads."""
    import shutil

    return shutil.get_terminal_size().columns // 2 if sys.stdout.isatty() else None


def as_json(value: Any) -> str:
    """One line of JSON, readable where it can be; what cannot be printed as it is stays escaped."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def _paths(arguments: argparse.Namespace) -> tuple[Path, ...]:
    from wkmp_pi.controls import address

    if arguments.socket:
        return (arguments.socket,)
    if os.environ.get("WKMP_PI_SOCKET"):
        return address.candidates()
    return address.candidates(_configured(arguments.config))


def _configured(file: Path | None) -> Path | None:
    """The socket that the configuration names; a broken file must not stop a ``pause``."""
    from wkmp_pi import config

    try:
        return config.load(file).control.socket
    except ConfigError as error:
        if file is not None:
            raise
        print(f"wkmp-pi: the configuration is not used: {error.problems[0]}", file=sys.stderr)
        return None

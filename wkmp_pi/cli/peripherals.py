"""``peripherals``: virtual peripherals of the running service, changed while it runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wkmp_pi.cli import link

if TYPE_CHECKING:
    from wkmp_pi.commands import AnyCommand

_UNTIL = "It lasts until the service ends; what shall stay belongs into box.toml."
_KEY = "peripheral"


def add(commands: Any) -> None:
    """Declare the subcommands of this group."""
    parser = commands.add_parser(
        "peripherals", help="events that are composed of others, changed while the service runs"
    )
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, run, text, argument in (
        ("list", _list, "those that there are", None),
        ("add", _add, "one more, or several", _file),
        ("update", _update, "others in the place of those with their ids", _file),
        ("remove", _remove, "one less", _id),
    ):
        more = "" if argument is None else f" {_UNTIL}"
        command = group.add_parser(name, help=text, description=f"{text.capitalize()}.{more}")
        if argument is not None:
            argument(command)
        link.add_options(command)
        command.set_defaults(run=run)


def _file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        help="with [[peripheral]] as in box.toml; - reads standard input",
    )


def _id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("peripheral", metavar="ID", help="its id")


def _list(arguments: argparse.Namespace) -> int:
    from wkmp_pi.cli import text
    from wkmp_pi.commands import ListPeripherals

    result = link.ask(arguments, ListPeripherals())
    rows = [
        (
            one["peripheral"],
            one["name"],
            one["kind"],
            ", ".join(one["buttons"] or one["inputs"]),
            ", ".join(one["tells"]) or "nothing: it starts a playlist",
        )
        for one in result["peripherals"]
    ]
    head = ("peripheral", "name", "kind", "made of", "tells")
    table = text.table([head, *rows], widest=link.widest())
    return link.show(arguments, result, table if rows else "there are no virtual peripherals")


def _add(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import AddPeripheral

    return _each(arguments, lambda table: AddPeripheral(definition=table))


def _update(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import UpdatePeripheral

    return _each(arguments, lambda table: UpdatePeripheral(definition=table))


def _remove(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import RemovePeripheral

    return link.do(arguments, RemovePeripheral(peripheral=arguments.peripheral))


def _each(arguments: argparse.Namespace, make: Callable[[dict[str, Any]], AnyCommand]) -> int:
    """One after the other; the first that is refused ends it."""
    for table in _tables(arguments.file):
        link.do(arguments, make(table))
    return 0


def _tables(file: Path) -> list[dict[str, Any]]:
    from wkmp_pi.config import toml_file
    from wkmp_pi.errors import RequestError

    from_terminal = str(file) == "-"
    data = sys.stdin.buffer.read() if from_terminal else toml_file.read(file)
    name = Path("standard input") if from_terminal else file
    tables = toml_file.parse(data, name).values.get(_KEY)
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise RequestError(f"{name}: found no [[{_KEY}]]; expected one at least; write one")
    return tables

"""The play queue: ``enqueue``, ``queue``, ``remove``, ``move`` and ``clear``."""

from __future__ import annotations

import argparse
from typing import Any

from wkmp_pi.cli import link
from wkmp_pi.cli.items import item
from wkmp_pi.cli.values import whole

_ENTRY = whole(1, 2**53)
_INDEX = whole(0, 2**31)


def add(commands: Any) -> None:
    """Declare the subcommands of this group."""
    for name, text, declare in (
        ("enqueue", "put items into the queue", _add_enqueue),
        ("queue", "print the queue", _add_queue),
        ("remove", "take entries out of the queue", _add_remove),
        ("move", "move an entry to another place", _add_move),
        ("clear", "empty the queue", _add_clear),
    ):
        parser = commands.add_parser(name, help=text)
        declare(parser)
        link.add_options(parser)


def _add_enqueue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "items",
        metavar="ITEM",
        nargs="+",
        type=item,
        help="a file, a span of it (a.flac#t=10.5,70), or passage:ID",
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--next", action="store_true", help="after what plays now")
    place.add_argument("--at", metavar="N", type=_INDEX, help="at this index, from 0")
    place.add_argument("--before", metavar="ENTRY", type=_ENTRY)
    place.add_argument("--after", metavar="ENTRY", type=_ENTRY)
    parser.set_defaults(run=_enqueue)


def _enqueue(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import Enqueue, Place

    place, reference = Place.NEXT if arguments.next else Place.END, None
    for named in (Place.AT, Place.BEFORE, Place.AFTER):
        if (value := getattr(arguments, named)) is not None:
            place, reference = named, value
    command = Enqueue(items=tuple(arguments.items), place=place, reference=reference)
    result = link.ask(arguments, command)
    entries = ", ".join(str(entry) for entry in result["entries"])
    return link.show(arguments, result, f"queued as {entries}")


def _add_queue(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_queue)


def _queue(arguments: argparse.Namespace) -> int:
    from wkmp_pi.cli import text
    from wkmp_pi.commands import GetQueue

    result = link.ask(arguments, GetQueue())
    return link.show(arguments, result, text.queue(result, link.widest()))


def _add_remove(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("entries", metavar="ENTRY", nargs="+", type=_ENTRY)
    parser.set_defaults(run=_remove)


def _remove(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import Remove

    return link.do(arguments, Remove(entries=tuple(arguments.entries)))


def _add_move(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("entry", metavar="ENTRY", type=_ENTRY)
    parser.add_argument("index", metavar="INDEX", type=_INDEX, help="where to, from 0")
    parser.set_defaults(run=_move)


def _move(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import Move

    return link.do(arguments, Move(entry=arguments.entry, index=arguments.index))


def _add_clear(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_clear)


def _clear(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import Clear

    return link.do(arguments, Clear())

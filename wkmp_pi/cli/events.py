"""``events``: which events there are, and what happens while one looks."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from wkmp_pi.cli import link


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "events",
        help="follow what happens; without --follow: the events there are",
        description="With --follow: the state of the player first, then each event as it "
        "comes. Without: the names of all events.",
    )
    parser.add_argument("--follow", action="store_true", help="until interrupted")
    parser.add_argument(
        "--name",
        metavar="PATTERN",
        nargs="+",
        default=["*"],
        help="only these: names, or beginnings that end in *, such as 'passage.*'",
    )
    link.add_options(parser)
    parser.set_defaults(run=_events)


def _events(arguments: argparse.Namespace) -> int:
    return _follow(arguments) if arguments.follow else _list(arguments)


def _list(arguments: argparse.Namespace) -> int:
    from wkmp_pi.cli import text
    from wkmp_pi.events.kinds import KINDS

    said = {
        name: (kind.__doc__ or "").splitlines()[0].replace("``", "") for name, kind in KINDS.items()
    }
    return link.show(arguments, said, text.table(said.items()))


def _follow(arguments: argparse.Namespace) -> int:
    with link.connect(arguments) as client:
        state, messages = client.follow(arguments.name)
        tell = _tell_json if arguments.json else _tell
        tell({"snapshot": state})
        for message in messages:
            tell(message)
    print("wkmp-pi: the service ended", file=sys.stderr)
    return 1


def _tell(message: dict[str, Any]) -> None:
    from wkmp_pi.cli import tell, text

    if "snapshot" in message:
        print(text.status(message["snapshot"]), end="\n\n", flush=True)
    else:
        print(tell.line(message), flush=True)


def _tell_json(message: dict[str, Any]) -> None:
    """One flat object a line, each with a ``name``, as ``play --events`` writes them."""
    if "event" in message:
        flat = message["event"]
    elif "missed" in message:
        flat = {"name": "missed", "count": message["missed"]}
    else:
        flat = {"name": "snapshot", "status": message["snapshot"]}
    print(link.as_json(flat), flush=True)

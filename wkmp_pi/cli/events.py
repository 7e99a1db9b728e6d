"""``events``: which events there are, what happens while one looks, and who listens."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wkmp_pi.cli import link
from wkmp_pi.cli.recorder import Recorder
from wkmp_pi.errors import RequestError

if TYPE_CHECKING:
    from wkmp_pi.events.machines import Machines, Vocabulary


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "events",
        help="follow what happens; without --follow: the events there are",
        description="With --follow: the state of the player first, then each event as it "
        "comes. With --graph: who listens to what. With --replay: a recording, lived through "
        "again. Without: the names of all events.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--follow", action="store_true", help="until interrupted")
    what.add_argument(
        "--graph", action="store_true", help="who listens to what now, for Graphviz: | dot -Tsvg"
    )
    what.add_argument(
        "--replay",
        metavar="FILE",
        type=Path,
        help="print a recording as gestures, rules and playlists of this configuration would "
        "make it now; exit code 1 if anything differs",
    )
    parser.add_argument(
        "--name",
        metavar="PATTERN",
        nargs="+",
        default=["*"],
        help="only these: names, or beginnings that end in *, such as 'passage.*'",
    )
    parser.add_argument(
        "--causes", action="store_true", help="each event's number, and those of what caused it"
    )
    parser.add_argument(
        "--record", metavar="FILE", type=Path, help="while following: write a file for --replay"
    )
    link.add_options(parser)
    parser.set_defaults(run=_events)


def _events(arguments: argparse.Namespace) -> int:
    if (arguments.record or arguments.causes) and not arguments.follow:
        raise RequestError("events: --record and --causes belong to --follow; add it")
    if arguments.follow:
        return _follow(arguments)
    if arguments.graph:
        return _graph(arguments)
    return _replay(arguments) if arguments.replay else _list(arguments)


def _list(arguments: argparse.Namespace) -> int:
    from wkmp_pi.cli import text
    from wkmp_pi.events.kinds import KINDS

    said = {
        name: (kind.__doc__ or "").splitlines()[0].replace("``", "") for name, kind in KINDS.items()
    }
    return link.show(arguments, said, text.table(said.items()))


def _graph(arguments: argparse.Namespace) -> int:
    from wkmp_pi.controls.protocol import Graph
    from wkmp_pi.events.graph import Listener, dot

    with link.connect(arguments) as client:
        result = client.ask(Graph())
    listeners = [Listener(**known) for known in map(_known, result["listeners"])]
    return link.show(arguments, result, dot(listeners))


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    """What this version knows of a listener: a newer service may tell more."""
    from wkmp_pi.events.graph import Listener

    return {name: fields[name] for name in Listener._fields}


def _follow(arguments: argparse.Namespace) -> int:
    tell = _tell_json if arguments.json else _tell
    messages: Iterable[dict[str, Any]]
    with ExitStack() as stack:
        client = stack.enter_context(link.connect(arguments))
        if arguments.record:
            recorder = stack.enter_context(Recorder(arguments.record))
            messages = recorder.follow(client, arguments.name)
        else:
            state, following = client.follow(arguments.name, causes=arguments.causes)
            messages = chain([{"snapshot": state}], following)
        for message in messages:
            tell(message, arguments.causes)
    print("wkmp-pi: the service ended", file=sys.stderr)
    return 1


def _tell(message: dict[str, Any], causes: bool) -> None:
    from wkmp_pi.cli import tell, text

    if "snapshot" in message:
        print(text.status(message["snapshot"]), end="\n\n", flush=True)
    else:
        print(tell.line(message, causes=causes), flush=True)


def _tell_json(message: dict[str, Any], causes: bool) -> None:
    """One object a line: flat, each with a ``name``, as ``play --events`` writes them.

    With causes an event is an object in an object, as in a recording: both have an ``id``.
    """
    if "event" in message:
        shown = message if causes else message["event"]
    elif "missed" in message:
        shown = {"name": "missed", "count": message["missed"]}
    else:
        shown = {"name": "snapshot", "status": message["snapshot"]}
    print(link.as_json(shown), flush=True)


def _replay(arguments: argparse.Namespace) -> int:
    """Print what comes now; what differs from the recording is told on standard error."""
    from wkmp_pi.events.replay import replay

    machines, vocabulary = _machines(arguments.config)
    differences = 0
    try:
        for replayed in replay(_lines(arguments.replay), machines, vocabulary):
            sys.stdout.buffer.writelines(replayed.lines)
            for difference in replayed.differences:
                differences += 1
                print(f"wkmp-pi: {arguments.replay}: {difference}", file=sys.stderr)
    except RequestError as error:
        raise RequestError(f"{arguments.replay}: {error}") from error
    sys.stdout.flush()
    return 1 if differences else 0


def _lines(path: Path) -> list[bytes]:
    try:
        with path.open("rb") as file:
            return file.readlines()
    except OSError as error:
        raise RequestError(
            f"{error.strerror}; expected a file that wkmp-pi events --follow --record wrote"
        ) from error


def _machines(file: Path | None) -> tuple[Machines, Vocabulary]:
    """The machines of this configuration, at rest, and the words for their inputs."""
    from wkmp_pi import config
    from wkmp_pi.app.driven import at_rest
    from wkmp_pi.app.machinery import VOCABULARY
    from wkmp_pi.events.machines import Machines

    return Machines(at_rest(config.load(file))), VOCABULARY

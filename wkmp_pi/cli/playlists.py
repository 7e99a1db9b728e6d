"""``playlists``: event playlists, their runs, and what is wrong with their files."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wkmp_pi.cli import link
from wkmp_pi.cli.values import BadValue

if TYPE_CHECKING:
    from wkmp_pi.playlists.book import Book

_EXIT_NOT_COMPLETED = 1


def add(commands: Any) -> None:
    """Declare the subcommands of this group."""
    parser = commands.add_parser("playlists", help="event playlists: what they do and when")
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, run, text in (
        ("list", _list, "the playlists in use, and what is wrong with the files of others"),
        ("show", _show, "all of one playlist"),
        ("start", _start, "start a run"),
        ("stop", _stop, "stop one run, all runs of a playlist, or all"),
        ("runs", _runs, "what runs now"),
        ("lint", _lint, "read the files as the service would, without a service"),
    ):
        command = group.add_parser(name, help=text, description=f"{text.capitalize()}.")
        _DECLARE.get(name, _nothing)(command)
        (link.add_config if name == "lint" else link.add_options)(command)
        command.set_defaults(run=run)


def _nothing(_: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def _one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("playlist", metavar="PLAYLIST", help="its id: the name of its file")


def _to_start(parser: argparse.ArgumentParser) -> None:
    _one(parser)
    for option, text in (
        ("--data", "what its steps may refer to as {trigger.data.KEY}"),
        ("--metadata", "told with everything that comes of the run, besides the playlist's own"),
    ):
        parser.add_argument(
            option, metavar="KEY=VALUE", nargs="+", type=_pair, default=[], help=text
        )
    parser.add_argument("--wait", action="store_true", help="until the run is over")


def _to_stop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", metavar="RUN|PLAYLIST", nargs="?", help="a run or a playlist; default: everything"
    )


def _to_lint(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        type=Path,
        help="files that are to be judged as if they were there already, or a folder for all",
    )


_DECLARE = {"show": _one, "start": _to_start, "stop": _to_stop, "lint": _to_lint}


def _pair(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise BadValue(f"found {text!r}; expected KEY=VALUE, such as room=hall or level=3")
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):
        return key, value


def _list(arguments: argparse.Namespace) -> int:
    from wkmp_pi.cli import text
    from wkmp_pi.commands import ListPlaylists

    result = link.ask(arguments, ListPlaylists())
    rows = [
        (
            row["playlist"],
            row["name"],
            str(row["steps"]),
            row["anchor"],
            row["retrigger"],
            ", ".join(row["triggers"]) or "command only",
        )
        for row in result["playlists"]
    ]
    head = ("playlist", "name", "steps", "anchor", "retrigger", "started by")
    table = text.table([head, *rows], right=frozenset({2}), widest=link.widest())
    lines = [table if rows else "there are no playlists", *result["problems"]]
    return link.show(arguments, result, "\n".join(lines))


def _show(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import ShowPlaylist

    result = link.ask(arguments, ShowPlaylist(playlist=arguments.playlist))
    return link.show(arguments, result, "\n".join(_described(result)))


def _described(shown: dict[str, Any]) -> Iterator[str]:
    from wkmp_pi.cli import text

    yield f"{shown['playlist']}  {shown['name']}"
    about = [
        ("anchor", shown["anchor"]),
        ("retrigger", f"{shown['retrigger']}, at most {shown['max_runs']} at once"),
        ("deadline", f"{shown['deadline_s']:g} s" if shown["deadline_s"] else "none"),
        ("metadata", link.as_json(shown["metadata"])),
        ("needs", ", ".join(shown["needs"]) or "nothing"),
        *(("started by", _on(on)) for on in shown["trigger"]),
        *(("stopped by", _on(on)) for on in shown["interrupt"]),
        *(("completion", name) for name in [shown["completion"]] if name),
    ]
    yield text.table(about)
    yield ""
    yield text.table([_step(step) for step in shown["step"]], right=frozenset({0}))
    for ending in shown["ending"]:
        yield f"at the end: {_deed(ending)}  ({', '.join(ending['reasons'])})"


def _on(on: dict[str, Any]) -> str:
    where = [link.as_json(on[key]) for key in ("where", "state") if key in on]
    return "  ".join((on["event"], *where))


def _step(step: dict[str, Any]) -> tuple[str, str, str]:
    frames = step.get("offset_frames")
    when = f"{frames} frames" if frames else f"{step['offset_s']:g} s"
    often = ""
    if "repeat" in step:
        gap = step.get("interval_s")
        every = f"{gap:g} s" if gap else f"{step['interval_frames']} frames"
        often = f"{step['repeat']} times, each {every}"
    before = [f"after {step['after']}"] if "after" in step else []
    before += [f"when {_on(step['wait'])}"] if "wait" in step else []
    return when, _deed(step), ", ".join(part for part in (often, *before) if part)


def _deed(step: dict[str, Any]) -> str:
    name = step.get("command") or step.get("event")
    return f"{name} {link.as_json(step['data'])}" if step.get("data") else str(name)


def _start(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import StartPlaylist

    command = StartPlaylist(
        playlist=arguments.playlist,
        data=dict(arguments.data),
        metadata=dict(arguments.metadata),
    )
    if not arguments.wait:
        result = link.ask(arguments, command)
        return link.show(arguments, result, result["run_id"])
    with link.connect(arguments) as follower:
        _, messages = follower.follow(["event.playlist.stopped"])
        run_id = link.ask(arguments, command)["run_id"]
        return _wait(arguments, messages, run_id)


def _wait(arguments: argparse.Namespace, messages: Iterator[dict[str, Any]], run_id: str) -> int:
    """Until the run is over; code 1 if it did not come to its end."""
    for message in messages:
        event = message.get("event", {})
        if event.get("run_id") == run_id:
            words = f"{run_id}: {event['reason']}, {event['emitted_count']} came out"
            link.show(arguments, event, words)
            return 0 if event["reason"] == "completed" else _EXIT_NOT_COMPLETED
    print("wkmp-pi: the service ended", file=sys.stderr)
    return _EXIT_NOT_COMPLETED


def _stop(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import ListRuns, StopPlaylist

    command = StopPlaylist()
    if arguments.what is not None:
        with link.connect(arguments) as client:
            runs = {run["run_id"] for run in client.ask(ListRuns())["runs"]}
        is_run = arguments.what in runs
        command = StopPlaylist(**{"run" if is_run else "playlist": arguments.what})
    result = link.ask(arguments, command)
    return link.show(arguments, result, "\n".join(result["stopped"]) or "nothing was running")


def _runs(arguments: argparse.Namespace) -> int:
    from wkmp_pi.cli import text
    from wkmp_pi.commands import ListRuns
    from wkmp_pi.shown import clock

    result = link.ask(arguments, ListRuns())
    head = ("run", "state", "age", "came out", "started by")
    rows = [
        (
            run["run_id"],
            run["state"],
            clock(run["age_ms"]),
            str(run["emitted_count"]),
            run["trigger"],
        )
        for run in result["runs"]
    ]
    table = text.table([head, *rows], right=frozenset({2, 3})) if rows else "nothing is running"
    return link.show(arguments, result, table)


def _lint(arguments: argparse.Namespace) -> int:
    """Problems end with code 78, as those of any configuration; warnings do not."""
    from wkmp_pi import config
    from wkmp_pi.cli import vain
    from wkmp_pi.errors import ConfigError

    chosen = config.load(arguments.config)
    book = _judged(arguments.files, chosen.file)
    if book.problems:
        raise ConfigError(book.problems)
    named = {path.stem for path in arguments.files if not path.is_dir()}
    names = ", ".join(id_ for id_ in book.entries if not named or id_ in named)
    found = vain.warnings(chosen, book)
    for warning in found:
        print(f"warning: {warning}")
    if not names:
        print("there are no playlists")
    elif not found:
        print(f"nothing is wrong with {names}")
    return 0


def _judged(paths: Sequence[Path], config_file: Path | None) -> Book:
    """The book with these files in it, or of the one folder that is named."""
    from wkmp_pi.playlists.book import revised
    from wkmp_pi.playlists.folder import Folder, folders, source

    if len(paths) == 1 and paths[0].is_dir():
        return Folder(paths).load()
    book = Folder(folders(config_file)).load()
    return revised(book, {path.stem: source(path) for path in paths}) if paths else book

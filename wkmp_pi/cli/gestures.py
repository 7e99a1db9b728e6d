"""``gestures``: buttons while somebody presses them, or while nobody does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wkmp_pi.cli import link

if TYPE_CHECKING:
    from wkmp_pi.cli.gesture_view import View
    from wkmp_pi.config.pins import Wiring
    from wkmp_pi.controls.gestures import Compiled
    from wkmp_pi.controls.gestures.script import Scripted

_SCRIPT = """\
A script has one thing a line: when, which button, what; # begins a comment.

  0     play down        milliseconds from the beginning
  +80   play up          milliseconds after the line before
  +200  play tap         down for 80 ms
  +200  play tap 120     down for 120 ms
  +500  knob turn -3     detents of an encoder, 40 ms each
"""


def add(commands: Any) -> None:
    """Declare the subcommands of this group."""
    parser = commands.add_parser("gestures", help="what buttons do, and what becomes of it")
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    watch = group.add_parser(
        "watch",
        help="presses and gestures as they come, beside their windows",
        description="Shows every press, release and gesture of the running service beside the "
        "window that it is judged by, and at the end (Ctrl-C) what the hands and contacts of this "
        "box are like: so windows are chosen.",
    )
    link.add_options(watch)
    watch.set_defaults(run=_watch)
    simulate = group.add_parser(
        "simulate",
        help="press buttons of a script, here or in the service",
        description="Runs a script of presses through the gestures that box.toml wants, and prints "
        "what comes of it; no service and no pin is needed. With --live: through the running "
        "service, which does what is bound.",
        epilog=_SCRIPT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    simulate.add_argument("script", metavar="FILE", help="the script; - reads standard input")
    simulate.add_argument("--live", action="store_true", help="press them in the running service")
    link.add_options(simulate)
    simulate.set_defaults(run=_simulate)


def _watch(arguments: argparse.Namespace) -> int:
    from wkmp_pi.cli.gesture_view import EVENTS, View

    wiring = _wiring(arguments.config)
    view = View(wiring)
    with link.connect(arguments) as client:
        _, messages = client.follow(EVENTS)
        if not arguments.json:
            there = wiring.buttons or wiring.encoders
            what = "press the buttons" if there else "box.toml declares no button; add a [[button]]"
            print(f"{what}; end with Ctrl-C", flush=True)
        try:
            for message in messages:
                _show(arguments, view, message)
        except KeyboardInterrupt:
            return _sum_up(arguments, view)
    print("wkmp-pi: the service ended", file=sys.stderr)
    return 1


def _show(arguments: argparse.Namespace, view: View, message: dict[str, Any]) -> None:
    event = message.get("event") or {"name": "missed", "count": message.get("missed", 0)}
    if arguments.json:
        print(link.as_json(event), flush=True)
    elif event["name"] == "missed":
        print(f"({event['count']} events were missed: this reader was too slow)", flush=True)
    else:
        print(view.line(event), flush=True)


def _sum_up(arguments: argparse.Namespace, view: View) -> int:
    if not arguments.json:
        print("\n" + "\n".join(view.summary() or ["nothing was pressed"]))
    return 0


def _simulate(arguments: argparse.Namespace) -> int:
    from wkmp_pi.controls.gestures import script

    edges = script.parse(*_read(arguments.script))
    if arguments.live:
        return _press(arguments, edges)
    return _play(arguments, edges)


def _press(arguments: argparse.Namespace, edges: list[Scripted]) -> int:
    from wkmp_pi.commands import SimulateGesture

    command = SimulateGesture(edges=tuple((name, down, at_ms) for at_ms, name, down in edges))
    return link.do(arguments, command)


def _play(arguments: argparse.Namespace, edges: list[Scripted]) -> int:
    from wkmp_pi.cli.gesture_view import View
    from wkmp_pi.controls.gestures import Recogniser, script

    wiring, compiled = _compiled(arguments.config)
    for name in dict.fromkeys(name.partition(".")[0] for _, name, _ in edges):
        _check_name(name, compiled)
    view, begin_ns = View(wiring), 10**12
    stamped = script.stamped(edges, begin_ns)
    for told in script.played(Recogniser(compiled), stamped):
        _print(arguments, view, told, stamped[0].at_ns)
    for line in () if arguments.json else _ends(edges):
        print(line)
    return 0


def _print(arguments: argparse.Namespace, view: View, told: Any, begin_ns: int) -> None:
    from wkmp_pi.events.kinds import as_dict

    event = as_dict(told.event)
    if arguments.json:
        print(link.as_json({**event, "told_ms": (told.told_ns - begin_ns) / 1e6}))
    else:
        print(view.line(event))


def _ends(edges: list[Scripted]) -> Iterator[str]:
    """What the script left behind."""
    levels = {name: down for _, name, down in edges if "." not in name}
    for name, down in levels.items():
        if down:
            yield f"(at the end of the script {name} is still down)"


def _check_name(name: str, compiled: Compiled) -> None:
    from wkmp_pi.errors import RequestError

    if name not in compiled.buttons and name not in compiled.encoders:
        known = ", ".join([*compiled.buttons, *compiled.encoders]) or "none"
        raise RequestError(
            f"button {name}: not known; expected one of box.toml ({known}); "
            "add it there under [[button]] or [[encoder]], or correct the script"
        )


def _read(file: str) -> tuple[str, str]:
    """The text of a script, and its name."""
    from wkmp_pi.errors import RequestError

    if file == "-":
        return sys.stdin.read(), "standard input"
    try:
        return Path(file).read_text(encoding="utf-8"), file
    except (OSError, UnicodeDecodeError) as error:
        found = error.strerror if isinstance(error, OSError) else "no UTF-8"
        raise RequestError(f"{file}: {found}; expected a script of presses") from error


def _wiring(file: Path | None) -> Wiring:
    """The buttons of the configuration; a broken file must not keep anybody from watching."""
    from wkmp_pi.config.pins import Wiring
    from wkmp_pi.errors import ConfigError

    try:
        return _compiled(file)[0]
    except ConfigError:
        if file is not None:
            raise
        return Wiring()


def _compiled(file: Path | None) -> tuple[Wiring, Compiled]:
    """The buttons of the configuration, and the gestures that it wants of them.

    Raises:
        ConfigError: every problem of the file.
    """
    from wkmp_pi import config
    from wkmp_pi.controls.hands import NO_HANDS, hands_of, published_by
    from wkmp_pi.playlists.folder import Folder, folders

    chosen = file or config.find()
    if chosen is None:
        return NO_HANDS.wiring, NO_HANDS.compiled()
    about = config.load(chosen)
    book = Folder(folders(chosen), known=published_by(about)).load()
    hands = hands_of(about, book.playlists)
    return hands.wiring, hands.compiled(book.playlists.values())

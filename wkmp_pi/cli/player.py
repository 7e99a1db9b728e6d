"""What plays and how loud: ``pause``, ``next``, ``seek``, ``volume``, ``status`` and their like."""

from __future__ import annotations

import argparse
from typing import Any

from wkmp_pi.cli import link
from wkmp_pi.cli.values import BadValue, clock_ms, number_above_zero, whole

_DAY_MINUTES = 24 * 60


def add(commands: Any) -> None:
    """Declare the subcommands of this group."""
    for name, text in _PLAIN.items():
        plain = commands.add_parser(name, help=text)
        link.add_options(plain)
        plain.set_defaults(run=_plain, name=name)
    for name, text, declare in (
        ("seek", "go to another place of the passage", _add_seek),
        ("volume", "set the volume; without a number: print it", _add_volume),
        ("mute", "mute or unmute; without a word: the other of the two", _add_mute),
        ("sleep", "fade out and pause later", _add_sleep),
        ("status", "what plays, what comes next, how loud", _add_status),
    ):
        parser = commands.add_parser(name, help=text)
        declare(parser)
        link.add_options(parser)


_PLAIN = {
    "pause": "stand still",
    "toggle": "play if paused, pause if playing",
    "next": "skip to the following entry",
    "previous": "restart the passage, or go to the one before",
}


def _plain(arguments: argparse.Namespace) -> int:
    from wkmp_pi import commands

    named: dict[str, commands.AnyCommand] = {
        "pause": commands.Pause(),
        "toggle": commands.Toggle(),
        "next": commands.Next(),
        "previous": commands.Previous(),
    }
    return link.do(arguments, named[arguments.name])


def _add_seek(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "to",
        metavar="TIME",
        type=_signed(clock_ms),
        help="61, 61.5, 1:01 or 1:02:03; with + or - from where it is",
    )
    parser.set_defaults(run=_seek)


def _seek(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import Seek

    sign, ms = arguments.to
    return link.do(arguments, Seek(delta_ms=sign * ms) if sign else Seek(position_ms=ms))


def _add_volume(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "percent",
        metavar="N",
        nargs="?",
        type=_signed(whole(0, 100, "%")),
        help="0 to 100; +5 and -5 change it",
    )
    parser.set_defaults(run=_volume)


def _volume(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import SetVolume

    if arguments.percent is None:
        with link.connect(arguments) as client:
            state = client.snapshot
        result = {"percent": state["volume"], "muted": state["muted"]}
        words = " (muted)" if result["muted"] else ""
        return link.show(arguments, result, f"{result['percent']} %{words}")
    sign, percent = arguments.percent
    wanted = SetVolume(delta=sign * percent) if sign else SetVolume(percent=percent)
    return link.do(arguments, wanted)


def _add_mute(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("on", nargs="?", choices=("on", "off"))
    parser.set_defaults(run=_mute)


def _mute(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import Mute

    return link.do(arguments, Mute(on={"on": True, "off": False, None: None}[arguments.on]))


def _add_sleep(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "when",
        metavar="MINUTES|end|off",
        type=_sleep_time,
        help="in so many minutes, at the end of the passage, or not at all",
    )
    parser.set_defaults(run=_sleep)


def _sleep(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import Sleep

    minutes = arguments.when if isinstance(arguments.when, float) else None
    return link.do(arguments, Sleep(minutes=minutes, at_end=arguments.when == "end"))


def _sleep_time(text: str) -> float | str:
    if text in ("end", "off"):
        return text
    try:
        return number_above_zero(_DAY_MINUTES, "minutes")(text)
    except BadValue as error:
        raise BadValue(f"{error}; or end, or off") from error


def _add_status(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_status)


def _status(arguments: argparse.Namespace) -> int:
    from wkmp_pi.cli import text

    with link.connect(arguments) as client:
        state = client.snapshot
    return link.show(arguments, state, text.status(state))


def _signed(read: Any) -> Any:
    """A value that may have a sign: gives (+1 or -1, value), or (0, value) without one."""

    def read_signed(words: str) -> tuple[int, Any]:
        sign = {"+": 1, "-": -1}.get(words[:1], 0)
        return sign, read(words[1:] if sign else words)

    return read_signed

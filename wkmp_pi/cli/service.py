"""``run`` and ``play``: the service in the foreground, and one performance without it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from wkmp_pi.cli import link
from wkmp_pi.cli.items import item
from wkmp_pi.cli.values import BadValue, number_above_zero, whole, word

_LONGEST_S = 7 * 24 * 3600


def add(commands: Any) -> None:
    """Declare the subcommands of this group."""
    run = commands.add_parser("run", help="run the service in the foreground")
    link.add_config(run)
    run.set_defaults(run=_run)
    play = commands.add_parser(
        "play",
        help="play files now, without the service; without items: the service goes on playing",
        description="Play items now, without the service. Without items, ask the running "
        "service to go on playing.",
    )
    _add_play(play)
    play.set_defaults(run=_play, parser=play)


def _add_play(play: argparse.ArgumentParser) -> None:
    play.add_argument(
        "items",
        metavar="ITEM",
        nargs="*",
        type=item,
        help="a file, a span of it (a.flac#t=10.5,70), or passage:ID",
    )
    alone = play.add_argument_group("playing without the service")
    output = alone.add_mutually_exclusive_group()
    output.add_argument("--device", metavar="NAME", help="sound card; see: wkmp-pi devices")
    output.add_argument("--output", metavar="wav:PATH", type=_wav, help="write a file instead")
    alone.add_argument(
        "--crossfade-ms", metavar="N", type=_setting("crossfade_ms"), help="overlap of neighbours"
    )
    alone.add_argument(
        "--curve", metavar="PAIR", type=_setting("curve_pair"), help="fade curves, by name"
    )
    alone.add_argument(
        "--rate", metavar="HZ", type=whole(8000, 192_000, "Hz"), help="rate of the stream"
    )
    alone.add_argument(
        "--format",
        metavar="FORMAT",
        type=word("S16", "S24", "S32", "F32"),
        help="S16, S24, S32 or F32",
    )
    alone.add_argument(
        "--no-dither", dest="dither", action="store_false", default=None, help="plain rounding"
    )
    alone.add_argument(
        "--album-gapless",
        action=argparse.BooleanOptionalAction,
        help="whether neighbours of one album are joined without a crossfade",
    )
    alone.add_argument(
        "--events", metavar="FILE", help="write each event as a line of JSON; - is the terminal"
    )
    alone.add_argument(
        "--seconds", metavar="N", type=number_above_zero(_LONGEST_S, "seconds"), help="stop then"
    )
    link.add_options(play)


_ALONE = ("device", "output", "crossfade_ms", "curve", "rate", "format", "dither")
_ALONE_TOO = ("album_gapless", "events", "seconds")


def _run(arguments: argparse.Namespace) -> int:
    from wkmp_pi import config

    chosen = config.load(arguments.config)
    from wkmp_pi import app  # only now: it is large, and a wrong configuration needs none of it

    return app.run(chosen)


def _play(arguments: argparse.Namespace) -> int:
    return _play_items(arguments) if arguments.items else _resume(arguments)


def _play_items(arguments: argparse.Namespace) -> int:
    from wkmp_pi import config
    from wkmp_pi.options import PlayOptions

    options = PlayOptions(
        items=tuple(arguments.items),
        config=config.load(arguments.config),
        device=arguments.device,
        wav=arguments.output,
        rate_hz=arguments.rate,
        format=arguments.format,
        dither=arguments.dither,
        crossfade_ms=arguments.crossfade_ms,
        curve_pair=arguments.curve,
        album_gapless=arguments.album_gapless,
        events=arguments.events,
        seconds=arguments.seconds,
    )
    from wkmp_pi import app  # only now, as above

    return app.play(options)


def _resume(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import Play

    if any(getattr(arguments, name) is not None for name in (*_ALONE, *_ALONE_TOO)):
        arguments.parser.error(
            "found options of playing without the service, but no ITEM; "
            "name files to play, or leave the options out"
        )
    return link.do(arguments, Play())


def _wav(text: str) -> Path:
    kind, _, name = text.partition(":")
    if kind != "wav" or not name:
        raise BadValue(f"found {text!r}; expected wav:PATH")
    return Path(name).absolute()


def _setting(key: str) -> Any:
    """A value that the setting ``key`` takes; settings are loaded only if it is given."""

    def read(text: str) -> Any:
        from wkmp_pi import settings
        from wkmp_pi.errors import RequestError

        try:
            return settings.parse(key, text)
        except RequestError as error:
            raise BadValue(str(error).partition(": ")[2]) from error

    return read

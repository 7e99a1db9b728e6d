"""``settings``: the table of all settings, their values, and changing one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from wkmp_pi.cli import link

if TYPE_CHECKING:
    from wkmp_pi.settings import About


def add(commands: Any) -> None:
    """Declare the subcommand."""
    parser = commands.add_parser(
        "settings",
        help="the owner's taste: print or change it",
        description="Without more words: all settings with their defaults, ranges and units, "
        "and their values if the service runs.",
    )
    link.add_options(parser)
    parser.set_defaults(run=_table)
    verbs = parser.add_subparsers(metavar="get|set")
    # Without defaults of their own, so that options before the verb count as well.
    get = verbs.add_parser("get", help="print values", argument_default=argparse.SUPPRESS)
    get.add_argument("keys", metavar="KEY", nargs="+", type=_key)
    link.add_options(get)
    get.set_defaults(run=_get)
    change = verbs.add_parser("set", help="change a value", argument_default=argparse.SUPPRESS)
    change.add_argument("key", metavar="KEY", type=_key)
    change.add_argument("value", metavar="VALUE")
    link.add_options(change)
    change.set_defaults(run=_set, parser=change)


def _table(arguments: argparse.Namespace) -> int:
    from wkmp_pi.cli import text
    from wkmp_pi.settings import ABOUT

    values = _values_if_running(arguments)
    rows = [_row(about, values) for about in ABOUT.values()]
    lines = [[_shown(cell) for cell in row.values()] for row in rows]
    return link.show(arguments, rows, text.table([tuple(rows[0]), *lines]))


def _values_if_running(arguments: argparse.Namespace) -> Mapping[str, Any] | None:
    from wkmp_pi.commands import GetSettings
    from wkmp_pi.controls.client import NoServiceError

    try:
        return link.ask(arguments, GetSettings())
    except NoServiceError:
        return None


def _row(about: About, values: Mapping[str, Any] | None) -> dict[str, Any]:
    value = {} if values is None else {"value": values.get(about.key)}
    return {
        "setting": about.key,
        **value,
        "default": about.default,
        "range": _range(about),
        "unit": about.unit,
        "meaning": _meaning(about),
    }


def _range(about: About) -> str:
    if issubclass(about.type, StrEnum):
        return "words"
    return "on, off" if about.type is bool else f"{about.low} to {about.high}"


def _meaning(about: About) -> str:
    words = f": {', '.join(about.type)}" if issubclass(about.type, StrEnum) else ""
    return about.text + words


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def _get(arguments: argparse.Namespace) -> int:
    from wkmp_pi.commands import GetSettings

    values = link.ask(arguments, GetSettings())
    chosen = {key: values[key] for key in arguments.keys}
    lines = [_shown(value) for value in chosen.values()]
    if len(chosen) > 1:
        lines = [f"{key} = {line}" for key, line in zip(chosen, lines, strict=True)]
    return link.show(arguments, chosen, "\n".join(lines))


def _set(arguments: argparse.Namespace) -> int:
    from wkmp_pi import settings
    from wkmp_pi.commands import SetSetting
    from wkmp_pi.errors import RequestError

    parser: argparse.ArgumentParser = arguments.parser
    try:
        value = settings.parse(arguments.key, arguments.value)
    except RequestError as error:
        parser.error(str(error))
    return link.do(arguments, SetSetting(key=arguments.key, value=value))


def _key(text: str) -> str:
    import difflib

    from wkmp_pi.cli.values import BadValue
    from wkmp_pi.settings import ABOUT

    if text in ABOUT:
        return text
    near = difflib.get_close_matches(text, ABOUT, n=1)
    hint = f"did you mean {near[0]}?" if near else "see: wkmp-pi settings"
    raise BadValue(f"found {text!r}; expected a setting; {hint}")

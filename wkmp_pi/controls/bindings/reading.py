"""``[[bind]]`` of ``box.toml`` to bindings, or every problem of them with its line. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wkmp_pi.commands import StartPlaylist
from wkmp_pi.config.places import KeyPath
from wkmp_pi.config.rules import Rule
from wkmp_pi.config.tables import Reading
from wkmp_pi.controls.bindings.binding import MAX_BINDINGS, Binding
from wkmp_pi.controls.bindings.loops import again
from wkmp_pi.controls.peripherals import lints, ons
from wkmp_pi.controls.peripherals.ons import FOREIGN, ON, Known, within
from wkmp_pi.controls.peripherals.values import own_data
from wkmp_pi.events.kinds import frozen
from wkmp_pi.playlists import filling
from wkmp_pi.playlists.deeds import Deed, deed
from wkmp_pi.playlists.values import event_data, invented, text, word

KEY: Final = "bind"

_DEEDS: Final = ("do", "playlist", "publish")

RULES: Final[Mapping[str, Rule]] = {
    **ON,
    "do": text,
    "playlist": word,
    "publish": invented,
    "data": event_data,
    **FOREIGN,
}
_STARTS: Final[Mapping[str, Rule]] = {**RULES, "data": own_data}


def read(reading: Reading, data: Mapping[str, Any], known: Known) -> tuple[Binding, ...]:
    """The bindings of a file.

    Args:
        reading: of the file; takes the problems. What has one is left out.
        data: all tables of the file.
        known: what there is besides.
    """
    known, found = within(known, data), list[Binding]()
    for path, table in reading.array(KEY, data.get(KEY, []), MAX_BINDINGS):
        binding = _binding(reading, path, table, known)
        if binding in found:
            first = found[found.index(binding)].place
            reading.question(
                path, f"found the binding of {first} once more; expected each once; remove one"
            )
        if path not in reading.spoilt:
            found.append(binding)
    return tuple(found)


def _binding(reading: Reading, path: KeyPath, table: Any, known: Known) -> Binding:
    starts = isinstance(table, dict) and "playlist" in table
    good = reading.table(path, table, _STARTS if starts else RULES)
    on = ons.on_of(reading, path, good)
    done = _deed(reading, path, good)
    binding = Binding(
        on=on,
        do=done.name if done.command is not None else "",
        command=done.command,
        playlist=good.get("playlist", ""),
        publish=good.get("publish", ""),
        data=good.get("data", frozen({})),
        place=f"{reading.lines.file.name}:{reading.lines.places.line(path)}",
    )
    if on.event:
        ons.check(reading, path, on, known)
        lints.clear(reading, path, on)
    if binding.playlist:
        lints.playlist(reading, path, on, binding.playlist, known)
    if isinstance(done.command, StartPlaylist):
        lints.playlist(reading, path, on, done.command.playlist, known, "data")
    lints.part(reading, path, done.command, known)
    _loop(reading, path, binding)
    return binding


def _deed(reading: Reading, path: KeyPath, good: Mapping[str, Any]) -> Deed:
    """The command, if it is one."""
    given = [key for key in _DEEDS if key in good]
    if len(given) != 1:
        words = " and ".join(given) if given else "nothing to do"
        reading.question(
            path,
            f"found {words}; expected one of {', '.join(_DEEDS)}; "
            + ("remove the others" if given else 'write do = "next"'),
        )
        return Deed("")
    if "playlist" in good and any(filling.roots(good.get("data", {}))):
        reading.problem(
            (*path, "data"),
            "found a {place}; expected plain values, for the steps of the playlist can say "
            "{trigger.data.event.data.…} themselves; write the value",
        )
    if "do" not in good:
        return Deed("")
    about = {"command": good["do"], "data": good.get("data", frozen({}))}
    return deed(
        _Renamed(reading.lines, reading.problems, reading.spoilt, reading.told), path, about
    )


def _loop(reading: Reading, path: KeyPath, binding: Binding) -> None:
    output = again(binding)
    if output is not None and output.own:
        reading.question(
            (*path, "on"),
            f"found {binding.on.event}, which comes of this binding itself ({output.name}); "
            "expected another event, for it would never end; narrow it by where",
        )


class _Renamed(Reading):
    """The same reading, for those who know a command by another key."""

    def problem(self, path: KeyPath, what: str) -> None:
        """Something is wrong with ``path``."""
        super().problem(tuple("do" if key == "command" else key for key in path), what)

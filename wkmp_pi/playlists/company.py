"""What playlists do to each other: circles, events that nobody tells, playlists that are not there.

Pure. Each problem belongs to one playlist and one place of its file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from wkmp_pi.config.places import KeyPath
from wkmp_pi.config.rules import near, shown
from wkmp_pi.events.kinds import KINDS
from wkmp_pi.playlists.definition import On, Playlist, part_of
from wkmp_pi.playlists.outputs import Output, outputs, starts


class Fault(NamedTuple):
    """A problem of one playlist beside the others."""

    playlist: str
    path: KeyPath
    what: str


def faults(playlists: Mapping[str, Playlist], known: Collection[str] = ()) -> list[Fault]:
    """Everything that is wrong between the playlists.

    Args:
        playlists: all of them, by id.
        known: events that others publish besides the product's own.
    """
    names = {*KINDS, *known}
    for playlist in playlists.values():
        names.update(playlist.foreign)
        names.update(output.name for output in outputs(playlist) if output.own)
    found = [fault for p in playlists.values() for fault in _strangers(p, playlists, names)]
    return [*found, *_circles(playlists)]


def _strangers(
    playlist: Playlist, playlists: Collection[str], names: Collection[str]
) -> Iterator[Fault]:
    """Events and playlists that there are not."""
    for path, on in _waited_for(playlist):
        if not any(map(on.names, names)):
            remedy = near(on.event, names) or f'or write foreign = ["{on.event}"]'
            yield Fault(
                playlist.id,
                path,
                f"found {shown(on.event)}, which nothing publishes; expected an event of the "
                f"product, of a playlist, or one that is named in foreign; {remedy}",
            )
    for target, output in starts(playlist):
        if target not in playlists:
            yield Fault(
                playlist.id,
                (*output.path, "data", "playlist"),
                f"found {shown(target)}, which is no playlist; expected one of them; "
                f"{near(target, playlists) or 'see: wkmp-pi playlists list'}",
            )


def _waited_for(playlist: Playlist) -> Iterator[tuple[KeyPath, On]]:
    for key, ons in (("trigger", playlist.triggers), ("interrupt", playlist.interrupts)):
        for index, on in enumerate(ons):
            yield (key, str(index), "event"), on
    for index, step in enumerate(playlist.steps):
        if step.wait is not None:
            yield ("step", str(index), "wait"), step.wait.on


def _circles(playlists: Mapping[str, Playlist]) -> Iterator[Fault]:
    """Playlists that start each other without end; those that start themselves are known."""
    triggered = [(p.id, on) for p in playlists.values() for on in p.triggers]
    by_name: dict[str, list[tuple[str, On]]] = {}
    for id_, on in triggered:
        by_name.setdefault(on.event, []).append((id_, on))
    broad = {pattern: pattern[:-1] for pattern in by_name if pattern.endswith("*")}

    def started_by(output: Output) -> Iterable[tuple[str, On]]:
        if output.name.endswith("*"):
            return triggered
        patterns = [p for p, beginning in broad.items() if output.name.startswith(beginning)]
        return [found for p in (output.name, *patterns) for found in by_name.get(p, ())]

    edges = {p.id: dict(_followers(p, playlists, started_by)) for p in playlists.values()}
    for start in sorted(edges):
        way = _way_back(start, edges)
        if way:
            path = edges[start][way[1]]
            circle = " → ".join(way)
            yield Fault(
                start,
                path,
                f"found playlists that start each other ({circle}); expected an end, for the bus "
                "gives up after eight; narrow a trigger by where",
            )


def _followers(
    playlist: Playlist,
    playlists: Collection[str],
    started_by: Callable[[Output], Iterable[tuple[str, On]]],
) -> Iterator[tuple[str, KeyPath]]:
    """The playlists that this one starts, and what of it does so."""
    for target, output in starts(playlist):
        if output.at_once and target in playlists:
            yield target, output.path
    for output in outputs(playlist):
        if output.own or output.at_once:
            for other, on in started_by(output):
                if other != playlist.id and output.may_be(on):
                    yield other, output.path


def _way_back(start: str, edges: Mapping[str, Mapping[str, KeyPath]]) -> list[str]:
    """The shortest way from a playlist to itself, or nothing."""
    ways: list[list[str]] = [[start]]
    seen: set[str] = set()
    for way in ways:
        for target in edges[way[-1]]:
            if target == start:
                return [*way, start]
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return []


def missing(
    playlists: Iterable[Playlist], is_there: Callable[[str], bool], have: Collection[str]
) -> Iterator[Fault]:
    """Warnings: music and parts of the box that are not there; they are passed over.

    Args:
        playlists: all of them.
        is_there: whether an item of the queue can be found now.
        have: the parts of the box: ``light:NAME``, ``relay:NAME``.
    """
    for playlist in playlists:
        for need in playlist.needs:
            if need not in have:
                found = f"found {need}, which box.toml does not declare"
                yield Fault(playlist.id, ("needs",), f"{found}; expected it; it never starts")
        for index, step in enumerate(playlist.steps):
            path, part = ("step", str(index)), part_of(step.command)
            if part and part not in {*have, *playlist.needs}:
                found = f"found {part}, which box.toml does not declare"
                yield Fault(playlist.id, path, f"{found}; expected it; it is passed over")
            for item in step.data.get("items", ()) if step.name == "enqueue" else ():
                if not is_there(item):
                    found = f"found {shown(item)}, which is not there now"
                    yield Fault(playlist.id, path, f"{found}; expected music; it is passed over")

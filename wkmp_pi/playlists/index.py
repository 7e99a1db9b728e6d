"""Which playlists an event may start, found by its name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wkmp_pi.playlists.definition import On, Playlist


class Index:
    """The triggers of all playlists."""

    def __init__(self, playlists: Iterable[Playlist]) -> None:
        self._exact: dict[str, dict[str, Playlist]] = {}
        self._broad: list[tuple[On, Playlist]] = []
        for playlist in playlists:
            for trigger in playlist.triggers:
                if trigger.event.endswith("*"):
                    self._broad.append((trigger, playlist))
                else:
                    self._exact.setdefault(trigger.event, {})[playlist.id] = playlist

    def of(self, name: str) -> Iterator[Playlist]:
        """The playlists with a trigger of that name, each once, in the order of their ids."""
        found = dict(self._exact.get(name, {}))
        found.update((p.id, p) for on, p in self._broad if on.names(name))
        for playlist_id in sorted(found):
            yield found[playlist_id]

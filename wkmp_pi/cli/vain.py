"""What event playlists ask of this box in vain: music, lights and relays that are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wkmp_pi.config import Config
    from wkmp_pi.playlists.book import Book


def warnings(config: Config, book: Book) -> list[str]:
    """One line each, of the owner's own playlists."""
    from wkmp_pi.errors import RequestError
    from wkmp_pi.playlists.folder import SHIPPED
    from wkmp_pi.sources.items import PassageItem, parse_item

    def is_there(item: str) -> bool:
        try:
            named = parse_item(item)
        except RequestError:
            return False
        if isinstance(named, PassageItem):
            return True  # whoever wants to know asks the library
        return (config.library.music_root / named.path).is_file()

    own = {id_ for id_, entry in book.entries.items() if entry.lines.file.parent != SHIPPED}
    return book.warnings(is_there, config.wiring.parts, own)


def asleep(config: Config, book: Book) -> list[str]:
    """The shipped playlists that never start on this box, with what they need."""
    from wkmp_pi.playlists.folder import SHIPPED

    have = config.wiring.parts
    return [
        f"{id_} ({', '.join(need for need in entry.playlist.needs if need not in have)})"
        for id_, entry in book.entries.items()
        if entry.lines.file.parent == SHIPPED and not have.issuperset(entry.playlist.needs)
    ]

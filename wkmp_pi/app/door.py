"""The door for commands: what they name is looked up here, so that the conductor only decides."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from pathlib import Path
from typing import NamedTuple

from wkmp_pi.commands import AnyCommand, Control, Duck, Enqueue
from wkmp_pi.conductor.effects import Answer, Ask
from wkmp_pi.errors import RequestError
from wkmp_pi.library import queries
from wkmp_pi.library.connection import LibraryConnection
from wkmp_pi.library.store import Store
from wkmp_pi.passage import Passage, PassageId
from wkmp_pi.sources.items import Item, PassageItem, ephemeral, parse_item


class Asked(NamedTuple):
    """A command for something else than the player, and who wants to hear of it.

    Attributes:
        source: by which door it came; empty if a machine of the box asks.
    """

    command: Control
    answer: Answer
    causes: tuple[int, ...] = ()
    source: str = ""


class Door:
    """Resolves the items of an enqueue in the library and on the disk.

    Args:
        post: takes an ``Ask`` or ``Asked``, from any thread.
        store: where passages are looked up.
        music_root: what relative paths are relative to.
    """

    def __init__(self, post: Callable[[Ask | Asked], None], store: Store, music_root: Path) -> None:
        self._post = post
        self._store = store
        self._music_root = music_root
        self._numbers = count(-1, -1)

    def ask(
        self,
        command: AnyCommand,
        answer: Answer,
        causes: tuple[int, ...] = (),
        source: str = "",
    ) -> None:
        """Hand a command to the conductor, or refuse it; returns at once."""
        if isinstance(command, Control) and not isinstance(command, Duck):
            self._post(Asked(command, answer, causes, source))
            return
        if not isinstance(command, Enqueue):
            self._post(Ask(command, answer, (), causes))
            return
        try:
            items = [parse_item(text) for text in command.items]
        except RequestError as error:
            answer(None, str(error))
            return

        def found(future: Future[list[Passage]]) -> None:
            error = future.exception()
            if error is not None:
                answer(None, str(error))
            else:
                self._post(Ask(command, answer, tuple(future.result()), causes))

        looking = self._store.submit(lambda conn: self._passages(conn, items), patient=False)
        looking.add_done_callback(found)

    def _passages(self, conn: LibraryConnection, items: list[Item]) -> list[Passage]:
        return [self._passage(conn, item) for item in items]

    def _passage(self, conn: LibraryConnection, item: Item) -> Passage:
        if not isinstance(item, PassageItem):
            path = self._playable(item.path)
            return ephemeral(PassageId(next(self._numbers)), path, item.start, item.end)
        passage = queries.passage(conn, item.id)
        if passage is None:
            raise RequestError(
                f"passage:{item.id}: not in the library; expected the number of a passage; "
                "see: wkmp-pi library list"
            )
        return passage

    def _playable(self, text: str) -> str:
        """The absolute path of a regular file; what is in it the decoder will see."""
        path = Path(os.path.normpath(self._music_root / text))
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise RequestError(
                f"{path}: {reason}; expected an audio file; check the name"
            ) from None
        if not stat.S_ISREG(mode):
            raise RequestError(
                f"{path}: not a regular file; expected an audio file; check the name"
            )
        return str(path)

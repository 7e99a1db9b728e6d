"""A recording of what the service tells, written line by line while one follows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from wkmp_pi import __version__
from wkmp_pi.errors import RequestError

if TYPE_CHECKING:
    from wkmp_pi.controls.client import Client


class Recorder:
    """A new file for a recording, in a ``with`` statement; what is written is there at once.

    Raises:
        RequestError: it cannot be written, now or later.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = path.open("xb" if path.is_file() else "wb", buffering=0)
        except FileExistsError as error:
            raise RequestError(
                f"{path}: is there already; expected a new file; remove it, or choose another name"
            ) from error
        except OSError as error:
            self._refuse(error)

    def follow(self, client: Client, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Record the events of these names, and give those that were asked for.

        The state comes first, as ``{"snapshot": …}``; then what ``Client.follow`` gives.
        """
        from wkmp_pi.events import recording
        from wkmp_pi.events.lines import encoded

        whole = tuple(dict.fromkeys((*names, *recording.NAMES[1:])))
        unasked = set(whole) - set(names)
        state, messages = client.follow(whole, causes=True)
        self._write(recording.head(__version__, whole, state))
        yield {"snapshot": state}
        for message in messages:
            self._write(encoded(message))
            if message.get("event", {}).get("name") not in unasked:
                yield message

    def _write(self, line: bytes) -> None:
        try:
            self._file.write(line)
        except OSError as error:
            self._refuse(error)

    def _refuse(self, error: OSError) -> NoReturn:
        raise RequestError(
            f"{self._path}: {error.strerror}; expected a file that can be written; "
            "free some space, or choose another place"
        ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

"""Events as lines of JSON in a file, each at the moment it is published."""

from __future__ import annotations

import json
import sys
from contextlib import suppress

import msgspec

from wkmp_pi.errors import RequestError
from wkmp_pi.events.kinds import Event, as_dict

_encoder = msgspec.json.Encoder()


class Journal:
    """An open file of events.

    Args:
        target: a path, overwritten; or ``-`` for standard output.

    Raises:
        RequestError: the file cannot be written.
    """

    def __init__(self, target: str) -> None:
        self._mine = target != "-"
        try:
            self._file = open(  # noqa: SIM115 - closed by ``close``
                target if self._mine else sys.stdout.fileno(),
                "wb",
                buffering=0,
                closefd=self._mine,
            )
        except OSError as error:
            raise RequestError(
                f"--events {target}: {error.strerror}; expected a file that can be written"
            ) from error

    def close(self) -> None:
        """Close the file; standard output stays open."""
        if self._mine:
            self._file.close()

    def write(self, event: Event) -> None:
        """Append one event; a full disk or a reader that went away costs the line only."""
        with suppress(OSError):
            self._file.write(_line(event))
            self._file.flush()


def _line(event: Event) -> bytes:
    try:
        return _encoder.encode(as_dict(event)) + b"\n"
    except UnicodeEncodeError:
        # A file name that is not UTF-8: its odd bytes are written as escaped lone surrogates.
        return json.dumps(msgspec.to_builtins(as_dict(event))).encode() + b"\n"

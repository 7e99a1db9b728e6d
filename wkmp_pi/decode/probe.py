"""What files are, for the command line: through a decoder process, as strangers wrote them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from wkmp_pi.decode.client import DecoderGoneError, DecoderProcess
from wkmp_pi.decode.files import open_media, shown
from wkmp_pi.decode.messages import Media
from wkmp_pi.decode.protocol import Probe, Probed
from wkmp_pi.errors import MediaError

_LIMIT_S: Final = 20.0


class Prober:
    """Looks at files one after the other; a file that kills the decoder costs only itself.

    Belongs to one thread.
    """

    def __init__(self) -> None:
        self._process: DecoderProcess | None = None

    def probe(self, path: str) -> Media:
        """What one file is.

        Raises:
            MediaError: it cannot be read or decoded; the text names it.
        """
        fd = open_media(path)
        try:
            return self._asked(path, fd)
        except DecoderGoneError as error:
            self.close()
            raise MediaError(f"{shown(path)}: {error}; expected sound; replace the file") from error
        finally:
            os.close(fd)

    def close(self) -> None:
        """End the decoder process; the next ``probe`` would start another."""
        if self._process is not None:
            self._process.kill()
        self._process = None

    def _asked(self, path: str, fd: int) -> Media:
        if self._process is None:
            self._process = DecoderProcess(_LIMIT_S)
            self._process.wait_until_ready()
        self._process.send(Probe(), fd)
        reply = self._process.receive()
        if isinstance(reply, Probed):
            return reply.media
        error = getattr(reply, "error", "gave no answer")
        raise MediaError(f"{shown(path)}: {error}")


def probe_all(paths: Iterable[str]) -> Iterator[Media | MediaError]:
    """What each of ``paths`` is, or what is wrong with it; in order, lazily."""
    prober = Prober()
    try:
        for path in paths:
            try:
                yield prober.probe(path)
            except MediaError as error:
                yield error
    finally:
        prober.close()


def probe(path: str) -> Media:
    """What one file is, by a decoder process that is kept until this one ends.

    Raises:
        MediaError: it cannot be read or decoded; the text names it.
    """
    return _shared().probe(path)


@cache
def _shared() -> Prober:
    return Prober()

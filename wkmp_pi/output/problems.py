"""Device errors that also carry their number, so that a caller can tell them apart."""

from __future__ import annotations

import errno
import os

from wkmp_pi.errors import DeviceError

_PLUG_IN = "plug it in, or name another one (wkmp-pi devices lists them)"
_ANOTHER_PLACE = "choose a place that can be written to"
_FOR_FILES = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EFBIG: "allow larger files (ulimit -f)",
}
_FOR_CARDS = {
    errno.EACCES: "wait a moment after plugging in, else add this user to the group audio",
    errno.EBUSY: "stop the program that holds it",
    errno.EINVAL: "name another device or format (wkmp-pi devices lists them)",
}


def device_error(number: int, text: str) -> DeviceError:
    """A ``DeviceError`` whose ``errno`` is ``number``.

    Every one may be tried again; EACCES soon, because udev gives the rights to
    a new card a moment after the card appears.
    """
    error = DeviceError(text)
    error.errno = number
    return error


def failed(place: str, doing: str, cause: OSError, expected: str) -> DeviceError:
    """``cause`` told in four parts: the place, what was found, what was expected, a remedy.

    Args:
        place: of a card, its name; of a file, ``wav:`` and its path.
        doing: what was tried.
        cause: what the system said.
        expected: instead.
    """
    number = cause.errno or errno.EIO
    name = errno.errorcode.get(number, str(number))
    is_file = place.startswith("wav:")
    remedy = _FOR_FILES.get(number, _ANOTHER_PLACE) if is_file else _FOR_CARDS.get(number, _PLUG_IN)
    found = f"{doing} failed with {name} ({os.strerror(number)})"
    return device_error(number, f"{place}: {found}; expected {expected}; {remedy}")

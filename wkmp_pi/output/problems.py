"""Device errors that also carry their number, so that a caller can tell them apart."""

from __future__ import annotations

import errno
import os

from wkmp_pi.errors import DeviceError

_PLUG_IN = "plug it in, or name another one (wkmp-pi devices lists them)"
_REMEDIES = {
    errno.EACCES: "wait a moment after plugging in, else add this user to the group audio",
    errno.EBUSY: "stop the program that holds it",
    errno.EINVAL: "name another device or format (wkmp-pi devices lists them)",
    errno.ENOSPC: "free some space",
    errno.EROFS: "choose a place that can be written to",
    errno.ENODEV: _PLUG_IN,
    errno.ENOENT: _PLUG_IN,
    errno.ENXIO: _PLUG_IN,
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
    """``cause`` told in four parts: the place, what was found, what was expected, a remedy."""
    number = cause.errno or errno.EIO
    name = errno.errorcode.get(number, str(number))
    remedy = _REMEDIES.get(number, _PLUG_IN)
    found = f"{doing} failed with {name} ({os.strerror(number)})"
    return device_error(number, f"{place}: {found}; expected {expected}; {remedy}")

"""Which file a text names: below the music root for strangers, anywhere for the box's owner.

Strangers get regular files below the music root only, whatever the text says.

This guards against a text, not against somebody who can rename files below the
root in the same moment; the decoder, which opens the file, has no secrets.
"""

from __future__ import annotations

import os
import re
import stat

from wkmp_pi.errors import RequestError

_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f]")


def resolve(text: str, music_root: str) -> str:
    """The file that ``text`` names: absolute, below ``music_root``, free of links below it.

    Args:
        text: relative to the music root, or absolute and below it.
        music_root: absolute path of a folder; may itself be a link.

    Raises:
        RequestError: the text leads out of the root, through ``..`` or a link, or to what is
            no regular file. What lies outside is not revealed, not even whether it exists.
    """
    if not text or _UNSPEAKABLE.search(text):
        raise _refused(text, "no path", "a path without line breaks and control characters")
    if ".." in text.split("/"):
        raise _refused(text, "'..'", "a path that goes down only")
    root = os.path.realpath(music_root)
    try:
        real = os.path.realpath(_below(text, music_root, root), strict=True)
        mode = os.lstat(real).st_mode
    except (OSError, ValueError):  # missing, a loop, too long, or no bytes of a name at all
        real, mode = "", 0
    if not real.startswith(root.rstrip("/") + "/"):
        raise _refused(text, "nothing of that name", f"a file below {music_root}")
    if not stat.S_ISREG(mode):
        raise _refused(text, "a folder or device", "a regular file")
    return os.path.join(music_root, real[len(root) :].lstrip("/"))  # noqa: PTH118


def owned(text: str, music_root: str) -> str:
    """The file that the owner names: as ``resolve``, but an absolute path may lie anywhere.

    For who has a shell on the box already; never for what came over a network.

    Raises:
        RequestError: it is no regular file.
    """
    outside = os.path.normpath(text)
    if not os.path.isabs(text) or outside.startswith(os.path.normpath(music_root) + "/"):  # noqa: PTH117
        return resolve(text, music_root)
    if _UNSPEAKABLE.search(text) or not os.path.isfile(outside):  # noqa: PTH113
        raise _refused(text, "no file of that name", "a regular file")
    return outside


def _below(text: str, music_root: str, root: str) -> str:
    """``text`` as a path that starts at the real root."""
    for prefix in (music_root.rstrip("/") + "/", root.rstrip("/") + "/"):
        if text.startswith(prefix):
            text = text[len(prefix) :].lstrip("/")
            break
    return os.path.join(root, text.rstrip("/"))  # noqa: PTH118


def _refused(text: str, found: str, expected: str) -> RequestError:
    return RequestError(f"path {text!r}: found {found}; expected {expected}; name another file")

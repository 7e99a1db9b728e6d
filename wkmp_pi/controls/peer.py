"""The socket file and who may use it: its owner and root, nobody else."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
from pathlib import Path

from wkmp_pi.errors import ConfigError, RequestError

_UCRED = struct.Struct("iII")
"""``struct ucred`` of unix(7): process, user and group id."""


def listen(path: Path, backlog: int) -> socket.socket:
    """A listening, non-blocking socket at ``path``; its folder is made if it is missing.

    A file that a dead service left behind is replaced.

    Raises:
        RequestError: another service answers there.
        ConfigError: something else is in the way, or the place cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear(path)
        return _bound(path, backlog)
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror or error}; expected a place for the control socket; "
            "set control.socket in box.toml or WKMP_PI_SOCKET"
        ) from error


def _clear(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConfigError(
            f"{path}: found something that is no socket; "
            "expected nothing or an old socket; remove it or choose another control.socket"
        )
    if _answers(path):
        raise RequestError(
            f"{path}: another wkmp-pi service answers there; "
            "expected to be the only one; stop it first"
        )
    path.unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except BlockingIOError:
            return True  # alive, with more callers than it has answered yet
    return True


def _bound(path: Path, backlog: int) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(listener.fileno(), 0o600)  # before bind: the file never has other rights
        listener.bind(os.fspath(path))
        listener.listen(backlog)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def remove(path: Path, listener: socket.socket) -> None:
    """Close ``listener`` and take its file away, if the file at ``path`` is still its own."""
    ours = listener.getsockname() == os.fspath(path)
    listener.close()
    if ours:
        with contextlib.suppress(OSError):
            path.unlink()


def user_of(client: socket.socket) -> int:
    """The user id of the process that connected."""
    credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    return int(_UCRED.unpack(credentials)[1])


def allowed(user: int) -> bool:
    """Whether this user may command the box: the service's own, or root."""
    return user in (os.geteuid(), 0)

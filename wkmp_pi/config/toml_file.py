"""One file of TOML to plain values, or a clear refusal; whatever it is, it is cheap to refuse.

tomli is quadratic on dotted keys, recursive on nesting, and Python does not print numbers of
thousands of digits: so size, depth and digits are looked at before it parses.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from wkmp_pi.config.places import scan
from wkmp_pi.errors import ConfigError

MAX_BYTES = 64 * 1024
_LONG_NUMBER = re.compile(r"[0-9A-Fa-f_]{1000}")


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds, and its text; line ends are plain."""

    values: dict[str, Any]
    text: str


def parse(data: bytes, file: Path) -> Document:
    """The values of a file's bytes; ``file`` is only named in messages.

    Raises:
        ConfigError: no TOML, or too expensive; with file and line.
    """
    text = _decoded(data, file)
    places = scan(text)
    if places.too_deep:
        line, why = places.too_deep
        raise ConfigError(f"{file}:{line}: found {why}; expected plain tables; write it flat")
    if long := _LONG_NUMBER.search(text):
        line = text.count("\n", 0, long.start()) + 1
        raise ConfigError(f"{file}:{line}: found 1000 digits; expected fewer; correct the number")
    return Document(_values(text, file), text)


def read(file: Path) -> bytes:
    """All bytes at once, from a regular file that lies where it seems to lie.

    Raises:
        ConfigError: it cannot be read, or is none.
    """
    try:
        if file.is_symlink() and file.resolve().parent != file.parent.resolve():
            raise ConfigError(
                f"{file}: found a link to {file.resolve()}; "
                "expected a file of this folder; copy it here"
            )
        # Without waiting, because opening a named pipe would.
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as opened:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ConfigError(f"{file}: found no regular file; expected TOML; replace it")
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _link_to_itself(file) from error
        raise ConfigError(
            f"{file}: {error.strerror or error}; expected a readable TOML file; "
            "check its name and rights"
        ) from error
    except RuntimeError as error:  # from pathlib, up to Python 3.12
        raise _link_to_itself(file) from error


def _link_to_itself(file: Path) -> ConfigError:
    return ConfigError(f"{file}: found a link to itself; expected TOML; remove it")


def _decoded(data: bytes, file: Path) -> str:
    if len(data) > MAX_BYTES:
        raise ConfigError(
            f"{file}: found more than {MAX_BYTES // 1024} KiB; "
            "expected a short TOML file; is this the right one?"
        )
    if (at := data.find(b"\0")) >= 0:
        raise ConfigError(f"{file}:{_line(data, at)}: found a NUL byte; expected text; remove it")
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        # Measured from the end, because a byte order mark may be gone from the beginning.
        at = len(data) - len(error.object) + error.start
        raise ConfigError(
            f"{file}:{_line(data, at)}: found byte 0x{data[at]:02x}; expected UTF-8; "
            "save the file as UTF-8"
        ) from error


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _values(text: str, file: Path) -> dict[str, Any]:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise ConfigError(
            f"{file}:{error.lineno}: {error.msg} at column {error.colno}; expected TOML; "
            "correct the line"
        ) from error
    except RecursionError as error:
        raise ConfigError(f"{file}:1: found deep nesting; expected plain tables") from error

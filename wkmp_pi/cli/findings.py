"""What ``check`` looks at; each look gives findings and changes nothing.

``fail`` is what keeps the box from playing, ``warn`` what it can live with.
"""

from __future__ import annotations

import importlib
import locale
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wkmp_pi.config import Config
from wkmp_pi.errors import WkmpError
from wkmp_pi.files import exists, is_folder


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; ``text`` has the remedy where there is something to do."""

    level: Literal["ok", "warn", "fail"]
    what: str
    text: str


Look = Callable[[Config], Iterator[Finding]]


def all_of(config: Config) -> list[Finding]:
    """All findings, in the order in which one would set the box up."""
    return [finding for look in _LOOKS for finding in look(config)]


def _configuration(config: Config) -> Iterator[Finding]:
    yield Finding("ok", "configuration", str(config.file or "built-in defaults"))


def _python(_: Config) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok", "python", f"{version}, SQLite {sqlite3.sqlite_version}")
    for name in _PACKAGES:
        try:
            importlib.import_module(name)
        except ImportError as error:
            yield Finding("fail", "python", f"{name}: {error}; install it with: make setup")


_PACKAGES = ("alsaaudio", "av", "msgspec", "numpy", "pyudev", "soxr", "tomli")


def _text_encoding(_: Config) -> Iterator[Finding]:
    names, words = sys.getfilesystemencoding(), locale.getpreferredencoding(do_setlocale=False)
    if {names.lower(), words.lower()} <= {"utf-8", "utf8"}:
        yield Finding("ok", "locale", "UTF-8")
    else:
        yield Finding("warn", "locale", f"{names} and {words}; expected UTF-8; set LANG=C.UTF-8")


def _music(config: Config) -> Iterator[Finding]:
    root = config.library.music_root
    remedy = "make it or name another music_root"
    if not is_folder(root):
        yield Finding("fail", "music", f"{root}: no folder; expected the music; {remedy}")
    elif not os.access(root, os.R_OK | os.X_OK):
        remedy = "give this user the right to read it"
        yield Finding("fail", "music", f"{root}: not readable; expected the music; {remedy}")
    else:
        yield Finding("ok", "music", str(root))


def _hands(config: Config) -> Iterator[Finding]:
    """Buttons, what is bound to them, and what their presses have to wait for."""
    from wkmp_pi.cli import vain
    from wkmp_pi.controls.bindings import remarks
    from wkmp_pi.controls.hands import hands_of, published_by
    from wkmp_pi.errors import ConfigError
    from wkmp_pi.playlists.folder import Folder, folders

    book = Folder(folders(config.file), known=published_by(config)).load()
    for problem in (*book.problems, *vain.warnings(config, book)):
        yield Finding("warn", "playlists", problem)
    if sleeping := vain.asleep(config, book):
        yield Finding("ok", "playlists", f"not on this box: {', '.join(sleeping)}")
    for problem in (*config.wiring.refused, *config.wiring.remarks):
        yield Finding("warn", "pins", problem)
    try:
        hands = hands_of(config, book.playlists)
    except ConfigError as error:
        for problem in error.problems:
            yield Finding("fail", "bindings", problem)
        return
    compiled = hands.compiled(book.playlists.values())
    for problem in compiled.problems:
        yield Finding("warn", "gestures", problem)
    for remark in remarks(hands.bindings, hands.wiring.buttons) if hands.wiring.buttons else ():
        yield Finding("warn", "bindings", remark)
    for button in hands.wiring.buttons:
        delay = compiled.worst_added_delay(button.name)
        yield Finding("ok", f"button {button.name}", f"waits up to {delay.ms} ms: {delay.why}")


def _library(config: Config) -> Iterator[Finding]:
    from wkmp_pi.library import database

    path = config.library.database
    if not exists(path):
        yield _writable_place("library", path, "not there yet; it is made at the first start")
        return
    try:
        database.open_reader(path, str(config.library.music_root)).close()
    except WkmpError as error:
        yield Finding("fail", "library", str(error))
    else:
        yield Finding("ok", "library", str(path))


def _decoder(_: Config) -> Iterator[Finding]:
    from wkmp_pi.decode.client import DecoderGoneError, sandboxed

    try:
        measures = sandboxed()
    except DecoderGoneError as error:
        yield Finding("fail", "decoder", f"{error}; expected it to start; see the packages above")
        return
    missing = ", ".join(name for name, holds in measures.items() if not holds)
    if missing:
        remedy = "allow it, where a container or the kernel forbids it"
        yield Finding("warn", "decoder", f"runs without: {missing}; expected all; {remedy}")
    else:
        yield Finding("ok", "decoder", "runs contained")


def _cards(config: Config) -> Iterator[Finding]:
    from wkmp_pi.cli.devices import state
    from wkmp_pi.errors import DeviceError
    from wkmp_pi.output.devices import list_cards, resolve

    cards = list_cards()
    for card in cards:
        level: Literal["ok", "warn"] = "ok" if card.usable else "warn"
        yield Finding(level, "sound card", f"{card.id} ({card.name}): {state(card)}")
    try:
        meant = resolve(config.audio.device, cards)
    except DeviceError as error:
        yield Finding("warn", "output", f"{error.strerror or error}; the service waits for it")
    else:
        yield Finding("ok", "output", f'device = "{config.audio.device}" is {meant.name}')


def _socket(config: Config) -> Iterator[Finding]:
    from wkmp_pi.controls import address, client

    paths = address.candidates(config.control.socket)
    try:
        client.connect(paths).close()
    except client.NoServiceError:
        pass
    except WkmpError as error:
        yield Finding("warn", "service", str(error))
        return
    else:
        yield Finding("ok", "service", "running")
        return
    try:
        yield _writable_place("socket", address.of_service(config.control.socket), "not running")
    except WkmpError as error:
        yield Finding("fail", "socket", str(error))


def _writable_place(what: str, path: Path, otherwise: str) -> Finding:
    """Whether a file could be made at ``path``, in a folder that may not be there yet."""
    folder = next(parent for parent in path.absolute().parents if exists(parent))
    if is_folder(folder) and os.access(folder, os.W_OK | os.X_OK):
        return Finding("ok", what, f"{path}: {otherwise}")
    return Finding(
        "fail",
        what,
        f"{path}: {folder} is not writable; expected a place for it; "
        "give this user the right, or name another place in box.toml",
    )


_LOOKS: tuple[Look, ...] = (
    _configuration,
    _python,
    _text_encoding,
    _music,
    _library,
    _decoder,
    _cards,
    _hands,
    _socket,
)

"""A whole demo box in a folder: music, library, queue and ``box.toml``; complete or not there.

    DIR/box.toml
    DIR/library.db       the passages, all of them in the queue
    DIR/music/           audio files and passages.toml

It is made beside its place and moved there when it is complete, so that an
interrupted start leaves nothing half done.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path

from wkmp_pi.errors import LibraryError
from wkmp_pi.passage import PassageId

DOCUMENT = "passages.toml"

_BOX = """\
# The demo. Everything in this folder was made by `make run` and may be deleted; then it is made
# anew. Your own box is described in ~/.config/wkmp-pi/box.toml, see config/box.toml.

[library]
music_root = ""
database = ""

[settings]
repeat = true
consume = false
"""


def prepare(folder: Path, tell: Callable[[str], None]) -> None:
    """Have a demo box in ``folder``: make it if it is missing, right its paths if it was moved.

    Args:
        folder: absolute; its parent exists.
        tell: takes a line for each file that is made.

    Raises:
        LibraryError: the folder holds something else, or cannot be written.
    """
    if not (folder / "box.toml").exists():
        _make(folder, tell)
    _write_paths(folder)


def _make(folder: Path, tell: Callable[[str], None]) -> None:
    with _workshop(folder.parent) as workshop:
        render(workshop / "music", tell)
        fill_library(workshop)
        (workshop / "box.toml").write_text(_BOX)
        try:
            workshop.rename(folder)
        except OSError as error:
            raise LibraryError(
                f"{folder}: found something that is no demo; expected nothing there; "
                "move it away, or name another folder"
            ) from error


@contextlib.contextmanager
def _workshop(parent: Path) -> Iterator[Path]:
    """A new folder beside the demo's place, gone afterwards unless it was moved."""
    workshop = Path(tempfile.mkdtemp(prefix=".demo-", dir=parent))
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def render(folder: Path, tell: Callable[[str], None]) -> None:
    """Write all audio files and the passage document into a new folder."""
    from wkmp_pi.demo import encode  # the music is loaded only when it is to be made
    from wkmp_pi.demo.programme import PROGRAMME

    folder.mkdir()
    for number, tracks in enumerate(PROGRAMME, 1):
        for track in tracks():
            tell(f"{number}/{len(PROGRAMME)}  {track.title} ({track.file_name})")
            file = folder / track.file_name
            encode.write(file, track.sound, track.rate_hz, track.form, track.tags)
            del track  # tens of megabytes, and the next piece needs as many
    (folder / DOCUMENT).write_text(resources.files(__package__).joinpath(DOCUMENT).read_text())


def fill_library(folder: Path) -> None:
    """A new library that holds the passages of the document, and all of them in the queue."""
    from wkmp_pi.library import database, documents, paths, rules, writes
    from wkmp_pi.sources import saved
    from wkmp_pi.sources.queue import PlayQueue

    root = str(folder / "music")
    files = rules.Files(locate=lambda text: paths.resolve(text, root))
    passages = documents.read_file(folder / "music" / DOCUMENT, files)
    opened = database.open_library(folder / "library.db", root)
    if opened.problem:
        raise LibraryError(opened.problem)
    with contextlib.closing(opened.connection) as conn, conn:
        ids = writes.add_passages(conn, passages)
        stored = [replace(p, id=PassageId(n)) for p, n in zip(passages, ids, strict=True)]
        queue, _ = PlayQueue().enqueue(stored)
        writes.save_queue(conn, saved.dump(queue))


def _write_paths(folder: Path) -> None:
    """Name this folder in its ``box.toml``; the rest of the file is the owner's."""
    file = folder / "box.toml"
    text = old = file.read_text()
    for key, path in (("music_root", folder / "music"), ("database", folder / "library.db")):
        line = f"{key} = {json.dumps(str(path), ensure_ascii=False)}"
        text = re.sub(rf"(?m)^{key} = .*$", line.replace("\\", r"\\"), text)
    if text != old:
        fresh = folder / "box.toml.new"
        fresh.write_text(text)
        fresh.replace(file)

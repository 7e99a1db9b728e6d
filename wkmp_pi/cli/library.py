"""``library``: passages in and out of the database."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wkmp_pi.cli import link
from wkmp_pi.cli.values import whole

if TYPE_CHECKING:
    from wkmp_pi.passage import Passage


def add(commands: Any) -> None:
    """Declare the subcommand and its verbs."""
    parser = commands.add_parser("library", help="what is known of the music: add, list, show")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for name, text, declare in (
        ("add", "add audio files, folders of them, or passage documents", _declare_add),
        (
            "import-csv",
            "add the passages of a table: one a line, with a line of titles",
            _declare_csv,
        ),
        ("list", "print passages", _declare_list),
        ("show", "print one passage as a document", _declare_show),
    ):
        verb = verbs.add_parser(name, help=text)
        declare(verb)
        link.add_options(verb)


def _declare_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", metavar="FILE", nargs="+", type=Path, help="audio, a folder, .toml, .json or .csv"
    )
    parser.set_defaults(run=_add)


def _declare_csv(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=_csv)
    parser.set_defaults(run=_import_csv)


def _declare_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", metavar="WORD", nargs="*", help="only passages with all of these words"
    )
    parser.set_defaults(run=_list)


def _declare_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", type=whole(1, 2**53))
    parser.set_defaults(run=_show)


def _csv(text: str) -> Path:
    from wkmp_pi.cli.values import BadValue

    if not text.lower().endswith(".csv"):
        raise BadValue(f"found {text!r}; expected a name that ends in .csv")
    return Path(text)


def _add(arguments: argparse.Namespace) -> int:
    return _store(arguments, arguments.files)


def _import_csv(arguments: argparse.Namespace) -> int:
    return _store(arguments, [arguments.file])


def _store(arguments: argparse.Namespace, files: list[Path]) -> int:
    from wkmp_pi import config
    from wkmp_pi.cli import intake
    from wkmp_pi.decode.probe import Prober

    library = config.load(arguments.config).library
    with closing(Prober()) as prober:
        taken = intake.read(files, str(library.music_root), prober.probe)
    added = intake.store(taken.passages, library, lambda: link.connect(arguments))
    for problem in taken.problems:
        print(f"wkmp-pi: {problem}", file=sys.stderr)
    link.show(arguments, {"passages": added, "problems": taken.problems}, _counted(len(added)))
    return 1 if taken.problems else 0


def _counted(count: int) -> str:
    return f"{count} passage{'' if count == 1 else 's'} stored"


def _list(arguments: argparse.Namespace) -> int:
    from wkmp_pi import config
    from wkmp_pi.cli import text

    passages = _found(arguments, " ".join(arguments.words))
    rows = [_row(passage) for passage in passages]
    root = f"{config.load(arguments.config).library.music_root}/"
    lines = [_line(row, root) for row in rows]
    titles = ("id", "passage", "album", "file")
    plain = (
        text.table([titles, *lines], right=frozenset({0}), widest=link.widest())
        if rows
        else "no passages"
    )
    return link.show(arguments, rows, plain)


def _line(row: dict[str, Any], root: str) -> tuple[str, ...]:
    from wkmp_pi.shown import clean, named

    return str(row["id"]), named(row), clean(row["album"]), clean(row["file"].removeprefix(root))


def _row(passage: Passage) -> dict[str, Any]:
    return {
        "id": passage.id,
        "title": passage.title,
        "artist": passage.artist,
        "album": passage.album,
        "file": passage.file,
    }


def _show(arguments: argparse.Namespace) -> int:
    from wkmp_pi import config
    from wkmp_pi.errors import RequestError
    from wkmp_pi.library import printing, queries

    root = str(config.load(arguments.config).library.music_root)
    with _reader(arguments) as conn:
        passage = queries.passage(conn, arguments.id)
    if passage is None:
        raise RequestError(
            f"passage {arguments.id}: not in the library; expected the number of one; "
            "see: wkmp-pi library list"
        )
    if arguments.json:
        print(link.as_json(printing.as_document(passage, root)))
    else:
        print(printing.to_toml([passage], root), end="")
    return 0


def _found(arguments: argparse.Namespace, words: str) -> list[Passage]:
    from wkmp_pi.library import queries

    with _reader(arguments) as conn:
        return queries.passages(conn, words)


def _reader(arguments: argparse.Namespace) -> Any:
    from wkmp_pi import config
    from wkmp_pi.library.database import open_reader

    library = config.load(arguments.config).library
    return closing(open_reader(library.database, str(library.music_root)))

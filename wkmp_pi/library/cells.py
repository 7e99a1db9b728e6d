"""A table of cells (CSV): a header row with the names of a passage document, one passage a row."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Sequence
from typing import Any

from wkmp_pi.library.notes import Notes, Path
from wkmp_pi.library.rules import FLAT_KEYS

_NUMBERS = {key for key in FLAT_KEYS if key.endswith(("_ms", "_ticks"))} | {"disc", "track"}


def where(name: str) -> Notes:
    """Notes that speak of rows (the header is row 1) and columns of the file ``name``."""

    def words(path: Path) -> str:
        row, *column = path
        return f"{name}: row {row}" + (f", column {column[0]}" if column else "")

    return Notes(words)


def read_rows(text: str, notes: Notes) -> list[tuple[Path, dict[str, Any]]]:
    """The rows as documents, each with its row number; empty cells and rows are left out.

    Commas or semicolons divide the cells, whichever the header has more of; with
    semicolons a decimal comma is understood too.
    """
    head = text.split("\n", 1)[0]
    semicolons = head.count(";") > head.count(",")
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if semicolons else ",", strict=True
    )
    try:
        rows = list(reader)
    except csv.Error as error:
        notes.add(
            (reader.line_num,), f"found {error}; expected rows of cells; save it again as CSV"
        )
        return []
    header = [cell.strip() for cell in rows[0]] if rows else []
    _check_header(header, notes)
    documents: list[tuple[Path, dict[str, Any]]] = []
    for number, row in enumerate(rows[1:], 2):
        if len(row) > len(header):
            found = f"found {len(row)} cells; expected at most {len(header)}"
            notes.add((number,), f"{found}; put cells with a {reader.dialect.delimiter} in quotes")
        cells = {
            k: v.strip() for k, v in zip(header, row, strict=False) if k in FLAT_KEYS and v.strip()
        }
        if any(cell.strip() for cell in row):
            documents.append(((number,), {k: _value(k, v, semicolons) for k, v in cells.items()}))
    return documents


def _check_header(header: Sequence[str], notes: Notes) -> None:
    if "file" not in header:
        notes.add((1,), "found no column file; expected the names of the columns; add this row")
    for column in dict.fromkeys(header):
        if header.count(column) > 1:
            notes.add((1, column), "found it twice; expected each column once; remove one")
        if column not in FLAT_KEYS:
            near = difflib.get_close_matches(column, FLAT_KEYS, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"known: {', '.join(FLAT_KEYS)}"
            notes.add((1, column), f"found an unknown column; expected a known one; {remedy}")


def _value(key: str, text: str, decimal_comma: bool) -> Any:
    if key not in _NUMBERS:
        return text
    plain = text.replace(",", ".") if decimal_comma else text
    for kind in (int, float):
        try:
            return kind(plain)
        except ValueError:
            continue
    return text  # no number: whoever reads the document says so

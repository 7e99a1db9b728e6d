from __future__ import annotations

from pathlib import Path

import pytest
from library.building import ROOT

from wkmp_pi.errors import ConfigError
from wkmp_pi.library import documents
from wkmp_pi.library.rules import Files
from wkmp_pi.passage import Passage, PassageId, Points
from wkmp_pi.units import TICKS_PER_MS, Ticks, ticks_from_ms

FILES = Files(locate=lambda text: f"{ROOT}/{text}")


def read(folder: Path, text: str, encoding: str = "utf-8") -> list[Passage]:
    (folder / "p.csv").write_bytes(text.encode(encoding))
    return documents.read_file(folder / "p.csv", FILES)


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


TAKEN = [
    Passage(
        id=PassageId(0),
        file=f"{ROOT}/a, b.flac",
        points=Points(start=Ticks(3 * TICKS_PER_MS // 2), end=ticks_from_ms(9)),
        title='Größe "1"',
        track=3,
    ),
    Passage(id=PassageId(0), file=f"{ROOT}/c.flac"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_commas(tmp_path: Path, encoding: str, newline: str) -> None:
    text = 'file,title,start_ms,end_ms,track\n"a, b.flac","Größe ""1""",1.5,9,3\n\nc.flac,,,,\n'
    assert read(tmp_path, text.replace("\n", newline), encoding) == TAKEN


def test_semicolons_and_the_decimal_comma_of_a_spreadsheet(tmp_path: Path) -> None:
    text = 'file; title; start_ms; end_ms; track\na, b.flac;"Größe ""1""";1,5;9;3\nc.flac;;;;\n'
    assert read(tmp_path, text) == TAKEN


def test_all_problems_name_row_and_column(tmp_path: Path) -> None:
    text = (
        "file,start_ms,end_ms,track\na,soon,5,1\nb,9,4,x\n,1,nan,\nc,1,2,3,4\na,0,5,\nd,,,\nd,0,,\n"
    )
    found = problems(tmp_path, text)
    assert [problem.split(": ")[1] for problem in found] == [
        "row 5",
        "row 2, column start_ms",
        "row 3",
        "row 3, column track",
        "row 4, column file",
        "row 4, column end_ms",
        "row 8",
    ]
    assert "'soon'; expected milliseconds" in found[1]
    assert "start (9 ms) does not lie before end (4 ms)" in found[2]
    assert "of p.csv: row 7" in found[-1].replace(f"{tmp_path}/", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "row 1: found no column file"),
        ("title\nx\n", "row 1: found no column file"),
        (
            "file,titel\na,x\n",
            "row 1, column titel: found an unknown column; expected a known",
        ),
        ("file,titel\na,x\n", "did you mean title?"),
        ("file,song\na,x\n", "row 1, column song: found an unknown column"),
        ("file,title,title\na,x,y\n", "row 1, column title: found it twice"),
        ('file\n"a\n', "expected rows of cells"),
    ],
)
def test_a_bad_table_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in problem for problem in problems(tmp_path, text))


def test_a_row_number_is_what_a_spreadsheet_shows(tmp_path: Path) -> None:
    text = 'file,title,track\na,"two words",1\nb,x,one\n'
    assert problems(tmp_path, text)[0].startswith("p.csv: row 3, column track")

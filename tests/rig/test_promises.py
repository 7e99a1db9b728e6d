"""What a test measures is in the one table, met or missed, and so is what it could not measure."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil import plugin
from hil.promises import HEAD, Book, Figures, MissedError, NotRun, Promise, spoken
from hil.tables import markdown, one_line, plain, renewed, with_unit

pytest_plugins = "pytester"

TEST = "hil/test_x.py::test_a_press_is_heard[play]"
RIG = """\
[rig]
name = "desk"
kind = "virtual"
[lines.buttons]
play = 17
"""
TESTS = """\
import pytest

def test_a_press_is_heard(figures):
    figures.check("press → sound", 12.34, unit="ms", limit=100, peer=5)
    figures.check("frames lost", 3, unit="frames", limit=0, note="in an hour")
    figures.check("never reached", 0)

def test_a_miss_is_no_end(figures):
    assert not figures.promise("quiet", -80, unit="dB", limit=-90)
    assert figures.promise("loud", 60, unit="dB", limit=50, at_least=True)

def test_the_box_breaks_at_once(figures):
    raise OSError("no | box\\nat all")

def test_the_box_breaks_later(figures):
    figures.check("size", 3 * 2**20, unit="bytes", limit=2**22)
    raise OSError("gone")

@pytest.fixture
def power():
    raise OSError("no fuse")

def test_power_returns(power, figures):
    figures.check("boot", 1, unit="s", limit=5)

@pytest.fixture
def loose(figures):
    yield
    raise OSError("loose")

def test_the_end_is_bad_but_the_figure_stands(loose, figures):
    figures.check("figure", 1, unit="%", limit=5)

def test_no_figures():
    assert False

def test_by_hand(figures):
    pytest.skip("nobody to pull the plug")
"""
NONE = ["", "", "**missed**"]


def run(pytester: pytest.Pytester, tests: str, *words: str) -> tuple[str, pytest.RunResult]:
    """As the rig has it: a folder below the root, whose conftest.py names the plugin."""
    (pytester.path / "rig.toml").write_text(RIG)
    pytester.makeini("[pytest]\naddopts = -q -p no:cacheprovider --import-mode=importlib\n")
    folder = pytester.path / "bench"
    folder.mkdir(exist_ok=True)
    (folder / "conftest.py").write_text('pytest_plugins = ["hil.plugin"]\n')
    (folder / "test_it.py").write_text(tests)
    done = pytester.runpytest("--rig", "rig.toml", *words, "bench")
    return "\n".join(done.outlines), done


def table_of(output: str) -> list[list[str]]:
    """The cells of the table in what pytest printed, without the head."""
    lines = output.split(" promises ")[1].split("\n\n")[0].splitlines()
    at = [lines[1].index(title) for title in HEAD]
    ends = [*at[1:], None]
    return [
        [line[a:b].strip() for a, b in zip(at, ends, strict=True)]
        for line in lines[2:]
        if not line.startswith("==")
    ]


def test_the_summary_has_one_table_with_what_was_met_missed_and_not_measured(
    pytester: pytest.Pytester,
) -> None:
    output, done = run(pytester, TESTS)
    done.assert_outcomes(passed=2, failed=4, errors=2, skipped=1)
    assert table_of(output) == [
        ["press → sound", "12.3 ms", "≤ 100 ms", "5 ms", "met"],
        ["frames lost (in an hour)", "3 frames", "≤ 0 frames", "", "**missed**"],
        ["quiet", "-80 dB", "≤ -90 dB", "", "**missed**"],
        ["loud", "60 dB", "≥ 50 dB", "", "met"],
        ["the box breaks at once", "not measured: OSError: no / box at all", *NONE],
        ["size", "3 MiB", "≤ 4 MiB", "", "met"],
        ["the box breaks later", "not measured: OSError: gone", *NONE],
        ["power returns", "not measured: OSError: no fuse", *NONE],
        ["figure", "1 %", "≤ 5 %", "", "met"],
    ]
    assert "\n\nnot run: by hand: nobody to pull the plug\n" in output
    assert output.count(" promises ") == 1


def test_a_check_fails_in_the_test_and_says_what_was_found(pytester: pytest.Pytester) -> None:
    output, _ = run(pytester, TESTS)
    words = "MissedError: frames lost: found 3 frames; expected ≤ 0 frames; in an hour"
    assert words in output
    assert "hil/promises.py" not in output


@pytest.mark.flow
def test_a_process_of_its_own_loads_the_plugin_without_a_warning(
    pytester: pytest.Pytester,
) -> None:
    run(pytester, "def test_one(figures): figures.check('one', 1)")
    root = Path(plugin.__file__).parents[1]
    pytester.makeini(
        f"[pytest]\npythonpath = {root}\nfilterwarnings = error\naddopts = -p no:cacheprovider\n"
    )
    done = pytester.runpytest_subprocess("bench", "--rig", "rig.toml", "--figures", "f.json")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["*= promises =*", "promise *", "one *", "*1 passed*"])
    done.stdout.no_fnmatch_line("*warnings summary*")


def test_a_run_without_figures_prints_no_table(pytester: pytest.Pytester) -> None:
    output, done = run(pytester, "def test_one(): pass")
    done.assert_outcomes(passed=1)
    assert "promises" not in output


def test_figures_are_written_as_json(pytester: pytest.Pytester) -> None:
    run(pytester, TESTS, "--figures", "figures.json")
    told = json.loads((pytester.path / "figures.json").read_text())
    assert told["promises"][0] == {
        "promise": "press → sound",
        "test": told["promises"][0]["test"],
        "measured": 12.34,
        "unit": "ms",
        "limit": 100,
        "at_least": False,
        "peer": 5,
        "note": "",
        "met": True,
    }
    assert told["promises"][0]["test"].endswith(".py::test_a_press_is_heard")
    assert [promise["met"] for promise in told["promises"]].count(False) == 5
    assert [skipped["reason"] for skipped in told["skipped"]] == ["nobody to pull the plug"]
    assert told["versions"]["rig"] == "desk"


def test_figures_that_cannot_be_written_are_told_and_fail_nothing(
    pytester: pytest.Pytester,
) -> None:
    test = "def test_one(figures): figures.check('one', 1)"
    output, done = run(pytester, test, "--figures", "/dev/full")
    done.assert_outcomes(passed=1)
    assert "/dev/full: No space left on device; expected to write figures" in output


def test_the_document_gets_the_table_and_keeps_the_rest(pytester: pytest.Pytester) -> None:
    pytester.mkdir("docs")
    document = pytester.path / plugin.DOCUMENT
    document.write_text("a\n<!-- table: rig -->\nold\n<!-- end -->\nb\n")
    run(pytester, TESTS, "--update-docs")
    text = document.read_text()
    assert text.startswith("a\n<!-- table: rig -->\nMeasured on the rig “desk”: wkmp_pi ")
    assert text.endswith("\n- not run: by hand: nobody to pull the plug\n<!-- end -->\nb\n")
    assert "\n| frames lost (in an hour) | 3 frames | ≤ 0 frames |  | **missed** |\n" in text
    assert "old" not in text


@pytest.mark.parametrize(
    ("document", "test", "words"),
    [
        (None, "figures.check('one', 1)", "docs/rig.md: No such file or directory; expected"),
        ("nothing", "figures.check('one', 1)", "docs/rig.md: found no block <!-- table: rig -->"),
        ("nothing", "pass", "docs/rig.md: found no figures; expected some"),
    ],
)
def test_a_document_that_cannot_take_the_table_is_told_and_stays_as_it_was(
    pytester: pytest.Pytester, document: str | None, test: str, words: str
) -> None:
    pytester.mkdir("docs")
    file = pytester.path / plugin.DOCUMENT
    if document:
        file.write_text(document)
    output, done = run(pytester, f"def test_one(figures): {test}", "--update-docs")
    done.assert_outcomes(passed=1)
    assert words in output
    assert not document or file.read_text() == document


def test_without_the_option_the_document_is_left_alone(pytester: pytest.Pytester) -> None:
    pytester.mkdir("docs")
    document = pytester.path / plugin.DOCUMENT
    document.write_text("<!-- table: rig -->\nold\n<!-- end -->")
    run(pytester, TESTS)
    assert "old" in document.read_text()


def test_evidence_is_kept_on_request_and_what_could_not_be_kept_is_told(
    pytester: pytest.Pytester,
) -> None:
    test = "def test_one(witness): witness.note('a note')"
    run(pytester, test)
    assert not list(pytester.path.rglob("notes.txt"))
    run(pytester, test, "--witness", "kept")
    (note,) = pytester.path.glob("kept/*-test_one/notes.txt")
    assert note.read_text() == "a note\n"
    told = json.loads(note.with_name("versions.json").read_text())
    assert (told["rig"], told["rig_file"]) == ("desk", "rig.toml")
    output, done = run(pytester, test, "--witness", "rig.toml/kept")
    done.assert_outcomes(passed=1)
    assert "rig.toml/kept: found Not a directory; expected to keep evidence there" in output


def test_a_rig_file_that_cannot_be_read_does_not_stop_the_evidence(
    pytester: pytest.Pytester,
) -> None:
    test = "def test_one(witness): pass"
    _, done = run(pytester, test, "--witness", "kept", "--rig", "absent.toml")
    done.assert_outcomes(passed=1)
    (file,) = pytester.path.glob("kept/*/versions.json")
    told = json.loads(file.read_text())
    assert (told["rig"], told["rig_sha256"]) == ("not readable", None)


@given(st.floats(), st.floats(), st.booleans())
def test_a_promise_is_met_where_its_limit_says_so(
    measured: float, limit: float, at_least: bool
) -> None:
    met = Promise(what="x", measured=measured, limit=limit, at_least=at_least).met
    assert met is (measured >= limit if at_least else measured <= limit)


@given(st.floats() | st.none(), st.floats() | st.none(), st.sampled_from(["ms", "dB", "frames"]))
def test_any_number_can_be_shown(measured: float | None, limit: float | None, unit: str) -> None:
    book = Book()
    Figures(book, TEST).promise("x", measured, limit=limit, unit=unit, peer=measured)
    assert len(book.markdown().splitlines()) == 3
    assert len(book.plain().splitlines()) == 2
    json.loads(book.json())


def test_a_figure_without_a_limit_is_told_and_promises_nothing() -> None:
    book = Book()
    Figures(book, TEST).check("period", 20, unit="ms")
    assert book.promises[0].cells() == ("period", "20 ms", "", "", "")


def test_what_could_not_be_measured_is_missed() -> None:
    book = Book()
    with pytest.raises(MissedError, match="x: not measured: no event came; expected ≤ 1 s"):
        Figures(book, TEST).check("x", None, unit="s", limit=1, note="no event came")
    assert not Figures(book, TEST).promise("y", math.nan, unit="s")
    assert book.promises[0].cells() == (
        "x",
        "not measured: no event came",
        "≤ 1 s",
        "",
        "**missed**",
    )


def test_a_miss_by_a_hair_does_not_look_like_a_hit() -> None:
    assert Promise(what="x", measured=100.04, unit="ms", limit=100).cells()[1] == "100.04 ms"
    assert Promise(what="x", measured=99.96, unit="ms", limit=100).cells()[1] == "100 ms"
    assert Promise(what="x", measured=1e-6, unit="dB", limit=0).cells()[1] == "1e-06 dB"


def test_numbers_of_numpy_are_as_good_as_others() -> None:
    book = Book()
    assert Figures(book, TEST).promise("x", np.int64(3), unit="frames", limit=np.float32(4)) is True
    assert json.loads(book.json())["promises"][0]["measured"] == 3


def test_several_figures_of_a_test_stay_in_their_order() -> None:
    book = Book()
    figures = Figures(book, TEST)
    for number in range(5):
        figures.promise(str(number), number)
    assert [promise.what for promise in book.of(TEST)] == list("01234")
    assert book.of("another") == []


def test_a_test_that_failed_by_one_of_its_figures_has_measured_everything() -> None:
    book = Book()
    figures = Figures(book, TEST)
    figures.promise("x", 2, limit=1)
    figures.promise("y", 1, limit=1)
    book.failed(TEST, "x")
    assert [promise.what for promise in book.promises] == ["x", "y"]


def test_a_test_that_failed_without_a_miss_did_not_measure_something() -> None:
    book = Book()
    Figures(book, TEST).promise("x", 1, limit=1)
    book.failed(TEST, "x")
    assert book.promises[-1].cells()[:2] == ("a press is heard [play]", "not measured: x")


def test_several_misses_of_a_test_are_told_together() -> None:
    figures = Figures(Book(), TEST)
    for what in "ab":
        figures.promise(what, 2, limit=1)
    with pytest.raises(MissedError, match=r"(?s)a: found 2.*b: found 2"):
        figures.check_all()
    Figures(Book(), TEST).check_all()


def test_a_test_is_called_by_its_sentence() -> None:
    assert spoken(TEST) == "a press is heard [play]"
    assert spoken("a.py::test_it[b::c[d]]") == "it [b::c[d]]"
    assert spoken("hil/test_file.py") == "hil/test file.py"


def test_what_was_not_run_stands_below_the_table_or_alone() -> None:
    book = Book(skipped=[NotRun(TEST, "no\nrelay")])
    assert book.plain() == "not run: a press is heard [play]: no relay"
    book.promises.append(Promise(what="x", measured=1))
    assert book.markdown().endswith("\n\n- not run: a press is heard [play]: no relay")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0123, "s", "12.3 ms"),
        (250, "µs", "250 µs"),
        (250, "us", "250 µs"),
        (0, "ms", "0 ms"),
        (1500, "ms", "1.5 s"),
        (33, "ns", "33 ns"),
        (-20, "µs", "-20 µs"),
        (0, "frames", "0 frames"),
        (1, "frames", "1 frame"),
        (44_100, "frames", "44100 frames"),
        (-96.33, "dB", "-96.3 dB"),
        (5 * 2**20, "bytes", "5 MiB"),
        (12.5, "MiB", "12.5 MiB"),
        (0.1234, "%", "0.123 %"),
        (7, "", "7"),
        (math.inf, "dB", "inf dB"),
        (math.nan, "s", "nan s"),
    ],
)
def test_each_number_has_sensible_digits_and_its_unit(value: float, unit: str, text: str) -> None:
    assert with_unit(value, unit) == text


def test_a_cell_is_one_line_without_bars_and_not_long() -> None:
    assert one_line("a | b\n  c\t") == "a / b c"
    assert len(one_line("x" * 500)) == 160


def test_tables_hold_every_cell() -> None:
    assert markdown(("a", "b"), [("1", ""), ("2", "x")]) == (
        "| a | b |\n| --- | --- |\n| 1 |  |\n| 2 | x |"
    )
    assert plain(("a", "b"), [("long", ""), ("2", "x")]) == "a     b\nlong\n2     x"


def test_only_its_own_block_of_a_document_is_renewed() -> None:
    text = "<!-- table: x -->\n1\n<!-- end -->\n<!-- table: rig -->\n2\n<!-- end -->\n"
    assert renewed(text, "rig", r"\1", "d") == text.replace("\n2\n", "\n\\1\n")
    with pytest.raises(ValueError, match=r"README.md: found no block"):
        renewed(text, "rigs", "x", "README.md")

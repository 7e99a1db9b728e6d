"""The rig's part of a test run: options, the figures of each test, evidence, and the one table.

A pytest plugin; ``hil/conftest.py`` loads it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from hil import rigfile, tables
from hil.errors import RigFileError
from hil.promises import Book, Figures, NotRun
from hil.witness import Witness, versions

DOCUMENT = Path("docs", "rig.md")
_RIG = Path(__file__).with_name("rig.toml")
_BOOK = pytest.StashKey[Book]()
_FACTS = pytest.StashKey[dict[str, Any]]()
_PROBLEMS = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What can be asked for on the command line."""
    group = parser.getgroup("rig", "hardware in the loop")
    group.addoption(
        "--rig",
        type=Path,
        default=_RIG,
        metavar="FILE",
        help="what is wired to what (default: the virtual Pi)",
    )
    group.addoption(
        "--witness", type=Path, metavar="DIR", help="keep the evidence of each test in this folder"
    )
    group.addoption("--figures", type=Path, metavar="FILE", help="write the figures as JSON")
    group.addoption("--update-docs", action="store_true", help=f"put the table into {DOCUMENT}")


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is promised yet."""
    config.stash[_BOOK] = Book()
    config.stash[_PROBLEMS] = []


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a test says what it measured."""
    return Figures(request.config.stash[_BOOK], request.node.nodeid)


@pytest.fixture
def witness(request: pytest.FixtureRequest) -> Iterator[Witness]:
    """Where a test leaves its evidence; keeps nothing without ``--witness``."""
    config: pytest.Config = request.config
    base: Path | None = config.getoption("witness")
    kept = Witness(base, request.node.nodeid, _facts(config) if base else {})
    yield kept
    config.stash[_PROBLEMS] += kept.problems


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails before it has measured stands in the table, too."""
    report = yield
    measures = "figures" in getattr(item, "fixturenames", ())
    if measures and report.failed and call.excinfo and call.when != "teardown":
        item.config.stash[_BOOK].failed(item.nodeid, call.excinfo.exconly(tryshort=True))
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table, and write what was asked for."""
    book, problems = config.stash[_BOOK], config.stash[_PROBLEMS]
    book.skipped = [_not_run(report) for report in terminalreporter.stats.get("skipped", ())]
    if config.getoption("figures"):
        _write_figures(config, book, problems)
    if config.getoption("update_docs"):
        _update_document(config, book, problems)
    if book.promises or book.skipped:
        terminalreporter.section("promises")
        terminalreporter.write_line(book.plain())
    for problem in problems:
        terminalreporter.write_line(problem)


def _not_run(report: Any) -> NotRun:
    """A skipped test, or a skipped file."""
    longrepr = report.longrepr
    reason = longrepr[2] if isinstance(longrepr, tuple) else longrepr
    return NotRun(report.nodeid, str(reason).removeprefix("Skipped: "))


def _write_figures(config: pytest.Config, book: Book, problems: list[str]) -> None:
    file: Path = config.getoption("figures")
    try:
        file.write_text(book.json(versions=_facts(config)), encoding="utf-8")
    except OSError as error:
        problems.append(f"{file}: {error.strerror}; expected to write figures; name another file")


def _update_document(config: pytest.Config, book: Book, problems: list[str]) -> None:
    if not book.promises:
        problems.append(f"{DOCUMENT}: found no figures; expected some; it stays as it was")
        return
    facts = _facts(config)
    how = (
        f"Measured on the rig “{facts['rig']}”: wkmp_pi {facts['product']}, "
        f"Python {facts['python']}, {facts['utc'][:10]}."
    )
    document = config.rootpath / DOCUMENT
    try:
        text = document.read_text(encoding="utf-8")
        text = tables.renewed(text, "rig", f"{how}\n\n{book.markdown()}", str(DOCUMENT))
        document.write_text(text, encoding="utf-8")
    except OSError as error:
        problems.append(f"{DOCUMENT}: {error.strerror}; expected a document; write one")
    except ValueError as error:
        problems.append(str(error))


def _facts(config: pytest.Config) -> dict[str, Any]:
    """The versions of this run, found out once."""
    if _FACTS not in config.stash:
        file: Path = config.getoption("rig")
        config.stash[_FACTS] = versions(file, _rig_name(file))
    return config.stash[_FACTS]


def _rig_name(file: Path) -> str:
    try:
        return rigfile.read(file).name
    except RigFileError:
        return "not readable"

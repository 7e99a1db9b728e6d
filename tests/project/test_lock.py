"""The locks: complete, hashed, in step with each other and with what the project asks for."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def locked(name: str) -> dict[str, str]:
    """Each package of a lock with its block of text."""
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / name).read_text(), flags=re.MULTILINE)[1:]
    return {block.split("==")[0]: block for block in blocks}


def version(block: str) -> str:
    return block.split("==")[1].split()[0]


def asked_for(*, extra: str | None = None) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return {re.split(r"[<>=]", requirement)[0] for requirement in wanted}


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_one_version_and_its_hashes(name):
    for package, block in locked(name).items():
        assert re.match(rf"{re.escape(package)}==[\w.]+ ", block), package
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), package


def test_everything_that_the_project_asks_for_is_locked():
    assert asked_for() <= locked("requirements.lock").keys()
    assert asked_for(extra="dev") <= locked("requirements-dev.lock").keys()


def test_tests_run_with_the_versions_that_the_box_runs_with():
    run, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: version(block) for name, block in run.items()} == {
        name: version(dev[name]) for name in run
    }


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_index(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index" not in text


def test_the_lock_holds_what_builds_the_alsa_binding():
    assert "setuptools" in locked("requirements.lock")


def imported(folder: str) -> Iterator[str]:
    """The top names of all modules that the Python files of a folder import."""
    for file in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


@pytest.mark.parametrize(
    ("folder", "lock"),
    [("wkmp_pi", LOCKS[0]), ("tests", LOCKS[1])],
)
def test_everything_that_is_imported_is_locked(folder, lock):
    owners = importlib.metadata.packages_distributions()
    foreign = set(imported(folder)) - sys.stdlib_module_names - {"wkmp_pi"}
    needed = {owner.lower().replace("_", "-") for name in foreign for owner in owners.get(name, ())}
    assert needed <= locked(lock).keys()

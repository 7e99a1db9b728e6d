"""The README says what is true: its tables, its commands, its links and its examples."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import tomli
from readme.tables import README, ROOT, renewed

from wkmp_pi.cli.parser import build
from wkmp_pi.config.read import parse
from wkmp_pi.controls.hands import hands_of

TEXT = README.read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", TEXT, flags=re.DOTALL)


def test_the_generated_tables_are_those_of_the_code() -> None:
    assert renewed(TEXT) == TEXT, "renew them with: .venv/bin/python tests/readme/tables.py"


def test_a_stale_table_would_be_noticed() -> None:
    assert renewed(TEXT.replace("`crossfade_ms` |", "`crossfade` |")) == TEXT


def test_the_first_screen_has_exactly_two_commands() -> None:
    language, first = BLOCKS[0]
    commands = [line.split("#")[0].strip() for line in first.splitlines()]
    assert (language, commands) == ("sh", ["make run", "make test"])


def shell_lines() -> list[str]:
    blocks = [body for language, body in BLOCKS if language == "sh"]
    return [line for body in blocks for line in body.splitlines() if line.startswith("wkmp-pi")]


@pytest.mark.parametrize("line", shell_lines())
def test_each_command_is_understood(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    assert build().parse_args(words)


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z-]+)", TEXT))))
def test_each_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", TEXT))))
def test_each_link_leads_somewhere(link: str) -> None:
    assert (ROOT / Path(link)).exists()


def test_the_passage_example_is_a_valid_document() -> None:
    document, _ = (tomli.loads(body) for language, body in BLOCKS if language == "toml")
    assert document["passage"][0]["song"][0]["title"] == "Opener"


def test_the_button_example_is_a_valid_configuration() -> None:
    _, box = [body for language, body in BLOCKS if language == "toml"]
    hands = hands_of(parse(box.encode(), Path("box.toml")))
    assert [binding.on.event for binding in hands.bindings] == ["gesture.double"]

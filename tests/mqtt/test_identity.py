"""The box's stable name, and its password."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wkmp_pi.config.mqtt import BOX_NAME, Mqtt
from wkmp_pi.errors import ConfigError
from wkmp_pi.mqtt import identity


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def written(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    file = folder / "secret"
    file.write_bytes(data)
    file.chmod(mode)
    return file


def test_a_configured_name_counts() -> None:
    assert identity.box_name("kitchen", ()) == "kitchen"


def test_a_name_made_from_the_machine_is_the_same_at_every_start(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("3f2a9c1d00000000000000000000abcd\n")
    names = {identity.box_name("", [tmp_path / "none", tmp_path / "id"]) for _ in range(3)}
    (name,) = names
    assert BOX_NAME.fullmatch(name)
    assert "3f2a9c1d" not in name


def test_two_machines_have_two_names(tmp_path: Path) -> None:
    names = set()
    for number in range(50):
        (tmp_path / "id").write_text(f"{number:032x}")
        names.add(identity.box_name("", [tmp_path / "id"]))
    assert len(names) == 50


@pytest.mark.parametrize("data", [b"", b"uninitialized\n", b"\xff\xfe"])
def test_a_machine_without_an_id_needs_a_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "id").write_bytes(data)
    with pytest.raises(ConfigError, match='write box = "…"'):
        identity.box_name("", [tmp_path / "id", tmp_path / "none"])


def test_a_password_is_the_line_in_its_file(tmp_path: Path) -> None:
    for data in (b"s\xc3\xa9cret", b"s\xc3\xa9cret\n", b"s\xc3\xa9cret\r\n"):
        config = Mqtt(user="box", password_file=written(tmp_path, data))
        assert identity.password(config) == "sécret"


def test_without_a_file_there_is_no_password() -> None:
    assert identity.password(Mqtt()) is None


def test_a_credential_of_systemd_is_found_and_a_configured_file_goes_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert identity.password(Mqtt()) is None
    (tmp_path / identity.CREDENTIAL).write_text("\n")
    assert identity.password(Mqtt()) is None
    (tmp_path / identity.CREDENTIAL).write_text("by systemd\n")
    assert identity.password(Mqtt()) == "by systemd"
    assert identity.password(Mqtt(password_file=written(tmp_path, b"mine"))) == "mine"


@pytest.mark.parametrize("data", [b"", b"\n", b"two\nlines", b"\xff", b"x" * 5000, b"a\0b"])
def test_a_file_that_holds_no_password_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"expected one line, the broker's password"):
        identity.password(Mqtt(password_file=written(tmp_path, data)))


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path}/none: No such file")):
        identity.password(Mqtt(password_file=tmp_path / "none"))


@pytest.mark.parametrize(("mode", "unsafe"), [(0o600, False), (0o640, False), (0o644, True)])
def test_a_password_that_everybody_may_read_costs_the_admin_role(
    tmp_path: Path, mode: int, unsafe: bool
) -> None:
    config = Mqtt(password_file=written(tmp_path, b"x", mode))
    assert ("admin commands are off" in (identity.exposed(config) or "")) is unsafe


def test_a_password_that_is_not_there_exposes_nothing(tmp_path: Path) -> None:
    assert identity.exposed(Mqtt()) is None
    assert identity.exposed(Mqtt(password_file=tmp_path / "none")) is None

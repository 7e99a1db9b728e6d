"""Where client and service meet."""

from pathlib import Path

import pytest

from wkmp_pi.controls import address
from wkmp_pi.errors import ConfigError


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("WKMP_PI_SOCKET", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(address, "SYSTEM", tmp_path / "run" / "wkmp-pi" / "wkmp.sock")


def test_a_client_tries_the_users_own_service_and_then_the_systems(monkeypatch, tmp_path):
    assert address.candidates() == (address.SYSTEM,)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert address.candidates() == (tmp_path / "wkmp-pi/wkmp.sock", address.SYSTEM)


def test_what_was_named_is_the_only_place(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    configured = Path("/srv/a.sock")
    assert address.candidates(configured) == (configured,)
    assert address.of_service(configured) == configured
    monkeypatch.setenv("WKMP_PI_SOCKET", "/srv/b.sock")
    assert address.candidates(configured) == (Path("/srv/b.sock"),)
    assert address.of_service(configured) == Path("/srv/b.sock")


def test_a_service_listens_in_the_users_own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert address.of_service() == tmp_path / "wkmp-pi/wkmp.sock"


def test_without_a_users_folder_it_listens_under_run_if_it_can(monkeypatch, tmp_path):
    with pytest.raises(ConfigError, match="XDG_RUNTIME_DIR names no folder"):
        address.of_service()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "absent"))
    (tmp_path / "run").mkdir()
    assert address.of_service() == address.SYSTEM
    (tmp_path / "run/wkmp-pi").mkdir()
    assert address.of_service() == address.SYSTEM


def test_a_name_too_long_for_a_socket_is_refused_in_words():
    longest = Path("/" + "x" * 106)
    assert address.of_service(longest) == longest
    with pytest.raises(ConfigError, match="found 108 bytes; expected at most 107"):
        address.of_service(Path("/" + "x" * 107))

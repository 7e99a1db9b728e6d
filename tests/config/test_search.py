"""The file in use: named, the user's own, the system's, or none."""

from pathlib import Path

import pytest

from wkmp_pi.config import default, find, load
from wkmp_pi.errors import ConfigError


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("WKMP_PI_CONFIG", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("wkmp_pi.config.usual.SYSTEM_FILE", tmp_path / "etc.toml")
    return tmp_path


def write(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
    return file


def test_without_any_file_the_defaults_are_used(home):
    assert find() is None
    assert load() == default()
    assert default().library.music_root == home / "Music"
    assert default().library.database == home / ".local/share/wkmp-pi/library.db"


def test_the_nearest_file_wins(home, monkeypatch):
    system = write(home / "etc.toml")
    assert find() == system
    own = write(home / ".config/wkmp-pi/box.toml")
    assert find() == own
    named = write(home / "named.toml")
    monkeypatch.setenv("WKMP_PI_CONFIG", str(named))
    assert find() == named
    assert load().file == named
    assert load(own).file == own


def test_a_named_file_that_is_missing_is_an_error(home, monkeypatch):
    monkeypatch.setenv("WKMP_PI_CONFIG", str(home / "absent.toml"))
    with pytest.raises(ConfigError, match=r"absent\.toml"):
        load()


def test_a_service_keeps_its_library_where_systemd_says(home, monkeypatch):
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/wkmp-pi:/var/lib/other")
    assert default().library.database == Path("/var/lib/wkmp-pi/library.db")


def test_the_users_own_folders_are_respected_if_absolute(home, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "conf"))
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    own = write(home / "conf/wkmp-pi/box.toml")
    assert find() == own
    assert default().library.database == home / ".local/share/wkmp-pi/library.db"


def test_a_home_that_is_not_known_is_an_error_with_a_remedy(home, monkeypatch):
    def unknown():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    with pytest.raises(ConfigError, match="HOME: not set"):
        default()

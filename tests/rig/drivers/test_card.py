"""The card by way of the real programs, on a driver made of files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hil.drivers import card as cards
from hil.drivers.card import DEVICE, Opens, PluggedCard, held, opens
from hil.drivers.local import LocalShell
from hil.errors import RigError

SECOND = 1_000_000_000


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    (tmp_path / DEVICE).touch()
    (tmp_path / "sub0").mkdir()
    (tmp_path / "sub0/status").write_text("state: RUNNING\nhw_ptr : 441\n")
    return tmp_path


def plugged(driver: Path) -> PluggedCard:
    return PluggedCard(LocalShell(), sys.executable, driver=str(driver), playback=str(driver))


def test_the_card_is_pulled_and_plugged_and_each_has_its_time(driver: Path) -> None:
    card = plugged(driver)
    pulled = card.unplug(0.01)
    assert (driver / "unbind").read_text() == DEVICE
    assert pulled.heard_frames == 441
    assert pulled.at_ns <= pulled.free_ns < card.plug()
    assert (driver / "bind").read_text() == DEVICE
    storm = card.storm(3, 0.03)
    assert storm.last_ns - storm.first_ns >= 20_000_000
    card.close()


def test_the_card_is_plugged_in_when_the_bench_leaves_it(driver: Path) -> None:
    card = plugged(driver)
    (driver / DEVICE).unlink()
    card.close()
    assert (driver / "bind").read_text() == DEVICE


def test_a_card_that_cannot_be_plugged_in_is_told(driver: Path) -> None:
    card = plugged(driver)
    (driver / DEVICE).unlink()
    (driver / "bind").mkdir()
    with pytest.raises(RigError, match=r"(?s)card: ended with 1: .*Is a directory"):
        card.close()


def test_a_card_that_is_not_there_cannot_be_pulled(tmp_path: Path) -> None:
    card = plugged(tmp_path / "nowhere")
    with pytest.raises(RigError, match=r"card: .*No such file"):
        card.unplug()
    with pytest.raises(RigError, match="ended with 1"):
        card.close()


def test_openings_are_counted_until_the_end_of_the_block(tmp_path: Path) -> None:
    for name in ("node", "other"):
        (tmp_path / name).touch()
    with opens(LocalShell(), sys.executable, [str(tmp_path)]) as found:
        for _ in range(3):
            (tmp_path / "node").read_bytes()
            (tmp_path / "other").read_bytes()
    (tmp_path / "node").read_bytes()
    assert found.most_in(10, str(tmp_path / "node")) == 3
    assert found.most_in(10, "another") == 0


@pytest.mark.parametrize(("window_s", "most"), [(0.5, 2), (1.0, 3), (1.01, 4), (9.0, 5)])
def test_the_most_within_a_window_counts(window_s: float, most: int) -> None:
    at_s = (1.0, 1.4, 1.9, 2.0, 5.0)
    found = Opens({"node": [round(at * SECOND) for at in at_s]})
    assert found.most_in(window_s, "node") == most


def test_a_card_that_nobody_can_hold_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "PLAYS", "hw:nosuchcard")
    with (
        pytest.raises(RigError, match="hw:nosuchcard: no place to play"),
        held(LocalShell(), sys.executable),
    ):
        pass

"""The service as a whole, from its first line to its last, in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from wkmp_pi.app.keeper import wants_to_play
from wkmp_pi.app.service import _Service
from wkmp_pi.config import load
from wkmp_pi.library import queries
from wkmp_pi.library.database import open_library, open_reader
from wkmp_pi.library.store import Store
from wkmp_pi.settings import Settings

pytestmark = pytest.mark.flow


@pytest.mark.parametrize("playing", [True, False])
def test_a_stop_during_the_start_changes_nothing(playing: bool, tmp_path: Path) -> None:
    database = tmp_path / "library.db"
    store = Store(open_library(database, str(tmp_path)), lambda _: None)
    store.save_state({"playing": playing, "volume": 40})
    assert store.stop(10)
    config = tmp_path / "box.toml"
    config.write_text(
        f'[audio]\ndevice = "silent"\n[control]\nsocket = "{tmp_path}/box.sock"\n'
        f'[library]\nmusic_root = "{tmp_path}"\ndatabase = "{database}"\n'
    )

    service = _Service(load(config))
    service._ask_to_stop()
    assert service.run() == 0

    conn = open_reader(database, str(tmp_path))
    assert wants_to_play(conn, Settings()) == playing
    assert queries.state(conn)["volume"] == 40
    conn.close()

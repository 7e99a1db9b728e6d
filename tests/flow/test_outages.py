"""The service and a sound server that dies: what is heard, and what a person is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.box import running, write_wav
from support.pulse import running_pulse

pytestmark = pytest.mark.flow


def test_a_dead_sound_server_stops_the_position_and_a_new_one_hears_the_next_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.random.default_rng(8).integers(1, 1 << 14, (44_100 * 30, 2))
    song = write_wav(tmp_path / "song.wav", values / 32767)
    home = tmp_path / "pulse"
    home.mkdir()
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(home / "asound.conf"))
    with running_pulse(home) as server, running(tmp_path, device=server.device) as box:
        box.ask("enqueue", song)
        box.until("it plays", lambda s: (s["position_ms"] or 0) > 1200)
        server.process.kill()
        lost = box.until("the loss is seen", lambda s: s["problems"])
        later = box.until("it was tried again", lambda s: "opening" in s["problems"][0])
        assert (later["state"], later["position_ms"]) == ("playing", lost["position_ms"])

        with running_pulse(home) as again, again.recording("s16le") as recording:
            heard = recording.take(1000).reshape(-1, 2)
            box.until("all is well", lambda s: not s["problems"])
    starts = np.flatnonzero((values[:-1] == heard[0]).all(axis=1) & (values[1:] == heard[1]).all(1))
    assert starts.size == 1
    assert np.array_equal(values[starts[0] : starts[0] + 1000], heard)
    assert -50 < starts[0] / 44.1 - lost["position_ms"] < 1000  # the recorder may come late

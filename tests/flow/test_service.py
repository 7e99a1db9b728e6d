"""The service as a person lives with it, with a silent card that keeps real time."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest
from support.box import failing, running, wkmp_pi, write_wav

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("songs")
    random = np.random.default_rng(5)
    return [
        write_wav(folder / f"{i}.wav", random.uniform(-0.3, 0.3, (44_100 * 60, 2)))
        for i in range(3)
    ]


def test_what_is_asked_is_done_and_told(songs: list[Path], tmp_path: Path) -> None:
    with running(tmp_path) as box:
        box.ask("enqueue", *songs)
        playing = box.until("it plays", lambda s: (s["position_ms"] or 0) > 200)
        assert playing["state"] == "playing"
        assert playing["current"]["file"] == str(songs[0])
        assert playing["next"]["file"] == str(songs[1])
        assert playing["duration_ms"] == 60_000

        box.ask("next")
        box.until("the second plays", lambda s: s["current"]["file"] == str(songs[1]))
        box.ask("seek", "30")
        box.until("it went to 30 s", lambda s: s["position_ms"] >= 30_000)
        box.ask("volume", "40")
        assert box.status()["volume"] == 40
        box.ask("pause")
        heard = box.until(  # what is queued in the card is still heard
            "the position stands", lambda s: s["position_ms"] == box.status()["position_ms"]
        )
        assert heard["state"] == "paused"
        box.ask("settings", "set", "crossfade_ms", "1234")
        assert box.stop() == 0


def test_a_stop_and_a_start_go_on_where_it_was(songs: list[Path], tmp_path: Path) -> None:
    with running(tmp_path) as box:
        box.ask("enqueue", *songs)
        box.until("it plays", lambda s: (s["position_ms"] or 0) > 100)
        box.ask("seek", "20")
        box.ask("volume", "33")
        before = box.until("it went there", lambda s: s["position_ms"] > 20_200)
        assert box.stop(signal.SIGINT) == 0
    with running(tmp_path) as box:
        after = box.until("it plays again", lambda s: (s["position_ms"] or 0) > 20_000)
        assert after["state"] == "playing"
        assert after["volume"] == 33
        assert after["current"]["file"] == before["current"]["file"]
        assert before["position_ms"] - 500 <= after["position_ms"] < 25_000
        assert after["queue_length"] == 3


def test_a_kill_loses_no_more_than_30_s_of_the_position(songs: list[Path], tmp_path: Path) -> None:
    with running(tmp_path) as box:
        box.ask("enqueue", *songs)
        box.until("it plays", lambda s: (s["position_ms"] or 0) > 100)
        box.ask("next")
        before = box.until("the second plays", lambda s: (s["position_ms"] or 0) > 100)
        box.process.kill()
        box.process.wait()
    with running(tmp_path) as box:
        after = box.until("it plays again", lambda s: (s["position_ms"] or 0) > 0)
        assert after["current"]["file"] == before["current"]["file"]


def test_what_was_answered_survives_a_kill_that_follows(songs: list[Path], tmp_path: Path) -> None:
    with running(tmp_path / "home") as box:
        box.ask("pause")
        entries = box.ask("enqueue", *songs)["entries"]
        box.ask("settings", "set", "crossfade_ms", "1234")
        box.ask("volume", "37")
        box.process.kill()
        box.process.wait()
    with running(tmp_path / "home") as box:
        assert box.status()["volume"] == 37
        assert [slot["entry"] for slot in box.ask("queue")["entries"]] == entries
        assert "1234" in wkmp_pi("settings", "get", "crossfade_ms", home=tmp_path / "home")


def test_paused_stays_paused_over_a_restart(songs: list[Path], tmp_path: Path) -> None:
    with running(tmp_path) as box:
        box.ask("enqueue", songs[0])
        box.until("it plays", lambda s: (s["position_ms"] or 0) > 100)
        paused = box.ask("pause") and box.status()
        box.stop()
    with running(tmp_path) as box:
        after = box.status()
        assert after["state"] == "paused"
        assert abs(after["position_ms"] - paused["position_ms"]) < 100


def test_a_second_service_is_refused_and_the_first_plays_on(
    songs: list[Path], tmp_path: Path
) -> None:
    with running(tmp_path) as box:
        code, error = failing("run", "--config", tmp_path / "box.toml", home=tmp_path)
        assert code == 1
        assert str(box.process.pid) in error
        assert box.status()["state"] == "playing"


def test_the_history_keeps_what_was_heard(songs: list[Path], tmp_path: Path) -> None:
    with running(tmp_path) as box:
        box.ask("enqueue", *songs)
        box.until("it plays", lambda s: (s["position_ms"] or 0) > 500)
        box.ask("next")
        box.until("the second plays", lambda s: (s["position_ms"] or 0) > 100)
        box.ask("previous")
        back = box.until(
            "it went back", lambda s: s["current"] and s["current"]["file"] == str(songs[0])
        )
        assert back["queue_length"] == 3
        box.stop()
    from wkmp_pi.library import queries
    from wkmp_pi.library.database import open_reader

    conn = open_reader(tmp_path / "library.db", str(tmp_path))
    plays = queries.recent_plays(conn)
    conn.close()
    skipped = plays[-1]
    assert (skipped.passage.file, skipped.reason) == (str(songs[0]), "user_skip")
    assert 400 <= skipped.played_ms < 20_000


def test_passages_of_the_library_are_played_by_their_number(
    songs: list[Path], tmp_path: Path
) -> None:
    with running(tmp_path) as box:
        document = tmp_path / "set.toml"
        document.write_text(
            f'[[passage]]\nfile = "{songs[0]}"\nstart_ms = 1000\nend_ms = 9000\ntitle = "Part"\n'
            '[[passage.song]]\ntitle = "One"\nstart_ms = 0\nend_ms = 4000\n'
        )
        (number,) = box.ask("library", "add", document)["passages"]
        box.ask("enqueue", f"passage:{number}")
        status = box.until("it plays", lambda s: (s["position_ms"] or 0) > 100)
        assert status["duration_ms"] == 8000
        assert status["current"]["title"] == "Part"
        assert status["song"]["title"] == "One"


def test_the_events_are_followed_as_they_come(songs: list[Path], tmp_path: Path) -> None:
    with running(tmp_path) as box:
        box.ask("enqueue", songs[0])
        box.until("it plays", lambda s: (s["position_ms"] or 0) > 100)
        listing = wkmp_pi("queue", home=tmp_path)
        assert "0.wav" in listing


def test_a_library_that_had_to_be_replaced_is_a_problem_that_is_seen(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"no database at all" * 1000)
    with running(tmp_path) as box:
        (problem,) = box.status()["problems"]
        assert "moved to library.db.corrupt-1" in problem
        assert box.stop() == 0


def test_a_queue_survives_a_start_without_the_disk_of_its_music(tmp_path: Path) -> None:
    music, aside = tmp_path / "music", tmp_path / "aside"
    music.mkdir()
    tone = np.full((44_100 * 20, 2), 0.1)
    files = [write_wav(music / f"{i}.wav", tone) for i in range(3)]
    with running(tmp_path, music=music) as box:
        box.ask("enqueue", *files)
        box.until("it plays", lambda s: (s["position_ms"] or 0) > 500)
        box.stop()
    music.rename(aside)
    with running(tmp_path, music=music) as box:
        missing = box.until("the disk is missed", lambda s: s["problems"])
        assert missing["queue_length"] == 3
        assert missing["position_ms"] > 400
        aside.rename(music)
        back = box.until("it plays again", lambda s: not s["problems"] and s["duration_ms"])
        assert back["queue_length"] == 3
        assert box.stop() == 0

"""Disks that are full while the box runs: real file systems, real limits."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from library.building import a_play, a_queue, close, environment, in_own_mounts, open_at

from wkmp_pi.library import queries, writes
from wkmp_pi.library.store import Store

pytestmark = pytest.mark.flow

FILL = """\
    import pathlib, subprocess, sys, threading
    from library.building import a_passage, a_play, a_queue, open_at
    from wkmp_pi.library import queries, writes
    from wkmp_pi.library.store import Store

    folder = pathlib.Path(sys.argv[1])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size={size}m", "none", folder], check=True)
    told, back = threading.Event(), threading.Event()
    problems = []
    def on_problem(text):
        problems.append(text)
        (told if text else back).set()
    opened = open_at(folder)
    store = Store(opened, on_problem)
    store.start()
    store.submit(lambda conn: writes.record_play(conn, a_play(0))).result(5)

    with open(folder / "ballast", "wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            pass
    def record(n):
        return store.submit(lambda conn: writes.record_play(conn, a_play(n)))
    kept = [record(n) for n in range(1, 400)]
    saved = [store.save_queue(a_queue(range(50))), store.save_state({{"volume": 7}})]
"""


def test_a_disk_that_fills_up_loses_nothing_and_heals_by_itself(tmp_path: Path) -> None:
    script = FILL.format(size=3) + (
        """
    told.wait(10)
    passages = [a_passage(f"{n}") for n in range(200)]
    refused = store.submit(
        lambda conn: writes.add_passages(conn, passages), patient=False
    ).exception(10)
    heard = store.submit(queries.recent_plays, patient=False).result(10)
    waiting = sum(not done.done() for done in [*kept, *saved])
    (folder / "ballast").unlink()
    back.wait(15)
    [done.result(15) for done in [*kept, *saved]]
    print(waiting, len(heard), refused)
    print(store.stop(5), problems[0], problems[-1])
    again = open_at(folder)
    print(len(queries.recent_plays(again.connection, -1)), queries.state(again.connection))
    print(queries.queue(again.connection) == a_queue(range(50)))
    print([line for (line,) in again.connection.execute("PRAGMA quick_check")])
    """
    )
    first, second, third, *rest = in_own_mounts(script, str(tmp_path)).splitlines()
    waiting, heard, refused = first.split(" ", 2)
    assert int(waiting) > 0, "the disk was never full: nothing was tested"
    assert int(heard) > 0
    assert "the disk is full" in refused
    assert second.startswith("True ")
    assert second.endswith(" None")
    assert third == "400 {'volume': 7}"
    assert rest == ["True", "['ok']"]


def test_with_its_reserve_a_box_goes_on_remembering_on_a_full_disk(tmp_path: Path) -> None:
    script = FILL.format(size=16) + (
        """
    [done.result(15) for done in [*kept, *saved]]
    back.wait(5)
    print(problems[0].split(": ")[1], problems[-1], (folder / "library.db.reserve").exists())
    """
    )
    printed = in_own_mounts(script, str(tmp_path))
    assert printed.startswith("the disk is full; expected")
    assert printed.endswith(" None False\n")


def test_a_disk_that_stays_full_ends_in_time_with_a_sound_library(tmp_path: Path) -> None:
    script = FILL.format(size=3) + (
        """
    told.wait(10)
    print(store.stop(1))
    (folder / "ballast").unlink()
    again = open_at(folder)
    print(again.warnings, again.problem, len(queries.recent_plays(again.connection, -1)) >= 1)
    """
    )
    assert in_own_mounts(script, str(tmp_path)).splitlines() == ["False", "() None True"]


def test_a_library_at_its_limit_of_pages_refuses_and_takes_again(tmp_path: Path) -> None:
    """SQLITE_FULL by SQLite itself, in the middle of statements and in no other file system."""
    opened = open_at(tmp_path)
    store = Store(opened, lambda _: None, linger_s=0)
    conn = opened.connection
    pages = conn.execute("PRAGMA page_count").fetchone()[0]
    conn.execute(f"PRAGMA max_page_count = {pages + 2}")
    done = [store.submit(lambda c, n=n: writes.record_play(c, a_play(n))) for n in range(200)]
    save = store.save_queue(a_queue(range(400)))
    for _ in range(201):
        store.step()
    assert not all(future.done() for future in [*done, save])
    conn.execute("PRAGMA max_page_count = 100000")
    assert store.stop(5)
    assert all(future.exception() is None for future in [*done, save])
    again = open_at(tmp_path)
    assert len(queries.recent_plays(again.connection, -1)) == 200
    close(again)


LIMITED = """
import pathlib, sys
from library.building import a_play, open_at
from wkmp_pi.library import writes
from wkmp_pi.library.store import Store

opened = open_at(pathlib.Path(sys.argv[1]))
store = Store(opened, lambda text: text and print("told", text.split(": ")[1], flush=True))
store.start()
for n in range(500):
    done = store.submit(lambda conn: writes.record_play(conn, a_play(n)), patient=False)
    if done.exception(5) is None:
        print("ack", n, flush=True)
store.stop(0)
"""


def test_a_limit_on_the_size_of_files_loses_no_acknowledged_play(tmp_path: Path) -> None:
    close(open_at(tmp_path))
    limit = 300_000

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path],
        preexec_fn=limited,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=environment(),
    )
    acked = {int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("ack")}
    assert 10 <= len(acked) < 500, "the limit was never met, or nothing was written"
    assert "told" in done.stdout
    again = open_at(tmp_path)
    assert (again.warnings, again.problem) == ((), None)
    found = [play.entry for play in queries.recent_plays(again.connection, -1)]
    assert acked <= set(found)
    assert len(found) == len(set(found))
    close(again)


def test_control_a_store_that_forgot_to_wait_would_lose_plays(tmp_path: Path) -> None:
    """Without patience the same full library loses what it refused."""
    opened = open_at(tmp_path)
    store = Store(opened, lambda _: None, linger_s=0)
    conn = opened.connection
    conn.execute(f"PRAGMA max_page_count = {conn.execute('PRAGMA page_count').fetchone()[0] + 2}")
    for n in range(200):
        store.submit(lambda c, n=n: writes.record_play(c, a_play(n)), patient=False)
        store.step()
    conn.execute("PRAGMA max_page_count = 100000")
    assert store.stop(5)
    check = sqlite3.connect(tmp_path / "library.db")
    assert check.execute("SELECT count(*) FROM play_history").fetchone()[0] < 200
    check.close()

"""The store without its thread: ``step`` by hand, real files, no waiting."""

from __future__ import annotations

import itertools
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from library.building import (
    FailingConnection,
    a_passage,
    a_play,
    a_queue,
    close,
    open_at,
)

from wkmp_pi.errors import LibraryError, RequestError
from wkmp_pi.library import backups, queries, upkeep, writes
from wkmp_pi.library.connection import LibraryConnection
from wkmp_pi.library.store import Store


class Bench:
    """A store whose thread is this one, and whose clock stands until it is moved."""

    def __init__(self, folder: Path, factory: type[LibraryConnection] = FailingConnection) -> None:
        self.folder = folder
        self.opened = open_at(folder, factory=factory)
        self.problems: list[str | None] = []
        self.now_s = 0.0
        self.store = Store(
            self.opened,
            self.problems.append,
            clock=lambda: self.now_s,
            linger_s=0,
            patience_s=0,
        )

    @property
    def conn(self) -> FailingConnection:
        assert isinstance(self.opened.connection, FailingConnection)
        return self.opened.connection

    def submit(self, job: Callable[[LibraryConnection], Any], **how: bool) -> Future[Any]:
        done = self.store.submit(job, **how)
        self.store.step()
        return done

    def wait(self, seconds: float) -> None:
        """Let time pass until the store has done what was due."""
        self.now_s += seconds
        self.store.step()

    def read(self, job: Callable[[LibraryConnection], Any]) -> Any:
        return job(self.opened.connection)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.conn.fail_at = None
    bench.store.stop(0)


def test_a_job_gives_its_result_or_what_it_raised(bench: Bench) -> None:
    assert bench.submit(lambda conn: conn.execute("SELECT 7").fetchone()).result() == (7,)

    def refuse(conn: LibraryConnection) -> None:
        writes.save_state(conn, {"volume": 1})
        raise RequestError("no")

    with pytest.raises(RequestError, match="no"):
        bench.submit(refuse).result()
    assert bench.read(queries.state) == {}, "nothing of a job that fails stays"


def test_a_bug_in_a_job_is_logged_even_if_nobody_looks(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    done = bench.submit(lambda conn: conn.execute("SELECT nothing FROM nowhere"))
    assert isinstance(done.exception(), sqlite3.OperationalError)
    assert "nowhere" in caplog.text


def test_a_job_sees_every_save_that_was_asked_for_before(bench: Bench) -> None:
    bench.store.save_state({"volume": 3})
    bench.store.save_queue(a_queue([1, 2]))
    bench.store.save_setting("crossfade_ms", 9)
    done = bench.store.submit(
        lambda conn: (queries.state(conn), queries.queue(conn), queries.settings(conn)[0])
    )
    for _ in range(4):
        bench.store.step()
    state, queue, settings = done.result()
    assert (state, queue, settings.crossfade_ms) == ({"volume": 3}, a_queue([1, 2]), 9)


def test_saves_that_come_fast_are_one_transaction_of_the_latest_values(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    store = Store(bench.opened, bench.problems.append, clock=lambda: bench.now_s, linger_s=0.01)
    statements: list[str] = []
    bench.conn.set_trace_callback(statements.append)
    saved = [store.save_state({"volume": n, f"key {n}": n}) for n in range(50)]
    saved += [store.save_queue(a_queue(range(n))) for n in range(1, 20)]
    for _ in saved:
        store.step()
    assert not any(done.done() for done in saved)
    bench.now_s += 0.01
    store.step()
    assert all(done.done() for done in saved)
    assert statements.count("COMMIT") == 1
    assert bench.read(queries.state)["volume"] == 49
    assert bench.read(queries.state)["key 7"] == 7
    assert bench.read(queries.queue) == a_queue(range(19))
    store.stop(0)


@pytest.mark.parametrize(
    ("ask", "safe"),
    [
        (lambda store: store.save_queue(a_queue([1])), True),
        (lambda store: store.save_setting("crossfade_ms", 1), True),
        (lambda store: store.save_state({"volume": 1}), True),
        (lambda store: store.save_play(a_play(1)), True),
        (lambda store: store.submit(lambda conn: writes.record_play(conn, a_play(1))), False),
    ],
)
def test_what_must_survive_a_power_cut_waits_for_the_disk(
    bench: Bench, ask: Callable[[Store], Future[Any]], safe: bool
) -> None:
    statements: list[str] = []
    bench.conn.set_trace_callback(statements.append)
    ask(bench.store)
    bench.store.step()
    bench.conn.set_trace_callback(None)
    level = {"PRAGMA synchronous = FULL": True, "PRAGMA synchronous = NORMAL": False}
    assert [level[sql] for sql in statements if sql in level] == [safe]


def test_a_play_is_stored_in_one_go_with_the_queue_that_advances(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    store = Store(bench.opened, bench.problems.append, clock=lambda: bench.now_s, linger_s=0.01)
    statements: list[str] = []
    bench.conn.set_trace_callback(statements.append)
    saved = [store.save_play(a_play(1)), store.save_queue(a_queue([2])), store.save_play(a_play(2))]
    for _ in saved:
        store.step()
    bench.now_s += 0.01
    store.step()
    assert all(done.done() for done in saved)
    assert statements.count("COMMIT") == 1
    assert [play.entry for play in bench.read(queries.recent_plays)] == [2, 1]
    store.stop(0)


@pytest.mark.parametrize(
    ("then", "stored_at_s"),
    [
        (lambda store: store.save_state({"volume": 1}), 1.01),
        (lambda store: store.when_kept(lambda: None), 1.01),
        (lambda store: store.save_state({"volume": 1}, soon=False), 60.0),
    ],
    ids=["with one that is urgent", "when somebody asks", "at last by itself"],
)
def test_what_nobody_waits_for_is_stored_with_the_next_save(
    tmp_path: Path, then: Callable[[Store], object], stored_at_s: float
) -> None:
    bench = Bench(tmp_path)
    store = Store(bench.opened, bench.problems.append, clock=lambda: bench.now_s, linger_s=0.01)
    saved = [store.save_play(a_play(1)), store.save_queue(a_queue([2]), soon=False)]
    for _ in saved:
        store.step()
    bench.now_s = 1.0
    then(store)
    store.step()
    bench.now_s = stored_at_s - 0.005
    assert not any(done.done() for done in saved)
    bench.now_s = stored_at_s
    store.step()
    assert all(done.done() for done in saved)
    store.stop(0)


def test_a_job_that_needs_no_saves_lets_them_wait(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    store = Store(bench.opened, bench.problems.append, clock=lambda: bench.now_s, linger_s=0.01)
    saved = store.save_play(a_play(1))
    found = [store.submit(queries.recent_plays, after_saves=sees) for sees in (False, True)]
    store.step()
    store.step()
    assert (found[0].result(0), saved.done()) == ([], False)
    store.step()
    assert [play.entry for play in found[1].result(0)] == [1]
    assert saved.done()
    store.stop(0)


def test_a_play_that_the_schema_refuses_costs_nothing_that_is_stored_with_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(tmp_path)
    store = Store(bench.opened, bench.problems.append, clock=lambda: bench.now_s, linger_s=0.01)
    for n in (1, 2, 3):
        store.save_play(replace(a_play(n), played_ms=-1 if n == 2 else 5))
        store.save_state({"volume": n})
        store.step()
        store.step()
    bench.now_s += 0.01
    store.step()
    assert [play.entry for play in bench.read(queries.recent_plays)] == [3, 1]
    assert bench.read(queries.state) == {"volume": 3}
    assert "a play cannot be stored" in caplog.text
    store.stop(0)


def test_who_asks_is_told_when_all_that_was_saved_before_is_on_the_disk(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    store = Store(bench.opened, bench.problems.append, clock=lambda: bench.now_s, linger_s=0.01)
    told: list[str] = []
    bench.conn.set_trace_callback(lambda sql: told.append(sql) if sql == "COMMIT" else None)
    for n in range(3):
        store.save_setting("crossfade_ms", n)
        store.when_kept(lambda: told.append("kept"))
        store.step()
        store.step()
    assert told == []
    bench.now_s += 0.01
    store.step()
    assert told == ["COMMIT", "kept", "kept", "kept"]
    store.when_kept(lambda: told.append("nothing waits"))
    store.step()
    assert told[4:] == ["nothing waits"]
    store.stop(0)


def test_who_asks_is_told_even_when_the_library_is_being_closed_or_is(tmp_path: Path) -> None:
    store = Store(open_at(tmp_path), lambda _: None)
    told: list[str] = []
    store.save_setting("crossfade_ms", 1)
    store.when_kept(lambda: told.append("closing"))
    assert store.stop(5)
    store.when_kept(lambda: told.append("closed"))
    assert told == ["closing", "closed"]


def test_what_is_saved_is_what_was_given_even_if_it_changes_afterwards(bench: Bench) -> None:
    values: dict[str, Any] = {"list": [1]}
    bench.store.save_state(values)
    values["list"].append(2)
    bench.store.step()
    assert bench.read(queries.state) == {"list": [1]}
    with pytest.raises(TypeError):
        bench.store.save_state({"volume": object()})


# --- a disk in trouble ---


def test_saves_wait_until_the_disk_takes_them_and_the_latest_wins(bench: Bench) -> None:
    bench.conn.arm(1, stay=True)
    first = bench.store.save_state({"volume": 1, "muted": True})
    bench.store.step()
    second = bench.store.save_state({"volume": 2})
    bench.store.step()
    assert not first.done()
    assert len(bench.problems) == 1
    assert "the disk is full" in str(bench.problems[0])
    bench.conn.fail_at = None
    bench.wait(60)
    assert (first.done(), second.done()) == (True, True)
    assert bench.read(queries.state) == {"volume": 2, "muted": True}
    assert bench.problems[1:] == [None]


def test_who_asks_whether_something_is_kept_need_not_wait_for_the_end_of_trouble(
    bench: Bench,
) -> None:
    told: list[int] = []
    bench.conn.arm(1, stay=True)
    for n in range(3):
        bench.store.save_setting("crossfade_ms", n)
        bench.store.when_kept(lambda n=n: told.append(n))  # type: ignore[misc]
    for _ in range(6):
        bench.store.step()
    assert bench.problems
    assert told == [0, 1, 2]


def test_patient_jobs_are_kept_in_order_and_others_are_refused(bench: Bench) -> None:
    bench.conn.arm(1, stay=True)
    kept = [bench.submit(lambda conn, n=n: writes.record_play(conn, a_play(n))) for n in range(3)]
    refused = bench.submit(lambda conn: writes.add_passages(conn, [a_passage()]), patient=False)
    with pytest.raises(LibraryError, match="not made: try again later"):
        refused.result(0)
    assert not any(done.done() for done in kept)
    bench.conn.fail_at = None
    bench.wait(60)
    assert all(done.done() for done in kept)
    assert [play.entry for play in bench.read(queries.recent_plays)] == [2, 1, 0]
    assert bench.read(queries.passages) == []


def test_reads_go_on_while_writes_wait(bench: Bench) -> None:
    """As on a full disk, where only what needs a new page fails."""
    bench.submit(lambda conn: writes.add_passages(conn, [a_passage()]))

    def write(conn: LibraryConnection) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    stuck = bench.submit(write)
    found = bench.submit(queries.passages)
    assert len(found.result(0)) == 1
    assert not stuck.done()


def test_the_pause_between_tries_grows_to_five_seconds_whatever_comes_in(bench: Bench) -> None:
    bench.conn.arm(1, stay=True)
    bench.store.save_state({"volume": 1})
    bench.store.step()
    pauses = []
    for _ in range(8):
        tries, pause = bench.conn.seen, 0.0
        while bench.conn.seen == tries:
            bench.store.save_state({"volume": 1})
            bench.store.step()  # takes the save, and tries when it is due
            pause += 0.125
            bench.now_s += 0.125
        pauses.append(pause)
    assert pauses == sorted(pauses)
    assert max(pauses) <= 5.125


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR | 3 << 8, sqlite3.SQLITE_BUSY, 11]
)
def test_every_trouble_of_the_disk_is_told_in_words(bench: Bench, code: int) -> None:
    bench.conn.arm(1, code=code)
    bench.store.save_state({"volume": 1})
    bench.store.step()
    assert len(str(bench.problems[0]).split(";")) == 3
    bench.wait(1)
    assert bench.problems[1] is None


@pytest.mark.parametrize("late", [False, True])
def test_whatever_statement_fails_nothing_is_lost_or_doubled(tmp_path: Path, late: bool) -> None:
    """The n-th statement (or its answer) fails, for n = 1, 2, 3 … until nothing fails any more."""
    for n in itertools.count(1):
        folder = tmp_path / str(n)
        bench = Bench(folder)
        bench.conn.arm(n, late=late)
        saves = [
            bench.store.save_queue(a_queue(range(1, 9))),
            bench.store.save_state({"volume": 4}),
        ]
        saves.append(bench.store.save_setting("crossfade_ms", 5))
        jobs = [bench.store.submit(lambda conn: writes.record_play(conn, a_play(1)))]
        jobs.append(bench.store.submit(lambda conn: writes.add_passages(conn, [a_passage()])))
        for _ in range(5):
            bench.store.step()
        failed = bench.conn.failed
        bench.wait(60)
        assert all(done.done() for done in saves + jobs), n
        bench.conn.fail_at = None
        assert bench.store.stop(0)
        assert bench.problems in ([], [bench.problems and bench.problems[0], None]), n
        again = open_at(folder)
        assert queries.queue(again.connection) == a_queue(range(1, 9))
        assert queries.state(again.connection) == {"volume": 4}
        assert queries.settings(again.connection)[0].crossfade_ms == 5
        assert len(queries.recent_plays(again.connection)) == 1
        assert len(queries.passages(again.connection)) == 1
        close(again)
        if not failed:
            break
    assert n > 30, "fewer statements than the work has"


def test_control_a_write_outside_of_a_transaction_is_torn(tmp_path: Path) -> None:
    """The same loop sees half a passage when nothing holds the statements together."""
    torn = 0
    for n in itertools.count(1):
        bench = Bench(tmp_path / str(n))
        bench.conn.arm(n)
        try:
            writes.add_passages(bench.conn, [a_passage()])
            break
        except sqlite3.OperationalError:
            bench.conn.fail_at = None
            torn += any(not passage.songs for passage in queries.passages(bench.conn))
        finally:
            bench.store.stop(0)
    assert torn


# --- upkeep and the end ---


def test_the_daily_backup_is_made_when_playback_has_settled(bench: Bench) -> None:
    bench.submit(lambda conn: writes.record_play(conn, a_play(1)))
    assert backups.newest_good(bench.folder / "library.db", 1, 1.0) is None
    bench.wait(60)
    assert backups.newest_good(bench.folder / "library.db", 1, 1.0) is not None


def test_a_backup_that_fails_is_only_logged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.conn.arm(1)
    bench.wait(60)
    assert "no backup was made: the disk is full" in caplog.text
    assert bench.submit(lambda conn: 3).result(0) == 3


def test_a_reader_that_never_ends_is_told_of(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "WAL_ALARM_BYTES", 100_000)
    bench.conn.execute("PRAGMA wal_autocheckpoint = 5")
    reader = sqlite3.connect(bench.folder / "library.db")
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM state").fetchall()
    for n in range(60):
        bench.store.save_state({"volume": n})
        bench.store.step()
    assert "end the program that reads" in str(bench.problems[-1])
    reader.close()
    for n in range(60):
        bench.store.save_state({"volume": n})
        bench.store.step()
    bench.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    bench.store.save_state({"volume": 1})
    bench.store.step()
    assert bench.problems[-1] is None


def test_a_library_that_is_taken_away_is_told(bench: Bench) -> None:
    def save() -> None:
        bench.store.save_state({"volume": 1})
        bench.store.step()

    save()
    assert bench.problems == []
    path = bench.folder / "library.db"
    aside = path.rename(bench.folder / "elsewhere")
    save()
    assert "was taken away while it is in use" in str(bench.problems[-1])
    aside.rename(path)
    save()
    assert bench.problems[-1] is None


def test_a_slow_job_is_told_in_the_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    spin = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1500000)"
        " SELECT max(i) FROM n"
    )
    with caplog.at_level(logging.WARNING):
        bench.submit(lambda conn: conn.execute(spin).fetchone())
    assert "took" in caplog.text


def test_the_end_stores_what_waits_and_leaves_no_log(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.store.save_state({"volume": 1})
    done = bench.store.submit(lambda conn: writes.record_play(conn, a_play(1)))
    assert bench.store.stop(1)
    assert bench.store.stop(1), "twice is harmless"
    assert done.done()
    late = bench.store.save_state({"volume": 2})
    with pytest.raises(LibraryError, match="closed already"):
        late.result(0)
    names = {path.name.removeprefix("library.db") for path in tmp_path.iterdir()}
    assert names == {"", ".lock", ".reserve"}
    again = open_at(tmp_path)
    assert queries.state(again.connection) == {"volume": 1}
    close(again)


def test_the_end_does_not_wait_for_a_disk_that_never_comes_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.conn.arm(1, stay=True)
    save = bench.store.save_state({"volume": 1})
    job = bench.store.submit(lambda conn: writes.record_play(conn, a_play(1)))
    assert not bench.store.stop(0)
    for done in (save, job):
        with pytest.raises(LibraryError, match="before the end"):
            done.result(0)


def test_a_library_in_memory_tells_its_problem_once_and_takes_everything(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    problems: list[str | None] = []
    store = Store(open_at(tmp_path / "file"), problems.append)
    store.start()
    store.save_state({"volume": 1})
    assert store.submit(queries.state).result(5) == {"volume": 1}
    assert store.stop(5)
    assert len(problems) == 1
    assert "memory only" in str(problems[0])


@pytest.mark.flow
def test_many_threads_may_ask_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    store = Store(open_at(tmp_path), lambda _: None)
    store.start()
    done: list[Future[None]] = []

    def ask(first: int) -> None:
        for n in range(first, first + 100):
            done.append(store.submit(lambda conn, n=n: writes.record_play(conn, a_play(n))))
            store.save_state({"last": n})

    threads = [threading.Thread(target=ask, args=(100 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.stop(20)
    assert all(future.exception() is None for future in done)
    again = open_at(tmp_path)
    assert {play.entry for play in queries.recent_plays(again.connection, -1)} == set(range(400))
    close(again)


@pytest.mark.flow
def test_the_end_comes_in_time_while_a_job_runs_on(tmp_path: Path) -> None:
    store = Store(open_at(tmp_path), lambda _: None)
    store.start()
    gate = threading.Event()
    store.submit(lambda _: gate.wait(20))
    assert not store.stop(0.05)
    gate.set()
    assert store.stop(20)

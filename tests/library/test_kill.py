"""kill -9 at random moments: what was acknowledged is there, once, and the file is sound.

A killed process loses nothing that the kernel has; power cuts are another
matter, for which the tests at the end cut the log itself. WKMP_KILLS=1000
makes it the long run.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from library.building import ROOT, a_play, a_queue, close, environment, open_at

from wkmp_pi.library import health, queries, writes
from wkmp_pi.library.connection import LibraryConnection, connect, transact

KILLS = int(os.environ.get("WKMP_KILLS", "40"))


@dataclass
class Outcome:
    """What a kill loop saw."""

    seed: int
    kills: int = 0
    without_progress: int = 0
    acked: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    doubled: set[int] = field(default_factory=set)
    torn: int = 0

    def look(self, conn: LibraryConnection) -> None:
        assert health.quick_check(conn, 5.0) is None
        found = Counter(play.entry for play in queries.recent_plays(conn, -1))
        self.lost |= self.acked - set(found)
        self.doubled |= {entry for entry, times in found.items() if times > 1}
        queue = queries.queue(conn)
        if queue is not None:
            entries = [each["entry"] for each in queue["entries"]]
            self.torn += entries != list(range(queue["at"], queue["at"] + 20))


@contextmanager
def forks(folder: Path, manner: str) -> Iterator[subprocess.Popen[str]]:
    script = Path(__file__).with_name("killed.py")
    with subprocess.Popen(
        [sys.executable, script, folder, manner],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def loop(folder: Path, manner: str, kills: int) -> Outcome:
    """Kill players after a random number of acknowledged plays and a random moment more."""
    outcome = Outcome(seed=random.SystemRandom().randrange(2**32))
    chance = random.Random(outcome.seed)
    with forks(folder, manner) as parent:
        assert parent.stdin
        assert parent.stdout
        for _ in range(kills):
            first = max(outcome.acked, default=0) + 100
            parent.stdin.write(f"{first}\n")
            parent.stdin.flush()
            player = int(parent.stdout.readline())
            before = len(outcome.acked)
            for _ in range(chance.randint(0, 12)):
                outcome.acked.add(int(parent.stdout.readline().split()[1]))
            time.sleep(chance.random() * 0.004)
            os.kill(player, signal.SIGKILL)
            while (line := parent.stdout.readline()) != "dead\n":
                outcome.acked.add(int(line.split()[1]))
            outcome.kills += 1
            outcome.without_progress += len(outcome.acked) == before
            opened = open_at(folder)
            assert (opened.warnings, opened.problem) == ((), None), outcome.seed
            outcome.look(opened.connection)
            close(opened)
    return outcome


@pytest.mark.flow
def test_no_acknowledged_play_is_lost_or_doubled_however_often_it_is_killed(tmp_path: Path) -> None:
    outcome = loop(tmp_path, "honest", KILLS)
    print(f"seed {outcome.seed}: {outcome.kills} kills, {len(outcome.acked)} plays")
    assert (outcome.lost, outcome.doubled, outcome.torn) == (set(), set(), 0), outcome.seed
    assert len(outcome.acked) >= 4 * outcome.kills, "too little was stored to prove anything"
    assert outcome.without_progress <= outcome.kills // 4


@pytest.mark.flow
def test_control_an_acknowledgement_before_the_commit_is_found_out(tmp_path: Path) -> None:
    assert loop(tmp_path, "early", KILLS).lost


@pytest.mark.flow
def test_control_a_play_in_two_transactions_is_found_out(tmp_path: Path) -> None:
    assert loop(tmp_path, "split", 3).doubled


# --- power cuts: the end of the log is lost ---


def states_after_cuts(folder: Path) -> Iterator[tuple[int, int, int, list[int]]]:
    """Write plays and queues, then cut the log at many places.

    Yields:
        the place of the cut; plays that were committed when the log was that long, at least
        and at most; the entries that are found.
    """
    opened = open_at(folder)
    conn, path = opened.connection, folder / "library.db"
    conn.execute("PRAGMA wal_autocheckpoint = 0")
    log = path.with_name("library.db-wal")
    lengths = []
    for n in range(1, 25):

        def both(conn: LibraryConnection, n: int = n) -> None:
            writes.record_play(conn, a_play(n))
            writes.save_queue(conn, a_queue(range(n, n + 20), at=n))

        transact(conn, both, durable=True)
        lengths.append(written(log.read_bytes()))
    data, base = log.read_bytes()[: lengths[-1]], path.read_bytes()
    close(opened)
    for cut in range(0, len(data) + 1, 1511):
        shutil.rmtree(folder / "cut", ignore_errors=True)
        (folder / "cut").mkdir()
        (folder / "cut" / "library.db").write_bytes(base)
        (folder / "cut" / "library.db-wal").write_bytes(data[:cut])
        again = open_at(folder / "cut")
        assert (again.warnings, again.problem) == ((), None), cut
        outcome = Outcome(seed=0)
        outcome.look(again.connection)
        assert (outcome.doubled, outcome.torn) == (set(), 0), cut
        found = sorted(play.entry for play in queries.recent_plays(again.connection, -1))
        close(again)
        sure = sum(length <= cut for length in lengths)
        yield cut, sure, sure + 1, list(found)


def written(log: bytes) -> int:
    """How much of a log is used; see https://sqlite.org/fileformat2.html#the_write_ahead_log."""
    page_bytes, salts = int.from_bytes(log[8:12], "big"), log[16:24]
    end = 32
    while log[end + 8 : end + 16] == salts:
        end += 24 + page_bytes
    return end


def test_a_log_that_is_cut_anywhere_gives_whole_transactions_in_order(tmp_path: Path) -> None:
    cuts = 0
    for cut, least, most, found in states_after_cuts(tmp_path):
        assert found == list(range(1, len(found) + 1)), cut
        assert least <= len(found) <= most, cut
        cuts += 1
    assert cuts > 50


def test_control_a_torn_queue_would_be_seen(tmp_path: Path) -> None:
    close(open_at(tmp_path))
    conn = connect(tmp_path / "library.db", ROOT)
    writes.save_queue(conn, a_queue(range(5, 25), at=5))
    conn.execute("UPDATE state SET value = '{\"at\":6}' WHERE key = 'queue'")
    outcome = Outcome(seed=0)
    outcome.look(conn)
    conn.close()
    assert outcome.torn == 1

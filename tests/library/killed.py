"""A process that forks players which store plays and say so, to be killed at any moment.

``python killed.py FOLDER MANNER``: each line on standard input is a first
number; a child then prints its pid and ``acked N`` for each play, until it is
killed. MANNER is ``honest``, or what a control breaks on purpose: ``early``
acknowledges before the commit, ``split`` stores a play in two transactions.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from library.building import a_play, a_queue, open_at

from wkmp_pi.library import writes
from wkmp_pi.library.store import Store


def play(folder: Path, first: int, manner: str) -> None:
    say(os.getpid())
    store = Store(open_at(folder), lambda _: None, linger_s=0)
    store.start()
    for n in range(first, first + 1_000_000):
        store.save_state({"entry": n, "position_ms": 7 * n})
        queue = store.save_queue(a_queue(range(n, n + 20), at=n))
        if manner == "early":
            say("acked", n)
            queue.result()
        if manner == "split":
            store.submit(lambda conn, n=n: conn.execute(ONE_ROW, (n,))).result()
        store.submit(lambda conn, n=n: writes.record_play(conn, a_play(n))).result()
        if manner != "early":
            queue.result()
            say("acked", n)


def say(*words: object) -> None:
    """One write for the whole line, which a kill cannot divide."""
    os.write(1, (" ".join(str(word) for word in words) + "\n").encode())


ONE_ROW = (
    "INSERT INTO play_history (entry, file, title, artist, album, started_utc, reason, played_ms)"
    " VALUES (?, '', '', '', '', '2024-05-01', 'natural', 0)"
)


def main(folder: str, manner: str) -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            play(Path(folder), int(line), manner)
        os.waitpid(child, 0)
        say("dead")


if __name__ == "__main__":
    main(*sys.argv[1:])

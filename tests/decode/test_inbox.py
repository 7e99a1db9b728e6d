from __future__ import annotations

import select
import threading

from wkmp_pi.decode.inbox import Inbox


def ready(inbox: Inbox[int]) -> bool:
    poll = select.poll()
    poll.register(inbox, select.POLLIN)
    return bool(poll.poll(0))


def test_items_come_in_order_and_wake_a_poll() -> None:
    inbox: Inbox[int] = Inbox()
    assert not ready(inbox)
    inbox.put(1)
    inbox.put(2)

    assert ready(inbox)
    assert inbox.take_all() == [1, 2]
    assert not ready(inbox)
    assert inbox.take_all() == []


def test_a_call_without_an_item_ends_a_poll_once() -> None:
    inbox: Inbox[int] = Inbox()
    inbox.wake()

    assert ready(inbox)
    assert inbox.take_all() == []
    assert not ready(inbox)


def test_nothing_is_lost_between_threads() -> None:
    inbox: Inbox[int] = Inbox()
    threads = [
        threading.Thread(target=lambda n=n: [inbox.put(n * 1000 + i) for i in range(1000)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    got: list[int] = []
    while len(got) < 4000:
        poll = select.poll()
        poll.register(inbox, select.POLLIN)
        assert poll.poll(10_000)
        got += inbox.take_all()
    for thread in threads:
        thread.join()

    assert sorted(got) == list(range(4000))
    for n in range(4):
        mine = [item for item in got if item // 1000 == n]
        assert mine == sorted(mine)

"""The ring between two threads: what goes in comes out, once, in order, and wakes who waits."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wkmp_pi.decode.buffer import DecodeBuffer

RATE = 1_000


def frames(first: int, count: int) -> np.ndarray:
    """Frames that carry their own numbers, left and right different."""
    numbers = np.arange(first, first + count, dtype=np.float32)
    return np.repeat(numbers, 2) + np.tile(np.float32([0, 0.5]), count)


def test_frames_come_out_in_order_across_the_seam() -> None:
    buffer = DecodeBuffer(10, RATE, 5)
    out = np.zeros(14, np.float32)

    assert buffer.write(frames(0, 8)) == 8
    assert buffer.read_into(out) == 7
    assert buffer.write(frames(8, 9)) == 9
    assert buffer.space_frames() == 0
    assert buffer.read_into(out) == 7
    assert np.array_equal(out, frames(7, 7))
    assert buffer.readable_frames() == 3


@given(
    st.integers(1, 40),
    st.lists(st.tuples(st.booleans(), st.integers(0, 60)), max_size=60),
)
def test_any_order_of_reads_and_writes_loses_and_doubles_nothing(
    capacity: int, steps: list[tuple[bool, int]]
) -> None:
    buffer = DecodeBuffer(capacity, RATE, 1)
    written, heard = 0, [np.zeros(0, np.float32)]
    for writes, count in steps:
        if writes:
            written += buffer.write(frames(written, count))
        else:
            out = np.zeros(count * 2, np.float32)
            heard.append(out[: 2 * buffer.read_into(out)])
    out = np.zeros(capacity * 2, np.float32)
    heard.append(out[: 2 * buffer.read_into(out)])

    assert np.array_equal(np.concatenate(heard), frames(0, written))


def test_views_are_invisible_to_the_reader_until_they_are_committed() -> None:
    buffer = DecodeBuffer(10, RATE, 5)
    buffer.write(frames(0, 7))
    buffer.read_into(np.zeros(14, np.float32))
    first, second = buffer.free(8)
    first[:], second[:] = frames(7, 3), frames(10, 5)

    assert buffer.readable_frames() == 0
    buffer.commit(8)
    out = np.zeros(16, np.float32)
    buffer.read_into(out)
    assert np.array_equal(out, frames(7, 8))


def test_a_waiting_producer_is_woken_once_and_only_when_enough_is_free() -> None:
    buffer = DecodeBuffer(10, RATE, 5)
    woken = []
    buffer.on_drained = lambda: woken.append(buffer.space_frames())
    buffer.write(frames(0, 10))
    assert buffer.wait_for_space()

    out = np.zeros(4, np.float32)
    for _ in range(5):
        buffer.read_into(out)

    assert woken == [6]


def test_nobody_waits_for_space_that_is_there() -> None:
    buffer = DecodeBuffer(10, RATE, 5)
    woken = []
    buffer.on_drained = lambda: woken.append(True)
    buffer.write(frames(0, 5))

    assert not buffer.wait_for_space()
    buffer.read_into(np.zeros(10, np.float32))
    assert not woken


def test_a_producer_that_does_not_wait_is_not_called() -> None:
    buffer = DecodeBuffer(10, RATE, 5)
    buffer.on_drained = lambda: pytest.fail("called")
    buffer.write(frames(0, 10))

    buffer.read_into(np.zeros(20, np.float32))


def test_every_commit_and_the_end_are_told() -> None:
    buffer = DecodeBuffer(10, RATE, 5)
    told = []
    buffer.on_filled = lambda: told.append((buffer.readable_frames(), buffer.finished))
    buffer.write(frames(0, 3))
    buffer.write(frames(3, 3))
    buffer.finish(6)

    assert told == [(3, False), (6, False), (6, True)]
    assert buffer.frames_total == 6


def test_the_end_is_unknown_until_it_is_told() -> None:
    buffer = DecodeBuffer(10, RATE, 5)

    assert buffer.frames_total is None
    assert not buffer.finished


@pytest.mark.flow
def test_two_threads_pass_a_million_frames_through_a_small_ring() -> None:
    total, buffer = 1_000_000, DecodeBuffer(5_000, RATE, 1_000)
    space = threading.Event()
    filled = threading.Event()
    buffer.on_drained, buffer.on_filled = space.set, filled.set

    def produce() -> None:
        done = 0
        while done < total:
            done += buffer.write(frames(done, min(1_700, total - done)))
            if buffer.space_frames() == 0 and buffer.wait_for_space():
                space.wait(10)
                space.clear()
        buffer.finish(total)

    producer = threading.Thread(target=produce)
    producer.start()
    out, heard = np.zeros(2 * 777, np.float32), 0
    while heard < total:
        count = buffer.read_into(out)
        assert np.array_equal(out[: 2 * count], frames(heard, count))
        heard += count
        if not count:
            filled.wait(10)
            filled.clear()
    producer.join(10)

    assert buffer.finished
    assert heard == buffer.frames_total

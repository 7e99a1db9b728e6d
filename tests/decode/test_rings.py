"""The memory of buffers that are gone is that of those that come."""

from __future__ import annotations

import numpy as np

from wkmp_pi.decode.rings import Rings

RATE = 1000


def test_a_passage_after_the_other_needs_no_more_memory_than_two_at_once() -> None:
    rings = Rings(100)
    before, used = rings.buffer(100, RATE, 10), set()
    for _ in range(50):
        following = rings.buffer(100, RATE, 10)
        used.add(following.free(1)[0].ctypes.data)
        before = following
    assert len(used) <= 2
    assert before.readable_frames() == 0


def test_a_buffer_begins_empty_whatever_was_in_its_memory() -> None:
    rings = Rings(100)
    first = rings.buffer(100, RATE, 10)
    first.write(np.ones(200, np.float32))
    del first
    second = rings.buffer(20, RATE, 10)
    assert (second.space_frames(), second.readable_frames()) == (20, 0)
    second.write(np.full(6, 0.5, np.float32))
    out = np.zeros(100, np.float32)
    assert second.read_into(out) == 3
    assert out.tolist() == [0.5] * 6 + [0.0] * 94


def test_buffers_that_live_at_once_share_nothing() -> None:
    rings = Rings(100)
    for _ in range(3):
        alive = [rings.buffer(100, RATE, 10) for _ in range(6)]
        for number, buffer in enumerate(alive):
            buffer.write(np.full(200, number, np.float32))
        for number, buffer in enumerate(alive):
            out = np.zeros(200, np.float32)
            assert buffer.read_into(out) == 100
            assert (out == number).all()
        del alive, buffer

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from wkmp_pi.hotplug import Hotplug, sound_monitor

pytestmark = pytest.mark.flow


class FakeMonitor:
    """A ``pyudev.Monitor`` at the end of a pipe: each byte is an event, an ``E`` an error."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        self.polls = 0

    def fileno(self) -> int:
        return self._reading

    def say(self, events: bytes) -> None:
        os.write(self._writing, events)

    def poll(self, timeout: float) -> object | None:
        assert timeout == 0
        self.polls += 1
        try:
            event = os.read(self._reading, 1)
        except BlockingIOError:
            return None
        if event == b"E":
            raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))
        return event

    def close(self) -> None:
        os.close(self._reading)
        os.close(self._writing)


class Heard:
    """Counts calls; ``wait`` ends with the next one."""

    def __init__(self) -> None:
        self._called = threading.Semaphore(0)
        self.threads: set[str] = set()

    def __call__(self) -> None:
        self.threads.add(threading.current_thread().name)
        self._called.release()

    def wait(self, timeout_s: float = 2.0) -> bool:
        return self._called.acquire(timeout=timeout_s)


@pytest.fixture
def monitor() -> FakeMonitor:
    return FakeMonitor()


def test_a_change_is_told_on_the_watchers_own_thread(monitor: FakeMonitor) -> None:
    heard = Heard()
    hotplug = Hotplug(heard, lambda: monitor)
    assert hotplug.start() is None
    for _ in range(3):
        monitor.say(b".")
        assert heard.wait()
    assert hotplug.stop()
    assert heard.threads == {"wkmp-hotplug"}
    monitor.close()


def test_a_storm_of_events_is_few_calls(monitor: FakeMonitor) -> None:
    heard = Heard()
    monitor.say(b"." * 1000)
    hotplug = Hotplug(heard, lambda: monitor)
    hotplug.start()
    assert heard.wait()
    assert hotplug.stop()
    assert not heard.wait(0)
    assert monitor.polls == 1001
    monitor.close()


def test_the_pieces_of_one_card_are_one_call_after_the_last(monitor: FakeMonitor) -> None:
    heard = Heard()
    hotplug = Hotplug(heard, lambda: monitor)
    hotplug.start()
    monitor.say(b".")
    assert not heard.wait(0.01)
    monitor.say(b".")
    assert heard.wait()
    assert not heard.wait(0.25)
    assert hotplug.stop()
    monitor.close()


def test_a_loose_plug_is_not_more_than_five_calls_a_second(monitor: FakeMonitor) -> None:
    heard = Heard()
    hotplug = Hotplug(heard, lambda: monitor)
    hotplug.start()
    calls, end = 0, time.monotonic() + 0.7
    while time.monotonic() < end:
        monitor.say(b".")
        calls += heard.wait(0.01)
    assert 2 <= calls <= 4
    assert hotplug.stop()
    monitor.close()


def test_a_lost_event_is_a_change_and_the_watching_goes_on(monitor: FakeMonitor) -> None:
    heard = Heard()
    hotplug = Hotplug(heard, lambda: monitor)
    hotplug.start()
    monitor.say(b"E")
    assert heard.wait()
    monitor.say(b".")
    assert heard.wait()
    assert hotplug.stop()
    monitor.close()


def test_a_watcher_that_waits_stops_at_once(monitor: FakeMonitor) -> None:
    heard = Heard()
    hotplug = Hotplug(heard, lambda: monitor)
    hotplug.start()
    monitor.say(b"E")
    assert heard.wait()
    assert hotplug.stop(0.5)
    monitor.close()


@pytest.mark.parametrize(
    "error", [OSError("Could not create udev monitor"), ImportError("No library named udev")]
)
def test_where_nothing_can_be_watched_it_says_so_instead_of_failing(error: Exception) -> None:
    def open_monitor() -> object:
        raise error

    hotplug = Hotplug(Heard(), open_monitor)
    problem = hotplug.start()
    assert problem is not None
    assert str(error) in problem
    assert hotplug.stop()


def test_stopping_twice_or_without_a_start_is_harmless(monitor: FakeMonitor) -> None:
    hotplug = Hotplug(Heard(), lambda: monitor)
    assert hotplug.stop()
    hotplug.start()
    assert hotplug.stop()
    assert hotplug.stop()
    monitor.close()


def test_the_real_thing_hears_the_kernel() -> None:
    """An event of /dev/null, if this user may cause one; else only that watching is possible."""
    heard, cause = Heard(), Path("/sys/class/mem/null/uevent")
    hotplug = Hotplug(heard, lambda: sound_monitor("mem"))
    assert hotplug.start() is None
    if os.access(cause, os.W_OK):
        cause.write_text("change")
        assert heard.wait()
    assert hotplug.stop()

"""The writer: pulls periods from the mixer, feeds the sink, publishes marks when they are heard.

Driven by time, not by the device: it computes when the device will have room
for a period and when the next mark will be heard, and sleeps until the earlier
of the two or until somebody rings. So the accuracy of events does not depend
on the period, and nothing is polled. In the loop there is no log, file, lock,
decoding or subscriber: it publishes, others deliver.

The frame count never goes back. When the device is lost, what was written but
not heard is kept and goes first to the device that comes next.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Generic

import numpy as np

from wkmp_pi.errors import DeviceError
from wkmp_pi.events.kinds import (
    Event,
    OutputBufferGrown,
    OutputLost,
    OutputOpened,
    OutputRestored,
    OutputStarved,
    OutputXrun,
)
from wkmp_pi.output.history import History
from wkmp_pi.output.mixes import Mixed, Mixes, P
from wkmp_pi.output.playout import Playout
from wkmp_pi.output.retries import Retries
from wkmp_pi.output.sink import CHANNELS, Sink, Stream
from wkmp_pi.output.wake import Wake
from wkmp_pi.threads import NamedThread
from wkmp_pi.units import frames_from_ms, ns_from_frames

_REALTIME_PRIORITY = 10
_TAIL_MS = 30
"""Silence that must be heard before the device is stopped.

What the driver calls heard may still be on its way: a USB card holds up to
18 ms in its transfers, and snd-aloop hands on a whole tick of 10 ms late.
"""
_US = 1000


class Writer(Generic[P]):
    """The only one who knows where the output stands.

    Thread: ``wkmp-writer``.
    Owns: the sink, the mixer, the frame counts, the marks not yet heard.

    Frames are counted three times: *mixed* frames are part of the stream (our
    silences included), *sent* ones were given to the present sink, *heard* ones
    have left it. Normally mixed equals sent; after a lost device sent goes back
    to what was heard, and the frames between come again from the history.

    Args:
        mixer: made for the stream's rate; used by this thread only.
        plan: what is played at first.
        open_sink: given the sink in use (or none), returns that one if it is still the right
            choice, or opens another, or raises ``DeviceError``; tried again with back-off, also
            while what it returned is a stand-in.
        publish: takes events from this thread; must not wait.
        on_xrun: told when the device ran dry; returns the ms of the larger buffer with which
            ``open_sink`` shall now open it again, if it shall.
        rate_hz: of the stream.
        kept_frames: how much of the stream is kept against a lost device; more than any buffer.
        limit_frames: the stream ends after so many frames.
        on_limit: called once on this thread when they are heard.
        clock_ns: CLOCK_MONOTONIC.
    """

    def __init__(
        self,
        mixer: Mixes[P],
        plan: P,
        open_sink: Callable[[Sink | None], Sink],
        publish: Callable[[Event], object],
        *,
        rate_hz: int,
        kept_frames: int,
        on_xrun: Callable[[int], int | None] = lambda _: None,
        limit_frames: int | None = None,
        on_limit: Callable[[], None] = lambda: None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.quiet = threading.Event()
        """Set while everything is heard and nothing is to be played."""
        self.steps = 0
        """Grows while the thread lives and works; a supervisor compares."""
        self.problem: str | None = None
        """Why there is no sound device now."""
        self._mixer = mixer
        self._plan = plan
        self._open_sink = open_sink
        self._publish = publish
        self._on_xrun = on_xrun
        self._rate_hz = rate_hz
        self._limit = limit_frames
        self._on_limit = on_limit
        self._now_ns = clock_ns
        self._wake = Wake()
        self._stopping = self._reopening = False
        self._thread = NamedThread(target=self._run, name="wkmp-writer", daemon=True)
        self._sink: Sink | None = None
        self._playout = Playout(rate_hz)
        self._history = History(kept_frames)
        self._period: Stream = np.zeros(0, np.float32)
        self._mixed = 0  # frames of the stream, our silences included; after a loss more than sent
        self._sound_end = 0  # the frame after the last one that the mixer made
        self._starved: OutputStarved | None = None
        self._resting = True
        self._lost: OutputLost | None = None
        self._lost_ns = 0
        self._retries = Retries()

    # --- for other threads ------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_s: float) -> bool:
        """End the thread and close the sink; False if it did not end in time."""
        self._stopping = True
        self._wake.ring()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def follow(self, plan: P) -> None:
        """Play by another plan from the next period on."""
        self.quiet.clear()
        self._plan = plan
        self._wake.ring()

    def poke(self) -> None:
        """Something that it may wait for is there: decoded frames."""
        self._wake.ring()

    def reopen(self) -> None:
        """A sound card came or went: choose the sink anew."""
        self._reopening = True
        self._wake.ring()

    # --- the loop ---------------------------------------------------------------------------

    def _run(self) -> None:
        with suppress(PermissionError):
            policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
            os.sched_setscheduler(0, policy, os.sched_param(_REALTIME_PRIORITY))
        while not self._stopping:
            self._wake.wait(self.step())
        if self._sink is not None:
            self._release(self._sink)

    def step(self) -> int | None:
        """Do what is due now.

        Returns:
            How long there is nothing to do, in ns; ``None``: until somebody rings.
        """
        self.steps += 1
        try:
            sink, retry_ns = self._sink, None
            if sink is None or sink.stand_in:
                retry_ns = self._until_retry()
            if self._reopening or retry_ns == 0:
                return self._open()
            return retry_ns if sink is None else self._play_on(sink, retry_ns)
        except DeviceError as error:
            return self._lose(error)

    def _play_on(self, sink: Sink, at_most_ns: int | None) -> int | None:
        self._publish_heard()
        if not self._has_room(sink):
            return self._until_due(sink)
        wait_ns = self._write_period(sink)
        return at_most_ns if wait_ns is None else wait_ns

    # --- opening and losing the device --------------------------------------------------------

    def _until_retry(self) -> int:
        """How long until a missing device is tried again."""
        if self._reopening:
            self._reopening = False
            self._retries.hasten()
        return self._retries.wait_ns(self._now_ns())

    def _open(self) -> int:
        self._reopening = False
        frame = self._resume_frame(self._sink)
        sink = self._open_sink(self._sink)
        if sink.stand_in:
            self._retries.failed(self._now_ns())
        else:
            self._retries.succeeded()
        if sink is not self._sink:
            self._take_over(sink, frame)
        return 0

    def _resume_frame(self, sink: Sink | None) -> int:
        """The frame that another sink would begin with; raises if the present one is gone.

        Asked before anything is opened, because one card cannot be open twice.
        """
        if sink is None or not sink.realtime:
            return self._playout.sent
        self._publish_heard()
        if self._resting:
            sink.position()
        else:
            self._observe(sink)
        return self._playout.seen

    def _take_over(self, sink: Sink, frame: int) -> None:
        if self._sink is not None:
            self._sink.close()
        self._sink, about = sink, sink.format
        rounds = about.rate_hz != self._rate_hz or about.channels < CHANNELS
        self._mixer.use_dither(about.format == "S16", rounds=rounds)
        self._period = np.zeros(about.period_frames * CHANNELS, np.float32)
        self._playout.begin(frame, instant=not sink.realtime)
        self._resting = True
        self.problem = None
        self._publish(OutputOpened(**asdict(about)))
        if self._lost is not None:
            gap_ms = (self._now_ns() - self._lost_ns) // 1_000_000
            self._publish(OutputRestored(frame=frame, device=about.device, gap_ms=gap_ms))
            self._lost = None

    def _lose(self, error: DeviceError) -> int:
        """Keep what was not heard for the next device, and try again later."""
        self.problem = str(error)
        self._tell_xrun(over=True)
        if self._sink is not None:
            sink, self._sink = self._sink, None
            frame, device = self._playout.lost(), sink.format.device
            self._lost = OutputLost(frame=frame, device=device, error=str(error))
            self._lost_ns = self._now_ns()
            self._publish(self._lost)  # first: a hung sound server may take half a minute to let go
            sink.abandon()
        return self._retries.failed(self._now_ns())

    def _release(self, sink: Sink) -> None:
        """The end: a file gets its name; a device that should still move is not waited for."""
        try:
            sink.abandon() if sink.realtime and not self._resting else sink.close()
        except DeviceError as error:
            self._lose(error)

    # --- writing ----------------------------------------------------------------------------

    def _has_room(self, sink: Sink) -> bool:
        if not sink.realtime:
            return True
        queued = self._playout.sent - self._playout.heard(self._now_ns())
        return queued <= sink.format.buffer_frames - sink.format.period_frames

    def _write_period(self, sink: Sink) -> int | None:
        """Mix and write one period; returns as ``step`` does."""
        frames, mixed = self._fill(self._period)
        if frames == 0 and self._may_rest(sink, mixed):
            self._rest(sink, quiet=mixed.starving is None)
            return None
        period = self._period
        if sink.realtime:
            period[frames * CHANNELS :] = 0.0
            frames = len(period) // CHANNELS
        else:
            period = period[: frames * CHANNELS]
        self._history.keep(period, self._playout.sent)
        self._mixed = max(self._mixed, self._playout.sent + frames)
        self._leave_rest()
        self._observe(sink)  # first: the write replaces the time stamp of the last interrupt
        if not sink.write(period):
            self._note_xrun()
        self._playout.sent += frames
        return 0

    def _fill(self, period: Stream) -> tuple[int, Mixed]:
        """First the frames that a lost device did not play, then newly mixed ones."""
        total = len(period) // CHANNELS
        again = min(self._mixed - self._playout.sent, total)
        if again:
            self._history.recall(period[: again * CHANNELS], self._playout.sent)
        if self._limit is not None:
            total = max(min(total, self._limit - self._playout.sent), again)
        room = period[again * CHANNELS : total * CHANNELS]
        mixed = self._mixer.mix(self._plan, room, self._mixed)
        self._playout.marks.extend(self._mixer.take_marks())
        if mixed.frames:
            self._sound_end = self._mixed + mixed.frames
        if self._sink is not None and self._sink.realtime:
            self._note_starving(mixed, len(room) // CHANNELS - mixed.frames)
        return again + mixed.frames, mixed

    def _may_rest(self, sink: Sink, mixed: Mixed) -> bool:
        """Whether nothing is to be written now; a device gets silence until all sound is heard.

        Until it was *seen* to be heard: to stop one that does not move would wait for ever.
        """
        if not sink.realtime:
            return True
        if mixed.starving is not None or self._resting:
            return mixed.starving is None
        self._observe(sink)
        return self._playout.seen >= self._sound_end + frames_from_ms(_TAIL_MS, self._rate_hz)

    def _rest(self, sink: Sink, *, quiet: bool) -> None:
        """Let the device stand until somebody rings."""
        if sink.realtime and not self._resting:
            sink.pause()
        self._tell_xrun(over=True)
        self._resting = True
        self._playout.stand()
        self._publish_heard()
        if quiet:
            self.quiet.set()
        if self._limit is not None and self._playout.sent >= self._limit:
            self._on_limit()
            self._limit, self._on_limit = self._playout.sent, lambda: None

    def _leave_rest(self) -> None:
        if self._resting:
            self._resting = False
            self._playout.run(self._now_ns())

    def _note_xrun(self) -> None:
        """What was sent has been heard; a larger buffer comes at once, in the same silence."""
        self._tell_xrun(over=True)
        self._publish_heard()
        now_ns = self._now_ns()
        self._playout.run_dry(now_ns)
        latency_ms = self._on_xrun(now_ns)
        if latency_ms is not None:
            self._reopening = True
            self._publish(OutputBufferGrown(latency_ms=latency_ms))

    def _tell_xrun(self, *, over: bool = False) -> None:
        """One event for a whole silence, told when it is over."""
        silence = self._playout.silence(self._now_ns(), over=over)
        if silence is not None:
            self._publish(OutputXrun(frame=silence.frame, lost_frames=silence.frames))

    def _note_starving(self, mixed: Mixed, missing: int) -> None:
        """One event for a whole stretch of missing sound, told when it is over."""
        if mixed.starving is not None:
            lost = missing + (self._starved.lost_frames if self._starved else 0)
            frame = self._starved.frame if self._starved else self._mixed + mixed.frames
            self._starved = OutputStarved(frame=frame, entry=mixed.starving, lost_frames=lost)
        elif self._starved is not None:
            self._publish(self._starved)
            self._starved = None

    # --- what was heard -----------------------------------------------------------------------

    def _observe(self, sink: Sink) -> None:
        if not self._playout.observe(sink.position()):
            raise DeviceError(
                f"{sink.format.device}: no frame was heard for 500 ms; "
                "expected a device that plays what it takes; it is opened again"
            )

    def _publish_heard(self) -> None:
        self._tell_xrun()
        for event in self._playout.heard_marks(self._now_ns()):
            self._publish(event)

    def _until_due(self, sink: Sink) -> int:
        """How long until there is room for a period or the next mark is heard."""
        playout, about = self._playout, sink.format
        if not playout.known:
            self._observe(sink)  # the device has just been started; see it move
            return ns_from_frames(about.period_frames, self._rate_hz) // 16
        due_ns = playout.at_ns(playout.sent + about.period_frames - about.buffer_frames + 1)
        mark_ns = playout.next_mark_ns()
        if mark_ns is not None:
            due_ns = min(due_ns, mark_ns + _US)
        return max(due_ns - self._now_ns(), 0)

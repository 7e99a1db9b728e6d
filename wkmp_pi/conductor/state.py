"""What the conductor knows: one immutable value, replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wkmp_pi.decode.messages import TakeId
from wkmp_pi.events.kinds import PassageCompleted, Reason
from wkmp_pi.mix.plan import SILENT_PLAN, Plan, Voice
from wkmp_pi.passage import EntryId, Passage
from wkmp_pi.settings import Settings
from wkmp_pi.sources.queue import Entry, PlayQueue
from wkmp_pi.units import frames_from_ms, ms_from_frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One decoding of an entry, from the request to the end.

    Attributes:
        skip_frames: where in the passage it begins.
        voice: how the mixer plays it; ``None`` until the file is open.
        thresholds_ms: amounts of buffered sound that the decoder was asked to tell, ascending.
        ready_ms: the highest of them that was reached.
        finished: nothing more comes of the decoder.
        away: its file is where the folder of the music should be; it is tried again when that is.
    """

    id: TakeId
    entry: EntryId
    passage: Passage
    skip_frames: int = 0
    thresholds_ms: tuple[int, ...]
    voice: Voice | None = None
    ready_ms: int = 0
    finished: bool = False
    away: bool = False

    def holds(self, threshold_ms: int) -> bool:
        """Whether so much sound is buffered, or all there is, or all that will be told."""
        enough_ms = min(threshold_ms, self.thresholds_ms[-1])
        return self.voice is not None and (self.finished or self.ready_ms >= enough_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The last position that was heard of an entry.

    Attributes:
        frame: of the output; ``None`` for a position that was not heard but follows from a command.
    """

    entry: EntryId
    position_ms: int
    at_ns: int
    frame: int | None = None

    def position_at(self, now_ns: int, *, moving: bool) -> int:
        """The position in ms, carried on from when it was heard unless playback stood still."""
        return self.position_ms + (max(now_ns - self.at_ns, 0) // 1_000_000 if moving else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SleepTimer:
    """Fade out and pause at ``due_ns``, or at the end of the current passage."""

    due_ns: int | None = None
    at_end: bool = False
    fading: bool = False


@dataclass(frozen=True, slots=True)
class Armed:
    """A frame of a passage whose being heard somebody waits for.

    Attributes:
        key: what is told then.
        entry: of the queue; ``None`` is the next one that begins to be heard.
        from_end: whether ``offset_frames`` counts from the passage's end (and is not above 0).
    """

    key: str
    entry: EntryId | None
    from_end: bool
    offset_frames: int


@dataclass(frozen=True, slots=True)
class Duck:
    """How far what plays is lowered for something else, of its own level, and how slowly."""

    percent: int = 100
    fade_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that decisions are made of.

    Attributes:
        rate_hz: the working rate; frames below are at this rate.
        takes: what is being decoded, by entry.
        leaving: the take that still sounds while the take of a seek fills its buffer.
        heard: the last position that was heard of the current entry.
        begun: the first that was heard of the entry that is crossfaded in.
        sounding: entries that have started and not completed, as heard; the current one first.
        reasons: why entries were ended that may still sound.
        unplayed: entries that could not be played, until that is heard in its place.
        resume: where the first take of an entry begins, in ms: a restart of the box.
        history: passages that were played, the newest last.
        trigger: what changed the queue last.
        skipped_ns: when the last skip was taken.
        saved_ns: when the position was last saved at once.
        card_volume: the card's own mixer control sets the volume.
        duck: see ``Duck``; gone after a restart.
        armed: see ``Armed``; likewise.
        interventions: how often the watchdog had to help, by kind.
        problems: what a person should see to, by key.
        output_lost: the device is gone, and the sound stands still until it is back.
        plan: what follows from all this for the mixer.
    """

    rate_hz: int
    settings: Settings = field(default_factory=Settings)
    queue: PlayQueue = field(default_factory=PlayQueue)
    playing: bool = False
    volume: int = 100
    muted: bool = False
    duck: Duck = Duck()
    armed: tuple[Armed, ...] = ()
    takes: Mapping[EntryId, Take] = field(default_factory=dict)
    leaving: Take | None = None
    next_take: int = 1
    heard: Heard | None = None
    begun: Heard | None = None
    sounding: tuple[EntryId, ...] = ()
    reasons: Mapping[EntryId, Reason] = field(default_factory=dict)
    unplayed: Mapping[EntryId, PassageCompleted] = field(default_factory=dict)
    resume: Mapping[EntryId, int] = field(default_factory=dict)
    history: tuple[Passage, ...] = ()
    trigger: str = ""
    skipped_ns: int | None = None
    saved_ns: int = 0
    sleep: SleepTimer = SleepTimer()
    card_volume: bool = False
    interventions: Mapping[str, int] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    device: str = ""
    output_lost: bool = False
    plan: Plan = SILENT_PLAN

    @property
    def current(self) -> Entry | None:
        """The entry whose turn it is."""
        return self.queue.current_entry

    @property
    def current_take(self) -> Take | None:
        """Its take, if it has one."""
        current = self.queue.current
        return None if current is None else self.takes.get(current)

    @property
    def incoming(self) -> EntryId | None:
        """The entry that is crossfaded in, as far as that was heard."""
        others = [entry for entry in self.sounding if entry != self.queue.current]
        return others[-1] if others and self.queue.current in self.sounding else None

    def frames(self, ms: int) -> int:
        """Milliseconds in frames at the working rate."""
        return frames_from_ms(ms, self.rate_hz)

    def duration_ms(self) -> int | None:
        """Length of the current passage, once its file is open."""
        take = self.current_take
        return None if take is None or take.voice is None else self._ms(take.voice.length)

    def position_ms(self, now_ns: int) -> int | None:
        """Position in the current passage; ``None`` if there is none."""
        current = self.queue.current
        if current is None:
            return None
        take = self.takes.get(current)
        if self.heard is None or self.heard.entry != current:
            return self._ms(take.skip_frames) if take else self.resume.get(current, 0)
        moving = self.playing and current in self.sounding and not self.output_lost
        position = self.heard.position_at(now_ns, moving=moving)
        duration = self.duration_ms()
        return position if duration is None else min(position, duration)

    def _ms(self, frames: int) -> int:
        return ms_from_frames(frames, self.rate_hz)

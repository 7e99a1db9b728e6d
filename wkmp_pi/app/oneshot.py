"""``wkmp-pi play ITEM…``: one performance with the same engine, and then the end."""

from __future__ import annotations

import dataclasses
import os
import queue
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from wkmp_pi.app.crash import end_on_any_bug
from wkmp_pi.app.engine import Engine, MakeOutlet
from wkmp_pi.app.outlet import CardOutlet, FileOutlet, best_rate_hz
from wkmp_pi.app.signals import signals_call
from wkmp_pi.commands import Pause, Play
from wkmp_pi.conductor.effects import Ask
from wkmp_pi.conductor.state import State
from wkmp_pi.config import Audio
from wkmp_pi.consumers.consumer import Consumer
from wkmp_pi.consumers.journal import Journal
from wkmp_pi.consumers.terminal import Terminal
from wkmp_pi.errors import RequestError
from wkmp_pi.events import kinds
from wkmp_pi.events.kinds import Event
from wkmp_pi.hotplug import Hotplug
from wkmp_pi.library import queries
from wkmp_pi.library.database import open_reader
from wkmp_pi.options import PlayOptions
from wkmp_pi.passage import EntryId, Passage, PassageId
from wkmp_pi.settings import Settings
from wkmp_pi.sources.items import Item, PassageItem, ephemeral, parse_item
from wkmp_pi.sources.queue import Entry, Modes, PlayQueue
from wkmp_pi.threads import NamedThread
from wkmp_pi.units import Hz

_QUIET_S = 3.0
_STOP_S = 5.0
_USUAL_HZ = Hz(44_100)
_ENDS = ("queue.emptied", "decode.failed", "passage.corrected", "output.*", "problem.changed")


def play(options: PlayOptions) -> int:
    """Play what was asked for; 0 if all of it was played, 1 if something was not.

    Raises:
        RequestError: an item that nobody can mean, a file for events that cannot be written, or
            an output that is one of the items.
        LibraryError: a passage was asked for, and the library cannot be read.
    """
    end_on_any_bug()
    performance = _Performance(options)
    return performance.run()


class _Performance:
    """One engine from the first to the last frame.

    Thread: main, which waits here for the end while the conductor has a thread of its own.
    """

    def __init__(self, options: PlayOptions) -> None:
        self._failures: list[str] = []
        self._over: queue.SimpleQueue[str] = queue.SimpleQueue()
        audio = options.config.audio
        rate_hz = Hz(options.rate_hz or audio.rate_hz or _best_rate(options))
        limit = None if options.seconds is None else max(round(options.seconds * rate_hz), 1)
        self._wav = options.wav
        self._engine = Engine(
            State(rate_hz=rate_hz, settings=_settings(options), queue=_queue(options)),
            _outlet(options, rate_hz),
            dither=audio.dither if options.dither is None else options.dither,
            patient=options.wav is not None,
            limit_frames=limit,
            on_limit=lambda: self._over.put("limit"),
        )
        self._events = options.events
        self._opened = False
        self._needs_output = options.wav is not None or _audio(options).device != "auto"

    def run(self) -> int:
        """Play to the end, or until a signal asks to stop."""
        engine = self._engine
        with ExitStack() as stack:
            consumers = [Consumer(engine.bus, "ends", self._handle, *_ENDS)]
            if self._events is not None:
                journal = Journal(self._events)
                stack.callback(journal.close)
                consumers.append(Consumer(engine.bus, "journal", journal.write))
            elif self._wav is None:
                display = Terminal(engine.status, sys.stdout)
                names = set(display.NAMES) - {"problem.changed", "queue.emptied"}
                consumers.append(Consumer(engine.bus, "terminal", display.handle, *names))
                stack.callback(display.finish)
            for consumer in consumers:
                consumer.start()
            hotplug = Hotplug(engine.writer.reopen)
            if self._wav is None:
                hotplug.start()
                stack.callback(hotplug.stop)
            stack.enter_context(signals_call(lambda: self._over.put("signal")))
            self._perform(engine)
            for consumer in consumers:
                consumer.stop(_STOP_S)
        for failure in self._failures:
            print(f"wkmp-pi: {failure}", file=sys.stderr)
        return 1 if self._failures else 0

    def _perform(self, engine: Engine) -> None:
        conducting = NamedThread(target=engine.conductor.run, name="wkmp-conductor")
        engine.start()
        conducting.start()
        engine.conductor.post(Ask(Play(), _nobody))
        over = self._over.get()
        if over == "signal":
            engine.conductor.post(Ask(Pause(), _nobody))
        if over != "failed":
            engine.writer.quiet.wait(_QUIET_S)
        engine.conductor.stop()
        conducting.join(_STOP_S)
        engine.stop(_STOP_S)

    def _handle(self, event: Event) -> None:
        match event:
            case kinds.QueueEmptied():
                self._over.put("end")
            case kinds.DecodeFailed():
                self._failures.append(event.error)
            case kinds.PassageCorrected():
                print(f"wkmp-pi: {event.file}: {event.correction}", file=sys.stderr)
            case kinds.OutputLost() if self._wav is not None:
                self._fail(event.error)
            case kinds.OutputOpened():
                self._opened = True
            case kinds.ProblemChanged(text=str(text)) if text in self._failures:
                pass  # told at the end
            case kinds.ProblemChanged(text=str(text)) if self._opened or not self._needs_output:
                print(f"wkmp-pi: {text}", file=sys.stderr)
            case kinds.ProblemChanged(text=str(text)):
                self._fail(text)

    def _fail(self, error: str) -> None:
        """Nothing can be played there, so waiting would be for nothing."""
        self._failures.append(error)
        self._over.put("failed")


def _nobody(_: object, __: object) -> None:
    """Nobody waits for an answer."""


def _settings(options: PlayOptions) -> Settings:
    settings = dataclasses.replace(Settings(), **options.config.settings)
    chosen = {
        "crossfade_ms": options.crossfade_ms,
        "curve_pair": options.curve_pair,
        "album_gapless": options.album_gapless,
    }
    given: dict[str, Any] = {key: value for key, value in chosen.items() if value is not None}
    if options.wav is not None:
        # Only what is decoded ahead as far as it can be begins. So what a render has of a file
        # that breaks does not depend on who was faster, and there is no need to hurry.
        full_ms = settings.decode_ahead_ms
        given |= {"minimum_playback_buffer_ms": full_ms, "minimum_next_buffer_ms": full_ms}
    return dataclasses.replace(
        settings, repeat=False, random=False, single=False, consume=True, **given
    )


def _queue(options: PlayOptions) -> PlayQueue:
    """All items in a row; a list of any length, since nobody adds to it."""
    passages = _passages([parse_item(text) for text in options.items], options)
    for target in (options.wav, options.events):
        _spare_music(target, passages)
    entries = tuple(Entry(EntryId(i), passage) for i, passage in enumerate(passages, 1))
    return PlayQueue(entries=entries, modes=Modes(consume=True), next_id=EntryId(len(entries) + 1))


def _spare_music(target: Path | str | None, passages: list[Passage]) -> None:
    """Music is never changed, whatever is asked for."""
    for passage in passages if target is not None else ():
        with suppress(OSError):
            if os.path.samefile(str(target), passage.file):  # noqa: PTH121 - takes any text
                raise RequestError(
                    f"{target}: is to be played and to be written; expected two files; "
                    "name another output"
                )


def _passages(items: list[Item], options: PlayOptions) -> list[Passage]:
    found: list[Passage] = []
    for number, item in enumerate(items, 1):
        if isinstance(item, PassageItem):
            found.append(_from_library(item, options))
        else:
            found.append(ephemeral(PassageId(-number), item.path, item.start, item.end))
    return found


def _from_library(item: PassageItem, options: PlayOptions) -> Passage:
    library = options.config.library
    conn = open_reader(library.database, str(library.music_root))
    try:
        passage = queries.passage(conn, item.id)
    finally:
        conn.close()
    if passage is None:
        raise RequestError(
            f"passage:{item.id}: not in {library.database}; expected the number of a passage; "
            "see: wkmp-pi library list"
        )
    return passage


def _outlet(options: PlayOptions, rate_hz: Hz) -> MakeOutlet:
    if options.wav is not None:
        path, format_name = options.wav, options.format or "S16"
        return lambda report, _: FileOutlet(path, rate_hz, format_name, report)
    audio = _audio(options)
    return lambda report, attach: CardOutlet(audio, rate_hz, report, attach)


def _audio(options: PlayOptions) -> Audio:
    audio = options.config.audio
    return dataclasses.replace(
        audio,
        device=options.device or audio.device,
        format=options.format or audio.format,
    )


def _best_rate(options: PlayOptions) -> Hz:
    return best_rate_hz(_audio(options).device) if options.wav is None else _USUAL_HZ

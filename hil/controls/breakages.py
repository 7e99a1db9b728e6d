"""Ways to break the product, each in a few lines, by replacing a method of one of its classes.

Each is called once in the process of the service, before it starts.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from wkmp_pi.app import service
from wkmp_pi.errors import DeviceError
from wkmp_pi.events.bus import Bus
from wkmp_pi.events.kinds import Heard
from wkmp_pi.mix.mixer import Mixer
from wkmp_pi.output import alsa
from wkmp_pi.output.alsa_sink import AlsaSink
from wkmp_pi.output.patience import Patience
from wkmp_pi.output.playout import Playout
from wkmp_pi.output.resample import Resampler
from wkmp_pi.output.volume import CardVolume
from wkmp_pi.output.writer import Writer

_MS = 1_000_000
_EARLY_NS = 20 * _MS
_LATE_S = 0.15


def wrong_gain() -> None:
    """Everything is 1 % too quiet."""
    write = AlsaSink.write
    _replace(AlsaSink, "write", lambda sink, stream: write(sink, stream * np.float32(0.99)))


def frame_dropped() -> None:
    """One frame is left out, once, about two seconds after the start of the sound."""
    write, written = AlsaSink.write, [0]

    def dropping(sink: AlsaSink, stream: Any) -> bool:
        written[0] += 1 if stream.any() else 0
        return write(sink, stream[2:] if written[0] == 100 else stream)

    _replace(AlsaSink, "write", dropping)


def event_early() -> None:
    """Events come 20 ms before they are heard, and say so."""
    marks = Playout.heard_marks

    def early(playout: Playout, now_ns: int) -> Iterator[Heard]:
        yield from marks(playout, now_ns + _EARLY_NS)

    _replace(Playout, "heard_marks", early)


def stamp_early() -> None:
    """Events come in time, but bear a time 20 ms before."""
    marks = Playout.heard_marks

    def early(playout: Playout, now_ns: int) -> Iterator[Heard]:
        for mark in marks(playout, now_ns):
            yield replace(mark, heard_ns=mark.heard_ns - _EARLY_NS)

    _replace(Playout, "heard_marks", early)


def frame_wrong() -> None:
    """Events name the frame after theirs, but for the first of a passage."""
    marks = Playout.heard_marks

    def wrong(playout: Playout, now_ns: int) -> Iterator[Heard]:
        for mark in marks(playout, now_ns):
            yield replace(mark, frame=mark.frame + (mark.name != "passage.started"))

    _replace(Playout, "heard_marks", wrong)


def no_reopen() -> None:
    """A card that was lost is never opened again."""
    opened = Writer._open  # noqa: SLF001 to break it is what this is for

    def refusing(writer: Writer[Any]) -> int:
        if writer._lost is not None:  # noqa: SLF001
            raise DeviceError("the card: broken on purpose")
        return opened(writer)

    _replace(Writer, "_open", refusing)


def no_fade_at_the_end() -> None:
    """A stop cuts the sound off."""
    _replace(service._Service, "_fade_out", lambda _: os._exit(0))  # noqa: SLF001


def events_leak() -> None:
    """Each event stays in memory for ever, with 2 KB."""
    publish, kept = Bus.publish, list[bytes]()

    def leaking(bus: Bus, *words: Any, **more: Any) -> Any:
        kept.append(os.urandom(2048))
        return publish(bus, *words, **more)

    _replace(Bus, "publish", leaking)


def slow_commands() -> None:
    """Whatever changes what is played is followed 150 ms late."""
    follow = Writer.follow

    def late(writer: Writer[Any], plan: Any) -> None:
        time.sleep(_LATE_S)
        follow(writer, plan)

    _replace(Writer, "follow", late)


def loss_unseen() -> None:
    """A card that is gone counts as one that is busy for a moment."""
    judge = Patience.judge

    def unseen(patience: Patience, _: int, now_ns: int, **_more: object) -> Any:
        return judge(patience, errno.EAGAIN, now_ns, disconnected=False)

    _replace(Patience, "judge", unseen)


def queued_is_lost() -> None:
    """What a lost card held is not played again."""

    def lost(playout: Any) -> int:
        playout._floor = playout.sent  # noqa: SLF001
        playout._clock.reset()  # noqa: SLF001
        return int(playout.sent)

    _replace(Playout, "lost", lost)


def holder_unnamed() -> None:
    """Who has the card is not told."""
    _replace(alsa, "holder_of", lambda *_: None)


def control_forgotten() -> None:
    """A card that is opened does not get the volume that was set last."""
    attach = CardVolume.attach

    def attached(volume: Any, card: int | None) -> bool:
        volume._apply = lambda: None  # noqa: SLF001
        has = attach(volume, card)
        del volume._apply  # noqa: SLF001
        return has

    _replace(CardVolume, "attach", attached)


def not_resampled() -> None:
    """A card of another rate gets the stream as it is."""
    _replace(Resampler, "__call__", lambda _, stream: stream)


def no_dither() -> None:
    """Output of 16 bits is not dithered."""

    def never(mixer: Any, _: bool, **_more: object) -> None:
        mixer._dither = None  # noqa: SLF001

    _replace(Mixer, "use_dither", never)


def _replace(owner: Any, name: str, by: Callable[..., Any]) -> None:
    if not hasattr(owner, name):
        raise AttributeError(f"{owner.__name__}.{name}: gone; this control breaks nothing any more")
    setattr(owner, name, by)


BREAKAGES: Final[dict[str, Callable[[], None]]] = {
    function.__name__: function
    for function in (
        wrong_gain,
        frame_dropped,
        event_early,
        stamp_early,
        frame_wrong,
        no_reopen,
        loss_unseen,
        queued_is_lost,
        holder_unnamed,
        control_forgotten,
        not_resampled,
        no_dither,
        no_fade_at_the_end,
        events_leak,
        slow_commands,
    )
}

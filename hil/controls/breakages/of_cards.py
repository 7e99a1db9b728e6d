"""Broken: what is done about a card that is pulled, busy, or of another kind."""

from __future__ import annotations

import errno
import os
from typing import Any

import numpy as np

from hil.controls.breakages.replacing import put
from wkmp_pi import hotplug
from wkmp_pi.app.outlet import CardOutlet
from wkmp_pi.conductor import happened
from wkmp_pi.consumers.terminal import Terminal
from wkmp_pi.errors import DeviceError
from wkmp_pi.events import kinds
from wkmp_pi.mix.mixer import Mixer
from wkmp_pi.output import alsa, retries
from wkmp_pi.output.alsa_sink import AlsaSink
from wkmp_pi.output.patience import Patience
from wkmp_pi.output.playout import Playout
from wkmp_pi.output.resample import Resampler
from wkmp_pi.output.volume import CardVolume
from wkmp_pi.output.writer import Writer


def no_reopen() -> None:
    """A card that was lost is never opened again."""
    opened = Writer._open  # noqa: SLF001 to break it is what this is for

    def refusing(writer: Writer[Any]) -> int:
        if writer._lost is not None:  # noqa: SLF001
            raise DeviceError("the card: broken on purpose")
        return opened(writer)

    put(Writer, "_open", refusing)


def loss_unseen() -> None:
    """A card that is gone counts as one that is busy for a moment."""
    judge = Patience.judge

    def unseen(patience: Patience, _: int, now_ns: int, **_more: object) -> Any:
        return judge(patience, errno.EAGAIN, now_ns, disconnected=False)

    put(Patience, "judge", unseen)


def queued_is_lost() -> None:
    """What a lost card held is not played again."""

    def lost(playout: Any) -> int:
        playout._floor = playout.sent  # noqa: SLF001
        playout._clock.reset()  # noqa: SLF001
        return int(playout.sent)

    put(Playout, "lost", lost)


def holder_unnamed() -> None:
    """Who has the card is not told."""
    put(alsa, "holder_of", lambda *_: None)


def control_forgotten() -> None:
    """A card that is opened does not get the volume that was set last."""
    attach = CardVolume.attach

    def attached(volume: Any, card: int | None) -> bool:
        volume._apply = lambda: None  # noqa: SLF001
        has = attach(volume, card)
        del volume._apply  # noqa: SLF001
        return has

    put(CardVolume, "attach", attached)


def not_resampled() -> None:
    """A card of another rate gets the stream as it is."""
    put(Resampler, "__call__", lambda _, stream: stream)


def no_dither() -> None:
    """Output of 16 bits is not dithered."""

    def never(mixer: Any, _: bool, **_more: object) -> None:
        mixer._dither = None  # noqa: SLF001

    put(Mixer, "use_dither", never)


def slow_retry() -> None:
    """A lost card is tried each 5 s, whatever was plugged in."""
    put(retries, "_BACK_OFF_NS", (5_000_000_000,))
    put(retries.Retries, "hasten", lambda _: None)


def ends_with_card() -> None:
    """The service ends when its card is pulled."""
    put(Writer, "_lose", lambda *_: os._exit(1))


def busy_retry() -> None:
    """A missing card is tried each 5 ms."""
    put(retries.Retries, "failed", lambda *_: 5_000_000)
    put(retries.Retries, "wait_ns", lambda *_: 0)


def position_runs() -> None:
    """A lost card is not noted: the position goes on, and the status has no problem."""
    handlers: Any = happened._HANDLERS  # noqa: SLF001
    handlers[kinds.OutputLost] = lambda state, *_: (state, ())


def chatty() -> None:
    """Each new word on a problem is a line of the log."""
    tell = Terminal._tell_problem  # noqa: SLF001

    def told(terminal: Any, event: Any) -> None:
        terminal._problems.clear()  # noqa: SLF001
        tell(terminal, event)

    put(Terminal, "_tell_problem", told)


def restless() -> None:
    """A loose plug is tried as often as it moves."""
    put(hotplug, "_SETTLE_S", 0.0)
    put(hotplug, "_PAUSE_S", 0.0)
    put(retries, "_LEAST_NS", 0)
    put(retries, "_BACK_OFF_NS", (1_000_000,))


def silent_for_ever() -> None:
    """Silence in the place of a card is never given up for one that was freed."""
    silence = CardOutlet._silence  # noqa: SLF001
    put(CardOutlet, "_silence", lambda outlet, **_: silence(outlet, stand_in=False))


def louder_each_time() -> None:
    """Each card that is opened plays 1 dB louder than the one before."""
    make, write, opens = AlsaSink.__init__, AlsaSink.write, [0]

    def made(sink: AlsaSink, *words: Any, **more: Any) -> None:
        make(sink, *words, **more)
        opens[0] += 1

    put(AlsaSink, "__init__", made)
    put(
        AlsaSink,
        "write",
        lambda sink, stream: write(sink, stream * np.float32(1.12 ** opens[0] / 2)),
    )


def always_dithered() -> None:
    """Even what is 16 bits already is dithered."""
    use = Mixer.use_dither
    put(Mixer, "use_dither", lambda mixer, on, **_: use(mixer, on, rounds=True))


BREAKAGES = (
    no_reopen,
    loss_unseen,
    queued_is_lost,
    holder_unnamed,
    control_forgotten,
    not_resampled,
    no_dither,
    slow_retry,
    ends_with_card,
    busy_retry,
    position_runs,
    chatty,
    restless,
    silent_for_ever,
    louder_each_time,
    always_dithered,
)

"""A card that comes back is as loud as before, whether by its own volume control or by ours."""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from hil.bench import Bench
from hil.drivers.card import Knob, PluggedCard
from hil.limits import LIMITS
from hil.material import noise
from hil.measures.alignment import locate, onset
from hil.measures.level import gain_db
from hil.measures.samples import MeasureError
from hil.plugging import BACK_S, card_of, cycle, stretches_between, told
from hil.promises import Figures
from hil.recording import Recording, Samples

_PERCENT = 40
_QUIET_DB = -6.0
_SETTLED_FRAMES = 13_230
"""For a card that changes what it is: what was mixed for the other one is played first."""
_WINDOW = 8192


class _Turned(NamedTuple):
    """A card with a volume control was plugged in.

    Attributes:
        pulled_ns: the card before it.
        plugged_ns: itself.
        value: where the control was put.
        moved_ns: when, or shortly before.
    """

    pulled_ns: int
    plugged_ns: int
    value: int
    moved_ns: int


class _Loud(NamedTuple):
    """How loud the first sound is, against the file, and when its first frame was heard."""

    level_db: float
    at_ns: float


def test_a_card_that_comes_back_is_as_loud_as_before(swift: Bench, figures: Figures) -> None:
    """A card without a volume control, one that has one, twice, and again one without."""
    sound = noise(61, 60)
    swift.put("long.wav", sound)
    with card_of(swift) as card, swift.recording() as recording:
        swift.ask("volume", percent=_PERCENT)
        swift.ask("enqueue", items=["long.wav"])
        swift.event("passage.started")
        first, second = _with_knob(swift, card), _with_knob(swift, card)
        plain = cycle(swift, card, 0.7, 0.5)
        swift.wait(0.7)
        swift.ask("mute", on=True)
        muted = cycle(swift, card, 0.5, 0.5)
        swift.wait(0.5)
        end_ns = swift.side.now_ns()
    before = _loud(recording, sound, 0, first.pulled_ns)
    turned = [
        _loud(recording, sound, first.plugged_ns, second.pulled_ns),
        _loud(recording, sound, second.plugged_ns, plain.pulled.at_ns),
    ]
    after = _loud(recording, sound, plain.plugged_ns, muted.pulled.at_ns)
    silent = _loud(recording, sound, muted.plugged_ns, end_ns)
    limit_db = swift.rig.limit("level_error_db", LIMITS["level_error_db"])
    level_db = before.level_db
    figures.promise(f"level at {_PERCENT} %", level_db, unit="dB", limit=_QUIET_DB)
    off_db = abs(after.level_db - level_db)
    figures.promise("level after a plug differs by", off_db, unit="dB", limit=limit_db)
    off_db = max(abs(loud.level_db) for loud in turned)
    what = "what a card with a control gets differs from the file by"
    figures.promise(what, off_db, unit="dB", limit=limit_db)
    _promise_turned(figures, first, second)
    ahead_ms = (turned[1].at_ns - second.moved_ns) / 1e6 if second.value else None
    what = "card's control is put back before its first sound by"
    early_ms = -swift.rig.line_in.uncertainty_us / 1000
    figures.promise(what, ahead_ms, unit="ms", limit=early_ms, at_least=True)
    figures.promise("level of a card that comes back muted", silent.level_db, unit="dB", limit=-inf)
    figures.check_all()


def _with_knob(swift: Bench, card: PluggedCard) -> _Turned:
    """Plug in a card with a volume control that stands at 0, and wait until it is turned."""
    pulled = card.unplug(0.7)
    told(swift, "output.lost", 2)
    plugged_ns = card.plug(0.5)
    knob = Knob(swift.shell, swift.python)
    knob.add()
    value, moved_ns = knob.moved(2)
    knob.close()
    told(swift, "output.restored", BACK_S)
    return _Turned(pulled.at_ns, plugged_ns, value, moved_ns)


def _promise_turned(figures: Figures, first: _Turned, second: _Turned) -> None:
    figures.promise("card's control, of 100", first.value, limit=1, at_least=True)
    off = abs(second.value - first.value)
    figures.promise("card's control after a plug differs by", off, limit=0)


def _loud(recording: Recording, sound: Samples, from_ns: int, until_ns: int) -> _Loud:
    for stretch in stretches_between(recording, from_ns, until_ns):
        try:
            begin = onset(stretch.samples)
            window = stretch.samples[begin + _SETTLED_FRAMES :][:_WINDOW]
            at = locate(window, sound).frame
            return _Loud(gain_db(window, sound[at : at + len(window)]), stretch.at_ns(begin))
        except MeasureError:  # silence
            continue
    return _Loud(-inf, inf)

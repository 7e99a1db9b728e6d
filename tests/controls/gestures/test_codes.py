from __future__ import annotations

from itertools import product

import pytest
from controls.gestures.hand import Hand, buttons, want, wants

from wkmp_pi.config.pins import Gpio, Mode

KONAMI = ("up", "up", "down", "down", "left", "right", "left", "right", "b", "a")
PAD = buttons("up", "down", "left", "right", "a", "b")
CODE = want("sequence", *KONAMI, id="konami")


def entered(presses: str | tuple[str, ...], step_ms: float = 300, **how: object) -> Hand:
    hand = Hand([CODE], PAD)
    for index, name in enumerate(presses):
        hand.tap(index * step_ms, 80, name)
    return hand.rest()


def test_a_code_is_told_with_its_last_press() -> None:
    hand = entered(KONAMI)
    (code,) = hand.gestures
    assert (code.gesture, code.id, code.buttons, code.count) == ("sequence", "konami", KONAMI, 10)
    assert hand.told_ms("sequence") == [9 * 300 + 5]
    assert [name for name, *_ in code.edges] == list(KONAMI)


@pytest.mark.parametrize("extra", range(1, 5))
def test_an_extra_leading_up_does_no_harm(extra: int) -> None:
    assert entered(("up",) * extra + KONAMI).words == ["sequence"]


def test_a_false_start_does_no_harm() -> None:
    assert entered(KONAMI[:7] + KONAMI).words == ["sequence"]


def test_a_wrong_press_in_between_breaks_it() -> None:
    assert entered((*KONAMI[:5], "a", *KONAMI[5:])).words == []


@pytest.mark.parametrize(("share", "expected"), [(0.9, True), (1.0, True), (1.1, False)])
def test_from_step_to_step_there_is_a_window(share: float, expected: bool) -> None:
    wanted = [want("sequence", "up", "down", "up", id="short")]
    hand = Hand(wanted).tap(0, 80, "up").tap(1000 * share, 80, "down")
    hand.tap(1000 * share + 200, 80, "up")
    assert bool(hand.rest().words) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.9, True), (1.0, True), (1.1, False)])
def test_the_whole_has_a_window(share: float, expected: bool) -> None:
    wanted = [want("sequence", *["up", "down"] * 6, id="long")]
    hand = Hand(wanted)
    for index in range(12):
        hand.tap(index * 10_000 * share / 11, 80, ("up", "down")[index % 2])
    assert bool(hand.rest().words) == expected


def test_windows_may_be_the_owners_own_or_the_boxs() -> None:
    own = want("sequence", "up", "down", id="own", window_ms=2000, whole_ms=3000)
    assert Hand([own]).tap(0, 80, "up").tap(2000, 80, "down").rest().words == ["sequence"]
    box = Gpio(step_gap_ms=1500)
    hand = Hand([want("sequence", "up", "down", id="box")], gpio=box)
    assert hand.tap(0, 80, "up").tap(1500, 80, "down").rest().words == ["sequence"]


def test_a_code_that_was_given_up_leaves_nothing_behind() -> None:
    hand = Hand([CODE], PAD)
    for index, name in enumerate(KONAMI[:9]):
        hand.tap(index * 300, 80, name)
    hand.until(60_000).tap(60_000, 80, "a").rest()
    assert hand.words == []


def test_presses_of_a_code_are_used_up() -> None:
    wanted = [want("sequence", "up", "down", "up", id="aba")]
    hand = Hand(wanted)
    for index, name in enumerate(("up", "down", "up", "down", "up")):
        hand.tap(index * 300, 80, name)
    assert hand.rest().words == ["sequence"]


def test_the_press_that_completes_a_code_means_nothing_else() -> None:
    wanted = [*wants("single", button="up"), *wants("single", "double", "long", button="down")]
    hand = Hand([*wanted, want("sequence", "up", "down", id="x")])
    hand.tap(0, 80, "up").tap(300, 900, "down").rest()
    assert hand.words == ["single", "sequence"]


def test_on_an_eager_button_it_means_both() -> None:
    wanted = [*wants("single", button="down"), want("sequence", "up", "down", id="x")]
    hand = Hand(wanted, buttons("up", "down", mode=Mode.EAGER))
    assert hand.tap(0, 80, "up").tap(300, 80, "down").rest().words == ["sequence", "single"]


def test_a_code_that_another_begins_with_is_told_as_well() -> None:
    wanted = [want("sequence", "up", "down", id="ab"), want("sequence", "up", "down", "up", id="c")]
    hand = Hand(wanted)
    for index, name in enumerate(("up", "down", "up")):
        hand.tap(index * 300, 80, name)
    assert [g.id for g in hand.rest().gestures] == ["ab", "c"]


def test_every_short_series_is_judged_as_a_search_in_a_text_would() -> None:
    """Against the plainest oracle: does the text end with the code, and is it new?"""
    code = "aabab"
    wanted = [want("sequence", *code, id="x")]
    for length in range(5, 9):
        for letters in product("ab", repeat=length):
            hand = Hand(wanted, buttons("a", "b"))
            for index, name in enumerate(letters):
                hand.tap(index * 200, 60, name)
            assert len(hand.rest().words) == "".join(letters).count(code)

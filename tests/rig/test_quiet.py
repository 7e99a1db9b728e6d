"""What is measured counts only if the machine was quiet meanwhile."""

from __future__ import annotations

import pytest

from hil import quiet


@pytest.fixture
def shares(monkeypatch):
    """What others take, look by look; the last for ever."""
    script: list[float] = []

    class Scripted:
        def __init__(self, ours_s):
            pass

        def share(self):
            return script.pop(0) if len(script) > 1 else script[0]

    monkeypatch.setattr(quiet, "Others", Scripted)
    monkeypatch.setattr(quiet, "_LOOK_S", 0.0)
    return script


def own_s():
    return 0.0


def test_a_box_with_a_processor_of_its_own_is_measured_in_any_case(shares):
    shares += [1.0]
    assert quiet.calm(None, lambda: "measured") == "measured"


def test_it_is_measured_when_the_machine_has_become_quiet(shares):
    shares += [0.9, 0.9, 0.1, 0.2]
    assert quiet.calm(own_s, lambda: "measured") == "measured"


def test_what_was_disturbed_is_measured_again(shares):
    shares += [0.1, 0.9, 0.1, 0.1]
    attempts = []
    quiet.calm(own_s, lambda: attempts.append(1))
    assert len(attempts) == 2


def test_on_a_machine_that_is_never_quiet_nothing_is_tried_in_vain(shares):
    shares += [0.9]
    attempts = []
    with pytest.raises(pytest.skip.Exception, match="other programs took 90%"):
        quiet.calm(own_s, lambda: attempts.append(1))
    assert attempts == []


def test_who_disturbed_it_each_time_is_told(shares):
    shares += [0.1, 0.9] * 3
    with pytest.raises(pytest.skip.Exception, match="other programs took 90%"):
        quiet.calm(own_s, lambda: None)

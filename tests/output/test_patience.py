from __future__ import annotations

import errno

import pytest

from wkmp_pi.output.patience import Patience, Verdict

SECOND = 1_000_000_000


def judge(patience: Patience, number: int, at_ns: int = 0) -> Verdict:
    return patience.judge(number, at_ns, disconnected=False)


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        (errno.EPIPE, Verdict.DRY),
        (errno.ESTRPIPE, Verdict.ASLEEP),
        (errno.EAGAIN, Verdict.PASSING),
        (errno.EINTR, Verdict.PASSING),
        (errno.EIO, Verdict.PASSING),
        (errno.EBADFD, Verdict.PASSING),
        (errno.ENODEV, Verdict.LOST),
        (errno.ENXIO, Verdict.LOST),
        (errno.ENOENT, Verdict.LOST),
        (errno.EACCES, Verdict.LOST),
        (errno.EINVAL, Verdict.LOST),
        (0, Verdict.LOST),
    ],
)
def test_what_each_error_means_the_first_time(number: int, verdict: Verdict) -> None:
    assert judge(Patience(), number) is verdict


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_a_disconnected_card_is_lost_whatever_it_says(number: int) -> None:
    assert Patience().judge(number, 0, disconnected=True) is Verdict.LOST


@pytest.mark.parametrize("number", [errno.EIO, errno.EBADFD])
def test_an_error_that_repeats_itself_is_a_lost_card(number: int) -> None:
    patience = Patience()
    verdicts = [judge(patience, number) for _ in range(3)]
    assert verdicts == [Verdict.PASSING, Verdict.PASSING, Verdict.LOST]


def test_a_success_in_between_forgives_all() -> None:
    patience = Patience()
    for _ in range(10):
        assert judge(patience, errno.EIO) is Verdict.PASSING
        assert judge(patience, errno.EIO) is Verdict.PASSING
        patience.succeeded()


def test_waking_up_may_take_two_seconds() -> None:
    patience = Patience()
    for ms in range(0, 2001, 100):
        assert judge(patience, errno.ESTRPIPE, SECOND + ms * 1_000_000) is Verdict.ASLEEP
    assert judge(patience, errno.ESTRPIPE, 3 * SECOND + 1) is Verdict.LOST


def test_underruns_are_never_too_many() -> None:
    patience = Patience()
    assert all(judge(patience, errno.EPIPE) is Verdict.DRY for _ in range(10_000))

"""Maps between clocks, on clocks and networks made of numbers."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from hil.drivers.clocks import SAME, ClockMap, measured

delays_ns = st.integers(0, 10**9)


class Network:
    """Two machines; each look at the other's clock takes a way there and a way back."""

    def __init__(self, offset_ns: int, ways_ns: list[tuple[int, int]]) -> None:
        self.now_ns = 5 * 10**9
        self.offset_ns = offset_ns
        self.ways_ns = itertools.cycle(ways_ns)

    def here(self) -> int:
        return self.now_ns

    def there(self) -> int:
        way_there_ns, way_back_ns = next(self.ways_ns)
        self.now_ns += way_there_ns
        seen_ns = self.now_ns - self.offset_ns
        self.now_ns += way_back_ns
        return seen_ns


@given(
    offset_ns=st.integers(-(10**15), 10**15),
    ways_ns=st.lists(st.tuples(delays_ns, delays_ns), min_size=1, max_size=8),
)
def test_the_map_is_never_further_off_than_it_says(offset_ns, ways_ns):
    network = Network(offset_ns, ways_ns)
    clock = measured(network.there, network.here, pings=len(ways_ns))
    assert abs(clock.offset_ns - offset_ns) <= clock.uncertainty_ns
    assert clock.uncertainty_ns == min((a + b + 1) // 2 for a, b in ways_ns)


def test_the_shortest_look_is_believed():
    network = Network(7_000, [(10, 9_000), (40, 40), (9_000, 10)])
    assert measured(network.there, network.here, pings=3) == ClockMap(7_000, 40)


def test_one_long_look_is_off_by_what_it_says():
    network = Network(7_000, [(10, 9_000)])
    clock = measured(network.there, network.here, pings=1)
    assert clock.offset_ns != 7_000
    assert abs(clock.offset_ns - 7_000) <= clock.uncertainty_ns


def test_maps_go_back_and_on():
    box_to_bench, bench_to_puller = ClockMap(1_000, 5), ClockMap(-300, 7)
    assert box_to_bench.then(bench_to_puller) == ClockMap(700, 12)
    assert box_to_bench.back(box_to_bench(123)) == 123
    assert SAME(42) == SAME.back(42) == 42

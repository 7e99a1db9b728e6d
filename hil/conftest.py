"""What the rig's tests are given: a bench with a box on it, and where to say what was measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hil import rigfile
from hil.assembly import assemble
from hil.bench import Bench
from hil.errors import RigError
from hil.limits import LIMITS
from hil.resources import Rig

pytest_plugins = ["hil.plugin"]
_TEST_S = 300


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rig")
    group.addoption("--break", metavar="CONTROL", help="break the product on purpose, as it says")
    group.addoption(
        "--hours", type=float, metavar="N", help="length of the soak (default: a short form)"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A box takes its time."""
    for item in items:
        ours = item.path.is_relative_to(Path(__file__).parent)
        if ours and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_TEST_S))


@pytest.fixture(scope="session")
def rig(pytestconfig: pytest.Config) -> Rig:
    return rigfile.read(pytestconfig.getoption("rig"), LIMITS)


@pytest.fixture(scope="session")
def real_time(
    rig: Rig, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Bench]:
    """The bench that the rig file describes; its tests share one boot."""
    yield from _bench(rig, tmp_path_factory.mktemp("bench"), pytestconfig, simulated=None)


@pytest.fixture(scope="session")
def in_simulated_time() -> list[Bench]:
    """The bench in simulated time, once there is one."""
    return []


@pytest.fixture(autouse=True)
def undisturbed(request: pytest.FixtureRequest, in_simulated_time: list[Bench]) -> Iterator[None]:
    """A bench that a test does not use takes nothing from the one that it measures."""
    used = {"simulated_time", "any_time"} & {*request.fixturenames}
    with ExitStack() as stack:
        for bench in () if used else in_simulated_time:
            stack.enter_context(bench.still())
        yield


@pytest.fixture(scope="session")
def simulated_time(
    rig: Rig,
    in_simulated_time: list[Bench],
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Iterator[Bench]:
    """A virtual Pi in simulated time: nothing in it takes time but waiting."""
    if not rig.virtual:
        pytest.skip(f"{rig.name}: time cannot be simulated; expected a virtual Pi")
    folder = tmp_path_factory.mktemp("simulated")
    for bench in _bench(rig, folder, pytestconfig, simulated=True):
        in_simulated_time.append(bench)
        yield bench
        in_simulated_time.clear()


@pytest.fixture
def box(real_time: Bench) -> Bench:
    """The box in real time, as after its installation."""
    real_time.fresh()
    return real_time


@pytest.fixture
def any_time(request: pytest.FixtureRequest, rig: Rig) -> Bench:
    """The bench in simulated time where the rig has it, as the test before left it."""
    bench: Bench = request.getfixturevalue("simulated_time" if rig.virtual else "real_time")
    return bench


@pytest.fixture
def swift(any_time: Bench) -> Bench:
    """The same as after its installation, for tests that need no clock."""
    any_time.fresh()
    return any_time


def _bench(
    rig: Rig, folder: Path, config: pytest.Config, *, simulated: bool | None
) -> Iterator[Bench]:
    try:
        bench = assemble(rig, folder, simulated=simulated, broken=config.getoption("break"))
    except RigError as error:
        pytest.exit(f"the rig cannot be put together: {error}", returncode=3)
    try:
        yield bench
    finally:
        bench.close()

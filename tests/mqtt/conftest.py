"""One real broker for the tests of a module that do not hurt it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mqtt.support.brokers import Mosquitto, running


@pytest.fixture(scope="module")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with running(tmp_path_factory.mktemp("mosquitto")) as broker:
        yield broker


def pytest_collection_finish(session: pytest.Session) -> None:
    """Home Assistant takes minutes to install: begin while other tests run."""
    from mqtt.support import home_assistant

    if session.config.option.collectonly:
        return
    if any("test_home_assistant" in item.nodeid for item in session.items):
        home_assistant.install_in_background()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What could not be tested here is said, however quiet the run is."""
    skipped = terminalreporter.stats.get("skipped", ())
    reasons = {str(one.longrepr[2]) for one in skipped if "test_home_assistant" in one.nodeid}
    for reason in sorted(reasons):
        terminalreporter.write_line(reason)

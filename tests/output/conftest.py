from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from support.pulse import Pulse, running_pulse


@pytest.fixture(scope="session")
def _pulse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulse]:
    with running_pulse(tmp_path_factory.mktemp("pulse")) as server:
        yield server


@pytest.fixture
def pulse(_pulse_server: Pulse, monkeypatch: pytest.MonkeyPatch) -> Pulse:
    """The session's private sound server, reachable from this process as the PCM ``box``."""
    for name, value in _pulse_server.environment.items():
        monkeypatch.setitem(os.environ, name, value)
    return _pulse_server

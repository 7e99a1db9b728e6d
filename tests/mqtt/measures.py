"""What MQTT costs and how quick it is, as figures; the tests and the benchmark judge them."""

from __future__ import annotations

import json
import time
import tracemalloc
from pathlib import Path

from mqtt.support import house
from mqtt.support.brokers import HERE, running
from mqtt.support.evening import Evening
from mqtt.support.witness import Witness

from wkmp_pi.config.mqtt import Mqtt as Config
from wkmp_pi.events import kinds

STATE = "wkmp/kitchen/state"


def state_latencies_ms(folder: Path, times: int, old: bool = False) -> list[float]:
    """From a change of the player to a stranger's having it from a real broker."""
    found = []
    with running(folder) as broker, Witness(broker.port, STATE) as witness:
        protocol = "3.1.1" if old else "5"
        config = Config(host=HERE, port=broker.port, box="kitchen", protocol=protocol)
        with house.running(config) as box:
            witness.topic(STATE)
            witness.hear(1.0)
            for number in range(times):
                percent = number % 100
                begun_s = time.monotonic()
                box.change(volume=percent)
                message = witness.until(
                    lambda one, percent=percent: json.loads(one.payload)["volume"] == percent
                )
                found.append((message.came_s - begun_s) * 1000)
    return found


def outage_growth_bytes(seconds: int = 3600) -> int:
    """Memory that such a time without a broker costs, with ten changes a second."""
    evening = Evening()
    evening.go()
    evening.server.kill()
    evening.run(5.0)
    tracemalloc.start()
    for number in range(seconds * 10):
        evening.bus.publish(kinds.VolumeChanged(percent=number % 100, muted=False))
        evening.go(0.1, steps=1)
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return grown


def steady_messages(seconds: int = 600) -> int:
    """Messages in such a time of plain playing."""
    evening = Evening()
    evening.run(10.0)
    before = len(evening.server.heard)
    for second in range(seconds):
        evening.state = {**evening.state, "position_ms": second * 1000}
        evening.bus.publish(
            kinds.PositionUpdated(
                frame=second * 44_100,
                heard_ns=evening.now_ns,
                entry=1,
                passage=7,
                file="/m/a.flac",
                position_ms=second * 1000,
                duration_ms=999_000,
            )
        )
        evening.run(1.0, each_s=0.25)
    return len(evening.server.heard) - before

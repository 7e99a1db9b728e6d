"""What a decoder may do to the machine, tried by one that does its worst."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wkmp_pi.decode.client import sandboxed

pytestmark = pytest.mark.flow

CANARY = """
import ctypes, errno, json, os, resource, socket, subprocess, sys
from wkmp_pi.decode import process, sandbox

def tried(deed):
    try:
        deed()
    except (OSError, MemoryError) as error:
        return getattr(error, "strerror", None) or type(error).__name__
    return "done"

report = {"held": sandbox.enter(os.getppid()) if "enter" in sys.argv else {}}
process.warm_up()
out = open(sys.argv[1], "r+b") if os.path.exists(sys.argv[1]) else None
report["held"] |= sandbox.close_doors() if "close" in sys.argv else {}
report |= {
    "a socket": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
    "a local socket": tried(lambda: socket.socket(socket.AF_UNIX)),
    "reading a file": tried(lambda: open("/etc/hostname")),
    "writing a file": tried(lambda: open("/tmp/canary", "w")),
    "removing a file": tried(lambda: os.unlink(sys.argv[1])),
    "a program": tried(lambda: os.execv("/bin/true", ["true"]) if "close" in sys.argv else None),
    "a process": tried(lambda: os._exit(0) if os.fork() == 0 else os.wait()),
    "a signal": tried(lambda: os.kill(os.getppid(), 0)),
    "a gigabyte": tried(lambda: bytearray(1 << 30)),
    "more memory": tried(lambda: resource.prlimit(0, resource.RLIMIT_DATA, (1 << 33, 1 << 33))),
    "an open file": tried(lambda: (out.write(b"x"), out.flush()) if out else None),
    "a fraction of it": tried(lambda: bytearray(64 << 20)),
}
names = open("/proc/net/dev").read() if "close" not in sys.argv else ""
report["interfaces"] = names.count(":")
report["oom"] = 0 if "close" in sys.argv else int(open("/proc/self/oom_score_adj").read())
process.warm_up() if "close" not in sys.argv else None
print(json.dumps(report))
"""


def canary(tmp_path: Path, *measures: str) -> dict[str, Any]:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    run = subprocess.run(
        [sys.executable, "-c", CANARY, str(victim), *measures],
        capture_output=True,
        check=False,
        timeout=60,
        env={"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert run.returncode == 0, run.stderr.decode()
    report: dict[str, Any] = json.loads(run.stdout)
    report["victim"] = victim.read_bytes() if victim.exists() else None
    return report


DEEDS = [
    "a socket",
    "a local socket",
    "reading a file",
    "writing a file",
    "removing a file",
    "a program",
    "a process",
    "a signal",
    "more memory",
]


def test_a_decoder_can_open_nothing_start_nothing_and_reach_nobody(tmp_path: Path) -> None:
    report = canary(tmp_path, "enter", "close")

    assert all(report["held"].values()), report["held"]
    assert {deed: report[deed] for deed in DEEDS} == dict.fromkeys(DEEDS, "Operation not permitted")
    assert report["a gigabyte"] == "MemoryError"
    assert report["an open file"] == "File too large"
    assert report["a fraction of it"] == "done"
    assert report["victim"] == b"precious"


def test_without_the_doors_all_of_it_could_be_done(tmp_path: Path) -> None:
    """The control: the canary can sing."""
    report = canary(tmp_path)

    assert {deed: report[deed] for deed in DEEDS} == dict.fromkeys(DEEDS, "done")
    assert report["a gigabyte"] == "done"
    assert report["victim"] is None


def test_there_is_no_network_even_without_the_filter(tmp_path: Path) -> None:
    """Where namespaces are permitted; the filter holds where they are not."""
    report = canary(tmp_path, "enter")

    assert report["oom"] == 800
    if report["held"]["network of its own"]:
        assert report["interfaces"] == 1  # a loopback that is down


def test_the_real_process_tells_what_holds() -> None:
    held = sandboxed()

    assert held["no new privileges"]
    assert held["ends with the service"]
    assert held["limited memory, no files written"]
    assert held["no files, sockets, programs"]
    assert set(held) >= {"network of its own", "first victim when memory runs out"}

"""The Makefile, and the script that makes a checkout ready."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FAKE_PYTHON = """#!/bin/bash
# Stands in for the interpreter of an environment: notes what it is asked and does as if.
echo "$@" >>"$CALLS"
case "$*" in
    *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *"-m pip"*) [ ! -e pip-fails ] || exit 1 ;;
    *alsaaudio*) [ ! -e .venv/broken ] ;;
    *calcsize*) cat word-size 2>/dev/null || echo 8 ;;
    *base_executable*) echo "${BASE:-$0}" ;;
    *"(3, 13)"*) [ -e newer ] ;;
    --version) echo Python 3.11.2 ;;
esac
"""


def make(*arguments: str) -> str:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def checkout(tmp_path):
    """A checkout with nothing but what the script looks at, and a Python that only takes notes."""
    (tmp_path / "config/setup").mkdir(parents=True)
    for name in ("prepare", "tools.sh"):
        shutil.copy(ROOT / "config/setup" / name, tmp_path / "config/setup")
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    python = tmp_path / "python"
    python.write_text(FAKE_PYTHON)
    python.chmod(0o755)
    return tmp_path


def prepare(checkout: Path, kind: str = "run", **environment: str) -> tuple[int, list[str], str]:
    """Exit code, what Python was asked to install or make, and what was said."""
    calls = checkout / "calls"
    calls.write_text("")
    path = f"{ROOT}/.venv/bin:{os.environ['PATH']}"  # what was unpacked there is not fetched anew
    env = {**os.environ, "PATH": path, "PYTHON": str(checkout / "python"), "CALLS": str(calls)}
    env |= environment
    command = ["config/setup/prepare", kind]
    done = subprocess.run(
        command, cwd=checkout, env=env, capture_output=True, text=True, check=False
    )
    asked = [line for line in calls.read_text().splitlines() if "-m " in line]
    return done.returncode, asked, done.stderr


def test_plain_make_lists_every_command_and_does_nothing():
    listed = make()
    assert "make run " in listed
    assert "make test " in listed
    assert make("help") == listed


def test_run_starts_the_demo_and_nothing_of_the_users_own():
    recipe = make("--dry-run", "run")
    assert "-m wkmp_pi.demo .demo" in recipe
    assert "exec .venv/bin/python -m wkmp_pi.demo.broker '.demo/box.toml'" in recipe


def test_run_with_a_configuration_leaves_the_demo_alone():
    recipe = make("--dry-run", "run", "CONFIG=box.toml")
    assert "-m wkmp_pi.demo " not in recipe
    assert "-m wkmp_pi.demo.broker 'box.toml'" in recipe


def test_a_fresh_checkout_gets_an_environment_with_checked_hashes(checkout):
    code, asked, said = prepare(checkout)
    assert code == 0
    assert "-m venv .venv" in asked[0]
    assert all("--require-hashes" in line for line in asked[1:3])
    assert "--no-deps" in asked[3]
    assert said.count("\n") <= 4


def test_the_second_time_nothing_is_done_and_nothing_said(checkout):
    prepare(checkout)
    assert prepare(checkout) == (0, [], "")


def test_a_broker_that_the_machine_has_is_used_from_the_checkout(checkout):
    (checkout / "bin").mkdir()
    (checkout / "bin/mosquitto").write_text("#!/bin/sh\n")
    (checkout / "bin/mosquitto").chmod(0o755)
    assert prepare(checkout, PATH=f"{checkout}/bin:{os.environ['PATH']}")[0] == 0
    found = checkout / ".venv/bin/mosquitto"
    assert found.resolve() == checkout / "bin/mosquitto"


def test_an_interrupted_set_up_begins_anew(checkout):
    (checkout / "pip-fails").touch()
    assert prepare(checkout)[0] != 0
    (checkout / "pip-fails").unlink()
    code, asked, _ = prepare(checkout)
    assert code == 0
    assert "-m venv .venv" in asked[0]


def test_a_broken_environment_is_built_anew(checkout):
    prepare(checkout)
    (checkout / ".venv/broken").touch()
    assert "-m venv .venv" in prepare(checkout)[1][0]


def test_an_active_environment_is_not_made_of_itself(checkout):
    prepare(checkout)
    (checkout / ".venv/broken").touch()
    active = {"PYTHON": f"{checkout}/.venv/bin/python", "BASE": f"{checkout}/python"}
    code, asked, _ = prepare(checkout, **active)
    assert code == 0
    assert "-m venv .venv" in asked[0]


def test_what_has_no_wheels_for_a_newer_python_is_built(checkout):
    assert "--no-binary pyalsaaudio --" in prepare(checkout)[1][2]
    (checkout / "newer").touch()
    (checkout / "requirements.lock").write_text("setuptools==84.2.1\n")
    (checkout / "bin").mkdir()
    (checkout / "bin/swig").symlink_to("/bin/true")
    tools = f"{checkout}/bin:{ROOT}/.venv/bin:{os.environ['PATH']}"
    code, asked, _ = prepare(checkout, PATH=tools)
    assert code == 0
    assert "--no-binary pyalsaaudio,lgpio --" in asked[2]


def test_another_lock_is_installed(checkout):
    prepare(checkout)
    (checkout / "requirements.lock").write_text("setuptools==84.2.1\n")
    assert prepare(checkout)[1] != []


def test_an_environment_for_running_grows_into_one_for_tests_and_serves_both(checkout):
    prepare(checkout)
    asked = prepare(checkout, "test")[1]
    assert not any("-m venv" in line for line in asked)
    assert any("requirements-dev.lock" in line for line in asked)
    assert prepare(checkout, "run")[1] == []


def test_on_32_bits_versions_are_locked_and_hashes_are_not_checked(checkout):
    (checkout / "word-size").write_text("4\n")
    asked = prepare(checkout)[1]
    assert not any("--require-hashes" in line for line in asked)
    versions = (checkout / ".venv/versions.txt").read_text()
    assert "numpy==" in versions
    assert "--hash" not in versions


def test_a_machine_without_python_and_apt_is_told_what_it_lacks(checkout, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "cat", "cut", "dirname", "flock", "grep", "sha256sum"):
        (tools / name).symlink_to(shutil.which(name))
    code, _, said = prepare(checkout, PYTHON="none", PATH=str(tools))
    assert code == 1
    assert "not found: python3" in said
    assert "libasound2-dev" in said


FAKE_APT = """#!/bin/sh
# Stands in for a Debian mirror with one package, and for the tools that reach it.
echo "$(basename "$0") $*" >>"$CALLS"
case "$(basename "$0") $1" in
    "apt-get download") touch "$3_1.0_all.deb" ;;
    "dpkg-deb --field") echo "adduser, libfine (>= 1.2) | libolder, other-daemon (= 3), zlib1g" ;;
    "dpkg-deb --extract") mkdir -p "$3/usr/sbin" && touch "$3/usr/sbin/no-such-daemon" ;;
esac
"""


def unpack_a_part(checkout: Path) -> list[str]:
    """What Debian's tools were asked when a daemon was needed that is not there."""
    tools, calls = checkout / "tools", checkout / "calls"
    tools.mkdir(exist_ok=True)
    (checkout / ".venv/bin").mkdir(parents=True, exist_ok=True)
    calls.write_text("")
    for name in ("apt-get", "dpkg-deb"):
        (tools / name).write_text(FAKE_APT)
        (tools / name).chmod(0o755)
    script = "say() { :; }; . config/setup/tools.sh; find_part daemon usr/sbin/no-such-daemon"
    env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "CALLS": str(calls)}
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=checkout, env=env, check=True)
    return calls.read_text().splitlines()


def test_a_daemon_is_unpacked_and_only_its_libraries_are_installed(checkout):
    asked = unpack_a_part(checkout)
    assert (checkout / ".venv/bin/no-such-daemon").resolve().parent.name == "sbin"
    installing = [line for line in asked if line.startswith(("apt-get install", "apt-get satisfy"))]
    assert installing == ["apt-get satisfy --simulate  libfine (>= 1.2) | libolder, zlib1g"]


def test_a_daemon_that_is_there_is_not_unpacked_again(checkout):
    unpack_a_part(checkout)
    (checkout / ".venv/bin/no-such-daemon").resolve().chmod(0o755)
    assert unpack_a_part(checkout) == []


@pytest.mark.parametrize("script", ["config/setup/prepare", "config/setup/install", ".ci/run"])
def test_scripts_are_executable_and_stop_at_the_first_error(script):
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert "set -euo pipefail" in path.read_text()
    subprocess.run(["bash", "-n", path], check=True)

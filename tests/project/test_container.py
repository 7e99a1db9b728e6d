"""The container: nobody's root, nothing but what is needed, and the same locks as everywhere."""

from pathlib import Path

DOCKERFILE = (Path(__file__).parents[2] / "Dockerfile.arm").read_text()
STAGES = DOCKERFILE.split("\nFROM ")


def test_the_player_does_not_run_as_root():
    last_user = [line for line in STAGES[-1].splitlines() if line.startswith("USER ")][-1]
    assert last_user == "USER wkmp-pi"


def test_python_packages_come_through_the_lock():
    assert "config/setup/prepare run" in STAGES[1]
    assert "pip install" not in DOCKERFILE


def test_the_compiler_stays_behind_in_the_stage_that_builds():
    assert "gcc" in STAGES[1]
    assert "gcc" not in STAGES[-1]


def test_the_recipe_for_running_it_gives_away_no_privileges():
    recipe = STAGES[0]
    for guard in ("--read-only", "--cap-drop ALL", "no-new-privileges", "--network none"):
        assert guard in recipe
    assert "--privileged" not in DOCKERFILE

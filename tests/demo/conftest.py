import pytest

from wkmp_pi.demo.box import prepare


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """A whole demo box, made once: read it, do not change it."""
    folder = tmp_path_factory.mktemp("demo") / "box"
    prepare(folder, lambda line: None)
    return folder

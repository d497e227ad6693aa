"""The wheel in an environment of its own: alone, and with the compiler's extra."""

import subprocess
import sys
import venv

import pytest
from conftest import ROOT, run
from trees import contents

USE = """
from tfp_trainables.distributions import TrainableNormal
import sys
model = TrainableNormal(seed=(1, 2))
assert model.log_prob(0.5).shape == ()
assert len(model.trainable_variables) == 2
assert not {"jinja2", "black", "typer"} & set(sys.modules)
print("fitted")
"""


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """A clean environment with the wheel and what it requires, no extras."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = (python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt")
    run(*install, wheel, cwd=folder)
    return folder, install


def test_the_wheel_alone_runs_and_tells_what_the_compiler_needs(environment):
    folder, _ = environment
    assert "fitted" in run(folder / "bin" / "python", "-c", USE, cwd=folder)
    result = subprocess.run(
        [folder / "bin" / "tfp-trainables", "generate"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert "pip install 'tfp-trainables[generate]'" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_wheel_with_the_extra_generates(environment, wheel, tmp_path):
    folder, install = environment
    run(*install, f"{wheel}[generate]", cwd=folder)
    run(folder / "bin" / "tfp-trainables", "generate", "--output", tmp_path, cwd=folder)
    assert contents(tmp_path) == contents(ROOT / "generated")
    run(folder / "bin" / "tfp-trainables", "check", "--output", tmp_path, cwd=folder)


def test_the_wheel_holds_no_more_than_it_should(wheel):
    listing = subprocess.run(
        [sys.executable, "-m", "zipfile", "--list", wheel],
        capture_output=True,
        text=True,
        check=True,
    )
    names = [line.split()[0] for line in listing.stdout.splitlines()[1:]]
    tops = {name.partition("/")[0] for name in names}
    assert tops == {
        "tfp_trainables",
        "tfp_trainables_generator",
        "tfp_trainables_runtime",
        "tfp_trainables-0.1.0.dist-info",
    }
    for needed in (
        "tfp_trainables/py.typed",
        "tfp_trainables/manifest.json",
        "tfp_trainables/distributions/__init__.pyi",
        "tfp_trainables_runtime/py.typed",
        "tfp_trainables_generator/templates/module.py.jinja",
    ):
        assert needed in names

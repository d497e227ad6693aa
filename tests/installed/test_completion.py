"""Editors complete arguments, keys and methods, from a wheel and from a checkout."""

import sys
from pathlib import Path

import jedi
import pytest
from conftest import ROOT
from language_server import LanguageServer

pytestmark = pytest.mark.slow

IMPORT = "from tfp_trainables.distributions import TrainableNormal, NormalInitialParameters\n"
ARGUMENTS = {
    "initial_parameters",
    "batch_and_event_shape",
    "parameter_dtype",
    "seed",
    "loc",
    "scale",
    "validate_args",
}
METHODS = {"log_prob", "sample", "mean", "quantile", "copy", "trainable_variables"}
OF_A_PARAMETER = {"assign", "assign_add", "numpy", "shape", "dtype", "trainable", "value"}
BIJECTOR_METHODS = {"forward", "inverse", "forward_log_det_jacobian"}


@pytest.fixture(params=["wheel", "editable"])
def search_path(request):
    """Where the packages lie: as the wheel installs them, or as the checkout has them."""
    if request.param == "wheel":
        return [request.getfixturevalue("installed")]
    return [ROOT / "generated", ROOT / "runtime"]


def complete_with_jedi(text: str, search_path: list[Path]) -> set[str]:
    project = jedi.Project(ROOT / "tests", added_sys_path=[str(path) for path in search_path])
    script = jedi.Script(
        text,
        path=ROOT / "tests" / "program.py",
        project=project,
        environment=jedi.create_environment(sys.prefix, safe=False),
    )
    lines = text.split("\n")
    names = script.complete(len(lines), len(lines[-1]))
    return {name.name.strip("\"'=") for name in names}


def test_jedi(search_path):
    def complete(text):
        return complete_with_jedi(IMPORT + text, search_path)

    assert complete("TrainableNormal(") >= ARGUMENTS
    assert complete("TrainableNormal().") >= {*METHODS, "loc", "scale"}
    assert complete("TrainableNormal().scale.") >= OF_A_PARAMETER
    assert complete("start: NormalInitialParameters = {}\nstart['") >= {"loc", "scale"}
    assert "TrainableGamma" in complete("from tfp_trainables.distributions import TrainableGam")
    scale = "from tfp_trainables.bijectors import TrainableScale\nTrainableScale()."
    assert complete(scale) >= BIJECTOR_METHODS


def test_pyright(search_path, tmp_path):
    with LanguageServer(tmp_path, search_path) as server:

        def complete(text):
            return {label.strip("\"'=") for label in server.complete(IMPORT + text)}

        assert complete("TrainableNormal(") >= ARGUMENTS
        assert complete("TrainableNormal({'") >= {"loc", "scale"}
        assert complete("TrainableNormal().") >= {*METHODS, "loc", "scale"}
        assert complete("TrainableNormal().scale.") >= OF_A_PARAMETER
        assert "TrainableGamma" in complete("from tfp_trainables.distributions import TrainableGam")
        scale = "from tfp_trainables.bijectors import TrainableScale\nTrainableScale()."
        assert complete(scale) >= BIJECTOR_METHODS

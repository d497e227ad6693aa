"""Every public type of the installed package is known to a type checker.

TFP itself has no types, so to a checker that does not look into untyped packages, the
bases of the generated classes are unknown. With a stub that says no more than that TFP's
classes are classes, nothing else may be.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import run

import tfp_trainables

pytestmark = pytest.mark.slow

BASES = {
    "tensorflow_probability.python.bijectors.bijector": {"Bijector"},
    "tensorflow_probability.python.distributions.distribution": {"Distribution"},
    "tensorflow_probability.python.math.psd_kernels.positive_semidefinite_kernel": {
        "PositiveSemidefiniteKernel"
    },
    "tensorflow_probability.python.util.deferred_tensor": {"DeferredTensor"},
}


def write_stubs(folder: Path) -> None:
    """Writes stub packages in which the classes that the generated code names exist."""
    manifest = json.loads(Path(tfp_trainables.__file__).with_name("manifest.json").read_text())
    modules = {module: set(names) for module, names in BASES.items()}
    for name, entry in manifest["classes"].items():
        if entry["status"] == "generated":
            modules.setdefault(entry["tfp_module"], set()).add(name.rpartition(".")[2])
    for module, names in modules.items():
        package, *parts = module.split(".")
        path = folder.joinpath(f"{package}-stubs", *parts).with_suffix(".pyi")
        path.parent.mkdir(parents=True, exist_ok=True)
        constructor = "    def __init__(self, *args: object, **kwargs: object) -> None: ...\n"
        path.write_text("".join(f"class {name}:\n{constructor}" for name in sorted(names)))
        (folder / f"{package}-stubs" / "py.typed").write_text("partial\n")


def verify(*search_path: Path) -> dict:
    command = ("--verifytypes", "tfp_trainables", "--ignoreexternal", "--outputjson")
    result = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, *command],
        cwd=search_path[0],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(map(str, search_path))},
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(result.stdout)


def test_nothing_of_ours_is_unknown(installed, tmp_path):
    write_stubs(tmp_path)
    report = verify(installed, tmp_path)
    unknown = [
        diagnostic["message"]
        for symbol in report["typeCompleteness"]["symbols"]
        if not symbol["isTypeKnown"]
        for diagnostic in symbol["diagnostics"]
    ]
    assert not unknown
    assert report["typeCompleteness"]["completenessScore"] == 1


PROGRAM = """
import tensorflow as tf
from tfp_trainables.distributions import TrainableNormal
model = TrainableNormal({"loc": 1.0}, batch_and_event_shape=[2], scale=2.0)
density: tf.Tensor = model.log_prob([1.0, 2.0])
init_fn, apply_fn = TrainableNormal.stateless(None, [2], scale=3.0)
made: TrainableNormal = apply_fn(init_fn(seed=1))
"""


def test_the_package_type_checks_as_installed(installed, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    pyright = (sys.executable, "-m", "pyright", "--pythonpath", sys.executable)
    run(*pyright, program, cwd=tmp_path, PYTHONPATH=str(installed))


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ('"loc"', '"lok"', ("lok", "NormalInitialParameters")),
        ("scale=3.0", "scal=3.0", ("scal",)),
    ],
)
def test_a_checker_finds_mistakes(installed, tmp_path, right, wrong, named):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace(right, wrong))
    result = subprocess.run(
        [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, str(program)],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert any(name in result.stdout for name in named)

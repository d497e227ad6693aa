"""Classes that are not TFP's, compiled by the command line as their owner would run it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from trees import contents

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[2] / "docs" / "own-classes.md").read_text()
SOURCES = Path(__file__).parent / "own_classes"
SETTINGS = r"""
[tool.tfp-trainables]
modules = ["mypkg.models"]
output = "src/mypkg/trainable"
with-tests = true
exclude = ["Base", "Single"]

[tool.tfp-trainables.supplements.Interval.parameters.high]
constraint = "GreaterThan(low=low)"
reason = "an interval is not empty"

[tool.tfp-trainables.supplements.Shifted]
example.arguments.distribution = "mypkg.models.Interval(dtype(0), dtype(2))"
parameters.count.not-trained = "a count is discrete"
parameters.shift = { constraint = "mypkg.models.Cube()", reason = '\xi is a cube, for no reason' }

[tool.tfp-trainables.supplements.PowerLaw]
example.arguments.dtype = "tf.float32"
parameters.shape = { constraint = "Softplus(low=1)", reason = "it has a mean" }

[tool.tfp-trainables.supplements.Coin.parameters.probs]
replaces = "logits"
conversion = "LOGIT"

[tool.tfp-trainables.supplements.Linear.parameters.scale_tril]
shape = "(*batch_and_event_shape, batch_and_event_shape[-1])"
reason = "a square matrix"
"""


def run(*arguments, cwd, program="tfp_trainables_generator"):
    return subprocess.run(
        [sys.executable, "-m", program, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )


def make_project(folder, settings=""):
    package = folder / "src" / "mypkg"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    for source in SOURCES.glob("*.py"):
        shutil.copy(source, package)
    (folder / "pyproject.toml").write_text(settings)
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose trainables are generated; with what was printed."""
    folder = make_project(tmp_path_factory.mktemp("project"), SETTINGS)
    result = run("generate", cwd=folder)
    assert result.returncode == 0, result.stderr
    return folder, result.stdout


@pytest.fixture
def mypkg(project, monkeypatch):
    """The package of the project, to import from."""
    monkeypatch.syspath_prepend(project[0] / "src")
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "mypkg"]:
        del sys.modules[name]


def test_summary(project):
    _, printed = project
    assert "Generated 8 classes from mypkg.models into src/mypkg/trainable." in printed
    assert "excluded (2): mypkg.models.Base, mypkg.models.Single" in printed
    assert "new     trainable/models.py" in printed
    (line,) = [line for line in printed.splitlines() if "raises" in line]
    assert line.strip() == "mypkg.models.Shifted.entropy raises InvalidArgumentError"


def test_what_an_author_may_want_to_know(project, tmp_path):
    folder = shutil.copytree(project[0], tmp_path / "copy")
    settings = folder / "pyproject.toml"
    settings.write_text(settings.read_text().replace('["Base", "Single"]', '["Base"]'))
    result = run("generate", cwd=folder)
    assert result.returncode == 0, result.stderr
    name = "  mypkg.models.Single"
    assert f"{name} cannot be built in float64: InvalidArgumentError" in result.stdout
    assert f"{name}.log_shift is an alternative to none: `replaces` would say" in result.stdout
    tests = (folder / "src/mypkg/trainable/test_trainables.py").read_text()
    assert tests.count("dtypes=[np.float32],") == 1, "what cannot be built is not tested"


def test_the_settings_hold_for_check(project):
    folder, _ = project
    result = run("check", cwd=folder / "src")
    assert result.returncode == 0, result.stderr
    assert "are up to date." in result.stdout


def test_the_tests_that_are_written_pass(project):
    folder, _ = project
    tests = ("-q", "-p", "no:cacheprovider", "-W", "error::UserWarning", "src/mypkg/trainable")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *tests],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": "src", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    assert "80 passed" in result.stdout


def test_supplements_are_in_force(mypkg):
    from mypkg import models, trainable

    model = trainable.TrainableInterval(low=5.0, seed=(1, 2))
    assert isinstance(model, models.Interval)
    assert model.parameters["high"].numpy() > 5
    assert trainable.TrainableCutpoints(num_classes=4, seed=1).parameters["cutpoints"].shape == 3
    assert trainable.TrainableCutpoints(num_classes=4).parameters["marker"] is models.DEFAULT
    assert trainable.TrainableCoin({"probs": 0.25}).mean().numpy() == pytest.approx(0.25)
    model = trainable.TrainableShifted(distribution=trainable.TrainableInterval())
    assert [variable.name for variable in model.trainable_variables] == [
        "low:0",
        "high:0",
        "shift:0",
    ]
    assert isinstance(model.parameters["shift"].bijector, models.Cube)
    model = trainable.TrainablePowerLaw(batch_and_event_shape=[3], dtype=None)
    assert model.parameters["shape"].shape == 3
    linear = trainable.TrainableLinear(batch_and_event_shape=[3])
    assert linear.forward([1.0, 2.0, 3.0]).shape == 3


def test_programs_are_shared_by_instances(mypkg, monkeypatch):
    from mypkg import trainable

    import tfp_trainables
    from tfp_trainables_runtime.programs import programs

    def build(seed):
        part = trainable.TrainableInterval(seed=seed)
        return trainable.TrainableShifted(distribution=part, seed=seed)

    with tfp_trainables.execution("graph"):
        build(1).log_prob(0.5)
        monkeypatch.setattr(programs, "trace", pytest.fail)
        assert build(2).log_prob(0.5).shape == ()


def test_trainables_are_found_by_their_class(mypkg):
    from mypkg import models, trainable

    import tfp_trainables

    assert tfp_trainables.trainable_class(models.Coin) is trainable.TrainableCoin
    model = tfp_trainables.make_trainable(models.Product, {"amplitude": 2.0})
    assert type(model) is trainable.TrainableProduct
    with pytest.raises(LookupError, match=r"mypkg\.models\.Base; one that has been generated"):
        tfp_trainables.trainable_class(models.Base)


def test_the_manifest_holds_what_does_not_change_at_every_edit(project):
    folder, _ = project
    manifest = json.loads((folder / "src/mypkg/trainable/manifest.json").read_text())
    entry = manifest["classes"]["mypkg.models.Interval"]
    assert entry["trainable"] == "mypkg.trainable.TrainableInterval"
    assert "fingerprint" not in entry["probe"]
    assert entry["methods"]["log_prob"] == {"runs": "compiled", "has_gradient": True}
    assert manifest["classes"]["mypkg.models.Base"]["reason"] == "excluded"


def test_options_go_before_settings(project, tmp_path):
    folder = shutil.copytree(project[0], tmp_path / "copy")
    result = run("generate", "--without-tests", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert "deleted trainable/test_trainables.py" in result.stdout
    result = run("check", cwd=folder)
    assert result.returncode == 1
    assert "1 missing in src/mypkg/trainable. To mend it: tfp-trainables generate\n" in (
        result.stderr
    )


FAULTS = {
    "mypkg.broken: cannot be imported": "No module named 'no_such_module' (mypkg.broken, line 2)",
    "mypkg.unparsable: cannot be imported": "SyntaxError",
    "mypkg.empty": "expected a public class of distributions, bijectors or kernels, got none",
    "mypkg.faulty.Cube and mypkg.models.Cube": "one class of a name, for there can be one "
    "TrainableCube, got 2",
    "mypkg.faulty.Unannotated": "it has no class method `_parameter_properties`",
    "mypkg.faulty.RaisingProperties": "_parameter_properties: expected annotations, got KeyError",
    "mypkg.faulty.RaisingShape, parameter 'loc'": "shape_fn: expected the parameter's shape for "
    "(13, 11, 7, 5, 3), got ZeroDivisionError",
    "mypkg.faulty.RaisingBijector, parameter 'loc'": "default_constraining_bijector_fn: expected "
    "a bijector, got",
    "mypkg.faulty.UnrenderableBijector, parameter 'loc'": "Inline(forward_fn=...): expected a "
    "number or a bijector for generated code to hold, got the function exp",
    "mypkg.faulty.UnimportableBijector, parameter 'loc'": "expected a class that can be "
    "imported, got mypkg.faulty.UnimportableBijector._parameter_properties.<locals>.Local",
    "mypkg.faulty.Seeded, parameter 'seed'": "a trainable has a `seed` of its own, that of its "
    "initial values; rename the parameter",
    "mypkg.faulty.Reserved, parameter 'eps'": "generated constructors use this name themselves",
    "mypkg.faulty.Heir": "expected `_parameter_properties` of its own",
    "mypkg.faulty.Misspelled, parameter 'lok'": "expected an argument of the constructor",
    "mypkg.faulty.NoExample": "expected an example of 'table' in the settings",
    "mypkg.faulty.Hidden": "no supplement says where its **kwargs go",
    "mypkg.faulty.SizedTwice, a shape": "expected a size with a name that no argument of the "
    "constructor has, got 'num_classes'",
    "mypkg.faulty.Fickle, parameter 'loc'": "Sigmoid depends on `num_classes`",
    "mypkg.faulty.Failing": "cannot be built from its example: RuntimeError: never built",
    "mypkg.faulty.Once, parameter 'variance'": "expected methods to read it, for its variable "
    "changes; got a constructor that does",
    "mypkg.faulty.Unrecorded": "expected `parameters` that hold the arguments 'loc', 'name'",
    "mypkg.faulty.Instance, parameter 'loc'": "expected a function that makes a bijector, got Exp",
    "mypkg.faulty.Distribution": "generated modules use the name Distribution themselves",
    "mypkg.faulty.Identity": "expected no other Identity in its generated module, got that of "
    "tensorflow_probability.python.bijectors.identity too",
}


def test_faulty_classes_are_reported_together_and_the_others_generated(project, tmp_path):
    folder = make_project(tmp_path / "faulty", SETTINGS)
    package = folder / "src" / "mypkg"
    (package / "broken.py").write_text("# An import that fails.\nimport no_such_module\n")
    (package / "unparsable.py").write_text("def f(:\n")
    (package / "empty.py").touch()
    modules = ("models", "faulty", "broken", "unparsable", "empty")
    options = [word for name in modules for word in ("--module", f"mypkg.{name}")]
    result = run("generate", *options, "--output", "src/mypkg/trainable", cwd=folder)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    first, *lines = result.stderr.splitlines()
    assert first == f"error: {len(FAULTS)} problems in the compilation:"
    for name, cause in FAULTS.items():
        (line,) = [line for line in lines if line.startswith(f"  - {name}")]
        assert cause in line
    assert len(lines) == len(FAULTS)
    for name, other in (("faulty.Unannotated", "Wave"), ("faulty.Seeded", "Comb")):
        (line,) = [line for line in lines if line.startswith(f"  - mypkg.{name}")]
        assert f"{line.replace(name, f'distributions.{other}')}\n" in PAGE
    generated = contents(package / "trainable")
    whole = contents(project[0] / "src/mypkg/trainable")
    assert set(generated) == set(whole)
    text = generated[Path("models.py")].decode()
    assert "class TrainableInterval(" in text
    assert "TrainableCube" not in text, "there are two"
    manifest = json.loads(generated[Path("manifest.json")])
    assert len(manifest["classes"]) == 9


SUPPLEMENTS = """
from tfp_trainables_generator.spec.expressions import Reference
from tfp_trainables_generator.spec.classes import DeferredArgument
from tfp_trainables_generator.supplements.model import Supplements

NAME = "mypkg.chosen.{name}"
NORMAL = Reference("tensorflow_probability.python.distributions.normal", "Normal")
SUPPLEMENTS = Supplements({supplements})
"""


@pytest.mark.parametrize(
    ("name", "parameter", "supplements"),
    [
        (
            "Once",
            "variance",
            'deferred={NAME: DeferredArgument("variance", NORMAL, "scale", "tf.sqrt")}, '
            'restated={NAME: "its constructor is not called"}',
        ),
        ("Unrecorded", "loc", 'restated={NAME: "it has no parameters"}'),
    ],
)
def test_supplements_say_how_to_train_what_breaks_the_contract(
    tmp_path, monkeypatch, name, parameter, supplements
):
    folder = make_project(tmp_path)
    package = folder / "src" / "mypkg"
    (package / "facts.py").write_text(SUPPLEMENTS.format(name=name, supplements=supplements))
    (package / "chosen.py").write_text(f"from .faulty import {name}\n\n__all__ = ['{name}']\n")
    (folder / "pyproject.toml").write_text(
        "[tool.tfp-trainables]\nmodules = ['mypkg.chosen']\noutput = 'src/mypkg/trainable'\n"
        "supplements-module = 'mypkg.facts'\n"
    )
    result = run("generate", cwd=folder)
    assert result.returncode == 0, result.stderr
    program = f"""
import tensorflow as tf
from mypkg.trainable import Trainable{name}

model = Trainable{name}(seed=1)
with tf.GradientTape() as tape:
    value = model.parameters["{parameter}"]
    loss = model.log_prob(0.5) if hasattr(model, "log_prob") else tf.reduce_sum(value)
assert None not in tape.gradient(loss, model.trainable_variables)
"""
    result = subprocess.run([sys.executable, "-c", program], cwd=folder / "src", check=False)
    assert result.returncode == 0


def test_nothing_is_written_where_every_class_is_faulty(tmp_path):
    folder = make_project(tmp_path / "faulty")
    before = contents(folder)
    result = run("generate", "-m", "mypkg.faulty", "-o", "src/mypkg/trainable", cwd=folder)
    assert result.returncode == 2
    assert contents(folder) == before
    result = run("check", "-m", "mypkg.faulty", "-o", "src/mypkg/trainable", cwd=folder)
    assert result.returncode == 2


def test_a_package_that_cannot_be_found(tmp_path):
    (tmp_path / "src" / "nowhere").mkdir(parents=True)
    result = run("generate", "-m", "nowhere.models", "-o", "src/nowhere/out", cwd=tmp_path)
    assert result.returncode == 2
    assert "No module named 'nowhere'; without `__init__.py`, state what" in result.stderr


def test_what_cannot_be_read_for_now_is_not_deleted(project, tmp_path):
    folder = shutil.copytree(project[0], tmp_path / "copy")
    package = folder / "src" / "mypkg"
    other = "from .models import Cube\n\n\nclass Other(Cube):\n    pass\n"
    (package / "other.py").write_text(other)
    options = ("-m", "mypkg.models", "-m", "mypkg.other", "-o", "src/mypkg/trainable")
    assert run("generate", *options, cwd=folder).returncode == 0
    generated = package / "trainable" / "other.py"
    text = generated.read_text()
    (package / "other.py").write_text("def f(:\n")
    assert run("generate", *options, cwd=folder).returncode == 2
    assert generated.read_text() == text


def test_a_package_that_imports_outdated_trainables(project, tmp_path):
    folder = shutil.copytree(project[0], tmp_path / "copy")
    package = folder / "src" / "mypkg"
    (package / "__init__.py").write_text("from mypkg.trainable import TrainableCube\n")
    models = package / "models.py"
    models.write_text(models.read_text().replace("class Cube", "class Cubic"))
    result = run("generate", cwd=folder)
    assert result.returncode == 2
    assert "mypkg.models imports mypkg.trainable, which is out of date" in result.stderr


def test_files_of_others_are_not_touched(tmp_path):
    folder = make_project(tmp_path / "project", SETTINGS)
    other = folder / "src" / "mypkg" / "trainable" / "models.py"
    other.parent.mkdir()
    other.write_text("# By hand.\n")
    before = contents(folder)
    result = run("generate", cwd=folder)
    assert result.returncode == 2
    assert "models.py: expected a file with the header of tfp-trainables" in result.stderr
    assert contents(folder) == before

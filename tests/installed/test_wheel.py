"""The wheel in an environment of its own: alone, and with the compiler's extra."""

import os
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import packages_distributions, version

import pytest
from conftest import ROOT, run
from trees import contents

pytestmark = pytest.mark.slow

NIGHTLY = "tfp-nightly"
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
    """A clean environment with the wheel and what it requires, no extras; how to add more."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    pip = (folder / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")

    def install(*what):
        run(*pip, "install", "--constraint", ROOT / "constraints.txt", *what, cwd=folder)
        # The trainables under test may be generated from a nightly, which the wheel does not
        # require by its name.
        if NIGHTLY in packages_distributions()["tensorflow_probability"]:
            run(*pip, "uninstall", "--yes", "tensorflow-probability", cwd=folder)
            nightly = f"{NIGHTLY}=={version(NIGHTLY)}"
            run(*pip, "install", "--no-deps", "--force-reinstall", nightly, cwd=folder)

    install(wheel)
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
    install(f"{wheel}[generate]")
    run(folder / "bin" / "tfp-trainables", "generate", "--output", tmp_path, cwd=folder)
    assert contents(tmp_path) == contents(ROOT / "generated")
    run(folder / "bin" / "tfp-trainables", "check", "--output", tmp_path, cwd=folder)


EXAMPLE = ROOT / "examples" / "own_distribution"


@pytest.fixture(scope="module")
def own_package(environment, wheel, tmp_path_factory):
    """The example's package, installed without its trainables, which are generated then."""
    folder, install = environment
    install(f"{wheel}[generate]", "pytest")
    project = tmp_path_factory.mktemp("own") / "project"
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("trainable", "__pycache__"))
    install("--no-deps", "--editable", project)
    printed = run(folder / "bin" / "tfp-trainables", "generate", cwd=project)
    assert "Generated 2 classes from own_distribution.bijectors," in printed
    return project, folder / "bin"


def test_own_classes_are_compiled(own_package):
    project, programs = own_package
    inside = "src/own_distribution"
    assert contents(project / inside) == contents(EXAMPLE / inside)
    run(programs / "tfp-trainables", "check", cwd=project)


def test_own_classes_are_trained(own_package):
    project, programs = own_package
    text = run(programs / "python", "fit.py", cwd=project)
    fitted = [float(number) for number in re.findall(r"-?\d+\.\d+", text)]
    assert fitted == pytest.approx([1.0, 0.5, 2.0, 0.2, 0.9, 3.0, 1.5], abs=0.05)


def test_own_classes_have_tests(own_package):
    project, programs = own_package
    command = (programs / "python", "-m", "pytest", "-q", "--pyargs", "own_distribution.trainable")
    assert "20 passed" in run(*command, cwd=project)


USE_OF_OWN = """
import tensorflow as tf
from own_distribution.bijectors import HillCurve
from own_distribution.trainable import TrainableHillCurve
curve = TrainableHillCurve({"low": 1.0}, slope=2.0)
effects: tf.Tensor = curve.forward([1.0, 2.0])
plain: HillCurve = curve.copy()
"""


def test_own_classes_type_check(own_package):
    project, programs = own_package
    (project / "use.py").write_text(USE_OF_OWN)
    pyright = (sys.executable, "-m", "pyright", "--pythonpath", programs / "python")
    run(*pyright, "src", "fit.py", "use.py", cwd=project)
    (project / "use.py").write_text(USE_OF_OWN.replace('"low"', '"lo"'))
    result = subprocess.run(
        [*map(str, pyright), "use.py"], cwd=project, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "HillCurveInitialParameters" in result.stdout


def test_the_hook_finds_what_is_out_of_date(own_package, tmp_path):
    project = shutil.copytree(own_package[0], tmp_path / "project")
    git = ("git", "-c", "user.name=n", "-c", "user.email=e@example.org")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "All of it")):
        run(*git, *arguments, cwd=project)
    hook = (sys.executable, "-m", "pre_commit", "try-repo", ROOT, "tfp-trainables-check")
    environment = {
        "PATH": f"{own_package[1]}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(tmp_path / "cache"),
    }
    assert "Passed" in run(*hook, "--all-files", cwd=project, **environment)
    settings = project / "pyproject.toml"
    settings.write_text(settings.read_text().replace("grows with the dose", "grows"))
    result = subprocess.run(
        [*map(str, hook), "--all-files"],
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "To mend it: tfp-trainables generate" in result.stdout


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
        f"tfp_trainables-{version('tfp-trainables')}.dist-info",
    }
    for needed in (
        "tfp_trainables/py.typed",
        "tfp_trainables/manifest.json",
        "tfp_trainables/distributions/__init__.pyi",
        "tfp_trainables_runtime/py.typed",
        "tfp_trainables_generator/templates/module.py.jinja",
        "tfp_trainables_generator/supplements/tfp_descriptions.toml",
    ):
        assert needed in names

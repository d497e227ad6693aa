"""The command line, as a user runs it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from trees import contents

import tfp_trainables
from tfp_trainables_generator.cli import terminal

ROOT = Path(__file__).parents[2]


def run(*arguments, cwd=ROOT, **environment):
    return subprocess.run(
        [sys.executable, "-m", "tfp_trainables_generator", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def statuses(output):
    manifest = json.loads((output / "tfp_trainables/manifest.json").read_text())
    return [entry["status"] for entry in manifest["classes"].values()]


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    output = tmp_path_factory.mktemp("output")
    result = run("generate", "--output", output, PYTHONHASHSEED="1")
    assert result.returncode == 0, result.stderr
    return output, result.stdout


def test_the_checked_in_tree_is_what_the_compiler_renders(generated):
    output, _ = generated
    assert contents(output) == contents(ROOT / "generated")


@pytest.mark.slow
def test_generation_does_not_depend_on_hashes(generated, tmp_path):
    output, _ = generated
    assert run("generate", "--output", tmp_path, PYTHONHASHSEED="2").returncode == 0
    assert contents(tmp_path) == contents(output)


def test_summary(generated):
    output, printed = generated
    count = statuses(output).count("generated")
    assert f"Generated {count} classes from TensorFlow Probability" in printed
    assert "joint distribution (7): distributions.JointDistribution," in printed
    assert "new     tfp_trainables/distributions/normal.py" in printed


@pytest.mark.slow
def test_check(generated):
    output, _ = generated
    assert run("check", "--output", output).returncode == 0
    path = output / "tfp_trainables" / "distributions" / "normal.py"
    text = path.read_text()
    path.write_text(text.replace("loc", "lok", 1))
    try:
        result = run("check", "--output", output)
    finally:
        path.write_text(text)
    assert result.returncode == 1
    assert "--- a/tfp_trainables/distributions/normal.py" in result.stdout
    assert f"tfp-trainables generate --output {output}" in result.stderr


@pytest.mark.slow
def test_a_broken_tfp_is_an_error(tmp_path):
    package = tmp_path / "tensorflow_probability"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('half installed')")
    result = run("check", PYTHONPATH=str(tmp_path))
    assert result.returncode == 2
    assert "tensorflow_probability cannot be imported: ImportError: half installed" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_an_unsupported_tfp_is_an_error(tmp_path):
    package = tmp_path / "tensorflow_probability"
    package.mkdir()
    (package / "__init__.py").write_text("__version__ = '0.3.0'")
    result = run("generate", "--output", tmp_path, PYTHONPATH=str(tmp_path))
    assert result.returncode == 2
    assert "expected a version among 0.24, 0.25, 0.26, got 0.3.0" in result.stderr


@pytest.mark.slow
def test_a_missing_extra_is_an_error(tmp_path):
    (tmp_path / "typer.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'typer'\", name='typer')"
    )
    result = run("--help", PYTHONPATH=str(tmp_path))
    assert result.returncode == 2
    assert "pip install 'tfp-trainables[generate]'" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_an_unwritable_output_is_an_error(tmp_path):
    (tmp_path / "tfp_trainables").write_text("in the way")
    result = run("generate", "--output", tmp_path)
    assert result.returncode == 2
    assert "tfp_trainables" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_list():
    result = run("list", "normal")
    assert result.returncode == 0
    assert "tfp.distributions.LogNormal" in result.stdout
    assert "positive" in result.stdout
    entries = json.loads(run("list", "--json").stdout)
    assert len(entries) == len(statuses(ROOT / "generated"))
    assert run("list", "no such [/class]").returncode == 2


@pytest.mark.slow
def test_help_names_the_commands():
    result = run("--help")
    assert result.returncode == 0
    for command in ("generate", "check", "list", "table", "diff"):
        assert command in result.stdout


def test_manifest_accounts_for_every_public_class():
    manifest = json.loads((ROOT / "generated/tfp_trainables/manifest.json").read_text())
    generated = {
        namespace: sum(
            entry["status"] == "generated" and name.rpartition(".")[0] == namespace
            for name, entry in manifest["classes"].items()
        )
        for namespace in ("tfp.distributions", "tfp.bijectors", "tfp.math.psd_kernels")
    }
    assert generated["tfp.distributions"] >= 115
    assert generated["tfp.bijectors"] >= 70
    assert generated["tfp.math.psd_kernels"] >= 19
    reasons = {entry.get("reason") for entry in manifest["classes"].values()} - {None}
    assert reasons == {"abstract base", "joint distribution", "no parameter_properties"}


def test_the_version_is_that_of_the_package():
    result = run("--version")
    assert result.returncode == 0
    assert result.stdout.startswith(f"tfp-trainables {tfp_trainables.__version__} (tensorflow-")


def test_a_list_needs_no_tensorflow(tmp_path):
    """So that it answers at once: it is the manifest that is printed."""
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow/__init__.py").write_text("raise ImportError('not for a list')\n")
    result = run("list", "gamma", PYTHONPATH=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "tfp.distributions.Gamma " in result.stdout


@pytest.mark.parametrize("command", ["generate", "check"])
def test_outside_of_a_checkout_the_output_has_to_be_said(command, tmp_path):
    result = run(command, cwd=tmp_path)
    assert result.returncode == 2
    assert "--output: expected the folder that is to hold the package tfp_trainables" in (
        result.stderr
    )
    assert not list(tmp_path.iterdir())


def test_a_module_that_is_not_there_is_what_is_wrong(tmp_path):
    result = run("generate", "--module", "nope", cwd=tmp_path)
    assert result.returncode == 2
    assert "--module nope: cannot be imported: there is no such module" in result.stderr


def test_progress_without_a_terminal_is_a_line_now_and_then(monkeypatch, capfd):
    monkeypatch.setattr(terminal, "SECONDS_BETWEEN_LINES", 0.05)
    with terminal._progress() as progress:
        progress("Probed 1 of 9 classes")
        time.sleep(0.3)
        progress("Probed 2 of 9 classes")
        time.sleep(0.3)
    printed = capfd.readouterr().err
    assert "Probed 1 of 9 classes (0 min)\n" in printed
    assert "Probed 2 of 9 classes (0 min)\n" in printed
    time.sleep(0.2)
    assert not capfd.readouterr().err


def test_what_is_over_soon_prints_no_progress(capfd):
    with terminal._progress() as progress:
        progress("Rendering")
    assert not capfd.readouterr().err

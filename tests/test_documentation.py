"""What the README and the examples say is so."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def run(program: Path, *arguments: Path) -> str:
    result = subprocess.run(
        [sys.executable, program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MPLBACKEND": "agg"},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_example_is_the_readmes():
    source = (ROOT / "examples" / "fit_normal.py").read_text()
    assert source.partition("\n\n")[2] in BLOCKS


def test_the_example_fits_the_samples():
    assert run(ROOT / "examples" / "fit_normal.py") == "mean 5.40, standard deviation 1.96\n"
    assert "`mean 5.40, standard deviation 1.96`" in README


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_each_block_of_the_readme_runs(number, tmp_path):
    program = tmp_path / "block.py"
    program.write_text(BLOCKS[number])
    run(program)


def numbers(text):
    return [float(number) for number in re.findall(r"[+-]?\d+\.\d+", text)]


@pytest.fixture
def picture(tmp_path):
    """Where an example is to draw; afterwards, whether it has drawn something there."""
    path = tmp_path / "picture.png"
    yield path
    colors = matplotlib.image.imread(path, format="png")
    height, width, _ = colors.shape
    assert width > height > 300
    assert len(np.unique(colors.reshape(-1, colors.shape[-1]), axis=0)) > 10


def test_the_example_fits_a_mixture(picture):
    fitted = numbers(run(ROOT / "examples" / "fit_mixture.py", picture))
    assert fitted == pytest.approx([0.3, -2.0, 0.5, 0.7, 3.0, 1.0], abs=0.1)


def test_the_example_fits_a_flow(picture):
    normal, flow, truth = numbers(run(ROOT / "examples" / "fit_spline_flow.py", picture))
    assert flow < normal - 0.05
    assert flow == pytest.approx(truth, abs=0.02)


def test_the_example_fits_a_gaussian_process(picture):
    noise, error = numbers(run(ROOT / "examples" / "fit_gaussian_process.py", picture))
    assert noise == pytest.approx(0.2, abs=0.05)
    assert error < noise / 2


def test_the_example_fits_a_joint_distribution():
    fitted = numbers(run(ROOT / "examples" / "fit_joint_distribution.py"))
    assert fitted == pytest.approx([1.0, 0.5, 2.0, -1.0, 0.3], abs=0.05)


def test_the_pictures_are_of_the_examples():
    pictures = sorted((ROOT / "examples").glob("*.png"))
    assert pictures
    for path in pictures:
        assert f'src="examples/{path.name}"' in README
        assert "savefig" in path.with_suffix(".py").read_text()
        assert path.stat().st_size < 60_000


def test_the_error_that_the_readme_shows_is_the_one_raised():
    from tfp_trainables.distributions import TrainableNormal

    with pytest.raises(ValueError, match="scal") as error:
        TrainableNormal({"scal": 1.0})
    assert str(error.value) in README


def test_generated_lines_are_no_longer_than_88():
    for path in (ROOT / "generated").rglob("*.py"):
        long = [line for line in path.read_text().splitlines() if len(line) > 88]
        # Only a name that leaves no room beside it may stick out, and a name's own pair.
        breakable = [line for line in long if len(line.split()) > 2]
        assert not [line for line in breakable if max(map(len, line.split())) < 60], path


def test_the_readme_counts_as_the_manifest_does():
    manifest = json.loads((ROOT / "generated/tfp_trainables/manifest.json").read_text())
    classes = {
        name: entry for name, entry in manifest["classes"].items() if entry["status"] == "generated"
    }
    stated = [
        name
        for name, entry in classes.items()
        for facts in entry["parameters"].values()
        if "source" in facts
    ]
    runs = [facts["runs"] for entry in classes.values() for facts in entry["methods"].values()]
    implemented = [it for it in runs if it not in ("not implemented", "fails in TFP")]
    text = " ".join((ROOT / "README.md").read_text().split())
    assert f"for {len(stated)} parameters of {len(set(stated))} classes" in text
    assert f"{implemented.count('compiled')} of the {len(implemented)} that TFP implements" in text

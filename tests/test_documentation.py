"""What the README, the pages of documentation and the examples say is so."""

# pyright: standard

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
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
DOCUMENTS = [
    *PAGES,
    *sorted(path for path in ROOT.glob("*.md") if path not in PAGES),
    *sorted((ROOT / "docs" / "upgrades").glob("*.md")),
    ROOT / "examples" / "own_distribution" / "README.md",
]
FENCED = re.compile(r"^```.*?^```$", flags=re.DOTALL | re.MULTILINE)
PROGRAM = re.compile(
    r"^```python\n(?P<program>.*?)^```$(?:\n\n^```text\n(?P<output>.*?)^```$)?",
    flags=re.DOTALL | re.MULTILINE,
)
"""A block of Python, and what it prints if a block of text comes next."""

PROGRAMS = [
    pytest.param(found["program"], found["output"], id=f"{page.stem}-{number}")
    for page in PAGES
    for number, found in enumerate(PROGRAM.finditer(page.read_text()))
]


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
    program = (ROOT / "examples" / "fit_normal.py").read_text().partition("\n\n")[2]
    assert f"```python\n{program}```\n" in README


def test_the_example_fits_the_samples():
    assert run(ROOT / "examples" / "fit_normal.py") == "mean 5.40, standard deviation 1.96\n"
    assert "`mean 5.40, standard deviation 1.96`" in README


@pytest.mark.parametrize(("text", "output"), PROGRAMS)
def test_each_block_runs_and_prints_what_is_said(text, output, tmp_path):
    program = tmp_path / "block.py"
    program.write_text(text)
    printed = run(program)
    assert output in (None, printed)


def test_all_blocks_are_found():
    for page in PAGES:
        text = page.read_text()
        outputs = [found["output"] for found in PROGRAM.finditer(text)]
        assert text.count("```python") == len(outputs), page
        assert text.count("```text") == sum(output is not None for output in outputs), page


def targets(document):
    """Returns what a document links to or shows: paths, each with the anchor or none."""
    text = re.sub(r"`[^`\n]*`", "", FENCED.sub("", document.read_text()))
    for link in re.findall(r'\]\(([^)\s]+)\)|src="([^"]+)"', text):
        path, _, anchor = "".join(link).partition("#")
        if not path.startswith(("https://", "http://")):
            yield (document.parent / path).resolve() if path else document, anchor


def anchors(document):
    """Returns the anchors that GitHub gives the headings of a document, all of them different."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", document.read_text()), re.MULTILINE)
    found = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert len(set(found)) == len(found), document
    return found


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_resolve(document):
    for path, anchor in targets(document):
        assert path.exists(), path
        assert path.is_relative_to(ROOT)
        assert not anchor or anchor in anchors(path), (path, anchor)


def test_every_page_is_linked_from_the_readme():
    linked = {path for path, _ in targets(ROOT / "README.md")}
    assert linked >= set(PAGES[1:])
    assert ROOT / "CHANGELOG.md" in linked
    for page in (ROOT / "docs").glob("*/*.md"):
        index = page.parent / "README.md"
        assert index in linked
        assert page == index or page in {path for path, _ in targets(index)}


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 250


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
        TrainableNormal({"scal": 1.0})  # pyright: ignore[reportArgumentType]
    assert str(error.value) in README


def test_generated_lines_are_no_longer_than_88():
    for path in (ROOT / "generated").rglob("*.py"):
        long = [line for line in path.read_text().splitlines() if len(line) > 88]
        # Only a name that leaves no room beside it may stick out, and a name's own pair.
        breakable = [line for line in long if len(line.split()) > 2]
        assert not [line for line in breakable if max(map(len, line.split())) < 60], path


def test_the_pages_count_as_the_manifest_does():
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
    text = " ".join(" ".join(page.read_text() for page in PAGES).split())
    counts = re.findall(r"for (\d+) parameters of (\d+) classes", text)
    assert set(counts) == {(str(len(stated)), str(len(set(stated))))}
    counts = re.findall(r"(\d+) of the (\d+) that TFP implements", text)
    assert set(counts) == {(str(implemented.count("compiled")), str(len(implemented)))}
    by_itself = [
        facts
        for entry in classes.values()
        for facts in entry["methods"].values()
        if facts["runs"] == "compiled" and "on_request" not in facts
    ]
    assert f"it gets {len(by_itself)} of them once that pays" in text
    assert f"XLA gets {len(by_itself)} of {len(implemented)} methods by itself" in text
    assert "more than 200 [TFP classes]" in text
    assert len(classes) > 200

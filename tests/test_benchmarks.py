"""The tables of benchmarks are of all classes, and what is said of them is so."""

import json
import re
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parents[1]
README = " ".join((ROOT / "README.md").read_text().split())
CLASSES = json.loads((ROOT / "generated/tfp_trainables/manifest.json").read_text())["classes"]

MOST = 1.5
"""Times TFP's call, for the hundredth."""
SLOWER = {
    # The loop over time steps of large tensors is slower in a graph.
    ("distributions.LinearGaussianStateSpaceModel", "sample", 100_000),
}


def results_of(name):
    document = json.loads((ROOT / f"benchmarks/results/{name}.json").read_text())
    columns = document["columns"]
    return [dict(zip(columns, row, strict=True)) for row in document["results"]]


def test_each_method_of_each_class_is_measured():
    implemented = {
        (name.removeprefix("tfp."), method)
        for name, entry in CLASSES.items()
        for method, facts in entry.get("methods", {}).items()
        if facts["runs"] not in ("not implemented", "fails in TFP")
    }
    measured = {(row["cls"], row["method"]) for row in results_of("methods")}
    assert measured == implemented


def test_no_method_is_slower_than_tfps_but_those_that_are_named():
    slower = {
        (row["cls"], row["method"], row["size"])
        for row in results_of("methods")
        if row["hundredth"] > MOST * row["tfp"]
    }
    assert slower == SLOWER


@pytest.mark.parametrize("which", ["first", "hundredth"])
def test_the_readme_tells_what_was_measured(which):
    ratios = [row[which] / row["tfp"] for row in results_of("methods")]
    told = re.search(rf"the {which} took ([\d.]+) times [^.]*, and at most ([\d.]+) times", README)
    assert told
    assert told.groups() == (f"{median(ratios):.2f}", f"{quantiles(ratios, n=100)[-1]:.1f}")

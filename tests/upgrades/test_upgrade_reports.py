"""The reports of upgrades are true: two TFPs are compared without the compiler.

Each TFP is installed into a folder of its own, and a process prints its constructors and
properties. What the processes have printed of two of them is the whole of what a report may,
and has to, say of constructors, variables, constraints and shapes. That a method is implemented
now, or no longer, is held to what TFP's class defines. Whether a method compiles, and whether it
has a gradient, takes running it: there the report is the only witness.
"""

import copy
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from differences import TOLD_BY, TOLD_BY_PROBE, Difference, differences, unaccounted
from packaging.version import Version
from rehearse import REPORTS, VERSIONS, report_name, requirement

from tfp_trainables_generator.manifest.schema import parse_manifest
from tfp_trainables_generator.upgrade.changes import Change, Comparison
from tfp_trainables_generator.upgrade.compare import compare_manifests
from tfp_trainables_generator.upgrade.report import as_json, as_markdown
from tfp_trainables_generator.upgrade.rules import Kind

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
MANIFEST = json.loads((ROOT / "generated/tfp_trainables/manifest.json").read_text())
GENERATED_FROM = str(Version(MANIFEST["versions"]["tensorflow_probability"]))
VARIABLES = {
    name: entry["variables"]
    for name, entry in MANIFEST["classes"].items()
    if entry["status"] == "generated"
}
PAIRS = [pytest.param(*pair, id=report_name(*pair)) for pair in combinations(VERSIONS, 2)]


def run(*command, path=()):
    """Runs a program with folders before all others on Python's path; returns what it prints."""
    inherited = os.environ.get("PYTHONPATH")
    paths = [*map(str, path), *([inherited] if inherited else [])]
    result = subprocess.run(
        [sys.executable, *map(str, command)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def surface_of(folder):
    """What the TFP in a folder says of itself."""
    return json.loads(run(Path(__file__).with_name("surface.py"), path=[folder]))


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory):
    """Installs a TFP, and nothing else, into a folder."""

    @cache
    def install(version):
        folder = tmp_path_factory.mktemp("tfp")
        options = ("--quiet", "--no-deps", "--no-compile", "--disable-pip-version-check")
        run("-m", "pip", "install", *options, "--target", folder, requirement(version))
        return folder

    return install


@pytest.fixture(scope="session")
def surface(folder_of):
    return cache(lambda version: surface_of(folder_of(version)))


def report(old, new):
    return json.loads((REPORTS / f"{report_name(old, new)}.json").read_text())


def test_there_is_a_report_of_each_pair_and_no_other():
    names = {report_name(*pair) for pair in combinations(VERSIONS, 2)}
    found = {path.name for path in REPORTS.iterdir()}
    assert found == {f"{name}.{form}" for name in names for form in ("json", "md")} | {"README.md"}


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_the_report_has_every_difference_and_no_other(old, new, surface):
    document = report(old, new)
    for version, side in ((old, "old"), (new, "new")):
        assert Version(surface(version)["version"]) == Version(version)
        assert document[side]["tfp_version"] == surface(version)["version"]
    found = differences(surface(old), surface(new), VARIABLES)
    assert unaccounted(found, document["changes"]) == (set(), [])


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_the_index_counts_the_changes_and_tells_of_other_draws(old, new, surface):
    document = report(old, new)
    line = (
        f"- [{old} to {new}]({report_name(old, new)}.md): {document['breaking']} breaking changes"
    )
    line += f", {len(document['changes']) - document['breaking']} others"
    if surface(old)["salted_seed"] != surface(new)["salted_seed"]:
        line += "; one seed gives other draws"
    assert line in (REPORTS / "README.md").read_text().splitlines()


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_the_markdown_says_what_the_json_does(old, new):
    document = report(old, new)
    kinds = {kind.value.label: kind for kind in Kind}
    changes = [
        Change(
            part["class"],
            kinds[part["kind"]],
            part["subject"] or "",
            part["before"],
            part["after"],
        )
        for part in document["changes"]
    ]
    versions = [document[side]["tfp_version"] for side in ("old", "new")]
    comparison = Comparison(*versions, tuple(changes))
    assert json.loads(as_json(comparison)) == document
    assert as_markdown(comparison) == (REPORTS / f"{report_name(old, new)}.md").read_text()


def test_every_kind_of_change_is_held_to_something():
    told = {label for labels in TOLD_BY.values() for label in labels}
    assert told.isdisjoint(TOLD_BY_PROBE)
    assert told.union(TOLD_BY_PROBE) == {kind.value.label for kind in Kind}


# That nothing differs is worth something if the comparison would find what does.

SURFACE = {
    "version": "1",
    "classes": {
        "tfp.a.X": {
            "module": "tfp.x",
            "composite": True,
            "signature": [
                {"name": "loc", "kind": "positional or keyword", "default": None},
                {"name": "scale", "kind": "positional or keyword", "default": None},
                {"name": "validate_args", "kind": "positional or keyword", "default": "False"},
            ],
            "sizes": ["num_classes"],
            "properties": [
                {
                    "name": name,
                    "event_ndims": 0,
                    "is_tensor": True,
                    "is_preferred": True,
                    "specifies_shape": False,
                    "shapes": [[], [3]],
                    "bijectors": {
                        dtype: {"class": "Softplus", "arguments": {"low": low}}
                        for dtype, low in (("float32", 1e-7), ("float64", 1e-16))
                    },
                }
                for name in ("loc", "scale")
            ],
            "hooks": ["_mean", "_helper"],
            "calls": {"sample": "returns"},
        }
    },
}
VARIABLES_OF_X = {"tfp.a.X": ["loc", "scale"]}


def add_argument(cls):
    cls["signature"].append({"name": "new", "kind": "keyword-only", "default": "1"})


def set_bijector(cls):
    cls["properties"][1]["bijectors"]["float64"]["arguments"]["low"] = 2e-16


DOCTORED = [
    (add_argument, ("argument added", "new")),
    (lambda cls: cls["signature"].pop(), ("argument removed", "validate_args")),
    (lambda cls: cls["signature"].reverse(), ("order of arguments",)),
    (lambda cls: cls["signature"][2].update(default="True"), ("default", "validate_args")),
    (lambda cls: cls["properties"].pop(), ("annotation removed", "scale")),
    (lambda cls: cls["properties"].reverse(), ("order of annotations",)),
    (lambda cls: cls.update(properties=None), ("annotated",)),
    (set_bijector, ("bijector", "scale")),
    (lambda cls: cls["properties"][0]["shapes"].pop(), ("shape", "loc")),
    (lambda cls: cls["properties"][0].update(event_ndims=1), ("annotation", "loc")),
    (lambda cls: cls["properties"][0].update(is_preferred=False), ("annotation", "loc")),
    (lambda cls: cls.update(composite=False), ("composite tensor",)),
    (lambda cls: cls.update(module="tfp.y"), ("module",)),
    (lambda cls: cls["hooks"].append("_variance"), ("methods",)),
    (lambda cls: cls["calls"].update(sample="raises TypeError"), ("call", "sample")),
    (lambda cls: cls["hooks"].append("_maximum_likelihood_parameters"), ("estimates",)),
]


@pytest.mark.parametrize(
    ("change", "expected"), [pytest.param(*case, id=" ".join(case[1])) for case in DOCTORED]
)
def test_the_comparison_finds(change, expected):
    doctored = copy.deepcopy(SURFACE)
    change(doctored["classes"]["tfp.a.X"])
    found = differences(SURFACE, doctored, VARIABLES_OF_X)
    assert Difference("tfp.a.X", *expected) in found
    untold, _ = unaccounted(found, [])
    assert untold == found


@pytest.mark.parametrize(
    "change",
    [
        lambda cls: cls["signature"][1].update(default="1."),  # Of a variable.
        lambda cls: cls["signature"][1].update(kind="keyword-only"),
        lambda cls: cls["hooks"].remove("_helper"),
    ],
)
def test_what_no_user_sees_is_no_difference(change):
    doctored = copy.deepcopy(SURFACE)
    change(doctored["classes"]["tfp.a.X"])
    assert differences(SURFACE, doctored, VARIABLES_OF_X) == set()


def test_the_comparison_finds_classes():
    nothing = {"version": "1", "classes": {}}
    assert differences(nothing, SURFACE, {}) == {Difference("tfp.a.X", "class added")}
    assert differences(SURFACE, nothing, {}) == {Difference("tfp.a.X", "class removed")}


# Then compiler and comparison are shown a TFP that does differ.

_TFD = "tensorflow_probability/python/distributions"
_TFB = "tensorflow_probability/python/bijectors"
EDITS = {
    f"{_TFD}/normal.py": (
        "               scale,\n               validate_args",
        "               scale,\n               spread=None,\n               validate_args",
    ),
    f"{_TFD}/laplace.py": (
        "               allow_nan_stats=True,\n",
        "",
        "allow_nan_stats=allow_nan_stats",
        "allow_nan_stats=True",
    ),
    f"{_TFD}/cauchy.py": (
        "               loc,\n               scale,\n",
        "               scale,\n               loc,\n",
    ),
    f"{_TFD}/logistic.py": ("allow_nan_stats=True,", "allow_nan_stats=False,"),
    f"{_TFB}/reshape.py": ("event_shape_in=(-1,),", "event_shape_in,"),
    f"{_TFD}/exponential.py": ("Softplus(low=dtype_util.eps(dtype))", "Softplus(low=1.)"),
    f"{_TFD}/von_mises.py": (
        "concentration=parameter_properties.ParameterProperties(",
        "concentration=parameter_properties.ParameterProperties(\n"
        "            shape_fn=lambda sample_shape: sample_shape[:-1],",
    ),
    f"{_TFD}/johnson_su.py": (
        "        loc=parameter_properties.ParameterProperties(),\n",
        "        loc=parameter_properties.ParameterProperties(is_preferred=False),\n",
    ),
    f"{_TFD}/zipf.py": ("class Zipf(", "class AnotherZipf(", "super(Zipf,", "super(AnotherZipf,"),
    f"{_TFD}/__init__.py": (
        "import Zipf\n",
        "import AnotherZipf\n",
        "    'Zipf',\n",
        "    'AnotherZipf',\n",
    ),
}
MADE = {
    Difference("tfp.bijectors.Reshape", "default", "event_shape_in"),
    Difference("tfp.distributions.AnotherZipf", "class added"),
    Difference("tfp.distributions.Cauchy", "order of arguments"),
    Difference("tfp.distributions.Exponential", "bijector", "rate"),
    Difference("tfp.distributions.JohnsonSU", "annotation", "loc"),
    Difference("tfp.distributions.Laplace", "argument removed", "allow_nan_stats"),
    Difference("tfp.distributions.Logistic", "default", "allow_nan_stats"),
    Difference("tfp.distributions.Normal", "argument added", "spread"),
    Difference("tfp.distributions.VonMises", "shape", "concentration"),
    Difference("tfp.distributions.Zipf", "class removed"),
}


READ = """
import json
from tfp_trainables_generator.discover.namespaces import TFP_PACKAGE
from tfp_trainables_generator.manifest.schema import as_document
from tfp_trainables_generator.manifest.write import manifest_of
from tfp_trainables_generator.pipeline import read_tfp
print(json.dumps(as_document(manifest_of(TFP_PACKAGE, read_tfp(), tfp_version=""))["classes"]))
"""


@pytest.fixture(scope="module")
def edited(folder_of, tmp_path_factory):
    """A TFP with edits in its source."""
    folder = tmp_path_factory.mktemp("edited") / "tfp"
    shutil.copytree(folder_of(GENERATED_FROM), folder)
    for name, texts in EDITS.items():
        path = folder / name
        source = path.read_text()
        for old, new in zip(texts[::2], texts[1::2], strict=True):
            assert old in source, path
            source = source.replace(old, new, 1)
        path.write_text(source)
    return folder


def test_compiler_and_comparison_find_the_same_in_an_edited_tfp(edited, surface):
    # The compiler reads, and runs nothing: of methods, its entries do not tell.
    entries = run("-c", READ, path=[edited])
    after = json.dumps({**MANIFEST, "classes": json.loads(entries)})
    comparison = compare_manifests(
        *(parse_manifest(text, where="text") for text in (json.dumps(MANIFEST), after))
    )
    changes = json.loads(as_json(comparison))["changes"]
    found = differences(surface(GENERATED_FROM), surface_of(edited), VARIABLES)
    assert found == MADE
    assert unaccounted(found, changes) == (set(), [])
    for change in changes:
        others = [other for other in changes if other["class"] != change["class"]]
        assert unaccounted(found, others)[0], "a report that lacks a class"
    for difference in found:
        assert unaccounted(found - {difference}, changes)[1], "a report that says too much"

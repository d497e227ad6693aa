"""`tfp-trainables diff`: where manifests are found, what is printed, and its exit codes."""

import json
import os
import shutil
import subprocess
import time

import pytest
from manifests import argument, entry, text_of, variable
from test_command_line import ROOT, run

from tfp_trainables_generator.errors import OutputError
from tfp_trainables_generator.manifest.locate import load_manifest
from tfp_trainables_generator.manifest.schema import parse_manifest
from tfp_trainables_generator.upgrade.compare import compare_manifests
from tfp_trainables_generator.upgrade.report import as_json, as_markdown

OLD = {
    "tfp.a.Moved": entry(parameters={"x": variable("A(low=`b`)")}),
    "tfp.a.Same": entry(),
    "tfp.b.Gone": entry(),
}
NEW = {
    "tfp.a.Moved": entry(
        parameters={"x": variable("B()"), "y": argument(default="None")}, from_samples=True
    ),
    "tfp.a.Same": entry(),
}
MARKDOWN = """\
## TensorFlow Probability 0.25.0 to 0.26.0

Breaking changes: 2, others: 2.

### Breaking

#### `tfp.a`

- `Moved`
  - constraint: `x`: `` A(low=`b`) `` → `B()`

#### `tfp.b`

- `Gone`
  - class removed (`tfp_trainables.a.TrainableX`)

| change | what it means |
| --- | --- |
| constraint | checkpoints hold unconstrained values; initial values differ |
| class removed | it cannot be imported |

### Not breaking

#### `tfp.a`

- `Moved`
  - optional parameter added: `y` (`option`)
  - from_samples now

| change | what it means |
| --- | --- |
| optional parameter added | calls stay as they are |
| from_samples now | it can be called |
"""


@pytest.fixture(scope="module")
def without_tensorflow(tmp_path_factory):
    """An environment in which whoever imports TensorFlow fails."""
    folder = tmp_path_factory.mktemp("poisoned")
    for name in ("tensorflow", "tensorflow_probability"):
        (folder / f"{name}.py").write_text(f"raise SystemExit('{name} was imported')")
    inherited = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(folder), *([inherited] if inherited else [])])}


@pytest.fixture
def diff(tmp_path, without_tensorflow):
    """Runs the command in a temporary folder, without TensorFlow."""

    def run_it(*arguments, **environment):
        return run("diff", *arguments, cwd=tmp_path, **{**without_tensorflow, **environment})

    return run_it


@pytest.fixture
def files(tmp_path):
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(text_of(OLD, "0.25.0"))
    new.write_text(text_of(NEW, "0.26.0"))
    return old, new


@pytest.fixture
def repository(tmp_path):
    """A repository with two revisions: `v1` tracks the old manifest, `v2` the new one."""
    folder = tmp_path / "generated" / "tfp_trainables"
    folder.mkdir(parents=True)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "nothing")
    git(tmp_path, "tag", "v0")
    for tag, classes in (("v1", OLD), ("v2", NEW)):
        (folder / "manifest.json").write_text(text_of(classes))
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "--quiet", "--message", tag)
        git(tmp_path, "tag", tag)
    return tmp_path


def git(folder, *arguments):
    identity = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgSign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def counts(result):
    """Returns how many breaking changes and others the JSON output has."""
    changes = json.loads(result.stdout)["changes"]
    return [sum(change["breaking"] is breaking for change in changes) for breaking in (True, False)]


def test_exit_codes_tell_breaking_changes_from_others(diff, files, tmp_path):
    old, new = files
    assert diff(old, old).returncode == 0
    assert diff(old, new).returncode == 3
    compatible = tmp_path / "compatible.json"
    compatible.write_text(text_of({**OLD, "tfp.c.Added": entry()}))
    assert diff(old, compatible).returncode == 1
    assert diff(old, "nowhere").returncode == 2


def test_a_version_alone_is_no_change(diff, files, tmp_path):
    other = tmp_path / "other.json"
    other.write_text(text_of(OLD, "0.26.0"))
    result = diff(files[0], other)
    assert result.returncode == 0
    assert result.stdout == (
        "TensorFlow Probability 0.25.0 to 0.26.0: nothing changes for users of the classes.\n"
    )


def test_the_table(diff, files):
    lines = diff(*files).stdout.splitlines()
    assert lines[0] == "TensorFlow Probability 0.25.0 to 0.26.0: breaking changes: 2, others: 2."
    rows = [line.split() for line in lines]
    assert ["tfp.a.Moved", "constraint", "x", "A(low=`b`)", "B()"] in rows
    assert ["tfp.b.Gone", "class", "removed", "tfp_trainables.a.TrainableX"] in rows
    assert ["from_samples", "now"] in rows  # The class stands in the row above.
    assert lines.index("Breaking:") < lines.index("Not breaking:")


def test_markdown(diff, files):
    result = diff(*files, "--markdown")
    assert result.stdout == MARKDOWN
    assert result.returncode == 3


def test_json(diff, files):
    document = json.loads(diff(*files, "--json").stdout)
    assert {key: document[key] for key in ("old", "new", "breaking")} == {
        "old": {"tfp_version": "0.25.0"},
        "new": {"tfp_version": "0.26.0"},
        "breaking": 2,
    }
    first, second, *_ = document["changes"]
    assert first == {
        "breaking": True,
        "kind": "constraint",
        "class": "tfp.a.Moved",
        "subject": "x",
        "before": "A(low=`b`)",
        "after": "B()",
        "effect": "checkpoints hold unconstrained values; initial values differ",
    }
    assert (second["class"], second["subject"], second["after"]) == ("tfp.b.Gone", None, None)


@pytest.mark.parametrize("form", [(), ("--json",), ("--markdown",)])
def test_output_does_not_depend_on_hashes(diff, files, form):
    one, other = (diff(*files, *form, PYTHONHASHSEED=seed) for seed in ("1", "2"))
    assert one.stdout == other.stdout


def test_a_folder_holds_the_package_or_is_it(diff, repository):
    for folder in ("generated", "generated/tfp_trainables"):
        assert diff("v1", folder).returncode == 3
        assert diff("v2", folder).returncode == 0


def test_revisions(diff, repository):
    assert counts(diff("v1", "v2", "--json")) == [2, 2]
    assert counts(diff("v2", "HEAD~1", "--json")) == [3, 1]
    assert diff("HEAD", "v2").returncode == 0


def test_a_revision_is_of_the_repository_that_a_folder_is_in(repository):
    manifest = load_manifest("v1", repository / "generated")
    assert manifest == parse_manifest(text_of(OLD), where="v1")


def test_a_path_goes_before_a_revision(diff, repository):
    (repository / "v1").write_text(text_of(NEW))
    assert diff("v1", "v2").returncode == 0
    assert diff("refs/tags/v1", "v2").returncode == 3


def test_a_revision_without_a_manifest_is_an_error(diff, repository):
    result = diff("v0", "v1")
    assert result.returncode == 2
    assert result.stderr == (
        "error: v0: expected a revision that tracks one tfp_trainables/manifest.json, got none\n"
    )


def test_a_revision_with_two_manifests_is_an_error(diff, repository):
    shutil.copytree(repository / "generated", repository / "other")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "two")
    result = diff("HEAD", "v1")
    assert result.returncode == 2
    assert (
        "got generated/tfp_trainables/manifest.json, other/tfp_trainables/manifest.json"
        in result.stderr
    )


@pytest.mark.parametrize("place", ["nowhere", "--output=x", "x" * 5000, "", "v1:generated"])
def test_what_is_no_place_is_an_error(diff, repository, place):
    result = diff("v1", "--", place)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("error: ")
    assert ": expected " in result.stderr


def test_outside_of_a_repository_git_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(OutputError, match=r"HEAD: expected .*; git: fatal: not a git repository"):
        load_manifest("HEAD", tmp_path)


def test_without_git_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OutputError, match=r"HEAD: expected .*, and git is not installed"):
        load_manifest("HEAD", tmp_path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xff", "got none: it is not UTF-8"),
        (b"{", "got what is no JSON: Expecting property name"),
        (b'{"classes": {}}', "got another format: versions: Field required"),
    ],
)
def test_a_file_that_is_no_manifest_is_an_error(diff, tmp_path, content, expected):
    path = tmp_path / "mine.json"
    path.write_bytes(content)
    result = diff(path, path)
    assert result.returncode == 2
    assert f"error: {path}: expected the manifest that" in result.stderr
    assert expected in result.stderr
    assert "Traceback" not in result.stderr


def test_one_format_at_a_time(diff, files):
    result = diff(*files, "--json", "--markdown")
    assert result.returncode == 2
    assert "one of --json and --markdown" in result.stderr


def test_the_installed_tfp_gives_what_is_checked_in():
    result = run("diff", "generated")
    assert (result.returncode, result.stderr) == (0, "")
    assert "nothing changes" in result.stdout


@pytest.mark.slow
def test_a_file_called_installed_is_not_what_is_installed(tmp_path):
    (tmp_path / "installed").write_text(text_of(OLD))
    result = run("diff", "./installed", "installed", "--json", cwd=tmp_path)
    assert result.returncode == 3
    assert len(json.loads(result.stdout)["changes"]) > 100


def test_two_whole_manifests_take_less_than_a_second():
    text = (ROOT / "generated/tfp_trainables/manifest.json").read_text()
    start = time.process_time()
    manifest = parse_manifest(text, where="manifest.json")
    everything = compare_manifests(parse_manifest(text_of({}), where="empty"), manifest)
    assert compare_manifests(manifest, parse_manifest(text, where="again")).changes == ()
    printed = as_json(everything) + as_markdown(everything)
    assert time.process_time() - start < 1
    assert printed.count("tfp_trainables.distributions.TrainableZipf") == 2

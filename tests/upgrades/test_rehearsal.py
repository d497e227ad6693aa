"""`make upgrade-rehearsal`: what it does besides running other programs."""

import subprocess

import pytest
import rehearse
from rehearse import Progress, RehearsalError

pytestmark = pytest.mark.slow

LOG = """\
$ make test
================== 1 passed, 5 deselected, 2 warnings in 0.12s ==================
========= 1823 passed, 3 skipped, 1 xfailed in 612.40s (0:10:12) =========
======================= 12 passed in 5.00s =======================
12 passed in 5.00s
"""


def git(folder, *arguments):
    identity = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgSign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository in the place of this one; a function that commits a text as a file."""
    git(tmp_path, "init", "--quiet")
    monkeypatch.setattr(rehearse, "ROOT", tmp_path)
    monkeypatch.setattr(rehearse, "WORK", tmp_path / "build")
    (tmp_path / "build").mkdir()

    def commit(name, text):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        git(tmp_path, "add", name)
        git(tmp_path, "commit", "--quiet", "--message", name)

    return commit


def test_a_nightly_is_another_distribution():
    assert rehearse.requirement("0.25.0") == "tensorflow-probability==0.25.0"
    assert rehearse.requirement("0.26.0.dev1") == "tfp-nightly==0.26.0.dev1"


def test_outcomes_are_those_of_all_runs():
    assert rehearse.outcomes(LOG) == {"passed": 1836, "skipped": 3, "xfailed": 1}


def test_what_is_done_is_void_for_other_sources_but_not_for_other_documents(repository):
    repository("generator/a.py", "1")
    source = rehearse.committed_source()
    Progress(source, generated=True, tests={"passed": 3}).save("0.25.0")
    repository("docs/README.md", "2")
    done = Progress.load("0.25.0", rehearse.committed_source())
    assert (done.generated, done.tests) == (True, {"passed": 3})
    repository("generator/a.py", "2")
    done = Progress.load("0.25.0", rehearse.committed_source())
    assert (done.generated, done.tests) == (False, {})


def test_a_step_that_fails_names_its_log(tmp_path):
    with (
        (tmp_path / "generate.log").open("w") as log,
        pytest.raises(RehearsalError, match=r"git nonsense failed .* see .*/generate\.log$"),
    ):
        rehearse._run("git", "nonsense", cwd=tmp_path, log=log)
    assert (tmp_path / "generate.log").read_text().startswith("$ git nonsense\n")


def test_a_clone_is_not_told_what_this_make_is_told(monkeypatch):
    monkeypatch.setenv("MAKEFLAGS", "n")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    assert {"MAKEFLAGS", "PYTHONPATH"}.isdisjoint(rehearse._environment())

"""Rehearses upgrades of TFP on real versions: the program behind `make upgrade-rehearsal`.

For each version, a clone of the last commit gets an environment of its own, with that TFP.
There, `make generate` runs; then the versions are compared, each with each later one, by
`tfp-trainables diff`; and last, `make test` runs in each clone. Reports and figures go to
`docs/upgrades`.

What is done stays in `build/upgrade-rehearsal`: if you interrupt the rehearsal, the next one
goes on from there, as long as nothing but documents is committed in between.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path

VERSIONS = ("0.24.0", "0.25.0", "0.26.0.dev20261027")
"""The versions, from old to new. One with `.dev` is of `tfp-nightly`."""

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "upgrade-rehearsal"
REPORTS = ROOT / "docs" / "upgrades"

_TFP = "tensorflow-probability"
_NIGHTLY = "tfp-nightly"
_DOCUMENTS = ("docs", "CHANGELOG.md")
_OUTCOMES = ("passed", "skipped", "xfailed")
_OF_WHAT_IS_CHECKED_IN = "tests/test_documentation.py::test_the_pages_count_as_the_manifest_does"
"""People write these counts, and for one version of TFP."""
_NOT_CALLABLE = ("not implemented", "fails in TFP")


class RehearsalError(Exception):
    """A step has failed; the message says which, and where to read on."""


@dataclass
class Progress:
    """What is done for one version, kept in a file.

    Attributes:
      source: what it is done for.
      generated: whether `make generate` has succeeded.
      salted_seed: what TFP makes of a seed.
      tests: how many tests had each outcome, once `make test` has succeeded.
    """

    source: str
    generated: bool = False
    salted_seed: list[int] = field(default_factory=list)
    tests: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, version, source):
        """Returns what is done for the source."""
        try:
            found = cls(**json.loads(_progress_file(version).read_text()))
        except FileNotFoundError:
            return cls(source)
        return found if found.source == source else cls(source)

    def save(self, version):
        _progress_file(version).write_text(json.dumps(asdict(self)) + "\n")


def _progress_file(version):
    return WORK / f"{version}.json"


def requirement(version):
    """Returns what pip calls a version."""
    return f"{_NIGHTLY if '.dev' in version else _TFP}=={version}"


def report_name(old, new):
    return f"{old}-to-{new}"


def generated(version):
    """Returns the folder that `make generate` writes to."""
    return WORK / version / "generated"


def rehearse(*, with_tests):
    """Does all that is not done, and writes the reports.

    Raises:
      RehearsalError: if a step fails.
    """
    WORK.mkdir(parents=True, exist_ok=True)
    source = committed_source()
    commit = _output("git", "rev-parse", "--short", "HEAD", cwd=ROOT).strip()
    print(f"The last commit, {commit}, is rehearsed; what is not committed is not.", flush=True)
    progress = {version: Progress.load(version, source) for version in VERSIONS}
    for version, done in progress.items():
        if not done.generated:
            generate(version)
            done.generated = True
            done.salted_seed = salted_seed(version)
            done.save(version)
    write_reports()
    write_index(progress)
    failures = []
    for version, done in progress.items():
        if with_tests and not done.tests:
            try:
                done.tests = run_tests(version)
            except RehearsalError as error:
                failures.append(str(error))  # What other versions give is worth knowing too.
            done.save(version)
            write_index(progress)
    if failures:
        raise RehearsalError("; ".join(failures))


def committed_source():
    """Returns a digest of the last commit's files, but for the documents.

    So a rehearsal is not void when its own reports are committed.
    """
    listing = _output("git", "ls-tree", "HEAD", cwd=ROOT).splitlines()
    files = [line for line in listing if line.partition("\t")[2] not in _DOCUMENTS]
    return hashlib.sha256("\n".join(files).encode()).hexdigest()[:16]


def generate(version):
    """Makes the clone and its environment, and generates the classes there."""
    clone = WORK / version
    log = WORK / f"{version}-generate.log"
    print(f"{version}: make generate, which writes to {log}", flush=True)
    shutil.rmtree(clone, ignore_errors=True)
    with log.open("w") as output:
        _run("git", "clone", "--quiet", ROOT, clone, cwd=WORK, log=output)
        make_environment(version, clone, output)
        _run("make", "generate", cwd=clone, log=output)


def make_environment(version, clone, output):
    """Makes the clone's environment: as `make` would, but with that version of TFP.

    The nightly is another distribution, on which nothing depends by its name: it takes the
    place of the one that the constraints name.
    """
    constraints = clone / "constraints.txt"
    if _NIGHTLY not in requirement(version):
        line = re.compile(rf"^{_TFP}==.*$", flags=re.MULTILINE)
        constraints.write_text(line.sub(requirement(version), constraints.read_text()))
    environment = clone / ".venv"
    venv.create(environment, with_pip=True, symlinks=True)
    pip = (environment / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    install = (*pip, "install", "--constraint", constraints, "--editable", ".[generate,dev]")
    _run(*install, cwd=clone, log=output)
    if _NIGHTLY in requirement(version):
        _run(*pip, "uninstall", "--yes", _TFP, cwd=clone, log=output)
        _run(*pip, "install", "--no-deps", requirement(version), cwd=clone, log=output)
    (environment / ".installed").touch()  # Or else make would install the constraints.


def salted_seed(version):
    """Returns what TFP makes of a seed: if another than before, it draws other numbers."""
    program = Path(__file__).with_name("surface.py")
    python = WORK / version / ".venv" / "bin" / "python"
    return json.loads(_output(python, program, cwd=WORK, env=_environment()))["salted_seed"]


def write_reports():
    """Writes the reports of what changes from each version to each later one."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    for old, new in combinations(VERSIONS, 2):
        for option, suffix in (("--markdown", "md"), ("--json", "json")):
            diff = (sys.executable, "-m", "tfp_trainables_generator", "diff", option)
            text = _output(*diff, generated(old), generated(new), cwd=ROOT, ends=(0, 1, 3))
            (REPORTS / f"{report_name(old, new)}.{suffix}").write_text(text, encoding="utf-8")
    print(f"The reports are in {REPORTS}.", flush=True)


def run_tests(version):
    """Runs the tests in the clone; returns how many had each outcome."""
    clone = WORK / version
    log = WORK / f"{version}-test.log"
    print(f"{version}: make test, which writes to {log}", flush=True)
    # The tests hold the reports to TFP.
    shutil.copytree(REPORTS, clone / REPORTS.relative_to(ROOT), dirs_exist_ok=True)
    with log.open("w") as output:
        _run("make", "test", cwd=clone, log=output)
    return outcomes(log.read_text())


def outcomes(log):
    """Returns how many tests had each outcome, over all runs of pytest in a log."""
    counts = Counter()
    for summary in re.findall(r"^=+ (.*) in [\d.]+s(?: \([\d:]+\))? =+$", log, re.MULTILINE):
        for number, outcome in re.findall(r"(\d+) (\w+)", summary):
            if outcome in _OUTCOMES:
                counts[outcome] += int(number)
    return dict(counts)


def write_index(progress):
    """Writes the list of the reports, and what each version gave."""
    head = ["TFP", "classes", "skipped", "methods", "compiled", "tests"]
    rule = ["---", *(["---:"] * 4), "---"]
    rows = [
        [f"`{requirement(version)}`", *figures(version), in_words(done.tests)]
        for version, done in progress.items()
    ]
    lines = [
        "# Upgrades, rehearsed",
        "",
        "`make upgrade-rehearsal` generates the classes from each of these versions of TFP,",
        "compares the versions by `tfp-trainables diff`, and runs the tests. It writes what is in",
        "this folder.",
        "",
        *(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)),
        "",
        "*Skipped*: public classes of TFP without a trainable. *Methods*: pairs of a class and a",
        "method that TFP implements.",
        "",
        "What changes for code that uses the classes. The reports are of what these take and can",
        "do, not of the numbers that they draw or compute:",
        "",
    ]
    for old, new in combinations(VERSIONS, 2):
        name = report_name(old, new)
        document = json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8"))
        breaking = document["breaking"]
        others = len(document["changes"]) - breaking
        line = f"- [{old} to {new}]({name}.md): {breaking} breaking changes, {others} others"
        if progress[old].salted_seed != progress[new].salted_seed:
            line += "; one seed gives other draws"
        lines.append(line)
    (REPORTS / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def figures(version):
    """Returns the counts of classes and methods that a version gave."""
    path = generated(version) / "tfp_trainables" / "manifest.json"
    entries = json.loads(path.read_text(encoding="utf-8"))["classes"].values()
    classes = [entry for entry in entries if entry["status"] == "generated"]
    runs = [facts["runs"] for entry in classes for facts in entry["methods"].values()]
    methods = [it for it in runs if it not in _NOT_CALLABLE]
    counts = (len(classes), len(entries) - len(classes), len(methods), methods.count("compiled"))
    return [str(count) for count in counts]


def in_words(tests):
    """Returns how many tests had each outcome, in words."""
    if not tests:
        return "not run"
    return ", ".join(f"{tests[outcome]} {outcome}" for outcome in _OUTCOMES if outcome in tests)


def _run(*command, cwd, log):
    """Runs a command whose output goes to a log."""
    arguments = [str(part) for part in command]
    print("$", *arguments, file=log, flush=True)
    result = subprocess.run(
        arguments, cwd=cwd, env=_environment(), stdout=log, stderr=subprocess.STDOUT, check=False
    )
    if result.returncode:
        name = " ".join(arguments[:2])
        raise RehearsalError(f"{name} failed with exit code {result.returncode}; see {log.name}")


def _output(*command, cwd, ends=(0,), env=None):
    """Runs a command and returns what it prints."""
    arguments = [str(part) for part in command]
    result = subprocess.run(
        arguments, cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    if result.returncode not in ends:
        raise RehearsalError(f"{' '.join(arguments)} failed: {result.stderr.strip()}")
    return result.stdout


def _environment():
    """Returns the environment of a clone: not what this program's own make and Python are told."""
    own = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHONPATH", "VIRTUAL_ENV")
    inherited = {name: value for name, value in os.environ.items() if name not in own}
    deselected = f"--deselect={_OF_WHAT_IS_CHECKED_IN}"
    return {**inherited, "PYTEST_ADDOPTS": deselected}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--without-tests", action="store_true", help="write the reports, and run no tests"
    )
    arguments = parser.parse_args()
    try:
        rehearse(with_tests=not arguments.without_tests)
    except RehearsalError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()

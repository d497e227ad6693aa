"""Puts mistakes into modules, one at a time, and runs the tests that concern them.

Usage: python -m mutants [--seconds S] [--again] [--sample SHARE] [MODULE ...]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest

from mutants.concerned import Concerned
from mutants.mutations import Mutant, mutants_of
from mutants.processes import (
    Checkout,
    import_what_tests_import,
    read_json,
    run_all,
    run_tests,
)
from mutants.survivors import PROJECT, Equivalents, modules_called

CACHE = PROJECT / ".mutants"
SHARE_TO_KILL = 0.9


class Job(NamedTuple):
    """A mutant, and the tests that may see it."""

    path: Path
    mutant: Mutant
    tests: list[str]


def main() -> int:
    """Returns 0 if enough mutants are killed, and 1 otherwise."""
    options = _options()
    modules = [_path(name) for name in options.modules]
    import_what_tests_import()
    with tempfile.TemporaryDirectory() as folder:
        checkouts = [
            Checkout.copy(PROJECT, Path(folder) / f"checkout{number}")
            for number in range(options.processes)
        ]
        concerned = Concerned(PROJECT, CACHE)
        concerned.record(checkouts, options.tests)
        failures = [path for path in modules if not _run(path, concerned, checkouts, options)]
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument(
        "modules", nargs="+", help="names of modules, such as `constraints` or `read/classes`"
    )
    parser.add_argument("--seconds", type=float, default=30, help="of tests for each mutant")
    parser.add_argument("--sample", type=float, default=1, help="share of the mutants to try")
    parser.add_argument("--again", action="store_true", help="only those that survived last time")
    parser.add_argument("--tests", nargs="*", default=(), help="files of tests; else nearly all")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def _path(name: str) -> Path:
    """Returns the path of the module that a name stands for."""
    found = modules_called(name)
    if len(found) != 1:
        listed = ", ".join(map(str, found)) or "none"
        sys.exit(f"module {name}: expected one of that name, got {listed}")
    return found[0]


def _run(
    path: Path, concerned: Concerned, checkouts: list[Checkout], options: argparse.Namespace
) -> bool:
    """Tries all mutants of a module; tells whether enough of them are killed."""
    source = (PROJECT / path).read_text(encoding="utf-8")
    equivalents = Equivalents.read(Path(__file__).with_name("equivalent.toml"), path)
    everything = list(mutants_of(source))
    mutants = [mutant for mutant in everything if mutant not in equivalents]
    kept = CACHE / f"survivors-{path.parent.name}-{path.stem}.json"
    if options.again:
        survived = {tuple(it) for it in read_json(kept)}
        mutants = [mutant for mutant in mutants if (mutant.before, mutant.after) in survived]
    random.Random(0).shuffle(mutants)
    mutants = mutants[: round(options.sample * len(mutants))]
    tests = {
        function: concerned.tests_of(path.as_posix(), function, options.seconds)
        for function in {mutant.function for mutant in mutants}
    }
    # Without a mistake first: tests that fail anyway would kill everything.
    right = [Mutant(1, function, "", "", source) for function in tests]
    survivors: list[Mutant] = []
    ends = run_all(
        (Job(path, mutant, tests[mutant.function]) for mutant in [*right, *mutants]),
        checkouts,
        prepare=lambda job, checkout: checkout.changed(job.path, job.mutant.source),
        run=lambda job: run_tests(job.tests),
        seconds=lambda _job: 60 + 4 * options.seconds,
    )
    for number, ended in enumerate(ends, start=1):
        _show_progress(number, len(right) + len(mutants))
        has_survived = ended.code in _PASSED
        if ended.job.mutant.before:
            survivors += [ended.job.mutant] * has_survived
        elif not has_survived:
            where = ended.job.mutant.function or "what is at the top"
            print(ended.output, f"The tests of {where} fail without any mistake.", sep="\n")
            return False
    _report(path, mutants, survivors)
    stale = equivalents.stale(everything)
    for entry in stale:
        print(f"{path.stem}: there is no such mutant any more: {entry.before} -> {entry.after}")
    if options.sample == 1:
        kept.write_text(json.dumps([(mutant.before, mutant.after) for mutant in survivors]))
    return len(survivors) <= (1 - SHARE_TO_KILL) * len(mutants) and not stale


def _report(path: Path, mutants: list[Mutant], survivors: list[Mutant]) -> None:
    for mutant in sorted(survivors, key=lambda it: it.line):
        print(f"{path}:{mutant.line}, {mutant.function or 'at the top'}")
        print(f"  - {mutant.before}\n  + {mutant.after}")
    killed = len(mutants) - len(survivors)
    share = f"{100 * killed / len(mutants):.0f} %" if mutants else "none to kill"
    print(f"{path.stem}: {killed} of {len(mutants)} mutants killed, {share}.", flush=True)


def _show_progress(number: int, count: int) -> None:
    if sys.stderr.isatty():
        print(f"{number} of {count}", end="\r", file=sys.stderr)


_PASSED = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())

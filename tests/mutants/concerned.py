"""Which tests concern which function of the source: those that run it, by coverage."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import coverage
import pytest

from mutants.processes import Checkout, read_json, run_all, run_pytest

__all__ = ["Concerned"]

_RUN_ELSEWHERE = ("tests/installed", "tests/upgrades/test_rehearsal.py")
"""Tests of programs of their own, which take minutes and see no function of this process."""

_MINUTES = ("tests/contract/test_compiled.py", "tests/contract/test_recovery.py")
"""Suites of what XLA compiles: what they find, others find sooner, or nobody."""

_SECONDS_OF_A_FILE = 3600
_AT_THE_TOP = ""


class Concerned:
    """The tests that concern each function.

    They are recorded once, and again for a file of tests that has changed since.
    """

    def __init__(self, project: Path, cache: Path) -> None:
        self._project = project
        self._cache = cache
        self._of_file: dict[str, Mapping[str, Any]] = {}

    def record(self, checkouts: Sequence[Checkout], files: Sequence[str] = ()) -> None:
        """Runs each file of tests that has changed since, and notes what its tests run."""
        known = files or [
            path
            for path in sorted(
                found.relative_to(self._project).as_posix()
                for found in (self._project / "tests").rglob("test_*.py")
            )
            if not path.startswith((*_RUN_ELSEWHERE, *_MINUTES))
        ]
        stale = [file for file in known if not self._kept(file).exists()]
        if stale:
            print(f"Recording what the tests of {len(stale)} files run, once for all.", flush=True)
        ends = run_all(
            iter(stale),
            checkouts,
            prepare=lambda _file, _checkout: contextlib.nullcontext(),
            run=self._record_file,
            seconds=lambda _file: _SECONDS_OF_A_FILE,
        )
        for ended in ends:
            print(f"  {ended.job}", flush=True)
            if not self._kept(ended.job).exists():
                print(ended.output, flush=True)
        self._of_file = {file: read_json(self._kept(file)) for file in known}

    def _kept(self, file: str) -> Path:
        digest = hashlib.sha256((self._project / file).read_bytes()).hexdigest()[:16]
        return self._cache / f"{Path(file).stem}-{digest}.json"

    def _record_file(self, file: str) -> int:
        recorder = _Recorder()
        with recorder.measuring():
            code = run_pytest(file, plugin=recorder)
        self._cache.mkdir(parents=True, exist_ok=True)
        self._kept(file).write_text(json.dumps(recorder.found(), indent=1))
        return code

    def tests_of(self, module: str, function: str, seconds: float) -> list[str]:
        """Returns tests of a function, the fastest first and each kind of test in turn.

        Args:
          module: path of the module.
          function: `Class.method`; empty for what runs when the module is imported.
          seconds: how long they may take together.
        """
        functions = [f"{module}:{function}"] if function else []
        # Else those of anything in the module; of a table, which runs nothing, all.
        for wanted in (*functions, f"{module}:", ""):
            found = [
                (facts["seconds"], test)
                for tests in self._of_file.values()
                for test, facts in tests.items()
                if not wanted or any(name.startswith(wanted) for name in facts["functions"])
            ]
            if found:
                return list(_in_turn(sorted(found), seconds))
        return []


def _in_turn(found: Sequence[tuple[float, str]], seconds: float) -> Iterator[str]:
    """Yields the fastest of each test function, then the second of each, and so on."""
    rounds: dict[str, int] = defaultdict(int)
    ordered: list[tuple[int, float, str]] = []
    for duration, test in found:
        kind = test.partition("[")[0]
        ordered.append((rounds[kind], duration, test))
        rounds[kind] += 1
    for _, duration, test in sorted(ordered):
        seconds -= duration
        if seconds < 0:
            return
        yield test


class _Recorder:
    """A plugin of pytest that notes which functions each test runs, and how long it takes."""

    def __init__(self) -> None:
        self._coverage = coverage.Coverage(
            data_file=None, config_file=False, include=["runtime/*", "generator/*"]
        )
        self._seconds: dict[str, float] = {}
        self._setups: dict[str, str] = {}

    @contextlib.contextmanager
    def measuring(self) -> Iterator[None]:
        self._coverage.start()
        try:
            yield
        finally:
            self._coverage.stop()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(item.nodeid)
        started = time.monotonic()
        yield
        self._seconds.setdefault(item.nodeid, time.monotonic() - started)
        self._coverage.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome != "passed":  # A test that is skipped, or fails anyway, tells nothing.
            self._seconds[report.nodeid] = -1

    def found(self) -> dict[str, Any]:
        """Returns seconds and functions of each test that has passed."""
        functions: dict[str, set[str]] = defaultdict(set)
        data = self._coverage.get_data()
        for file in data.measured_files():
            path = Path(file).relative_to(Path.cwd()).as_posix()
            names = _names_of_lines(Path(file).read_text(encoding="utf-8"))
            for line, tests in data.contexts_by_lineno(file).items():
                for test in tests:
                    functions[test].add(f"{path}:{names.get(line, _AT_THE_TOP)}")
        return {
            test: {"seconds": round(seconds, 3), "functions": sorted(functions[test])}
            for test, seconds in self._seconds.items()
            if seconds >= 0
        }


def _names_of_lines(source: str) -> dict[int, str]:
    """Returns the function that each line is in, if any."""
    names: dict[int, str] = {}

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                name = f"{prefix}.{child.name}".lstrip(".")
                if isinstance(child, ast.FunctionDef):
                    names.update(dict.fromkeys(range(child.lineno, child.end_lineno + 1), name))
            visit(child, name)

    visit(ast.parse(source), "")
    return names

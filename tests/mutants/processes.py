"""Runs of pytest in forks of one process that has TensorFlow imported already.

A fork starts in a tenth of a second where a new process takes four. It works as long as the
process that is forked has only imported TensorFlow, and never run it: threads do not survive.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

__all__ = [
    "Checkout",
    "Ended",
    "import_what_tests_import",
    "read_json",
    "run_all",
    "run_pytest",
    "run_tests",
]

_ON_THE_PATH = ("generated", "generator", "runtime")
"""What is on Python's path in a checkout."""

_IMPORTED = (
    "black",
    "hypothesis.extra.numpy",
    "jinja2",
    "pydantic",
    "rich",
    "tensorflow",
    "tensorflow_probability",
    "tensorflow_probability.python.bijectors",
    "tensorflow_probability.python.distributions",
    "tensorflow_probability.python.experimental",
    "tensorflow_probability.python.math.psd_kernels",
    "tf_keras",
    "typer",
)
"""Nothing of the project's own, which each fork imports anew."""


def import_what_tests_import() -> None:
    """Imports it once, for all forks."""
    os.environ.update(PYTHONDONTWRITEBYTECODE="1", TF_CPP_MIN_LOG_LEVEL="3")
    sys.dont_write_bytecode = True  # Or else a file changed twice within a second stays as it was.
    errors = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:  # For TensorFlow's greetings.
        os.dup2(nowhere.fileno(), 2)
    try:
        for name in _IMPORTED:
            importlib.import_module(name)
    finally:
        os.dup2(errors, 2)
        os.close(errors)


@dataclass(frozen=True)
class Checkout:
    """A copy of the working tree, to be changed at will."""

    root: Path

    @classmethod
    def copy(cls, project: Path, root: Path) -> Checkout:
        """Copies all files that are in version control, or would be."""
        command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
        listed = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True)
        for name in filter(None, listed.stdout.split("\0")):
            if (project / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes((project / name).read_bytes())
        return cls(root)

    @contextlib.contextmanager
    def changed(self, path: Path, text: str) -> Iterator[None]:
        """Has another text in a file."""
        file = self.root / path
        original = file.read_bytes()
        file.write_text(text, encoding="utf-8")
        try:
            yield
        finally:
            file.write_bytes(original)


class Ended(NamedTuple):
    """How a run ended.

    Attributes:
      job: what was run.
      code: pytest's exit code; `None` if it was still running at its deadline.
      output: what it printed.
    """

    job: Any
    code: int | None
    output: str


class _Running(NamedTuple):
    job: Any
    checkout: Checkout
    change: contextlib.ExitStack
    deadline: float
    log: Path


def run_all(
    jobs: Iterator[Any],
    checkouts: Sequence[Checkout],
    *,
    prepare: Callable[[Any, Checkout], contextlib.AbstractContextManager[None]],
    run: Callable[[Any], int],
    seconds: Callable[[Any], float],
) -> Iterator[Ended]:
    """Runs jobs in forks, one at a time in each checkout; yields them as they end.

    Args:
      jobs: any.
      checkouts: where.
      prepare: changes the checkout for as long as a job runs.
      run: the job itself, in a fork whose current folder is the checkout.
      seconds: how long it may take.
    """
    free, running = list(checkouts), dict[int, _Running]()
    remaining = iter(jobs)
    try:
        while True:
            for job in itertools.islice(remaining, len(free)):
                process, started = _start(job, free.pop(), prepare, run, seconds(job))
                running[process] = started
            if not running:
                return
            for process, code in list(_ended(running)):
                ended = running.pop(process)
                ended.change.close()
                free.append(ended.checkout)
                yield Ended(ended.job, code, ended.log.read_text(errors="replace"))
            time.sleep(0.02)
    finally:
        for process, unfinished in running.items():
            _kill(process)
            unfinished.change.close()


def _start(
    job: Any,
    checkout: Checkout,
    prepare: Callable[[Any, Checkout], contextlib.AbstractContextManager[None]],
    run: Callable[[Any], int],
    seconds: float,
) -> tuple[int, _Running]:
    change = contextlib.ExitStack()
    change.enter_context(prepare(job, checkout))
    log = checkout.root.with_suffix(".log")
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        code = 70
        try:
            os.setsid()
            with log.open("wb") as printed:
                for stream in (sys.stdout, sys.stderr):
                    os.dup2(printed.fileno(), stream.fileno())
            os.chdir(checkout.root)
            paths = [str(checkout.root / name) for name in _ON_THE_PATH]
            sys.path[:0] = paths
            os.environ["PYTHONPATH"] = os.pathsep.join(paths)
            code = run(job)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return process, _Running(job, checkout, change, time.monotonic() + seconds, log)


def _ended(running: dict[int, _Running]) -> Iterator[tuple[int, int | None]]:
    for process, job in running.items():
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            yield process, os.waitstatus_to_exitcode(status)
        elif time.monotonic() > job.deadline:
            _kill(process)
            yield process, None


def _kill(process: int) -> None:
    """Kills a fork, and what it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)


class Chosen:
    """A plugin of pytest that runs certain tests, in a certain order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._place = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._place),
            key=lambda item: self._place[item.nodeid],
        )


def run_tests(tests: Sequence[str]) -> int:
    """Runs tests in their order, up to the first that fails; returns pytest's exit code."""
    files = sorted({test.partition("::")[0] for test in tests})
    if not files:
        return int(pytest.ExitCode.NO_TESTS_COLLECTED)
    return run_pytest("-x", *files, plugin=Chosen(tests))


def run_pytest(*arguments: str, plugin: object) -> int:
    """Runs pytest in this process; returns its exit code."""
    options = ["-q", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist"]
    imported = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
    return int(pytest.main([*options, "-W", imported, *arguments], plugins=[plugin]))


def read_json(path: Path) -> Any:
    """Returns what a file holds, or an empty dict."""
    return json.loads(path.read_text()) if path.exists() else {}

"""Runs the property-based tests on other examples than `make test`, for as long as it may.

Each round draws at random, in new processes, for TensorFlow keeps every program that it has
made. A failure is one paragraph: the test, what it was called with, and what went wrong; the
command that is printed with it repeats it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_LONGEST = 400
"""Characters of one part of a report."""


class Shortly:
    """A plugin of pytest that reports a failure in a few lines."""

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        del item
        report = (yield).get_result()
        if report.failed and call.excinfo is not None:
            report.longrepr = _in_short(call.excinfo.value)


def _in_short(error):
    notes = [note for note in getattr(error, "__notes__", ()) if "reproduce_failure" not in note]
    said = f"{type(error).__name__}: {error}"
    return "\n".join(_cut(" ".join(part.split())) for part in (*notes, said))


def _cut(text):
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _run_round(seed, arguments):
    command = [sys.executable, __file__, "--round", str(seed), *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _round(seed, arguments):
    """Runs the tests once: the program of one round."""
    options = ["-q", "--no-header", "-p", "no:cacheprovider", "-m", "hypothesis", "-n", "auto"]
    # What pytest-xdist starts loads the plugin by its name.
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, (str(ROOT / "tests"), os.environ.get("PYTHONPATH")))
    )
    options += ["-p", "explore", "--hypothesis-profile=explore", f"--hypothesis-seed={seed}"]
    return pytest.main([*options, *arguments])


def pytest_configure(config):
    """Makes this module a plugin."""
    config.pluginmanager.register(Shortly())


def main():
    parser = argparse.ArgumentParser(prog="make explore")
    parser.add_argument("--minutes", type=float, help="when to end; else when interrupted")
    parser.add_argument("--seed", type=int, help="of one round, to repeat it")
    parser.add_argument("--round", type=int, help=argparse.SUPPRESS)
    options, arguments = parser.parse_known_args()
    if options.round is not None:
        sys.exit(_round(options.round, arguments))
    if options.seed is not None:
        sys.exit(_run_round(options.seed, arguments))
    end = time.monotonic() + 60 * options.minutes if options.minutes else float("inf")
    failed = []
    while time.monotonic() < end:
        seed = random.SystemRandom().randrange(2**32)
        code = _run_round(seed, arguments)
        if code == pytest.ExitCode.TESTS_FAILED:
            failed.append(seed)
            print(f"To repeat: make explore SEED={seed}", flush=True)
        elif code != pytest.ExitCode.OK:
            sys.exit(code)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()

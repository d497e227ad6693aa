"""Prints classes of somebody's own, of which the facts may make no Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.own.settings import OwnPackage
from tfp_trainables_generator.pipeline import Compilation, Progress, rendered
from tfp_trainables_generator.render.parity_tests import parity_test_file
from tfp_trainables_generator.spec.classes import ClassSpec, Outcome
from tfp_trainables_runtime.errors import mismatch


def print_all(own: OwnPackage, classes: Outcome, progress: Progress) -> Compilation:
    """Renders all classes that can be printed, and tells what is wrong with the others."""
    try:
        return _printed(own, classes, progress)
    except _NO_PYTHON:
        good = printable(own, classes.specs)
        return _printed(own, replace(good, skipped=classes.skipped), progress)


def printable(own: OwnPackage, specs: Iterable[ClassSpec]) -> Outcome:
    """Returns the classes that can be printed, each alone, and what is wrong with the others."""
    good: list[ClassSpec] = []
    problems: list[str] = []
    for spec in specs:
        try:
            _printed(own, Outcome((spec,)), lambda _: None)
        except _NO_PYTHON as error:
            got = " ".join(str(error).split())
            expected = "facts that make a module of Python"
            problems.append(mismatch(spec.qualified_name, expected, got))
        else:
            good.append(spec)
    return Outcome(tuple(good), tuple(problems))


_NO_PYTHON = (CompilationError, SyntaxError, ValueError)


def _printed(own: OwnPackage, classes: Outcome, progress: Progress) -> Compilation:
    compilation = rendered(own.package, classes, progress)
    files = dict(compilation.files)
    if own.settings.with_tests and classes.specs:
        files.update(parity_test_file(own.package, classes.specs))
    for path, text in files.items():
        if path.suffix == ".py":
            compile(text, str(path), "exec", dont_inherit=True)
    return replace(compilation, files=files)

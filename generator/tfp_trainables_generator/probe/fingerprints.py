"""Fingerprints, by which the probe knows that its findings of a class still hold."""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import io
import sys
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tfp_trainables_generator.naming import HEADER
from tfp_trainables_generator.spec.classes import ClassSpec, to_json
from tfp_trainables_generator.spec.packages import Package

_PROBE = "tfp_trainables_generator.probe.methods"
_TAKING_PART = ("tfp_trainables_generator.probe.", "tfp_trainables_runtime.")
"""Of which packages the modules decide what is found; the others' share is in the spec."""

_WITH_SOURCES = ("tensorflow_probability", "tfp_trainables_runtime")


def fingerprint_of(package: Package, spec: ClassSpec, sources: dict[str, str] | None = None) -> str:
    """Returns a digest of all that the probe's findings of a class depend on.

    Those are its spec, the source of the class and of its bases, the modules of the probe and
    of the runtime that it stands on, and the versions of TensorFlow and TFP. Not NumPy's:
    Python 3.10 has an older one than later Pythons, and what is generated is the same.
    TFP changes as a whole; packages of somebody's own, from one run to the next, so that
    all of their modules count that are loaded.

    Args:
      package: the package that its trainable goes to.
      spec: the class.
      sources: digests of modules, kept from call to call.
    """
    import tensorflow as tf
    import tensorflow_probability as tfp

    sources = {} if sources is None else sources
    versions: list[Any] = [tf, tfp]
    cls = getattr(importlib.import_module(spec.reference.module), spec.reference.name)
    modules = [base.__module__ for base in inspect.getmro(cls)]
    own = _own_packages(spec, modules) if package.is_own else frozenset[str]()
    modules += sorted(name for name in sys.modules if name.partition(".")[0] in own)
    for module in modules:
        if module not in sources and module.partition(".")[0] in (*own, *_WITH_SOURCES):
            sources[module] = hashlib.sha256(_source_of(module).encode()).hexdigest()
    parts = [
        *(str(package.__version__) for package in versions),
        to_json(_without_words(spec)),
        *(sources[module] for module in modules if module in sources),
        *map(_digest, modules_behind(_PROBE)),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _without_words(spec: ClassSpec) -> ClassSpec:
    """Returns a class without what is in its docstrings alone, and without what was found."""
    parameters = tuple(replace(it, description="", attribute_is="") for it in spec.parameters)
    return replace(spec, parameters=parameters, shown="", capabilities=None)


@cache
def modules_behind(name: str) -> tuple[str, ...]:
    """Returns a module, and all of those taking part that it imports, or that these do; sorted.

    Their sources say so, whatever else has been imported in this process.
    """
    found: set[str] = set()
    todo = [name]
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            todo += [it for it in _imports(module) if it.startswith(_TAKING_PART) and _is_there(it)]
    return tuple(sorted(found))


def _imports(module: str) -> Iterator[str]:
    """Yields what a module may import; of names, only some are modules."""
    for node in ast.walk(ast.parse(_source(module))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # What is before the last dot is no package.
        return False


def _source(module: str) -> str:
    found = find_spec(module)
    if found is None or found.origin is None:
        raise AssertionError(f"{module} has no source")
    return Path(found.origin).read_text(encoding="utf-8")


@cache
def _digest(module: str) -> str:
    """Returns a digest of what a module does: of its source without comments and docstrings."""
    source = _source(module)
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            for row in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[row] = ""
    code = "\n".join(line.rstrip() for line in lines if line.strip())
    return hashlib.sha256(code.encode()).hexdigest()


def _own_packages(spec: ClassSpec, bases: Sequence[str]) -> frozenset[str]:
    """Returns the packages that a class of somebody's own, with bases in these modules, is of."""
    modules = (*bases, *(reference.module for reference in spec.bijectors))
    packages = {module.partition(".")[0] for module in modules}
    return frozenset(packages - sys.stdlib_module_names - {"keras", "tensorflow", *_WITH_SOURCES})


def _source_of(module: str) -> str:
    try:
        source = inspect.getsource(sys.modules[module])
    except (OSError, TypeError):  # It is empty, or has none, as an extension in C.
        return ""
    return "" if source.startswith(HEADER) else source  # What we generate depends on the rest.

"""Fingerprints, by which the probe knows that its findings of a class still hold."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tfp_trainables_generator.naming import HEADER
from tfp_trainables_generator.spec.classes import ClassSpec, to_json
from tfp_trainables_generator.spec.packages import Package

_FORMAT = 1
"""To be raised when the probe asks of a class what it has not asked before."""

_WITH_SOURCES = ("tensorflow_probability", "tfp_trainables_runtime")


def fingerprint_of(package: Package, spec: ClassSpec, sources: dict[str, str] | None = None) -> str:
    """Returns a digest of all that the probe's findings of a class depend on.

    Those are its spec, the source of the class and of its bases, the formulation that
    the runtime puts in its place, and the versions of TensorFlow and TFP. Not NumPy's:
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

    from tfp_trainables_runtime.programs import reformulated

    sources = {} if sources is None else sources
    versions: list[Any] = [tf, tfp]
    cls = getattr(importlib.import_module(spec.reference.module), spec.reference.name)
    modules = [base.__module__ for base in inspect.getmro(cls)]
    if cls in reformulated.REFORMULATED:
        modules.append(reformulated.__name__)
    own = _own_packages(spec, modules) if package.is_own else frozenset[str]()
    modules += sorted(name for name in sys.modules if name.partition(".")[0] in own)
    for module in modules:
        if module not in sources and module.partition(".")[0] in (*own, *_WITH_SOURCES):
            sources[module] = hashlib.sha256(_source_of(module).encode()).hexdigest()
    parts = [
        str(_FORMAT),
        *(str(package.__version__) for package in versions),
        to_json(replace(spec, capabilities=None)),
        *(sources[module] for module in modules if module in sources),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


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

"""The whole line: discover, read, probe, render. Nothing here writes to the output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.packages import TFP_PACKAGE, Package
from tfp_trainables_generator.settings import OwnPackage
from tfp_trainables_generator.spec import ClassSpec, SkippedClass

__all__ = ["SUPPORTED_TFP_VERSIONS", "Compilation", "compile_own", "compile_tfp", "read_tfp"]

SUPPORTED_TFP_VERSIONS = ((0, 24), (0, 25), (0, 26))

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Compilation:
    """What the compiler made of the installed TFP, or of modules of somebody's own.

    Attributes:
      package: the generated package.
      tfp_version: the version of TFP that was read.
      specs: the classes that a trainable was generated for.
      skipped: the other public classes.
      files: the text of every file of the generated package, by relative path.
      problems: what was wrong with classes that are in neither; never with those of TFP.
    """

    package: Package
    tfp_version: str
    specs: tuple[ClassSpec, ...]
    skipped: tuple[SkippedClass, ...]
    files: Mapping[PurePosixPath, str]
    problems: tuple[str, ...] = ()


def compile_tfp(output: Path, progress: Progress = lambda _: None) -> Compilation:
    """Compiles the installed TFP.

    Args:
      output: the folder that holds (or will hold) the generated package. Its manifest,
        and that of the installed package, tell what the probe has found before.
      progress: called with a line on what is being done.

    Raises:
      CompilationError: with everything that stands in the way.
    """
    tfp_version, specs, skipped = read_tfp(progress)
    # What a caller of `read_tfp` alone has no need of: templates, formatter, processes.
    from tfp_trainables_generator.manifest import manifest_text
    from tfp_trainables_generator.probing import known_capabilities, probe_all
    from tfp_trainables_generator.render import render

    findings = probe_all(specs, known_capabilities(output), progress)
    if findings.problems:
        raise CompilationError(findings.problems)
    specs = findings.specs
    progress("Rendering")
    manifest = manifest_text(TFP_PACKAGE, specs, skipped, tfp_version=tfp_version)
    files = render(TFP_PACKAGE, specs, tfp_version=tfp_version, manifest=manifest)
    return Compilation(TFP_PACKAGE, tfp_version, specs, skipped, files)


def read_tfp(
    progress: Progress = lambda _: None,
) -> tuple[str, tuple[ClassSpec, ...], tuple[SkippedClass, ...]]:
    """Reads the installed TFP: its version, and what becomes of each public class.

    Args:
      progress: called with the name of each phase as it begins.

    Raises:
      CompilationError: if TFP cannot be imported, is of a version that the compiler does
        not know, or holds what has no expression in the spec.
    """
    version = _tfp_version(progress)
    from tfp_trainables_generator.discover import discover
    from tfp_trainables_generator.read import read_all
    from tfp_trainables_generator.tfp_supplements import TFP_SUPPLEMENTS

    progress("Discovering public classes")
    classes = discover()
    progress(f"Reading {len(classes)} classes")
    reading = read_all(classes, TFP_SUPPLEMENTS)
    if reading.problems:
        raise CompilationError(reading.problems)
    return version, reading.specs, reading.skipped


def compile_own(own: OwnPackage, progress: Progress = lambda _: None) -> Compilation:
    """Compiles the public classes of modules of somebody's own.

    Classes that something is wrong with are left out; what that is, the result tells.

    Args:
      own: the modules, and where their trainables are to go.
      progress: called with a line on what is being done.

    Raises:
      CompilationError: if TFP or the settings are wrong, or if no class is left.
    """
    version = _tfp_version(progress)
    from tfp_trainables_generator.manifest import manifest_text
    from tfp_trainables_generator.objections import check, collisions, printable
    from tfp_trainables_generator.own_classes import discover_own
    from tfp_trainables_generator.own_supplements import supplements_of, with_example
    from tfp_trainables_generator.parity_tests import parity_test_file
    from tfp_trainables_generator.probing import probe_all
    from tfp_trainables_generator.read import read_all
    from tfp_trainables_generator.render import render

    sys.path.insert(0, str(own.root))
    progress(f"Importing {', '.join(own.settings.modules)}")
    discovery = discover_own(own)
    try:
        stated = supplements_of(own, discovery)
    except CompilationError as error:
        raise CompilationError([*discovery.problems, *error.problems]) from error
    classes = [it for it in discovery.classes if it.qualified_name not in stated.mistaken]
    progress(f"Reading {len(classes)} classes")
    reading = read_all(classes, stated.supplements)
    accepted: list[ClassSpec] = []
    objections: list[str] = []
    colliding = collisions(own.package, reading.specs)
    for spec in (with_example(spec, own) for spec in reading.specs):
        try:
            check(spec)
        except CompilationError as error:
            objections.extend(error.problems)
        else:
            if spec.qualified_name in colliding:
                objections.append(colliding[spec.qualified_name])
            else:
                accepted.append(spec)
    findings = probe_all(accepted, {}, progress)
    specs, unprintable = printable(own, findings.specs)
    problems = (
        *discovery.problems,
        *stated.problems,
        *reading.problems,
        *map(_unannotated, reading.skipped),
        *objections,
        *findings.problems,
        *unprintable,
    )
    if not specs:
        raise CompilationError(problems or ["expected a class to compile, got none"])
    progress("Rendering")
    manifest = manifest_text(own.package, specs, discovery.excluded, tfp_version=version)
    files = render(own.package, specs, tfp_version=version, manifest=manifest)
    if own.settings.with_tests:
        files.update(parity_test_file(own.package, specs))
    return Compilation(own.package, version, specs, discovery.excluded, files, problems)


def _unannotated(skipped: SkippedClass) -> str:
    return (
        f"{skipped.qualified_name}: expected a class method `_parameter_properties`, which tells "
        "its parameters; got none"
    )


def _tfp_version(progress: Progress) -> str:
    """Returns the version of the installed TFP.

    Raises:
      CompilationError: if TFP cannot be imported, or is of a version that the compiler does
        not know.
    """
    progress("Importing TensorFlow Probability")
    try:
        import tensorflow_probability as tfp
    except Exception as error:  # A broken installation fails in any way it likes.
        raise CompilationError(
            [f"tensorflow_probability cannot be imported: {type(error).__name__}: {error}"]
        ) from error
    module: Any = tfp
    version: str = module.__version__
    if _minor(version) not in SUPPORTED_TFP_VERSIONS:
        supported = ", ".join(".".join(map(str, part)) for part in SUPPORTED_TFP_VERSIONS)
        raise CompilationError(
            [f"tensorflow_probability: expected a version among {supported}, got {version}"]
        )
    return version


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])

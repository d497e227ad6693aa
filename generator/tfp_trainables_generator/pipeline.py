"""The whole line: discover, read, probe, render. Nothing here writes to the output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from tfp_trainables_generator.discover.classes import discover
from tfp_trainables_generator.discover.namespaces import TFP_PACKAGE
from tfp_trainables_generator.discover.version import installed_version
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.manifest.schema import as_text
from tfp_trainables_generator.manifest.write import manifest_of
from tfp_trainables_generator.probe.pool import known_capabilities, probe_all
from tfp_trainables_generator.read.classes import read_all
from tfp_trainables_generator.render.modules import render
from tfp_trainables_generator.spec.classes import ClassSpec, Outcome, SkippedClass
from tfp_trainables_generator.spec.packages import Package
from tfp_trainables_generator.supplements.tfp import TFP_SUPPLEMENTS

Progress = Callable[[str], None]
"""Called with a line on what is being done."""


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
    return rendered(TFP_PACKAGE, probe_tfp(output, progress), progress)


def probe_tfp(output: Path, progress: Progress = lambda _: None) -> Outcome:
    """Reads and probes the installed TFP; see `compile_tfp`."""
    reading = read_tfp(progress)
    findings = probe_all(TFP_PACKAGE, reading.specs, known_capabilities(output), progress)
    if findings.problems:
        raise CompilationError(findings.problems)
    return replace(reading, specs=findings.specs)


def read_tfp(progress: Progress = lambda _: None) -> Outcome:
    """Reads what becomes of each public class of the installed TFP; see `compile_tfp`."""
    progress("Discovering public classes")
    classes = discover()
    progress(f"Reading {len(classes)} classes")
    reading = read_all(classes, TFP_SUPPLEMENTS)
    if reading.problems:
        raise CompilationError(reading.problems)
    return reading


def rendered(package: Package, classes: Outcome, progress: Progress) -> Compilation:
    """Renders the files of a package of trainables."""
    progress("Rendering")
    version = installed_version()
    files = render(package, classes.specs, tfp_version=version)
    manifest = manifest_of(package, classes, tfp_version=version)
    files[package.path_of(package.name) / "manifest.json"] = as_text(manifest)
    return Compilation(
        package,
        version,
        classes.specs,
        classes.skipped,
        dict(sorted(files.items())),
        classes.problems,
    )

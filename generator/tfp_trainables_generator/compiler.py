"""The whole line: discover, read, probe, render. Nothing here writes to the output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.spec import ClassSpec, SkippedClass

__all__ = ["SUPPORTED_TFP_VERSIONS", "Compilation", "compile_tfp", "read_tfp"]

SUPPORTED_TFP_VERSIONS = ((0, 24), (0, 25), (0, 26))

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Compilation:
    """What the compiler made of the installed TFP.

    Attributes:
      tfp_version: the version that was read.
      specs: the classes that a trainable was generated for.
      skipped: the other public classes.
      files: the text of every file of the generated package, by relative path.
    """

    tfp_version: str
    specs: tuple[ClassSpec, ...]
    skipped: tuple[SkippedClass, ...]
    files: Mapping[PurePosixPath, str]


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
    from tfp_trainables_generator.capabilities import known_capabilities, with_capabilities
    from tfp_trainables_generator.manifest import manifest_text
    from tfp_trainables_generator.render import render

    specs = with_capabilities(specs, known_capabilities(output), progress)
    progress("Rendering")
    manifest = manifest_text(specs, skipped, tfp_version=tfp_version)
    files = render(specs, tfp_version=tfp_version, manifest=manifest)
    return Compilation(tfp_version, specs, skipped, files)


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
    from tfp_trainables_generator.discover import discover
    from tfp_trainables_generator.read import read_all

    progress("Discovering public classes")
    classes = discover()
    progress(f"Reading {len(classes)} classes")
    specs, skipped = read_all(classes)
    return version, specs, skipped


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])

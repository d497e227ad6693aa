"""What `generate` and `check` do alike: from options to a compilation and its summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfp_trainables_generator.cli.terminal import compiler_started
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.naming import PACKAGE
from tfp_trainables_generator.output.files import Changes
from tfp_trainables_generator.own.settings import settings_of
from tfp_trainables_generator.spec.capabilities import Execution
from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.parameters import Role

if TYPE_CHECKING:
    from tfp_trainables_generator.pipeline import Compilation

GENERATED = Path("generated")
"""The folder that holds the package of TFP's classes, where none is named."""


@dataclass(frozen=True)
class Job:
    """What was asked to compile, and what came of it.

    Attributes:
      compilation: what came of it.
      output: the folder that holds the generated package.
    """

    compilation: Compilation
    output: Path

    @property
    def folder(self) -> Path:
        """The folder of the generated package, as short as it can be said."""
        folder = self.output / self.compilation.package.path_of(self.compilation.package.name)
        here = Path.cwd()
        return folder.relative_to(here) if folder.is_relative_to(here) else folder

    @property
    def has_problems(self) -> bool:
        """Whether something was wrong with some of the classes."""
        return bool(self.compilation.problems)

    def raise_problems(self) -> None:
        """Raises a `CompilationError` if something was wrong with some of the classes."""
        if self.has_problems:
            raise CompilationError(self.compilation.problems)


def run(
    module: list[str] | None,
    output: Path | None,
    package: str,
    with_tests: bool | None,
    *,
    tfp: bool,
) -> Job:
    """Compiles what the options of a command ask for; for these, see `settings_of`.

    Raises:
      CompilationError: with everything that stands in the way.
    """
    own = settings_of(module or (), output, package, with_tests=with_tests, tfp=tfp)
    to = output or GENERATED
    if own is None and output is None and not _is_checkout():
        expected = f"--output: expected the folder that is to hold the package {PACKAGE}, got none"
        raise CompilationError([f"{expected}; there is none in the current folder"])
    with compiler_started() as progress:
        if own is not None:
            from tfp_trainables_generator.own.compile import compile_own

            return Job(compile_own(own, progress), own.output)
        from tfp_trainables_generator.pipeline import compile_tfp

        return Job(compile_tfp(to, progress), to)


def _is_checkout() -> bool:
    """Tells whether the current folder has a package of TFP's classes, or is this project's."""
    return (GENERATED / PACKAGE).is_dir() or Path("generator", "tfp_trainables_generator").is_dir()


def summary(job: Job, changes: Changes) -> Iterator[str]:
    """Yields the lines that tell what was generated, and what of it is new."""
    compilation = job.compilation
    package = compilation.package
    source = f"TensorFlow Probability {compilation.tfp_version}"
    if package.is_own:
        source = ", ".join(package.sources)
    yield f"Generated {_classes(len(compilation.specs))} from {source} into {job.folder}."
    reasons = Counter(part.reason.value for part in compilation.skipped)
    if reasons:
        yield f"Skipped {_classes(len(compilation.skipped))}:"
    for reason, count in sorted(reasons.items()):
        names = sorted(
            part.qualified_name.removeprefix("tfp.")
            for part in compilation.skipped
            if part.reason.value == reason
        )
        yield f"  {reason} ({count}): {', '.join(names)}"
    if package.is_own:  # TFP's are as they are; who wrote these can mend them.
        for spec in compilation.specs:
            yield from (f"  {spec.qualified_name}{note}" for note in _notes(spec))
    if not changes:
        yield f"All {len(compilation.files)} files were up to date."
        return
    for label, paths in (
        ("new", changes.missing),
        ("changed", changes.differing),
        ("deleted", changes.orphaned),
    ):
        yield from (f"  {label:8}{path}" for path in paths)


def _classes(count: int) -> str:
    return f"{count} class{'es' * (count != 1)}"


def _notes(spec: ClassSpec) -> Iterator[str]:
    """Yields what the author of a class may want to know of it, after its name."""
    for parameter in spec.parameters:
        if parameter.role is Role.ALTERNATIVE and not parameter.replaces:
            yield f".{parameter.name} is an alternative to none: `replaces` would say to which"
    if spec.capabilities is None:
        return
    for dtype, reason in spec.capabilities.refused:
        yield f" cannot be built in {dtype}: {reason}"
    for method in spec.capabilities.methods:
        if method.runs is Execution.FAILS:
            yield f".{method.name} raises {method.reason}"


def counts(changes: Changes) -> str:
    """Returns how many files differ, by the way in which they do."""
    parts = [
        f"{len(paths)} {label}"
        for label, paths in (
            ("missing", changes.missing),
            ("differing", changes.differing),
            ("orphaned", changes.orphaned),
        )
        if paths
    ]
    return f"Files: {', '.join(parts)}"

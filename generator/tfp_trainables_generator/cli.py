"""The command line: generate, check, list, table, diff."""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tfp_trainables_generator.compiler import Compilation, compile_own, compile_tfp, read_tfp
from tfp_trainables_generator.embedding import embed
from tfp_trainables_generator.errors import CompilationError, OutputError
from tfp_trainables_generator.loading import load_text, read_manifest
from tfp_trainables_generator.naming import PACKAGE
from tfp_trainables_generator.output import Changes, compare, diff, write
from tfp_trainables_generator.packages import TFP_PACKAGE
from tfp_trainables_generator.settings import settings_of
from tfp_trainables_generator.spec import Execution, MethodSpec
from tfp_trainables_generator.table import needed_in_tfp, table_of

__all__ = ["app"]

EXIT_DIFFERS = 1
EXIT_ERROR = 2
EXIT_BREAKING = 3

INSTALLED = "installed"

_GENERATED = Path("generated")

app = typer.Typer(
    help="Compile TensorFlow Probability's distributions and bijectors into trainable classes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_out = Console(markup=False, highlight=False)
_err = Console(stderr=True, markup=False, highlight=False)

ModuleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--module",
        "-m",
        help="Compile the public classes of this module of your own, not those of TFP; "
        "repeat it for more. By default the key `modules` of the table tool.tfp-trainables "
        "in pyproject.toml, if there is one and no --output.",
        show_default=False,
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="For your own classes, the folder of the generated package; by default the key "
        "`output`. For those of TFP, the folder that holds the package `tfp_trainables`; by "
        "default `generated`.",
        file_okay=False,
        show_default=False,
    ),
]
PackageOption = Annotated[
    str,
    typer.Option(
        "--package",
        help="What the generated package of your own classes is imported as; by default as "
        "the `__init__.py` files around it tell.",
        show_default=False,
    ),
]
TestsOption = Annotated[
    bool | None,
    typer.Option(
        "--with-tests/--without-tests",
        help="Whether the generated package of your own classes has a module of tests.",
        show_default=False,
    ),
]


@dataclass(frozen=True)
class _Job:
    """What was asked to compile, and what came of it.

    Attributes:
      compilation: what came of it.
      output: the folder that holds the generated package.
      command: the command that writes it.
    """

    compilation: Compilation
    output: Path
    command: str

    @property
    def folder(self) -> Path:
        """The folder of the generated package, as short as it can be said."""
        folder = self.output / self.compilation.package.path_of(self.compilation.package.name)
        here = Path.cwd()
        return folder.relative_to(here) if folder.is_relative_to(here) else folder


@contextmanager
def _errors() -> Generator[None, None, None]:
    """Turns what can be expected to go wrong into a message and exit code 2."""
    try:
        yield
    except CompilationError as error:
        count = len(error.problems)
        _err.print(f"error: {count} problem{'s' * (count > 1)} in the compilation:")
        for problem in error.problems:
            _err.print(f"  - {problem}", soft_wrap=True)
        raise typer.Exit(EXIT_ERROR) from error
    except OutputError as error:
        _err.print(f"error: {error!s}", soft_wrap=True)
        raise typer.Exit(EXIT_ERROR) from error


def _compile(
    module: list[str] | None, output: Path | None, package: str, with_tests: bool | None
) -> _Job:
    own = settings_of(module or (), output, package, with_tests=with_tests)
    command = _command(module, output, package, with_tests)
    _import_tensorflow()
    with _err.status("Starting") as status:
        if own is not None:
            return _Job(compile_own(own, status.update), own.output, command)
        output = output or _GENERATED
        return _Job(compile_tfp(output, status.update), output, command)


def _command(
    module: list[str] | None, output: Path | None, package: str, with_tests: bool | None
) -> str:
    """Returns the command that generates what these options are about."""
    words = ["tfp-trainables", "generate"]
    words += [word for name in module or () for word in ("--module", name)]
    words += ["--output", str(output)] if output else []
    words += ["--package", package] if package else []
    words += {None: [], True: ["--with-tests"], False: ["--without-tests"]}[with_tests]
    return shlex.join(words)


def _import_tensorflow() -> None:
    """Imports TensorFlow without its greetings on standard error.

    They come from C++, before TensorFlow has read the log level that would silence them,
    so it is the file descriptor that is turned away. Errors of the import are the
    compiler's to report.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    terminal = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            with suppress(Exception):
                import tensorflow as tf

                tf.zeros([])  # Starts the runtime, which has more to say.
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


@app.command()
def generate(
    module: ModuleOption = None,
    output: OutputOption = None,
    package: PackageOption = "",
    with_tests: TestsOption = None,
) -> None:
    """Write trainable classes, of the installed TFP or your own; only files that differ.

    Exit code 2: an error. Your own classes are written all the same, but for those with errors.
    """
    with _errors():
        job = _compile(module, output, package, with_tests)
        changes = write(job.compilation.files, job.output)
    _print_summary(job, changes)
    with _errors():
        _raise_problems(job.compilation)


@app.command()
def check(
    module: ModuleOption = None,
    output: OutputOption = None,
    package: PackageOption = "",
    with_tests: TestsOption = None,
) -> None:
    """Compare the files on disk with what the compiler renders.

    Exit code 0: the same. 1: they differ (the differences are printed). 2: an error.
    """
    with _errors():
        job = _compile(module, output, package, with_tests)
        files = job.compilation.files
        changes = compare(files, job.output)
        lines = list(diff(files, job.output, changes))
    sys.stdout.writelines(line if line.endswith("\n") else f"{line}\n" for line in lines)
    sys.stdout.flush()
    if changes:
        _err.print(f"{_counts(changes)} in {job.folder}. To mend it: {job.command}", soft_wrap=True)
    with _errors():
        _raise_problems(job.compilation)
    if changes:
        raise typer.Exit(EXIT_DIFFERS)
    _out.print(f"{len(files)} files in {job.folder} are up to date.", soft_wrap=True)


def _raise_problems(compilation: Compilation) -> None:
    if compilation.problems:
        raise CompilationError(compilation.problems)


@app.command("list")
def list_classes(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, not a table.")] = False,
    pattern: Annotated[
        str | None,
        typer.Argument(help="Only classes whose name contains this.", show_default=False),
    ] = None,
) -> None:
    """List every public TFP class: parameters, supports, shapes, and what builds it."""
    with _errors():
        _import_tensorflow()
        with _err.status("Starting") as status:
            _, specs, skipped = read_tfp(status.update)
        from tfp_trainables_generator.manifest import manifest_entries

        entries = manifest_entries(TFP_PACKAGE, specs, skipped)
    if pattern is not None:
        entries = {
            name: entry for name, entry in entries.items() if pattern.lower() in name.lower()
        }
        if not entries:
            _err.print(f"error: no public class of TFP has {pattern!r} in its name.")
            raise typer.Exit(EXIT_ERROR)
    if as_json:
        sys.stdout.write(json.dumps(entries, indent=1) + "\n")
        return
    table = Table("class", "parameter", "support", "shape", "make_trainable", box=None)
    for name, entry in entries.items():
        if entry["status"] == "skipped":
            table.add_row(name, f"(skipped: {entry['reason']})", "", "", "no")
            continue
        needed = needed_in_tfp(entry)
        builds = f"needs {', '.join(needed)}" if needed else "no" if needed is None else "yes"
        rows = [
            (key, facts.get("support", f"({facts['role']})"), facts.get("shape", ""))
            for key, facts in entry["parameters"].items()
            if facts["role"] != "option"
        ]
        for position, row in enumerate(rows or [("(none)", "", "")]):
            first = (name, builds) if position == 0 else ("", "")
            table.add_row(first[0], *row, first[1])
    _console().print(table)


@app.command("table")
def print_table(
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder that holds the generated package; by default `generated` if there is "
            "one, or else where it is installed.",
            file_okay=False,
        ),
    ] = None,
    to_update: Annotated[
        Path | None,
        typer.Option("--update", help="Put the table into this file, between the marker comments."),
    ] = None,
    to_check: Annotated[
        Path | None,
        typer.Option(
            "--check", help="Compare the table in this file instead, with exit codes as of check."
        ),
    ] = None,
) -> None:
    """Print a Markdown table of every public TFP class: what builds it, and its variables."""
    if to_update and to_check:
        raise typer.BadParameter("expected one of --update and --check, got both")
    with _errors():
        text = table_of(read_manifest(output or _generated_package()))
        if not (to_update or to_check):
            sys.stdout.write(text)
            return
        embedding = embed(text, to_update or to_check or Path())
        if to_update:
            embedding.write()
    if to_update:
        _out.print(
            f"The table in {to_update} {'is new' if embedding else 'was up to date'}.",
            soft_wrap=True,
        )
    elif not embedding:
        _out.print(f"The table in {to_check} is up to date.", soft_wrap=True)
    else:
        sys.stdout.write(embedding.diff())
        sys.stdout.flush()
        _err.print(
            f"The table in {to_check} differs. To mend it: "
            f"tfp-trainables table --update {shlex.quote(str(to_check))}",
            soft_wrap=True,
        )
        raise typer.Exit(EXIT_DIFFERS)


@app.command("diff")
def print_changes(
    old: Annotated[
        str,
        typer.Argument(
            help="A manifest.json, or a folder that holds the generated package; or else, where "
            "there is no such path, a git revision that tracks one; or `installed`: what the "
            "installed TFP would give. For a path of that name, write ./installed.",
            show_default=False,
        ),
    ],
    new: Annotated[str, typer.Argument(help="The same.")] = INSTALLED,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, not a table.")] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a section of a changelog, not a table.")
    ] = False,
) -> None:
    """Tell what an upgrade of TFP changes for code that uses the classes.

    Of `installed`, the probe runs what it has not run before, as `generate` has it do.

    Exit code 0: nothing. 1: changes, none of them breaking. 2: an error. 3: breaking changes.
    """
    if as_json and as_markdown:
        raise typer.BadParameter("expected one of --json and --markdown, got both")
    from tfp_trainables_generator import report
    from tfp_trainables_generator.changes import compare_manifests
    from tfp_trainables_generator.facts import parse_manifest

    with _errors():
        before, after = (
            parse_manifest(_installed() if place == INSTALLED else load_text(place), where=place)
            for place in (old, new)
        )
    comparison = compare_manifests(before, after)
    if as_json:
        sys.stdout.write(report.as_json(comparison))
    elif as_markdown:
        sys.stdout.write(report.as_markdown(comparison))
    else:
        _console().print(report.as_table(comparison))
    if comparison.changes:
        raise typer.Exit(EXIT_BREAKING if comparison.breaking else EXIT_DIFFERS)


def _installed() -> str:
    """Returns the manifest that `generate` would write for the installed TFP."""
    _import_tensorflow()
    with _err.status("Starting") as status:
        version, specs, skipped = read_tfp(status.update)
        from tfp_trainables_generator.capabilities import known_capabilities, probe_all
        from tfp_trainables_generator.manifest import manifest_text

        findings = probe_all(specs, known_capabilities(_generated_package()), status.update)
    if findings.problems:
        raise CompilationError(findings.problems)
    return manifest_text(TFP_PACKAGE, findings.specs, skipped, tfp_version=version)


def _console() -> Console:
    """Returns where to print tables: as wide as the terminal, or as a file needs."""
    width = None if _out.is_terminal else 200
    return Console(width=width, markup=False, highlight=False)


def _generated_package() -> Path:
    """Returns the folder that holds the generated package: of a checkout, or installed."""
    checkout = _GENERATED
    installed = importlib.util.find_spec(PACKAGE)
    if (checkout / PACKAGE).is_dir() or installed is None or installed.origin is None:
        return checkout
    return Path(installed.origin).parents[1]


def _print_summary(job: _Job, changes: Changes) -> None:
    compilation = job.compilation
    sources = ", ".join(compilation.package.sources)
    count = len(compilation.specs)
    _out.print(
        f"Generated {count} class{'es' * (count != 1)} from "
        f"{sources or f'TensorFlow Probability {compilation.tfp_version}'} into {job.folder}.",
        soft_wrap=True,
    )
    reasons = Counter(part.reason.value for part in compilation.skipped)
    if reasons:
        count = len(compilation.skipped)
        _out.print(f"Skipped {count} class{'es' * (count != 1)}:")
    for reason, count in sorted(reasons.items()):
        names = sorted(
            part.qualified_name.removeprefix("tfp.")
            for part in compilation.skipped
            if part.reason.value == reason
        )
        _out.print(f"  {reason} ({count}): {', '.join(names)}", soft_wrap=True)
    if sources:  # TFP's are as they are; who wrote these can mend them.
        for name, method in _failing_methods(compilation):
            _out.print(f"  {name}.{method.name} raises {method.reason}", soft_wrap=True)
    if not changes:
        _out.print(f"All {len(compilation.files)} files were up to date.")
        return
    for label, paths in (
        ("new", changes.missing),
        ("changed", changes.differing),
        ("deleted", changes.orphaned),
    ):
        for path in paths:
            _out.print(f"  {label:8}{path}", soft_wrap=True)
    _out.print(f"{_counts(changes)}.")


def _failing_methods(compilation: Compilation) -> Iterator[tuple[str, MethodSpec]]:
    for spec in compilation.specs:
        for method in spec.capabilities.methods if spec.capabilities else ():
            if method.runs is Execution.FAILS:
                yield spec.qualified_name, method


def _counts(changes: Changes) -> str:
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

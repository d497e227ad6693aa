"""The command line: generate, check, list, table, diff."""

from __future__ import annotations

import importlib.util
import json
import shlex
import sys
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tfp_trainables_generator.cli.jobs import GENERATED, counts, run, summary
from tfp_trainables_generator.cli.terminal import (
    EXIT_BREAKING,
    EXIT_DIFFERS,
    EXIT_ERROR,
    compiler_started,
    err,
    errors_reported,
    out,
    wide_console,
)
from tfp_trainables_generator.discover.namespaces import TFP_PACKAGE
from tfp_trainables_generator.discover.version import installed_version
from tfp_trainables_generator.errors import OutputError
from tfp_trainables_generator.manifest.locate import load_manifest, read_manifest
from tfp_trainables_generator.manifest.schema import ManifestFacts, SkippedFacts, as_document
from tfp_trainables_generator.manifest.table import needed_in_tfp, table_of
from tfp_trainables_generator.naming import PACKAGE
from tfp_trainables_generator.output.files import compare, diff, write
from tfp_trainables_generator.output.markers import embed
from tfp_trainables_generator.spec.classes import Outcome

INSTALLED = "installed"
_DISTRIBUTION = "tfp-trainables"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ModuleOption = Annotated[
    list[str] | None,
    typer.Option(
        "--module",
        "-m",
        help="Compile the public classes of this module of your own, not those of TFP; "
        "repeat it for more. By default the key `modules` of the table tool.tfp-trainables "
        "in pyproject.toml, if there is one.",
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

TFPOption = Annotated[
    bool,
    typer.Option("--tfp", help="Compile the classes of TFP, whatever pyproject.toml says."),
]


def _print_version(is_asked: bool) -> None:
    if not is_asked:
        return
    versions = [f"{name} {version(name)}" for name in ("tensorflow-probability", "tensorflow")]
    out.print(f"{_DISTRIBUTION} {version(_DISTRIBUTION)} ({', '.join(versions)})")
    raise typer.Exit


@app.callback()
def main(
    is_version_asked: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version, and those of TFP and TensorFlow.",
        ),
    ] = False,
) -> None:
    """Compile TensorFlow Probability's classes, or your own, into trainable ones."""
    del is_version_asked


@app.command()
def generate(
    module: ModuleOption = None,
    output: OutputOption = None,
    package: PackageOption = "",
    with_tests: TestsOption = None,
    tfp: TFPOption = False,
) -> None:
    """Write trainable classes, of the installed TFP or your own; only files that differ.

    Exit code 2: an error. Your own classes are written all the same, but for those with errors.
    """
    with errors_reported():
        job = run(module, output, package, with_tests, tfp=tfp)
        changes = write(job.compilation.files, job.output, keep_orphans=job.has_problems)
    for line in summary(job, changes):
        out.print(line, soft_wrap=True)
    with errors_reported():
        job.raise_problems()


@app.command()
def check(
    module: ModuleOption = None,
    output: OutputOption = None,
    package: PackageOption = "",
    with_tests: TestsOption = None,
    tfp: TFPOption = False,
) -> None:
    """Compare the files on disk with what the compiler renders.

    Exit code 0: the same. 1: they differ (the differences are printed). 2: an error.
    """
    with errors_reported():
        job = run(module, output, package, with_tests, tfp=tfp)
        files = job.compilation.files
        changes = compare(files, job.output)
        lines = list(diff(files, job.output, changes))
    sys.stdout.writelines(line if line.endswith("\n") else f"{line}\n" for line in lines)
    sys.stdout.flush()
    if changes:
        # The options after the name of the command are the same.
        command = shlex.join(["tfp-trainables", "generate", *sys.argv[2:]])
        err.print(f"{counts(changes)} in {job.folder}. To mend it: {command}", soft_wrap=True)
    with errors_reported():
        job.raise_problems()
    if changes:
        raise typer.Exit(EXIT_DIFFERS)
    out.print(f"{len(files)} files in {job.folder} are up to date.", soft_wrap=True)


@app.command("list")
def list_classes(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, not a table.")] = False,
    pattern: Annotated[
        str | None,
        typer.Argument(help="Only classes whose name contains this.", show_default=False),
    ] = None,
) -> None:
    """List every public TFP class: parameters, supports, shapes, and what builds it."""
    with errors_reported():
        manifest = _listed()
    if pattern is not None:
        classes = {
            name: facts
            for name, facts in manifest.classes.items()
            if pattern.lower() in name.lower()
        }
        if not classes:
            err.print(f"error: no public class of TFP has {pattern!r} in its name.")
            raise typer.Exit(EXIT_ERROR)
        manifest = replace(manifest, classes=classes)
    if as_json:
        sys.stdout.write(json.dumps(as_document(manifest)["classes"], indent=1) + "\n")
        return
    table = Table("class", "parameter", "support", "shape", "make_trainable", box=None)
    for name, facts in manifest.classes.items():
        if isinstance(facts, SkippedFacts):
            table.add_row(name, f"(skipped: {facts.reason})", "", "", "no")
            continue
        needed = needed_in_tfp(facts)
        builds = f"needs {', '.join(needed)}" if needed else "no" if needed is None else "yes"
        rows = [
            (key, parameter.support or f"({parameter.role})", parameter.shape)
            for key, parameter in facts.parameters.items()
            if parameter.role != "option"
        ]
        for position, row in enumerate(rows or [("(none)", "", "")]):
            first = (name, builds) if position == 0 else ("", "")
            table.add_row(first[0], *row, first[1])
    wide_console().print(table)


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
    with errors_reported():
        text = table_of(read_manifest(output or _generated_package()))
        if not (to_update or to_check):
            sys.stdout.write(text)
            return
        embedding = embed(text, to_update or to_check or Path())
        if to_update:
            embedding.write()
    if to_update:
        out.print(
            f"The table in {to_update} {'is new' if embedding else 'was up to date'}.",
            soft_wrap=True,
        )
    elif not embedding:
        out.print(f"The table in {to_check} is up to date.", soft_wrap=True)
    else:
        sys.stdout.write(embedding.diff())
        sys.stdout.flush()
        err.print(
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
    from tfp_trainables_generator.upgrade import report
    from tfp_trainables_generator.upgrade.compare import compare_manifests

    with errors_reported():
        before, after = (
            _installed() if place == INSTALLED else load_manifest(place) for place in (old, new)
        )
    comparison = compare_manifests(before, after)
    if as_json:
        sys.stdout.write(report.as_json(comparison))
    elif as_markdown:
        sys.stdout.write(report.as_markdown(comparison))
    else:
        wide_console().print(report.as_table(comparison))
    if comparison.changes:
        raise typer.Exit(EXIT_BREAKING if comparison.breaking else EXIT_DIFFERS)


def _listed() -> ManifestFacts:
    """Returns what there is to say of the classes of the installed TFP."""
    with suppress(OutputError, PackageNotFoundError):  # There may be none yet.
        manifest = read_manifest(_generated_package())
        if manifest.tfp_version == version("tensorflow-probability"):
            return manifest
    with compiler_started() as progress:
        from tfp_trainables_generator.pipeline import read_tfp

        return _manifest(read_tfp(progress))


def _installed() -> ManifestFacts:
    """Returns the manifest that `generate` would write for the installed TFP."""
    with compiler_started() as progress:
        from tfp_trainables_generator.pipeline import probe_tfp

        return _manifest(probe_tfp(_generated_package(), progress))


def _manifest(classes: Outcome) -> ManifestFacts:
    from tfp_trainables_generator.manifest.write import manifest_of

    return manifest_of(TFP_PACKAGE, classes, tfp_version=installed_version())


def _generated_package() -> Path:
    """Returns the folder that holds the generated package: of a checkout, or installed."""
    checkout = GENERATED
    installed = importlib.util.find_spec(PACKAGE)
    if (checkout / PACKAGE).is_dir() or installed is None or installed.origin is None:
        return checkout
    return Path(installed.origin).parents[1]

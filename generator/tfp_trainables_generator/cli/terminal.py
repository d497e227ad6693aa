"""What the commands have in common: where they print, how they end, TensorFlow's noise."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import typer
from rich.console import Console

from tfp_trainables_generator.discover.version import installed_version
from tfp_trainables_generator.errors import CompilationError, OutputError

SECONDS_BETWEEN_LINES = 60.0
"""Where the output is no terminal: who runs a build there may end what is silent for long."""

EXIT_DIFFERS = 1
EXIT_ERROR = 2
EXIT_BREAKING = 3

out = Console(markup=False, highlight=False)
err = Console(stderr=True, markup=False, highlight=False)


@contextmanager
def errors_reported() -> Generator[None, None, None]:
    """Turns what can be expected to go wrong into a message and exit code 2."""
    try:
        yield
    except CompilationError as error:
        count = len(error.problems)
        err.print(f"error: {count} problem{'s' * (count > 1)} in the compilation:")
        for problem in error.problems:
            err.print(f"  - {problem}", soft_wrap=True)
        raise typer.Exit(EXIT_ERROR) from error
    except OutputError as error:
        err.print(f"error: {error!s}", soft_wrap=True)
        raise typer.Exit(EXIT_ERROR) from error


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


@contextmanager
def compiler_started() -> Generator[Callable[[str], None], None, None]:
    """Starts TensorFlow and shows what is being done; gives the function to tell it with.

    On a terminal, that is one line that changes; elsewhere, a line every minute.

    Raises:
      CompilationError: if TFP cannot be imported, or is of a version that the compiler does
        not know.
    """
    _import_tensorflow()
    with _progress() as progress:
        progress("Importing TensorFlow Probability")
        installed_version()
        yield progress


@contextmanager
def _progress() -> Generator[Callable[[str], None], None, None]:
    if err.is_terminal:
        with err.status("Starting") as status:
            yield status.update
        return
    latest, ended, start = ["Starting"], threading.Event(), time.monotonic()

    def print_latest() -> None:
        while not ended.wait(SECONDS_BETWEEN_LINES):
            minutes = (time.monotonic() - start) / 60
            err.print(f"{latest[0]} ({minutes:.0f} min)", soft_wrap=True)

    printing = threading.Thread(target=print_latest, daemon=True)
    printing.start()
    try:
        yield lambda line: latest.__setitem__(0, line)
    finally:
        ended.set()
        printing.join()


def wide_console() -> Console:
    """Returns where to print tables: as wide as the terminal, or as a file needs."""
    width = None if out.is_terminal else 200
    return Console(width=width, markup=False, highlight=False)

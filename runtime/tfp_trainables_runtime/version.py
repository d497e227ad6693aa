"""The version of this package, and the check that generated classes run beside their TFP."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Sequence
from pathlib import Path

from tfp_trainables_runtime.untyped import TFP_VERSION

__all__ = [
    "PARITY_TESTS",
    "GeneratedFromAnotherTFPWarning",
    "__version__",
    "check_tfp_version",
    "version_mismatch",
]

__version__ = "0.1.0"

PARITY_TESTS = "test_trainables"
"""The module of tests in a generated package, if it has one."""

_mismatches: dict[str, str] = {}
"""What there is to say of packages generated from another TFP, by package."""


class GeneratedFromAnotherTFPWarning(UserWarning):
    """The installed TFP is of another minor version than the one generated from."""


def check_tfp_version(
    generated_from: str, *, package: str, path: str, sources: Sequence[str] = ()
) -> None:
    """Warns if the installed TFP is not the one that `package` was generated from.

    Patch releases of TFP keep its constructors, so only major and minor versions are
    compared.

    Args:
      generated_from: version of TFP that the compiler read.
      package: the generated package, for the message.
      path: its `__file__`, which tells where to regenerate it.
      sources: the modules whose classes it has trainables of; none for TFP's.
    """
    if _minor(TFP_VERSION) != _minor(generated_from):
        folder = Path(path).parent
        arguments = ["--tfp", "--output", str(folder.parent)]
        if sources:
            arguments = [part for source in sources for part in ("--module", source)]
            arguments += ["--output", str(folder), "--package", package]
            if (folder / f"{PARITY_TESTS}.py").is_file():
                arguments.append("--with-tests")
        _mismatches[package] = (
            f"{package} was generated from TensorFlow Probability {generated_from}, but "
            f"{TFP_VERSION} is installed. To regenerate it, install 'tfp-trainables[generate]' "
            f"and run: tfp-trainables generate {shlex.join(arguments)}"
        )
        warnings.warn(_mismatches[package], GeneratedFromAnotherTFPWarning, stacklevel=3)


def version_mismatch(module: str) -> str | None:
    """Returns what the check of a module's package has found, in words; `None` if nothing.

    Args:
      module: name of a module of a generated package.
    """
    packages = (name for name in _mismatches if module == name or module.startswith(f"{name}."))
    return next((_mismatches[name] for name in packages), None)


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]

"""The check that generated classes run beside the TFP that they were generated from."""

from __future__ import annotations

import shlex
import warnings
from pathlib import Path

from tfp_trainables_runtime.untyped import TFP_VERSION

__all__ = ["GeneratedFromAnotherTFPWarning", "check_tfp_version"]


class GeneratedFromAnotherTFPWarning(UserWarning):
    """The installed TFP is of another minor version than the one generated from."""


def check_tfp_version(generated_from: str, *, package: str, path: str) -> None:
    """Warns if the installed TFP is not the one that `package` was generated from.

    Patch releases of TFP keep its constructors, so only major and minor versions are
    compared.

    Args:
      generated_from: version of TFP that the compiler read.
      package: the generated package, for the message.
      path: its `__file__`, which tells where to regenerate it.
    """
    if _minor(TFP_VERSION) != _minor(generated_from):
        output = Path(path).parent.parent
        warnings.warn(
            f"{package} was generated from TensorFlow Probability {generated_from}, but "
            f"{TFP_VERSION} is installed. To regenerate it, install 'tfp-trainables[generate]' "
            f"and run: tfp-trainables generate --output {shlex.quote(str(output))}",
            GeneratedFromAnotherTFPWarning,
            stacklevel=3,
        )


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]

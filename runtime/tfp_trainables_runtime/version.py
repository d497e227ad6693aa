"""The check that generated classes run beside the TFP that they were generated from."""

from __future__ import annotations

import warnings

from tfp_trainables_runtime.untyped import TFP_VERSION

__all__ = ["GeneratedFromAnotherTFPWarning", "check_tfp_version"]


class GeneratedFromAnotherTFPWarning(UserWarning):
    """The installed TFP is of another minor version than the one generated from."""


def check_tfp_version(generated_from: str, *, package: str) -> None:
    """Warns if the installed TFP is not the one that `package` was generated from.

    Patch releases of TFP keep its constructors, so only major and minor versions are
    compared.

    Args:
      generated_from: version of TFP that the compiler read.
      package: the generated package, for the message.
    """
    if _minor(TFP_VERSION) != _minor(generated_from):
        warnings.warn(
            f"{package} was generated from TensorFlow Probability {generated_from}, but "
            f"{TFP_VERSION} is installed. Regenerate it: install "
            "'tfp-trainables[generate]' and run `tfp-trainables generate`.",
            GeneratedFromAnotherTFPWarning,
            stacklevel=3,
        )


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]

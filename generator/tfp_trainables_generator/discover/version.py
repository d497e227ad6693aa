"""Which TFP is installed, and whether the compiler knows it."""

from __future__ import annotations

from typing import Any

from tfp_trainables_generator.errors import CompilationError

SUPPORTED_TFP_VERSIONS = ((0, 24), (0, 25), (0, 26))


def installed_version() -> str:
    """Returns the version of the installed TFP.

    Raises:
      CompilationError: if TFP cannot be imported, or is of a version that the compiler does
        not know.
    """
    try:
        import tensorflow_probability as tfp
    except Exception as error:  # A broken installation fails in any way it likes.
        raise CompilationError(
            [f"tensorflow_probability cannot be imported: {type(error).__name__}: {error}"]
        ) from error
    module: Any = tfp
    version: str = module.__version__
    if tuple(map(int, version.split(".")[:2])) not in SUPPORTED_TFP_VERSIONS:
        supported = ", ".join(".".join(map(str, part)) for part in SUPPORTED_TFP_VERSIONS)
        raise CompilationError(
            [f"tensorflow_probability: expected a version among {supported}, got {version}"]
        )
    return version

"""Templates, and the formatter that everything passes through that they render."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import black
from black.mode import TargetVersion
from black.parsing import InvalidInput
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.naming import HEADER

_LINE_LENGTH = 88
_PYTHON = black.Mode(
    target_versions={TargetVersion.PY310}, line_length=_LINE_LENGTH, string_normalization=True
)
_STUB = black.Mode(line_length=_LINE_LENGTH, is_pyi=True)


@cache
def _environment() -> Environment:
    package = Path(__file__).parents[1]
    # In a wheel the templates lie in the package; in a checkout, beside it.
    folders = [package / "templates", package.parents[1] / "templates"]
    return Environment(
        loader=FileSystemLoader([folder for folder in folders if folder.is_dir()]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - source code, not HTML
    )


def render_source(template: str, name: str, **context: object) -> str:
    """Returns what a template renders, below our header, formatted.

    Args:
      template: the file of the template: of a module, or of a stub (`.pyi.jinja`).
      name: what is rendered, for the message.
      **context: what the template prints.

    Raises:
      CompilationError: if that is no valid Python.
    """
    text = _environment().get_template(template).render(header=HEADER, **context)
    try:
        return black.format_str(text, mode=_STUB if template.endswith(".pyi.jinja") else _PYTHON)
    except InvalidInput as error:
        raise CompilationError(
            [f"{name}: the templates render no valid Python: {error}"]
        ) from error

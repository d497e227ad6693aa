"""Completion of the keys of `initial_parameters` in IPython and Jupyter.

Their own completion knows the arguments of a call, but not the keys of a typed dict.
"""

from __future__ import annotations

import inspect
import re
import sys
import typing
from collections.abc import Mapping

from tfp_trainables_runtime.typing import AnyCallable, AnyStructure
from tfp_trainables_runtime.untyped import untyped

__all__ = ["complete_keys_in_ipython", "keys_to_complete"]

_FARTHEST = 2000
"""Characters from the start of a call to the key."""

_CLOSED = re.compile(r"""\([^()\[\]{}]*\)|\[[^()\[\]{}]*\]|\{[^()\[\]{}]*\}""")
"""What has no brackets inside."""

_CALLS = re.compile(
    r"""
    (?P<callee>[^\W\d][\w.]*)                      # TrainableNormal, or d.TrainableNormal
    \(\s*(?:(?:[^(){}]*,\s*)?initial_parameters\s*=\s*)?
    \{(?P<given>(?:[^(){}\[\]]*,)?)\s*            # Keys that are there already, with their values.
    ["'](?P<start>\w*)$
    """,
    re.VERBOSE,
)
_OTHER_CONSTRUCTORS = (".from_samples", ".stateless")


def keys_to_complete(text: str, names: Mapping[str, AnyStructure]) -> tuple[str, list[str]]:
    """Returns the keys that may stand at the end of a text.

    Args:
      text: a program, up to the cursor.
      names: what the names in it refer to.

    Returns:
      The start of the key that is there already, and the keys that go on from it; none where
      no key of `initial_parameters` is to stand.
    """
    text = text[-_FARTHEST:]
    while (shorter := _CLOSED.sub(" ", text)) != text:
        text = shorter
    found = _CALLS.search(text)
    if found is None:
        return "", []
    callee = found["callee"]
    for method in _OTHER_CONSTRUCTORS:
        callee = callee.removesuffix(method)
    cls, start = _named(callee, names), found["start"]
    given = set(re.findall(r"""["'](\w+)["']\s*:""", found["given"]))
    alternatives = _alternatives_of(cls)
    given |= {alternatives[key] for key in given & set(alternatives)}
    given |= {key for key, other in alternatives.items() if other in given}
    return start, [key for key in _keys_of(cls) if key.startswith(start) and key not in given]


def _named(callee: str, names: Mapping[str, AnyStructure]) -> AnyStructure:
    """Returns what a dotted name refers to; nothing but modules and classes is looked into."""
    first, *others = callee.split(".")
    value = names.get(first)
    for name in others:
        is_namespace = inspect.ismodule(value) or inspect.isclass(value)
        value = getattr(value, name, None) if is_namespace else None
    return value


def _keys_of(cls: AnyStructure) -> list[str]:
    if not (inspect.isclass(cls) and hasattr(cls, "_tfp_class")):
        return []
    constructor = untyped(cls)._generated_class().__init__
    annotation = typing.get_type_hints(constructor)["initial_parameters"]
    dictionaries = [part for part in typing.get_args(annotation) if typing.is_typeddict(part)]
    return [key for part in dictionaries for key in part.__annotations__]


def _alternatives_of(cls: AnyStructure) -> Mapping[str, str]:
    """Returns alternative parameters with those that they stand in for, and go not beside."""
    requirements = getattr(cls, "_requirements", None)
    return {} if requirements is None else untyped(requirements).alternatives


def complete_keys_in_ipython() -> None:
    """Has a running IPython complete them."""
    ipython = sys.modules.get("IPython")
    shell = untyped(ipython).get_ipython() if ipython is not None else None
    if shell is None or getattr(shell, "Completer", None) is None:
        return
    completer: AnyStructure = sys.modules["IPython.core.completer"]
    matchers: list[AnyCallable] = shell.Completer.custom_matchers
    if any(getattr(matcher, "matcher_identifier", "") == _IDENTIFIER for matcher in matchers):
        return

    @completer.context_matcher(identifier=_IDENTIFIER)
    def match_keys(context: AnyStructure) -> Mapping[str, AnyStructure]:
        lines = context.full_text.split("\n")[: context.cursor_line + 1]
        lines[-1] = lines[-1][: context.cursor_position]
        start, keys = keys_to_complete("\n".join(lines), shell.user_ns)
        return {
            "completions": [completer.SimpleCompletion(key, type="param") for key in keys],
            "matched_fragment": start,
            "suppress": bool(keys),
        }

    matchers.append(match_keys)


_IDENTIFIER = "tfp_trainables.initial_parameters"

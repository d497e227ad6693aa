"""The parameters of a class as its attributes: typed, and documented."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from tfp_trainables_generator.render.docstrings import attribute_facts, escaped
from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.parameters import Attribute, ParameterSpec, Role
from tfp_trainables_runtime import typing

_OF_PARTS = {
    "Distribution": "AnyDistribution",
    "Bijector": "AnyBijector",
    "PositiveSemidefiniteKernel": "AnyKernel",
    "LinearOperator": "LinearOperator",
}
"""What is known of a part, by what may be passed for it."""

_WIDTH = 74  # Of a line between quotes, in a method of a class.


@dataclass(frozen=True)
class AttributeView:
    """A parameter as an attribute, as printed.

    Attributes:
      name: the parameter.
      annotation: what it is at run time.
      types: the names of the runtime's types in the annotation.
      summary: the first line of its docstring.
      details: the other lines.
      is_inherited: whether the TFP class has a property of that name.
    """

    name: str
    annotation: str
    types: frozenset[str]
    summary: str
    details: Sequence[str]
    is_inherited: bool


def attribute_views(spec: ClassSpec) -> list[AttributeView]:
    """Returns the attributes of a class, in the order of its constructor's arguments."""
    return [_attribute_view(it) for it in spec.parameters if _is_attribute(it)]


def _is_attribute(parameter: ParameterSpec) -> bool:
    return parameter.role is not Role.OPTION and parameter.attribute is not Attribute.OTHER


def _attribute_view(parameter: ParameterSpec) -> AttributeView:
    summary, details = _docstring(attribute_facts(parameter))
    annotation = _annotation(parameter)
    return AttributeView(
        name=parameter.name,
        annotation=annotation,
        types=frozenset(re.findall(r"\w+", annotation)).intersection(typing.__all__),
        summary=summary,
        details=details,
        is_inherited=parameter.attribute is Attribute.PROPERTY,
    )


def _docstring(facts: Sequence[str]) -> tuple[str, list[str]]:
    """Returns facts as the first line of a docstring and the others."""
    if len(whole := _sentence("; ".join(facts))) <= _WIDTH:
        return whole, []
    first, *others = facts
    rest = _wrapped("; ".join(others)) if others else []
    # A fact that is longer than a line goes on in the next one.
    summary, *details = _wrapped(first)
    return summary, [*details, *([""] if rest else []), *rest]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(_sentence(text), _WIDTH, break_on_hyphens=False)


def _sentence(text: str) -> str:
    return escaped(f"{text[0].upper()}{text[1:]}.")


def _annotation(parameter: ParameterSpec) -> str:
    """Returns what a parameter is when it is read."""
    if parameter.attribute_is:
        return "AnyStructure"
    passed = [it for it in parameter.annotation.alternatives if it != "None"]
    if parameter.role is Role.COMPONENT or parameter.is_operator:
        found = _OF_PARTS.get(" | ".join(passed), "AnyStructure")
    elif passed != ["TensorLike"]:
        return "AnyStructure"
    else:
        found = "tf.Tensor" if parameter.role is Role.STRUCTURAL else "Parameter"
    is_there = parameter.is_trainable or not parameter.annotation.is_optional
    return found if is_there or found == "AnyStructure" else f"{found} | None"

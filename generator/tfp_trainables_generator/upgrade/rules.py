"""The rules of an upgrade: what can change for a user, and which of it breaks code.

Code breaks if what ran before is refused, gives other values, or no longer finds the
variables of its checkpoints. `Kind` is the table of all that is told apart; `report`
prints its words, `changes` finds what falls under it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One kind of change.

    Attributes:
      label: what changed. Part of the JSON output: not to be renamed.
      is_breaking: whether code that ran before may break.
      effect: what it means for that code.
    """

    label: str
    is_breaking: bool
    effect: str


_YES = True
_NO = False

_CHECKPOINTS = "checkpoints do not fit, and one seed gives other initial values"
_TRACING = "arguments of a tf.function, tf.nest"


@enum.unique
class Kind(enum.Enum):
    """What can change for a user. The order is that of the output."""

    CLASS_REMOVED = Rule("class removed", _YES, "it cannot be imported")
    CLASS_SKIPPED = Rule("class without trainable now", _YES, "it cannot be imported")
    CLASS_RELOCATED = Rule("class relocated", _YES, "it is imported from another package")
    CLASS_KIND = Rule("kind of class", _YES, "it has other methods")
    CLASS_ADDED = Rule("class added", _NO, "there is more to import")
    CLASS_GENERATED = Rule("class with trainable now", _NO, "there is more to import")
    SKIPPED_ADDED = Rule("class added without trainable", _NO, "TFP's own can be used")
    SKIPPED_REMOVED = Rule("class without trainable removed", _NO, "there was none to import")
    SKIP_REASON = Rule("reason for no trainable", _NO, "there was none to import, and is none")
    MODULE = Rule("module", _NO, "packages export it as before; pickles name the module")
    COMPOSITE_LOST = Rule("composite tensor no longer", _YES, f"refused as: {_TRACING}")
    COMPOSITE_GAINED = Rule("composite tensor now", _NO, f"taken as: {_TRACING}")

    PARAMETER_REMOVED = Rule("parameter removed", _YES, "calls that pass it fail")
    PARAMETER_RENAMED = Rule(
        "parameter renamed, probably", _YES, "calls, initial values and checkpoints name it"
    )
    PARAMETER_REQUIRED = Rule("required parameter added", _YES, "it has to be passed")
    PARAMETER_ADDED = Rule("optional parameter added", _NO, "calls stay as they are")
    # `name` alone can be passed by position, and it stays in its place.
    PARAMETER_ORDER = Rule("order of parameters", _NO, "they are passed by keyword")
    REQUIRED_NOW = Rule("required now", _YES, "it has to be passed")
    OPTIONAL_NOW = Rule("optional now", _NO, "it can be left out")
    ROLE = Rule("role", _NO, "it is no variable, before or after")
    TYPE_NARROWED = Rule("type narrowed", _YES, "a type checker may refuse what is passed")
    TYPE_WIDENED = Rule("type widened", _NO, "more can be passed")
    DEFAULT = Rule("default", _YES, "calls that leave it out behave otherwise")
    DEFAULT_NAME = Rule("default name", _NO, "operations have another prefix, variables do not")

    VARIABLE_REMOVED = Rule("variable removed", _YES, _CHECKPOINTS)
    VARIABLE_ADDED = Rule("variable added", _YES, _CHECKPOINTS)
    # Whoever passes a value gets no variable, before as after.
    VARIABLE_OF_REQUIRED = Rule(
        "variable added, of what had to be passed", _NO, "calls pass it, so that it stays fixed"
    )
    VARIABLE_ORDER = Rule("order of variables", _YES, _CHECKPOINTS)
    CONSTRAINT = Rule(
        "constraint", _YES, "checkpoints hold unconstrained values; initial values differ"
    )
    SHAPE = Rule("shape", _YES, "variables, or values for them, have another shape")
    NDIMS_RAISED = Rule(
        "more dimensions needed", _YES, "a batch_and_event_shape with fewer is refused"
    )
    NDIMS_LOWERED = Rule("fewer dimensions needed", _NO, "more shapes are taken")
    FIXED_CONSTRAINT = Rule("support of what is passed", _NO, "only the documentation tells")
    FIXED_SHAPE = Rule("shape of what is passed", _NO, "only the documentation tells")
    ALTERNATIVE_LOST = Rule("alternative no longer", _YES, "no key of initial_parameters")
    ALTERNATIVE_GAINED = Rule("alternative now", _NO, "a key of initial_parameters")
    CONVERSION = Rule("conversion of an alternative", _YES, "initial values differ")
    SUPPLEMENT_SUPERFLUOUS = Rule("stated by TFP now", _NO, "the compiler need not know it")
    SUPPLEMENT_ADDED = Rule("stated by the compiler now", _NO, "TFP does not state it")
    SUPPLEMENT_CHANGED = Rule("reason of the compiler", _NO, "why it states what TFP does not")

    SIZE_REMOVED = Rule("size removed", _YES, "calls that pass it fail")
    SIZE_ADDED = Rule("size added", _YES, "it has to be passed where there is the variable")
    SIZE_OF_REQUIRED = Rule(
        "size added, of what had to be passed", _NO, "calls pass the parameter instead"
    )
    STRUCTURE_REMOVED = Rule("structure removed", _YES, "calls that pass it fail")
    STRUCTURE_ADDED = Rule("structure added", _NO, "it has a default")
    REFUSED_DEFAULT_ADDED = Rule("defaults refused now", _YES, "one of them has to be passed")
    REFUSED_DEFAULT_REMOVED = Rule("defaults taken now", _NO, "none of them has to be passed")

    METHOD_REMOVED = Rule("method no longer implemented", _YES, "calls fail")
    METHOD_ADDED = Rule("method implemented now", _NO, "it can be called")
    METHOD_SLOWER = Rule("method compiled no longer", _NO, "it is slower")
    METHOD_FASTER = Rule("method compiled now", _NO, "it is faster")
    METHOD_RUNS = Rule("how a method runs", _NO, "its speed may differ")
    GRADIENT_LOST = Rule("gradient of a method lost", _YES, "it trains nothing")
    GRADIENT_GAINED = Rule("gradient of a method gained", _NO, "it trains")
    ESTIMATES_LOST = Rule("from_samples no longer", _YES, "calls fail")
    ESTIMATES_GAINED = Rule("from_samples now", _NO, "it can be called")

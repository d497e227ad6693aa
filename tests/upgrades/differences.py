"""What of two TFPs differs for the users of trainables, from what `surface.py` prints of them.

`unaccounted` holds a report to it, both ways: the report has each difference, and none that
the two TFPs do not have.
"""

from dataclasses import dataclass

ADDED, REMOVED = "class added", "class removed"

ARGUMENTS = (
    "optional parameter added",
    "required parameter added",
    "parameter removed",
    "parameter renamed, probably",
)
REQUIRED = ("required now", "optional now")
REFUSED = ("defaults refused now", "defaults taken now")
VARIABLES = (
    "variable removed",
    "variable added",
    "variable added, of what had to be passed",
)
SHAPES = (
    "shape",
    "shape of what is passed",
    "more dimensions needed",
    "fewer dimensions needed",
    "size removed",
    "size added",
    "size added, of what had to be passed",
)
ROLES = (
    "role",
    "type narrowed",
    "type widened",
    "alternative no longer",
    "alternative now",
    "conversion of an alternative",
    "structure removed",
    "structure added",
    "stated by TFP now",
    "stated by the compiler now",
    "reason of the compiler",
    *REQUIRED,
    *VARIABLES,
)
METHODS = ("method no longer implemented", "method implemented now")

TOLD_BY = {
    ADDED: ("class added", "class added without trainable"),
    REMOVED: ("class removed", "class without trainable removed"),
    "module": ("module", "class relocated", "kind of class"),
    "composite tensor": ("composite tensor no longer", "composite tensor now"),
    "argument added": (*ARGUMENTS, *REFUSED),
    "argument removed": (*ARGUMENTS, *REFUSED),
    "order of arguments": ("order of parameters",),
    "default": ("default", "default name", *REQUIRED, *REFUSED),
    "annotated": (
        "class without trainable now",
        "class with trainable now",
        "reason for no trainable",
    ),
    "order of annotations": ("order of variables",),
    "bijector": ("constraint", "support of what is passed", *VARIABLES),
    "shape": (*SHAPES, *VARIABLES),
    "annotation": (*SHAPES, *ROLES),
    "annotation added": (*ARGUMENTS, *ROLES),
    "annotation removed": (*ARGUMENTS, *ROLES),
    "methods": METHODS,
    "call": METHODS,
    "estimates": ("from_samples no longer", "from_samples now"),
}
"""The words of a report that tell of a difference: one of them has to."""

MAY_FOLLOW = {"bijector": ROLES, "shape": ROLES}
"""What a report may have to add."""

TOLD_BY_PROBE = (
    "method compiled no longer",
    "method compiled now",
    "how a method runs",
    "gradient of a method lost",
    "gradient of a method gained",
)
"""What a report says of methods that signatures do not tell: it takes to run them."""

_METHODS = (
    *("cdf", "covariance", "entropy", "forward", "forward_log_det_jacobian", "inverse"),
    *("inverse_log_det_jacobian", "log_cdf", "log_prob", "log_survival_function", "mean", "mode"),
    *("prob", "quantile", "sample_n", "sample_and_log_prob", "stddev", "survival_function"),
    *("unnormalized_log_prob", "variance", "apply", "matrix", "tensor"),
)
HOOKS = frozenset(f"_{name}" for name in _METHODS)
"""What a class of TFP defines to implement a method, or several of them."""


@dataclass(frozen=True, order=True)
class Difference:
    """A difference of a class, or of what the subject names: an argument."""

    class_name: str
    what: str
    subject: str = ""


def differences(old, new, variables):
    """Returns what differs for the users of trainables.

    That is not all that differs: arguments of a trainable are passed by keyword, whatever kind
    they are of; a parameter that is left out gets a variable, whatever TFP's default; and where
    there is no trainable, its parameters are nobody's.

    Args:
      old: what `surface.py` has printed.
      new: the same of another TFP.
      variables: the names of the variables, by the public names of the classes with a trainable.
    """
    old, new = old["classes"], new["classes"]
    found = {Difference(name, REMOVED) for name in old if name not in new}
    found |= {Difference(name, ADDED) for name in new if name not in old}
    for name in old:
        if name in new and name in variables:
            details = _of_class(old[name], new[name], variables[name])
            found |= {Difference(name, *detail) for detail in details}
        elif name in new and (old[name]["properties"] is None) != (new[name]["properties"] is None):
            found.add(Difference(name, "annotated"))
    return found


def _of_class(old, new, variables):
    for fact, what in (("module", "module"), ("composite", "composite tensor")):
        if old[fact] != new[fact]:
            yield (what,)
    yield from _of_names(old["signature"], new["signature"], "argument {}", "order of arguments")
    for name, before, after in _pairs(old["signature"], new["signature"]):
        if before["default"] != after["default"] and name not in variables:
            yield "default", name
    yield from _of_properties(old["properties"], new["properties"], variables)
    yield from _of_methods(old, new)


def _of_properties(old, new, variables):
    if (old is None) != (new is None):
        yield ("annotated",)
    old, new = old or (), new or ()
    yield from _of_names(old, new, "annotation {}", None)
    if _order(old, variables) != _order(new, variables):
        yield ("order of annotations",)
    for name, before, after in _pairs(old, new):
        for fact in before:
            if before[fact] != after[fact]:
                yield {"bijectors": "bijector", "shapes": "shape"}.get(fact, "annotation"), name


def _of_methods(old, new):
    changed = set(old["hooks"]) ^ set(new["hooks"])
    if changed & HOOKS:
        yield ("methods",)
    if "_maximum_likelihood_parameters" in changed:
        yield ("estimates",)
    for method, ending in old["calls"].items():
        if ending != new["calls"][method]:
            yield "call", method


def _pairs(old, new):
    after = {part["name"]: part for part in new}
    return [(part["name"], part, after[part["name"]]) for part in old if part["name"] in after]


def _of_names(old, new, what, order):
    before, after = ([part["name"] for part in parts] for parts in (old, new))
    yield from ((what.format("removed"), name) for name in before if name not in after)
    yield from ((what.format("added"), name) for name in after if name not in before)
    if order and _order(old, after) != _order(new, before):
        yield (order,)


def _order(parts, names):
    return [part["name"] for part in parts if part["name"] in names]


def unaccounted(found, changes):
    """Returns the differences that no change tells, and the changes that tell of none.

    A change is told by a difference of the same class. Where both name a parameter, it is the
    same parameter; sizes, structures and groups of defaults have names of their own.

    Args:
      found: what `differences` returns.
      changes: those of a report, as its JSON has them.
    """
    untold = {
        difference
        for difference in found
        if not any(
            _is_of(change, difference) and change["kind"] in TOLD_BY[difference.what]
            for change in changes
        )
    }
    unfounded = [
        change
        for change in changes
        if change["kind"] not in TOLD_BY_PROBE
        and not any(
            _is_of(change, it)
            and change["kind"] in (*TOLD_BY[it.what], *MAY_FOLLOW.get(it.what, ()))
            for it in found
        )
    ]
    return untold, unfounded


def _is_of(change, difference):
    if change["class"] != difference.class_name:
        return False
    if not difference.subject or change["kind"].startswith(("size", "structure", "defaults")):
        return True
    if change["kind"] == "parameter renamed, probably":
        return difference.subject in (change["before"], change["after"])
    return difference.subject == change["subject"]

"""What is breaking: a table by hand, held to the rules and to what the comparison finds.

Each row is a judgement of what a change means to code that ran before, in the words that are
printed, and two manifests that differ in this alone. Nothing here is computed from the rules.
"""

from typing import Any, NamedTuple

import pytest
from manifests import OTHER, SKIPPED, alternative, argument, entry, facts_of, variable

from tfp_trainables_generator.upgrade.changes import Change
from tfp_trainables_generator.upgrade.compare import compare_manifests
from tfp_trainables_generator.upgrade.rules import Kind

BREAKS, HARMLESS = True, False
GENERATED = "tfp_trainables.a.TrainableX"
NAME = "tfp.a.X"
BOTH = {"loc": variable("Identity()"), "scale": variable("A()")}
SIZED = "(*batch_and_event_shape[:-1], num_knots)"


class Row(NamedTuple):
    """A kind of change.

    Attributes:
      breaks: whether code that ran before is refused, gives other values, or no longer finds
        the variables of its checkpoints.
      effect: why, as it is printed.
      pair: a class, before and after.
      told: subject, before and after, as they are printed.
      back: the label of the change in the other direction.
      besides: labels of changes that cannot be without this one.
    """

    breaks: bool
    effect: str
    pair: tuple[Any, Any]
    told: tuple[str, str | None, str | None]
    back: str
    besides: tuple[str, ...] = ()


def parameters(old: dict[str, Any], new: dict[str, Any]) -> tuple[Any, Any]:
    """Classes that differ in their parameters alone."""
    return entry(parameters=old), entry(parameters=new)


def one(old: Any, new: Any, name: str = "x") -> tuple[Any, Any]:
    """Classes that differ in the facts of one parameter."""
    return parameters({name: old}, {name: new})


def method(old: str, new: str, **facts: Any) -> tuple[Any, Any]:
    """Classes that differ in how a method runs."""
    return entry({"mean": old}), {**entry(), "methods": {"mean": {"runs": new, **facts}}}


def gradient(old: bool, new: bool) -> tuple[Any, Any]:
    first, second = (
        {**entry(), "methods": {"mean": {"runs": "compiled", "has_gradient": facts}}}
        for facts in (old, new)
    )
    return first, second


def beside(old: Any, new: Any) -> tuple[Any, Any]:
    """Classes that differ in an alternative to `scale`."""
    return parameters({**BOTH, "rate": old}, {**BOTH, "rate": new})


def turned(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    return pair[1], pair[0]


CHECKPOINTS = "checkpoints do not fit, and one seed gives other initial values"
OPTIONAL = argument(default="False")
DEFAULTS = {"x": argument(default="None"), "y": argument(default="None")}
UNTRAINED = {**argument("structural", "None"), "type": "TensorLike"}
PASSED = {**argument("unconstrained"), "type": "TensorLike"}
SIZED_NOW = entry(parameters={"x": variable(shape=SIZED)}, sizes=["num_knots"])
PLAIN = alternative(replaces="", conversion="")

TABLE = {
    "class removed": Row(
        BREAKS,
        "it cannot be imported",
        (entry(), None),
        ("", GENERATED, None),
        "class added",
    ),
    "class without trainable now": Row(
        BREAKS,
        "it cannot be imported",
        (entry(), SKIPPED),
        ("", GENERATED, "abstract base: a base"),
        "class with trainable now",
    ),
    "class relocated": Row(
        BREAKS,
        "it is imported from another package",
        (entry(), entry(trainable="b.X")),
        ("", GENERATED, "b.X"),
        "class relocated",
    ),
    "kind of class": Row(
        BREAKS,
        "it has other methods",
        (entry(), entry(kind="kernel")),
        ("", "distribution", "kernel"),
        "kind of class",
    ),
    "class added": Row(
        HARMLESS,
        "there is more to import",
        (None, entry()),
        ("", None, GENERATED),
        "class removed",
    ),
    "class with trainable now": Row(
        HARMLESS,
        "there is more to import",
        (SKIPPED, entry()),
        ("", "abstract base: a base", GENERATED),
        "class without trainable now",
    ),
    "class added without trainable": Row(
        HARMLESS,
        "TFP's own can be used",
        (None, SKIPPED),
        ("", None, "abstract base: a base"),
        "class without trainable removed",
    ),
    "class without trainable removed": Row(
        HARMLESS,
        "there was none to import",
        (SKIPPED, None),
        ("", "abstract base: a base", None),
        "class added without trainable",
    ),
    "reason for no trainable": Row(
        HARMLESS,
        "there was none to import, and is none",
        (SKIPPED, {**SKIPPED, "reason": "other"}),
        ("", "abstract base", "other"),
        "reason for no trainable",
    ),
    "module": Row(
        HARMLESS,
        "packages export it as before; pickles name the module",
        (entry(tfp_module="a"), entry(tfp_module="b")),
        ("", "a", "b"),
        "module",
    ),
    "composite tensor no longer": Row(
        BREAKS,
        "refused as: arguments of a tf.function, tf.nest",
        (entry(), entry(composite=False)),
        ("", None, None),
        "composite tensor now",
    ),
    "composite tensor now": Row(
        HARMLESS,
        "taken as: arguments of a tf.function, tf.nest",
        (entry(composite=False), entry()),
        ("", None, None),
        "composite tensor no longer",
    ),
    "parameter removed": Row(
        BREAKS,
        "calls that pass it fail",
        parameters({**BOTH, "x": OPTIONAL}, BOTH),
        ("x", "option", None),
        "optional parameter added",
    ),
    "parameter renamed, probably": Row(
        BREAKS,
        "calls, initial values and checkpoints name it",
        parameters(BOTH, {"loc": BOTH["loc"], "sigma": BOTH["scale"]}),
        ("scale", "scale", "sigma"),
        "parameter renamed, probably",
    ),
    "required parameter added": Row(
        BREAKS,
        "it has to be passed",
        parameters(BOTH, {**BOTH, "x": argument()}),
        ("x", None, "option"),
        "parameter removed",
    ),
    "optional parameter added": Row(
        HARMLESS,
        "calls stay as they are",
        parameters(BOTH, {**BOTH, "x": OPTIONAL}),
        ("x", None, "option"),
        "parameter removed",
    ),
    # That of variables is another matter: here they stay as they are.
    "order of parameters": Row(
        HARMLESS,
        "they are passed by keyword",
        parameters(DEFAULTS, dict(reversed(DEFAULTS.items()))),
        ("", "x, y", "y, x"),
        "order of parameters",
    ),
    "required now": Row(
        BREAKS, "it has to be passed", one(OPTIONAL, argument()), ("x", None, None), "optional now"
    ),
    "optional now": Row(
        HARMLESS,
        "it can be left out",
        one(argument(), OPTIONAL),
        ("x", None, None),
        "required now",
    ),
    "role": Row(
        HARMLESS,
        "it is no variable, before or after",
        one(argument("option"), argument("structural")),
        ("x", "option", "structural"),
        "role",
    ),
    "type narrowed": Row(
        BREAKS,
        "a type checker may refuse what is passed",
        one(argument(type="A | None"), argument(type="A")),
        ("x", "A | None", "A"),
        "type widened",
    ),
    "type widened": Row(
        HARMLESS,
        "more can be passed",
        one(argument(type="A | B"), argument(type="None | B | A")),
        ("x", "A | B", "None | B | A"),
        "type narrowed",
    ),
    "default": Row(
        BREAKS,
        "calls that leave it out behave otherwise",
        one(argument(default="1.0"), argument(default="2.0")),
        ("x", "1.0", "2.0"),
        "default",
    ),
    # Variables are named after their parameters.
    "default name": Row(
        HARMLESS,
        "operations have another prefix, variables do not",
        one(argument(default="'X'"), argument(default="'Y'"), "name"),
        ("name", "'X'", "'Y'"),
        "default name",
    ),
    "variable removed": Row(
        BREAKS,
        CHECKPOINTS,
        one(variable(), UNTRAINED),
        ("x", "trainable", "structural"),
        "variable added",
    ),
    "variable added": Row(
        BREAKS,
        CHECKPOINTS,
        one(UNTRAINED, variable()),
        ("x", "structural", "trainable"),
        "variable removed",
    ),
    "variable added, of what had to be passed": Row(
        HARMLESS,
        "calls pass it, so that it stays fixed",
        one(PASSED, variable()),
        ("x", "unconstrained", "trainable"),
        "variable removed",
        ("required now",),
    ),
    "order of variables": Row(
        BREAKS,
        CHECKPOINTS,
        (entry(), entry(variables=["scale", "loc"])),
        ("", "loc, scale", "scale, loc"),
        "order of variables",
    ),
    "constraint": Row(
        BREAKS,
        "checkpoints hold unconstrained values; initial values differ",
        one(variable("A()"), variable("B()")),
        ("x", "A()", "B()"),
        "constraint",
    ),
    "shape": Row(
        BREAKS,
        "variables, or values for them, have another shape",
        one(variable(shape="a"), variable(shape="b")),
        ("x", "a", "b"),
        "shape",
    ),
    "more dimensions needed": Row(
        BREAKS,
        "a batch_and_event_shape with fewer is refused",
        one(variable(minimum_ndims=0), variable(minimum_ndims=1)),
        ("x", "0", "1"),
        "fewer dimensions needed",
    ),
    "fewer dimensions needed": Row(
        HARMLESS,
        "more shapes are taken",
        one(variable(minimum_ndims=2), variable(minimum_ndims=1)),
        ("x", "2", "1"),
        "more dimensions needed",
    ),
    "support of what is passed": Row(
        HARMLESS,
        "only the documentation tells",
        one(
            argument("structural", constraining_bijector="A()"),
            argument("structural", constraining_bijector="B()"),
        ),
        ("x", "A()", "B()"),
        "support of what is passed",
    ),
    "shape of what is passed": Row(
        HARMLESS,
        "only the documentation tells",
        one(argument(shape="a"), argument(shape="b")),
        ("x", "a", "b"),
        "shape of what is passed",
    ),
    "alternative no longer": Row(
        BREAKS,
        "no key of initial_parameters",
        beside(alternative(), PLAIN),
        ("rate", "scale", None),
        "alternative now",
    ),
    "alternative now": Row(
        HARMLESS,
        "a key of initial_parameters",
        beside(PLAIN, alternative()),
        ("rate", None, "scale"),
        "alternative no longer",
    ),
    "conversion of an alternative": Row(
        BREAKS,
        "initial values differ",
        beside(alternative(), alternative(conversion="EXP")),
        ("rate", "scale, LOG", "scale, EXP"),
        "conversion of an alternative",
    ),
    "stated by TFP now": Row(
        HARMLESS,
        "the compiler need not know it",
        one(variable(source="a"), variable()),
        ("x", "a", None),
        "stated by the compiler now",
    ),
    "stated by the compiler now": Row(
        HARMLESS,
        "TFP does not state it",
        one(variable(), variable(source="a")),
        ("x", None, "a"),
        "stated by TFP now",
    ),
    "reason of the compiler": Row(
        HARMLESS,
        "why it states what TFP does not",
        one(variable(source="a"), variable(source="b")),
        ("x", "a", "b"),
        "reason of the compiler",
    ),
    "size removed": Row(
        BREAKS,
        "calls that pass it fail",
        (entry(sizes=["num_knots"]), entry()),
        ("num_knots", None, None),
        "size added",
    ),
    "size added": Row(
        BREAKS,
        "it has to be passed where there is the variable",
        (entry(), entry(sizes=["num_knots"])),
        ("num_knots", None, None),
        "size removed",
    ),
    "size added, of what had to be passed": Row(
        HARMLESS,
        "calls pass the parameter instead",
        (entry(parameters={"x": PASSED}), SIZED_NOW),
        ("num_knots", None, None),
        "size removed",
        ("variable added, of what had to be passed", "variable removed", "required now"),
    ),
    "structure removed": Row(
        BREAKS,
        "calls that pass it fail",
        (entry(structures=["scale_structure"]), entry()),
        ("scale_structure", None, None),
        "structure added",
    ),
    "structure added": Row(
        HARMLESS,
        "it has a default",
        (entry(), entry(structures=["scale_structure"])),
        ("scale_structure", None, None),
        "structure removed",
    ),
    "defaults refused now": Row(
        BREAKS,
        "one of them has to be passed",
        (
            entry(parameters=DEFAULTS),
            entry(parameters=DEFAULTS, refused_defaults=[["x", "y"]]),
        ),
        ("x, y", None, None),
        "defaults taken now",
    ),
    "defaults taken now": Row(
        HARMLESS,
        "none of them has to be passed",
        (
            entry(parameters=DEFAULTS, refused_defaults=[["x", "y"]]),
            entry(parameters=DEFAULTS),
        ),
        ("x, y", None, None),
        "defaults refused now",
    ),
    "method no longer implemented": Row(
        BREAKS,
        "calls fail",
        method("graph", "not implemented"),
        ("mean", "graph", "not implemented"),
        "method implemented now",
    ),
    "method implemented now": Row(
        HARMLESS,
        "it can be called",
        method("not implemented", "compiled"),
        ("mean", "not implemented", "compiled"),
        "method no longer implemented",
    ),
    "method compiled no longer": Row(
        HARMLESS,
        "it is slower",
        method("compiled", "graph", reason="it asserts"),
        ("mean", "compiled", "graph: it asserts"),
        "method compiled now",
    ),
    "method compiled now": Row(
        HARMLESS,
        "it is faster",
        method("operation by operation", "compiled"),
        ("mean", "operation by operation", "compiled"),
        "method compiled no longer",
    ),
    "how a method runs": Row(
        HARMLESS,
        "its speed may differ",
        method("operation by operation", "graph"),
        ("mean", "operation by operation", "graph"),
        "how a method runs",
    ),
    "gradient of a method lost": Row(
        BREAKS,
        "it trains nothing",
        gradient(True, False),
        ("mean", None, None),
        "gradient of a method gained",
    ),
    "gradient of a method gained": Row(
        HARMLESS,
        "it trains",
        gradient(False, True),
        ("mean", None, None),
        "gradient of a method lost",
    ),
    "from_samples no longer": Row(
        BREAKS,
        "calls fail",
        (entry(from_samples=True), entry()),
        ("", None, None),
        "from_samples now",
    ),
    "from_samples now": Row(
        HARMLESS,
        "it can be called",
        (entry(), entry(from_samples=True)),
        ("", None, None),
        "from_samples no longer",
    ),
}


def test_the_table_is_that_of_the_rules():
    """In its order too, which is that of the output."""
    rules = [(kind.value.label, kind.value.is_breaking, kind.value.effect) for kind in Kind]
    assert rules == [(label, row.breaks, row.effect) for label, row in TABLE.items()]


def compared(old: Any, new: Any) -> Any:
    """Compares two manifests of one class, and another that stays."""
    before, after = (
        facts_of({"tfp.a.Other": OTHER, **({} if part is None else {NAME: part})})
        for part in (old, new)
    )
    return compare_manifests(before, after)


@pytest.mark.parametrize("label", TABLE)
def test_a_change_is_found_and_judged(label):
    row = TABLE[label]
    comparison = compared(*row.pair)
    found = {change.kind.value.label: change for change in comparison.changes}
    assert set(found) - set(row.besides) == {label}
    change = found[label]
    assert (change.class_name, change.namespace) == (NAME, "tfp.a")
    assert (change.subject, change.before, change.after) == row.told
    assert change.is_breaking is row.breaks
    assert (change in comparison.breaking) is row.breaks
    assert (change in comparison.compatible) is not row.breaks


@pytest.mark.parametrize("label", TABLE)
def test_a_change_back_is_found_and_told_the_other_way_round(label):
    row = TABLE[label]
    subject, before, after = row.told
    found = {it.kind.value.label: it for it in compared(*turned(row.pair)).changes}
    assert set(found) - set(row.besides) == {row.back}
    change = found[row.back]
    assert change.is_breaking is TABLE[row.back].breaks
    is_rename = label.startswith("parameter renamed")
    assert change.subject == (after if is_rename else subject)
    if TABLE[row.back].back == label:  # Else what was required, or had to be passed, is gone.
        assert (change.before, change.after) == (after, before)


def test_a_change_says_no_more_than_it_is_told():
    assert Change(NAME, Kind.MODULE) == Change(NAME, Kind.MODULE, "", None, None)


@pytest.mark.parametrize("label", TABLE)
def test_what_stays_is_no_change(label):
    for part in TABLE[label].pair:
        assert compared(part, part).changes == ()

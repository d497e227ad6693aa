"""What an upgrade changes for users: edge cases, and laws of the comparison.

The kinds of change, one by one, stand in `test_rules`.
"""

import copy
import dataclasses
import json
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manifests import OTHER, SKIPPED, alternative, argument, entry, facts_of, text_of, variable
from test_command_line import ROOT

from tfp_trainables_generator.errors import OutputError
from tfp_trainables_generator.manifest.schema import parse_manifest
from tfp_trainables_generator.upgrade.changes import Change
from tfp_trainables_generator.upgrade.compare import compare_manifests
from tfp_trainables_generator.upgrade.rules import Kind

NAME = "tfp.a.X"
SIZED = "(*batch_and_event_shape[:-1], num_knots)"


def compare(old, new):
    """Compares two manifests of one class, and another that stays."""
    before, after = (
        facts_of({"tfp.a.Other": OTHER, **({} if part is None else {NAME: part})})
        for part in (old, new)
    )
    return compare_manifests(before, after).changes


def found(old, new):
    return [(part.kind, part.subject, part.before, part.after) for part in compare(old, new)]


def parameters(old, new):
    """Compares two classes that differ in their parameters alone."""
    return found(entry(parameters=old), entry(parameters=new))


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (argument(type="A"), argument(type="B"), Kind.TYPE_NARROWED),
        (variable("A()"), variable("A()", support="same thing"), None),
        (variable(shape="a"), variable(shape="b", minimum_ndims=1), Kind.SHAPE),
        (argument(reason="a"), argument(reason="b"), None),
        (argument(minimum_ndims=0), argument(minimum_ndims=1), None),
        (argument(source="a"), argument(), None),
    ],
)
def test_a_parameter_that_stays(old, new, kind):
    changes = parameters({"x": old}, {"x": new})
    assert [(part[0], part[1]) for part in changes] == ([(kind, "x")] if kind else [])


@pytest.mark.parametrize(
    ("added", "kind"),
    [
        (argument(), Kind.PARAMETER_REQUIRED),
        (argument(default="False"), Kind.PARAMETER_ADDED),
    ],
)
def test_a_parameter_more_or_less(added, kind):
    old = {"loc": variable()}
    assert parameters(old, {**old, "x": added}) == [(kind, "x", None, "option")]
    assert parameters({**old, "x": added}, old) == [
        (Kind.PARAMETER_REMOVED, "x", "option", None),
    ]


def test_a_new_parameter_with_a_variable_breaks_checkpoints_not_calls():
    old = {"loc": variable()}
    changes = parameters(old, {**old, "x": variable()})
    assert changes == [
        (Kind.VARIABLE_ADDED, "x", None, "trainable"),
        (Kind.PARAMETER_ADDED, "x", None, "trainable"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        (argument("unconstrained"), variable(), [Kind.VARIABLE_OF_REQUIRED]),
        (argument("structural", "None"), variable(), [Kind.VARIABLE_ADDED]),
        (
            variable(),
            argument("structural"),
            [Kind.REQUIRED_NOW, Kind.VARIABLE_REMOVED],
        ),
        (variable(), argument("structural", "None"), [Kind.VARIABLE_REMOVED]),
    ],
)
def test_a_variable_in_place_of_an_argument_and_back(old, new, kinds):
    old, new = {**old, "type": "A"}, {**new, "type": "A"}
    changes = parameters({"x": old}, {"x": new})
    assert [part[0] for part in changes] == kinds
    assert (kinds[-1], "x", old["role"], new["role"]) in changes


@pytest.mark.parametrize(
    ("refused", "kind"),
    [(["x"], Kind.VARIABLE_OF_REQUIRED), (["x", "y"], Kind.VARIABLE_ADDED)],
)
def test_a_variable_of_what_a_refused_default_had_passed_breaks_nothing(refused, kind):
    old = {name: argument("component", "None", type="A") for name in ("x", "y")}
    changes = found(
        entry(parameters=old, refused_defaults=[refused]),
        entry(parameters={**old, "x": variable(type="A")}),
    )
    assert {part[0] for part in changes} == {kind, Kind.REFUSED_DEFAULT_REMOVED}


def test_order_matters_of_variables_not_of_parameters():
    both = {"loc": variable(), "scale": variable("A()")}
    turned = dict(reversed(both.items()))
    order = ("", "loc, scale", "scale, loc")
    assert parameters(both, turned) == [
        (Kind.VARIABLE_ORDER, *order),
        (Kind.PARAMETER_ORDER, *order),
    ]
    assert found(entry(), entry(variables=["scale", "loc"])) == [(Kind.VARIABLE_ORDER, *order)]


def test_what_comes_in_between_is_no_other_order():
    old = {"loc": variable(), "scale": variable("A()")}
    new = {"loc": variable(), "x": argument(default="0"), "scale": variable("A()")}
    assert [part[0] for part in parameters(old, new)] == [Kind.PARAMETER_ADDED]


def test_a_rename_of_a_variable_is_one_change():
    old = {"loc": variable(), "scale": variable("A()"), "rate": alternative("scale")}
    new = {"loc": variable(), "sigma": variable("A()"), "rate": alternative("sigma")}
    assert parameters(old, new) == [(Kind.PARAMETER_RENAMED, "scale", "scale", "sigma")]


@pytest.mark.parametrize(
    "new",
    [
        {"loc": variable("A()"), "y": argument(default="1")},  # Another default.
        {"y": argument(default="0"), "loc": variable("A()")},  # Another place.
        {"loc": variable("A()"), "y": argument(default="0"), "z": argument(default="0")},
    ],
)
def test_what_may_be_another_parameter_is_no_rename(new):
    old = {"loc": variable("A()"), "x": argument(default="0")}
    kinds = {part[0] for part in parameters(old, new)}
    assert kinds == {Kind.PARAMETER_REMOVED, Kind.PARAMETER_ADDED}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            alternative(),
            alternative(conversion="EXP"),
            (Kind.CONVERSION, "scale, LOG", "scale, EXP"),
        ),
        (
            alternative(),
            alternative("loc"),
            (Kind.CONVERSION, "scale, LOG", "loc, LOG"),
        ),
        (
            alternative(constraining_bijector="A()"),
            alternative(constraining_bijector="B()"),
            (Kind.CONSTRAINT, "A()", "B()"),
        ),
    ],
)
def test_an_alternative(old, new, expected):
    both = {"loc": variable("Identity()"), "scale": variable()}
    kind, before, after = expected
    assert parameters({**both, "rate": old}, {**both, "rate": new}) == [
        (kind, "rate", before, after)
    ]


def test_a_size_breaks_calls_that_leave_its_variable_out():
    plain, sized = entry(), entry(sizes=["num_knots"])
    assert found(plain, sized) == [(Kind.SIZE_ADDED, "num_knots", None, None)]
    assert found(sized, plain) == [(Kind.SIZE_REMOVED, "num_knots", None, None)]


@pytest.mark.parametrize(
    ("before", "kind"),
    [
        (argument("unconstrained", type="TensorLike"), Kind.SIZE_OF_REQUIRED),
        (argument("structural", "None", type="TensorLike"), Kind.SIZE_ADDED),
    ],
)
def test_a_size_of_what_was_no_variable(before, kind):
    new = entry(parameters={"x": variable(shape=SIZED)}, sizes=["num_knots"])
    changes = found(entry(parameters={"x": before}), new)
    assert (kind, "num_knots", None, None) in changes
    assert len(changes) == 2


def test_refused_defaults():
    given = {"x": argument(default="None"), "y": argument(default="None")}
    plain = entry(parameters=given)
    refused = entry(parameters=given, refused_defaults=[["x", "y"]])
    turned = entry(parameters=given, refused_defaults=[["y", "x"]])
    assert found(plain, refused) == [(Kind.REFUSED_DEFAULT_ADDED, "x, y", None, None)]
    assert found(refused, plain) == [(Kind.REFUSED_DEFAULT_REMOVED, "x, y", None, None)]
    assert found(refused, turned) == []
    required = entry(parameters={**given, "x": argument()})
    assert [part[0] for part in found(required, refused)] == [Kind.OPTIONAL_NOW]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("compiled", "not implemented", Kind.METHOD_REMOVED),
        ("graph", "fails in TFP", Kind.METHOD_REMOVED),
        ("not implemented", "graph", Kind.METHOD_ADDED),
        ("compiled", "graph", Kind.METHOD_SLOWER),
        ("operation by operation", "compiled", Kind.METHOD_FASTER),
        ("operation by operation", "graph", Kind.METHOD_RUNS),
        ("not implemented", "fails in TFP", None),
        ("graph", "graph", None),
    ],
)
def test_how_a_method_runs(old, new, kind):
    changes = found(entry({"mean": old}), entry({"mean": new}))
    assert changes == ([(kind, "mean", old, new)] if kind else [])


def test_gradients():
    with_gradient, without, untried = (
        entry(methods={}) | {"methods": {"mean": {"runs": "compiled", **facts}}}
        for facts in ({"has_gradient": True}, {"has_gradient": False}, {})
    )
    assert found(with_gradient, without) == [(Kind.GRADIENT_LOST, "mean", None, None)]
    assert found(without, with_gradient) == [(Kind.GRADIENT_GAINED, "mean", None, None)]
    assert found(with_gradient, untried) == found(untried, without) == []


@pytest.mark.parametrize(
    "invisible",
    [
        {"probe": {"fingerprint": "1", "event_ndims": None}},
        {"example": {"batch_and_event_shape": [3]}},
        {"make_trainable": {"builds": False, "needs": ["x"]}},
    ],
)
def test_what_no_user_sees_is_no_change(invisible):
    assert found(entry(), entry(**invisible)) == []


@pytest.mark.parametrize(
    "key", ["structures", "refused_defaults", "from_samples", "methods", "probe", "example"]
)
def test_nothing_is_said_of_a_key_that_came_later(key):
    full = entry(
        {"mean": "compiled"},
        structures=["scale_structure"],
        refused_defaults=[["x"]],
        from_samples=True,
        parameters={"x": argument(default="None")},
    )
    older = {name: value for name, value in full.items() if name != key}
    assert found(older, full) == found(full, older) == []


def test_nothing_is_said_of_keys_of_parameters_that_came_later():
    old, new = ({"scale": variable(**facts)} for facts in ({}, {"source": "a"}))
    plain = alternative()
    del plain["replaces"], plain["conversion"]
    old["rate"], new["rate"] = plain, alternative()
    before, after = (facts_of({NAME: entry(parameters=part)}) for part in (old, new))
    assert compare_manifests(before, after).changes == ()
    assert compare_manifests(after, before).changes == ()


def test_breaking_changes_come_first_then_namespace_class_and_kind():
    old = {"tfp.b.A": entry(), "tfp.a.B": entry(), "tfp.a.A": entry({"mean": "graph"})}
    new = {
        "tfp.a.A": entry({"mean": "not implemented"}, tfp_module="b", trainable="b"),
        "tfp.b.A": entry(kind="kernel"),
        "tfp.a.B": entry(kind="kernel"),
        "tfp.a.c.C": entry(),
        "tfp.a.d": entry(),
    }
    comparison = compare_manifests(facts_of(old), facts_of(new, "0.26.0"))
    assert [(part.class_name, part.kind) for part in comparison.changes] == [
        ("tfp.a.A", Kind.CLASS_RELOCATED),
        ("tfp.a.A", Kind.METHOD_REMOVED),
        ("tfp.a.B", Kind.CLASS_KIND),
        ("tfp.b.A", Kind.CLASS_KIND),
        ("tfp.a.A", Kind.MODULE),
        ("tfp.a.d", Kind.CLASS_ADDED),
        ("tfp.a.c.C", Kind.CLASS_ADDED),
    ]
    assert comparison.breaking + comparison.compatible == comparison.changes
    assert (comparison.old_version, comparison.new_version) == ("0.25.0", "0.26.0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "manifest.json: expected .*, got what is no JSON"),
        ("[]", "another format: the whole: "),
        ("{}", "another format: versions: Field required"),
        (text_of({NAME: {"status": "new"}}), rf"another format: classes\.{NAME}: .*'new'"),
        (text_of({NAME: entry(without=["variables"])}), r"X\.generated\.variables: Field req"),
        (text_of({NAME: entry(parameters={"x": {"role": "o"}})}), r"x\.type: Field required"),
        (text_of({NAME: {**entry(), "parameters": []}}), r"generated\.parameters: "),
        (text_of([]), "another format: classes: "),
    ],
)
def test_another_format_is_an_error(text, expected):
    with pytest.raises(OutputError, match=expected) as caught:
        parse_manifest(text, where="manifest.json")
    assert "\n" not in str(caught.value)


CHECKED_IN = (ROOT / "generated/tfp_trainables/manifest.json").read_text()
CLASSES = json.loads(CHECKED_IN)["classes"]

OPPOSITES = (
    (Kind.CLASS_ADDED, Kind.CLASS_REMOVED),
    (Kind.CLASS_GENERATED, Kind.CLASS_SKIPPED),
    (Kind.SKIPPED_ADDED, Kind.SKIPPED_REMOVED),
    (Kind.PARAMETER_ADDED, Kind.PARAMETER_REMOVED),
    (Kind.PARAMETER_REQUIRED, Kind.PARAMETER_REMOVED),
    (Kind.VARIABLE_ADDED, Kind.VARIABLE_REMOVED),
    (Kind.VARIABLE_OF_REQUIRED, Kind.VARIABLE_REMOVED),
    (Kind.SIZE_ADDED, Kind.SIZE_REMOVED),
    (Kind.SIZE_OF_REQUIRED, Kind.SIZE_REMOVED),
    (Kind.METHOD_ADDED, Kind.METHOD_REMOVED),
)


@st.composite
def some_classes(draw):
    """Draws some classes as they are checked in, and changes them here and there."""
    names = draw(st.lists(st.sampled_from(sorted(CLASSES)[:12]), max_size=6, unique=True))
    kinds = (st.just(CLASSES[name]) | changed(CLASSES[name]) for name in names)
    return Drawn(zip(names, map(draw, kinds), strict=True))


class Drawn(dict):
    """Classes, with what may have been changed of them: their whole entries fill a screen."""

    def __repr__(self):
        entries = {
            name: [list(it["parameters"]), it["sizes"]] if "sizes" in it else it["status"]
            for name, it in self.items()
        }
        return repr(entries)


@st.composite
def changed(draw, facts):
    if facts["status"] == "skipped" or draw(st.booleans()):
        return SKIPPED
    facts = copy.deepcopy(facts)
    kept = draw(st.lists(st.sampled_from(list(facts["parameters"])), unique=True))
    facts["parameters"] = {name: facts["parameters"][name] for name in kept}
    facts["parameters"].update(draw(st.dictionaries(st.sampled_from("pq"), st.just(variable()))))
    facts["variables"] = [
        name for name, given in facts["parameters"].items() if given["role"] == "trainable"
    ]
    facts["sizes"] = draw(st.lists(st.sampled_from(["rank", "num_bins"]), unique=True))
    for method in facts["methods"].values():
        method["runs"] = draw(st.sampled_from(["compiled", "graph", "not implemented"]))
    return facts


@settings(max_examples=100)
@given(some_classes())
def test_nothing_differs_from_itself(classes):
    manifest = facts_of(classes)
    assert compare_manifests(manifest, manifest).changes == ()


@settings(max_examples=100)
@given(some_classes(), some_classes())
def test_exchanged_what_was_added_is_removed(old, new):
    there = compare_manifests(facts_of(old), facts_of(new)).changes
    back = compare_manifests(facts_of(new), facts_of(old)).changes
    for added, removed in OPPOSITES:
        assert subjects(there, added) <= subjects(back, removed)
        assert subjects(back, added) <= subjects(there, removed)
    # What is renamed is told by its later name, which is another one on the way back.
    renamed = {part.class_name for part in there if part.kind is Kind.PARAMETER_RENAMED}
    for kind in (Kind.CONSTRAINT, Kind.DEFAULT, Kind.VARIABLE_ORDER, Kind.PARAMETER_ORDER):
        changes, reverse = (
            {part for part in parts if part.kind is kind and part.class_name not in renamed}
            for parts in (there, back)
        )
        swapped = {
            dataclasses.replace(part, before=part.after, after=part.before) for part in reverse
        }
        assert changes == swapped


def subjects(changes: tuple[Change, ...], kind):
    return {(part.class_name, part.subject) for part in changes if part.kind is kind}


@settings(max_examples=100)
@given(some_classes(), some_classes(), st.randoms())
def test_the_order_of_classes_does_not_matter(old, new, random):
    names = list(new)
    random.shuffle(names)
    shuffled = {name: new[name] for name in names}
    assert compare_manifests(facts_of(old), facts_of(new)) == compare_manifests(
        facts_of(old), facts_of(shuffled)
    )


@pytest.mark.parametrize("without", ["from_samples", "structures", "refused_defaults", "methods"])
def test_the_checked_in_manifest_without_later_keys_is_the_same(without):
    older = json.loads(CHECKED_IN)
    for facts in older["classes"].values():
        facts.pop(without, None)
        for given_facts in facts.get("parameters", {}).values():
            for key in ("source", "replaces", "conversion"):
                given_facts.pop(key, None)
    before = parse_manifest(json.dumps(older), where="older")
    after = parse_manifest(CHECKED_IN, where="newer")
    assert compare_manifests(before, after).changes == ()


def test_manifests_of_earlier_commits_can_be_read():
    history = subprocess.run(
        ["git", "log", "--format=%H", "--", "generated/tfp_trainables/manifest.json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if history.returncode or not history.stdout:
        pytest.skip("no history: this is no clone of the repository")
    for commit in history.stdout.split():
        text = subprocess.run(
            ["git", "show", f"{commit}:generated/tfp_trainables/manifest.json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        manifest = parse_manifest(text, where=commit)
        assert compare_manifests(manifest, manifest).changes == ()

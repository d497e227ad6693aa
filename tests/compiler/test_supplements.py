"""What the compiler states beyond TFP is about classes and parameters that are there."""

import dataclasses
import json
from pathlib import Path

import pytest
import tensorflow_probability as tfp
from conftest import FakeDistribution

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.read.classes import read, read_all
from tfp_trainables_generator.spec.classes import DeferredArgument, Example
from tfp_trainables_generator.spec.expressions import BijectorSpec, Reference, ShapeRule
from tfp_trainables_generator.spec.parameters import Order
from tfp_trainables_generator.supplements.model import (
    Constraint,
    ForwardedKeywords,
    Operator,
    Replacement,
    Supplements,
)
from tfp_trainables_generator.supplements.tfp import TFP_SUPPLEMENTS

Properties = tfp.util.ParameterProperties
NORMAL = Reference("tensorflow_probability.python.distributions.normal", "Normal")
IDENTITY = BijectorSpec(Reference("tensorflow_probability.python.bijectors.identity", "Identity"))
CLASS = "tfp.distributions.Interval"
MANIFEST = Path(__file__).parents[2] / "generated/tfp_trainables/manifest.json"


class Interval(FakeDistribution):
    def __init__(self, low, high=None):
        super().__init__({"low": low, "high": high})

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"low": Properties(), "high": Properties()}


# An entry of each table about parameters; and of each about classes.
OF_A_PARAMETER = {
    "structural": "a count is discrete",
    "constraints": Constraint("any", IDENTITY, ShapeRule()),
    "operators": Operator(ShapeRule()),
    "replaces": Replacement("low", "LOG"),
    "follows": "low",
    "naturally_integers": "a count",
    "orders": Order(below=("high",)),
    "nonzero": "it could not be inverted",
    "least_event_ndims": 1,
}
OF_A_CLASS = {
    "parts": ("low",),
    "without_parameters": "there is nothing to train",
    "forwarded_keywords": ForwardedKeywords(NORMAL),
    "deferred": DeferredArgument("low", NORMAL, "scale", "tf.sqrt"),
    "restated": "its constructor is not called",
    "mistaken_estimates": "it is the mean",
    "refused_defaults": (("high",),),
    "masses": "it counts",
    "square_events": "correlation matrices",
    "examples": Example(),
}
WORDS = ("attributes", "descriptions", "shown")
# Entries about a class that name a parameter.
NAMING_A_PARAMETER = {
    "parts": {CLASS: ("low", "gone")},
    "deferred": {CLASS: DeferredArgument("gone", NORMAL, "scale", "tf.sqrt")},
    "operators": {f"{CLASS}.low": Operator(ShapeRule(), determines="gone")},
    **{
        table: {f"{CLASS}.gone": it} for table, it in OF_A_PARAMETER.items() if table != "operators"
    },
}


def problems(classes, **tables):
    return read_all(classes, Supplements(**tables)).problems


def test_every_table_is_about_one_of_these():
    tables = {field.name for field in dataclasses.fields(Supplements)}
    assert tables == {*OF_A_PARAMETER, *OF_A_CLASS, *WORDS}


def test_words_for_what_is_gone_are_no_reason_to_refuse_a_tfp(public_class):
    table = {"descriptions": {f"{CLASS}.gone": "it did that", "tfp.distributions.Gone.x": "it"}}
    table |= {"attributes": {f"{CLASS}.gone": "it"}, "shown": {"tfp.distributions.Gone": "x = 1"}}
    assert not problems([public_class(Interval)], **table)


def test_words_about_tfp_are_about_what_is_there():
    facts = {
        name: entry["parameters"]
        for name, entry in json.loads(MANIFEST.read_text())["classes"].items()
        if entry["status"] == "generated"
    }
    assert set(TFP_SUPPLEMENTS.shown) <= set(facts)
    arguments = {f"{name}.{it}" for name, parameters in facts.items() for it in parameters}
    named = {*TFP_SUPPLEMENTS.descriptions, *TFP_SUPPLEMENTS.attributes}
    alone = {name for name in named if "." not in name}
    assert named - alone <= arguments
    assert alone <= {name.rpartition(".")[2] for name in arguments}


@pytest.mark.parametrize("table", {**OF_A_PARAMETER, **OF_A_CLASS})
def test_a_supplement_for_a_class_that_is_gone(public_class, table):
    name = "tfp.distributions.Gone"
    entry = OF_A_PARAMETER.get(table) or OF_A_CLASS[table]
    key = f"{name}.low" if table in OF_A_PARAMETER else name
    known = public_class(Interval)
    expected = f"{name}: remove the supplement: there is no such class"
    assert problems([known], **{table: {key: entry}}) == (expected,)


@pytest.mark.parametrize("table", NAMING_A_PARAMETER)
def test_a_supplement_for_a_parameter_that_is_gone(public_class, table):
    found = problems([public_class(Interval)], **{table: NAMING_A_PARAMETER[table]})
    assert found[0] == f"{CLASS}.gone: remove the supplement: there is no such parameter"


def test_supplements_for_operators_that_are_gone(public_class):
    table = {f"{CLASS}.gone": Operator(ShapeRule())}
    (problem,) = problems([public_class(Interval)], operators=table)
    assert problem == f"{CLASS}.gone: remove the supplement: there is no such parameter"


def test_all_that_is_gone_is_named_in_order(public_class):
    table = {
        f"tfp.distributions.{name}": "why" for name in ("Interval.z", "B.x", "A.x", "Interval.c")
    }
    assert problems([public_class(Interval)], structural=table) == (
        "tfp.distributions.A: remove the supplement: there is no such class",
        "tfp.distributions.B: remove the supplement: there is no such class",
        "tfp.distributions.Interval.c: remove the supplement: there is no such parameter",
        "tfp.distributions.Interval.z: remove the supplement: there is no such parameter",
    )


def test_what_follows_no_other_by_default(public_class):
    (problem,) = problems([public_class(Interval)], follows={f"{CLASS}.low": "high"})
    assert problem.endswith("remove the supplement: TFP itself has another default")


def test_what_is_there_is_no_problem(public_class):
    assert problems([public_class(Interval)], structural={f"{CLASS}.low": "it is"}) == ()


@pytest.mark.parametrize(
    ("groups", "name"), [((("low", "high"),), "low"), ((("high",), ("gone",)), "gone")]
)
def test_defaults_that_are_not_there_to_be_refused(public_class, groups, name):
    (problem,) = problems([public_class(Interval)], refused_defaults={CLASS: groups})
    assert problem == f"{CLASS}.{name}: remove the supplement: it has no default"


def test_keywords_that_go_nowhere(public_class):
    table = {CLASS: ForwardedKeywords(NORMAL)}
    (problem,) = problems([public_class(Interval)], forwarded_keywords=table)
    assert problem == f"{CLASS}: remove the supplement: it takes no **kwargs"


class Forwarding(FakeDistribution):
    def __init__(self, low, **kwargs):
        super().__init__({"low": low, **kwargs})

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"low": Properties()}


def test_keywords_that_go_to_another_constructor(public_class):
    name = "tfp.distributions.Forwarding"
    besides = frozenset({"scale", "validate_args"})
    table = {name: ForwardedKeywords(NORMAL, besides)}
    spec = read(public_class(Forwarding), Supplements(forwarded_keywords=table))
    assert [it.name for it in spec.parameters] == ["low", "loc", "allow_nan_stats", "name"]
    table = {name: ForwardedKeywords(NORMAL, besides | {"gone"})}
    with pytest.raises(CompilationError, match="remove the supplement: Normal takes no 'gone'"):
        read(public_class(Forwarding), Supplements(forwarded_keywords=table))


def test_estimates(public_class):
    class Estimated(Interval):
        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"low": Properties(), "high": Properties()}

        @classmethod
        def _maximum_likelihood_parameters(cls, value):
            return {"low": value}

    class Heir(Estimated):
        @classmethod
        def _parameter_properties(cls, dtype, num_classes=None):
            return {"low": Properties(), "high": Properties()}

    def has_estimates(cls, **tables):
        return read(public_class(cls), Supplements(**tables)).has_estimates

    assert has_estimates(Estimated)
    assert not has_estimates(Interval)
    assert not has_estimates(Heir), "it is of the parameters of another class"
    mistaken = {"tfp.distributions.Estimated": "it is the mean"}
    assert not has_estimates(Estimated, mistaken_estimates=mistaken)
    with pytest.raises(CompilationError, match="Interval: remove the supplement: no estimate"):
        has_estimates(Interval, mistaken_estimates={CLASS: "it is the mean"})

"""What keeps a class from being generated, though it can be read."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tfp_trainables_generator.own.checks import collisions, objections
from tfp_trainables_generator.own.printable import printable
from tfp_trainables_generator.own.settings import OwnPackage, Settings
from tfp_trainables_generator.spec.classes import ClassSpec, Example, Outcome
from tfp_trainables_generator.spec.expressions import (
    BijectorSpec,
    Dimension,
    ParameterValue,
    Reference,
)
from tfp_trainables_generator.spec.packages import Package
from tfp_trainables_generator.spec.parameters import ParameterSpec, Role
from tfp_trainables_generator.spec.types import TypeExpression

ANYTHING = TypeExpression("AnyStructure")
PACKAGE = Package("mypkg.trainable", sources=("mypkg.models",))
OWN = OwnPackage(PACKAGE, Path(), Path(), Settings.model_validate({"with-tests": True}))


def spec_of(name, module="mypkg.models", **facts):
    return ClassSpec(module, Reference(module, name), "distribution", (), (), False, **facts)


@pytest.mark.parametrize("source", ["3, (", "1 +", "x = 3"])
def test_a_class_that_cannot_be_printed_keeps_no_other_from_it(source):
    good = spec_of("Good")
    bad = spec_of("Bad", example=Example(arguments=(("count", source),)))
    found = printable(OWN, [bad, good])
    assert found.specs == (good,)
    (problem,) = found.problems
    assert problem.startswith("mypkg.models.Bad: expected facts that make a module of Python, got")


def test_texts_of_an_author_are_no_escapes():
    reason = r'it is \xi, or \nu; """ and \\'
    count = ParameterSpec("count", Role.STRUCTURAL, TypeExpression("TensorLike"), reason=reason)
    spec = replace(spec_of("Counted"), parameters=(count,), example=Example((), (("count", "3"),)))
    assert printable(OWN, [spec]) == Outcome((spec,))


def defaulting(name, module):
    default = ParameterSpec(
        "marker", Role.OPTION, ANYTHING, "DEFAULT", (Reference(module, "DEFAULT"),)
    )
    return replace(spec_of(name, module), parameters=(default,))


def test_defaults_of_one_name():
    same_file = (defaulting("A", "mypkg.a.models"), defaulting("B", "mypkg.b.models"))
    found = collisions(Package("mypkg.trainable"), same_file)
    assert set(found) == {"mypkg.a.models.A", "mypkg.b.models.B"}
    assert re.search("no other DEFAULT in its generated module", found["mypkg.a.models.A"][0])
    assert not collisions(Package("mypkg.trainable"), [defaulting("A", "m"), defaulting("B", "m")])


def test_a_class_named_like_a_trainable():
    found = collisions(PACKAGE, [spec_of("Foo"), spec_of("TrainableFoo")])
    assert "no other TrainableFoo" in found["mypkg.models.Foo"][0]


def test_what_a_bijector_in_another_is_bound_to():
    above = BijectorSpec(Reference("m", "GreaterThan"), (("low", ParameterValue("low")),))
    chain = BijectorSpec(Reference("m", "Chain"), (("bijectors", (above,)),))
    inverse = BijectorSpec(Reference("m", "Invert"), (("bijector", chain),))
    assert inverse.bound_to == ("low",)
    assert not inverse.depends_on_shape
    sized = BijectorSpec(Reference("m", "GreaterThan"), (("low", Dimension()),))
    assert BijectorSpec(Reference("m", "Chain"), (("bijectors", (sized,)),)).depends_on_shape


@pytest.mark.parametrize("name", ["Seed", "partial", "TRAINABLE"])
def test_a_default_of_a_name_that_is_taken(name):
    default = ParameterSpec(
        "mode", Role.OPTION, ANYTHING, f"{name}.A", (Reference("mypkg.models", name),)
    )
    expected = f"generated modules use the name {name} themselves; rename mypkg.models.{name}"
    (problem,) = objections(replace(spec_of("Foo"), parameters=(default,)))
    assert expected in problem

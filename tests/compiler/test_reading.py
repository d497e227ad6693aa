"""What is read of classes: of TFP's own, all of them, and of what can be wrong with one."""

import dataclasses
import importlib
import json
import pkgutil
from pathlib import Path

import pytest
import tensorflow_probability as tfp
from conftest import FakeDistribution

import tfp_trainables
import tfp_trainables_generator
from tfp_trainables_generator.discover.classes import discover
from tfp_trainables_generator.discover.namespaces import TFP_PACKAGE
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.manifest.schema import as_document
from tfp_trainables_generator.manifest.write import manifest_of
from tfp_trainables_generator.read.classes import read, read_all
from tfp_trainables_generator.spec.classes import SkippedClass, SkipReason
from tfp_trainables_generator.spec.expressions import BijectorSpec, Reference, Scalar, ShapeRule
from tfp_trainables_generator.spec.parameters import Role
from tfp_trainables_generator.supplements.model import (
    Constraint,
    Operator,
    Replacement,
    Supplements,
)
from tfp_trainables_generator.supplements.tfp import TFP_SUPPLEMENTS

Properties = tfp.util.ParameterProperties
MANIFEST = json.loads(Path(tfp_trainables.__file__).with_name("manifest.json").read_text())
TFB = "tensorflow_probability.python.bijectors"
IDENTITY = BijectorSpec(Reference(f"{TFB}.identity", "Identity"))
EXP = BijectorSpec(Reference(f"{TFB}.exp", "Exp"))
NAME = "tfp.distributions.Fake"

BASE = (SkipReason.ABSTRACT_BASE, "a base to derive classes from")
JOINT = (
    SkipReason.JOINT_DISTRIBUTION,
    "its parameters are those of the distributions that it is composed of",
)
SKIPPED = {
    "tfp.bijectors.AutoCompositeTensorBijector": BASE,
    "tfp.bijectors.Bijector": BASE,
    "tfp.distributions.AutoCompositeTensorDistribution": BASE,
    "tfp.distributions.Distribution": BASE,
    "tfp.distributions.JointDistribution": JOINT,
    "tfp.distributions.JointDistributionCoroutineAutoBatched": JOINT,
    "tfp.distributions.JointDistributionNamed": JOINT,
    "tfp.distributions.JointDistributionSequential": JOINT,
    "tfp.math.psd_kernels.AutoCompositeTensorPsdKernel": BASE,
    "tfp.math.psd_kernels.PositiveSemidefiniteKernel": BASE,
}


@pytest.mark.parametrize("name", SKIPPED)
def test_a_class_of_tfp_that_is_skipped(name):
    (public,) = (public for public in discover() if public.qualified_name == name)
    assert read(public, TFP_SUPPLEMENTS) == SkippedClass(name, *SKIPPED[name])


def fake(arguments, properties, bases=(FakeDistribution,)):
    """Makes a class `Fake` with a constructor of these arguments, and these annotations."""
    names = {"Base": bases[0]}
    passed = ", ".join(f"{it!r}: {it}" for it in (part.split("=")[0] for part in arguments))
    source = f"def __init__(self, {', '.join(arguments)}): Base.__init__(self, {{{passed}}})"
    exec(source, names)

    def annotate(cls, dtype, num_classes=None):
        if isinstance(properties, Exception):
            raise properties
        return dict(properties)

    constructor = names["__init__"]
    constructor.__qualname__ = "Fake.__init__"
    body = {"__init__": constructor, "_parameter_properties": classmethod(annotate)}
    return type("Fake", bases, body)


@pytest.fixture
def reading(public_class):
    """Reads a class with these arguments and annotations."""

    def read_it(arguments, properties, **tables):
        return read(public_class(fake(arguments, properties)), Supplements(**tables))

    return read_it


def test_what_a_class_does_not_annotate(reading):
    said = "TFP does not say which of its arguments are parameters"
    skipped = reading(["loc"], NotImplementedError())
    assert skipped == SkippedClass(NAME, SkipReason.NO_PARAMETER_PROPERTIES, said)
    why = {NAME: "there is nothing to train"}
    skipped = reading(["loc"], NotImplementedError(), without_parameters=why)
    assert skipped.detail == "there is nothing to train"
    for table in ({"without_parameters": why}, {"parts": {NAME: ("loc",)}}):
        with pytest.raises(CompilationError) as error:
            reading(["loc"], {"loc": Properties()}, **table)
        assert error.value.problems == (
            f"{NAME}: remove the supplement: TFP annotates its parameters",
        )


def raising(error):
    def raise_it(*_):
        raise error

    return raise_it


@pytest.mark.parametrize(
    ("arguments", "properties", "problems"),
    [
        (
            ["loc", "scale"],
            {
                name: Properties(default_constraining_bijector_fn=raising(KeyError("no")))
                for name in ("loc", "scale")
            },
            [
                f"{NAME}, parameter '{name}': default_constraining_bijector_fn: expected a "
                "bijector, got KeyError: 'no'"
                for name in ("loc", "scale")
            ],
        ),
        (
            ["loc"],
            KeyError("none"),
            [f"{NAME}: _parameter_properties: expected annotations, got KeyError: 'none'"],
        ),
        (["*loc"], {}, [f"{NAME}: the constructor takes *loc"]),
        (
            ["loc"],
            {"loc": object()},
            [f"{NAME}: AttributeError: 'object' object has no attribute 'is_tensor'"],
        ),
    ],
)
def test_what_is_wrong_with_a_class_is_told_beside_the_others(
    public_class, arguments, properties, problems
):
    good = next(it for it in discover() if it.qualified_name == "tfp.bijectors.Exp")
    base = next(it for it in discover() if it.qualified_name == "tfp.bijectors.Bijector")
    if arguments == ["*loc"]:
        cls = type("Fake", (FakeDistribution,), {"__init__": lambda self, *loc: None})
        cls._parameter_properties = classmethod(lambda cls, dtype, num_classes=None: {})
    else:
        cls = fake(arguments, properties)
    found = read_all([good, public_class(cls), base], Supplements())
    assert [spec.qualified_name for spec in found.specs] == ["tfp.bijectors.Exp"]
    assert [skipped.qualified_name for skipped in found.skipped] == ["tfp.bijectors.Bijector"]
    assert list(found.problems) == problems


def test_annotations_of_what_a_caller_cannot_pass(reading):
    """`make_trainable` passes it all the same, if it would create a variable for it."""
    hidden = {"loc": Properties(), "hidden": Properties()}
    spec = reading(["loc"], hidden)
    assert spec.fatal_to_make_trainable == ("hidden",)
    assert not spec.make_trainable_builds
    for facts in (Properties(is_preferred=False), Properties(event_ndims=None, is_tensor=False)):
        spec = reading(["loc"], {"loc": Properties(), "hidden": facts})
        assert spec.fatal_to_make_trainable == ()
        assert spec.make_trainable_builds


@pytest.mark.parametrize(
    ("facts", "argument", "role", "is_needed"),
    [
        (Properties(), "x", Role.TRAINABLE, False),
        (Properties(), "x=None", Role.TRAINABLE, False),
        (Properties(shape_fn=lambda shape: [*shape, 3]), "x", Role.TRAINABLE, False),
        (None, "x", Role.OPTION, True),
        (None, "x=1", Role.OPTION, False),
        (Properties(is_preferred=False), "x", Role.ALTERNATIVE, True),
        (Properties(is_preferred=False), "x=None", Role.ALTERNATIVE, False),
        (Properties(specifies_shape=True), "x", Role.STRUCTURAL, True),
        (Properties(event_ndims=None), "x=2", Role.STRUCTURAL, False),
        (Properties(is_tensor=False), "x", Role.COMPONENT, True),
        (
            Properties(default_constraining_bijector_fn=raising(NotImplementedError())),
            "x=None",
            Role.UNCONSTRAINED,
            True,
        ),
        (
            Properties(shape_fn=raising(NotImplementedError())),
            "x=None",
            Role.UNCONSTRAINED,
            True,
        ),
    ],
)
def test_what_an_argument_is(reading, facts, argument, role, is_needed):
    spec = reading(["loc", argument], {"loc": Properties(), **({"x": facts} if facts else {})})
    parameter = spec.parameter("x")
    assert parameter.role is role
    assert spec.needed_by_make_trainable == (("x",) if is_needed else ())
    has_default = "=" in argument and role not in (Role.TRAINABLE, Role.UNCONSTRAINED)
    assert parameter.default == (argument.partition("=")[2] if has_default else None)
    assert spec.is_annotated


def test_what_is_not_stated_is_named(reading):
    missing = raising(NotImplementedError())
    properties = {
        "a": Properties(default_constraining_bijector_fn=missing),
        "b": Properties(shape_fn=missing),
        "c": Properties(default_constraining_bijector_fn=missing, shape_fn=missing),
    }
    spec = reading(["a", "b", "c"], properties)
    assert [parameter.reason for parameter in spec.parameters] == [
        "TFP states no constraining bijector",
        "TFP states no shape rule",
        "TFP states no constraining bijector and no shape rule",
    ]


def test_the_rank_of_a_value(reading):
    properties = {
        "a": Properties(event_ndims=2),
        "b": Properties(event_ndims=lambda model: 1, is_tensor=False),
        "c": Properties(event_ndims=1),
    }
    constraint = Constraint("?", shape=ShapeRule(1), mistaken_shape=ShapeRule(), event_ndims=0)
    spec = reading(["a", "b", "c", "d"], properties, constraints={f"{NAME}.c": constraint})
    assert [spec.parameter(name).event_ndims for name in "abcd"] == [2, None, 0, None]


def test_a_bijector_where_a_function_that_makes_one_should_be(public_class, monkeypatch):
    cls = fake(["loc"], {"loc": Properties(default_constraining_bijector_fn=tfp.bijectors.Exp())})
    with pytest.raises(CompilationError) as error:
        read(public_class(cls), Supplements())
    assert error.value.problems == (
        f"{NAME}, parameter 'loc': default_constraining_bijector_fn: expected a function that "
        "makes a bijector, got Exp",
    )
    monkeypatch.setattr(cls, "__module__", "tensorflow_probability.python.distributions.fake")
    spec = read(public_class(cls), Supplements())
    assert spec.parameter("loc").role is Role.UNCONSTRAINED, "TFP's own is TFP's affair"


STATED = Properties(
    event_ndims=1,
    shape_fn=lambda shape: shape[:-1],
    default_constraining_bijector_fn=tfp.bijectors.Exp,
)
LOW = BijectorSpec(EXP.reference, (("low", Scalar(1.0, 0.0, of_dtype=True)),))


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (Constraint("?", IDENTITY, overrides=True), (IDENTITY, ShapeRule(1))),
        (Constraint("?", shape=ShapeRule(), overrides=True), (EXP, ShapeRule())),
        (Constraint("?", IDENTITY, mistaken_bijector=EXP), (IDENTITY, ShapeRule(1))),
        (
            Constraint("?", shape=ShapeRule(2), mistaken_shape=ShapeRule(1)),
            (EXP, ShapeRule(2)),
        ),
        (Constraint("?", EXP, overrides=True), "a constraining bijector"),
        (Constraint("?", shape=ShapeRule(1), overrides=True), "a shape rule"),
        (Constraint("?", IDENTITY), "a constraining bijector"),
        (Constraint("?", shape=ShapeRule()), "a shape rule"),
        (Constraint("?", IDENTITY, mistaken_bijector=LOW), "a constraining bijector"),
        (Constraint("?", shape=ShapeRule(), mistaken_shape=ShapeRule(2)), "a shape rule"),
    ],
)
def test_a_constraint_in_place_of_what_is_stated(reading, constraint, expected):
    table = {f"{NAME}.x": constraint}
    if isinstance(expected, str):
        with pytest.raises(CompilationError) as error:
            reading(["x"], {"x": STATED}, constraints=table)
        assert error.value.problems == (
            f"{NAME}, parameter 'x': remove the supplement: TFP itself states {expected}",
        )
        return
    parameter = reading(["x"], {"x": STATED}, constraints=table).parameter("x")
    assert (parameter.bijector, parameter.shape) == expected
    assert (parameter.source, parameter.event_ndims) == ("?", 1)


@pytest.mark.parametrize("given", [{"bijector": IDENTITY}, {"shape": ShapeRule()}, {}])
def test_a_constraint_that_leaves_something_open(reading, given):
    missing = raising(NotImplementedError())
    facts = Properties(shape_fn=missing, default_constraining_bijector_fn=missing)
    with pytest.raises(CompilationError) as error:
        reading(["x"], {"x": facts}, constraints={f"{NAME}.x": Constraint("?", **given)})
    assert error.value.problems == (
        f"{NAME}, parameter 'x': neither TFP nor the supplement states both bijector and shape",
    )


@pytest.mark.parametrize(
    ("facts", "tables", "role"),
    [
        (None, {"constraints": Constraint("?", IDENTITY, ShapeRule())}, "an option"),
        (
            Properties(is_tensor=False),
            {"constraints": Constraint("?", IDENTITY, ShapeRule())},
            "a part",
        ),
        (Properties(), {"operators": Operator(ShapeRule())}, "a trainable parameter"),
        (None, {"operators": Operator(ShapeRule())}, "an option"),
        (
            Properties(is_preferred=False),
            {"replaces": Replacement("loc", "LOG", is_mistakenly_preferred=True)},
            "an alternative",
        ),
        (
            Properties(is_preferred=False),
            {"structural": "a count"},
            "an alternative to another parameter",
        ),
        (None, {"structural": "a count"}, "an option"),
    ],
)
def test_a_supplement_about_what_an_argument_is_not(reading, facts, tables, role):
    properties = {"loc": Properties(), **({"x": facts} if facts else {})}
    tables = {table: {f"{NAME}.x": entry} for table, entry in tables.items()}
    with pytest.raises(CompilationError) as error:
        reading(["loc", "x"], properties, **tables)
    assert error.value.problems == (
        f"{NAME}, parameter 'x': remove the supplement: TFP itself makes it {role}",
    )


@pytest.mark.parametrize(
    ("determines", "annotation"), [("", "LinearOperator"), ("y", "LinearOperator | None")]
)
def test_a_linear_operator_over_a_variable(reading, determines, annotation):
    operator = Operator(ShapeRule(1), determines)
    spec = reading(
        ["x", "y=None"],
        {"x": Properties(is_tensor=False)},
        operators={f"{NAME}.x": operator},
    )
    parameter = spec.parameter("x")
    assert spec.variables == ("x",)
    assert (parameter.role, parameter.annotation.source) == (Role.TRAINABLE, annotation)
    assert (parameter.shape, parameter.event_ndims) == (ShapeRule(1), 1)
    assert parameter.is_operator
    assert parameter.determines == determines
    assert spec.needed_by_make_trainable == ("x",)


def test_an_alternative(reading):
    properties = {"loc": Properties(), "x": Properties(is_preferred=False)}
    table = {f"{NAME}.x": Replacement("loc", "LOG")}
    parameter = reading(["loc", "x=None"], properties, replaces=table).parameter("x")
    assert (parameter.replaces, parameter.conversion) == ("loc", "LOG")
    parameter = reading(["loc", "x=None"], properties).parameter("x")
    assert (parameter.replaces, parameter.conversion, parameter.source) == ("", "", "")


def test_the_facts_of_the_compiler_do_not_change():
    """Its dataclasses are frozen: what one phase has found, no other alters."""
    root = tfp_trainables_generator
    names = [it.name for it in pkgutil.walk_packages(root.__path__, f"{root.__name__}.")]
    assert len(names) > 50
    for name in names:
        if name.endswith("__main__"):
            continue
        module = importlib.import_module(name)
        for cls in vars(module).values():
            if isinstance(cls, type) and dataclasses.is_dataclass(cls):
                assert cls.__dataclass_params__.frozen, cls


def test_what_is_read_of_tfp_is_what_is_checked_in():
    found = read_all(discover(), TFP_SUPPLEMENTS)
    assert found.problems == ()
    manifest = manifest_of(TFP_PACKAGE, found, tfp_version="")
    entries = as_document(manifest)["classes"]
    probed = {"probe", "methods"}
    for name, entry in MANIFEST["classes"].items():
        assert entries[name] == {key: it for key, it in entry.items() if key not in probed}
    assert len(entries) == len(MANIFEST["classes"])

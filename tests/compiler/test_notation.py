"""Constraints and shapes as people write them, read back as the compiler prints them."""

import json
from pathlib import Path

import pytest

import tfp_trainables
from tfp_trainables_generator.own.notation import parse_bijector, parse_shape
from tfp_trainables_generator.spec.expressions import (
    BijectorSpec,
    Dimension,
    ParameterValue,
    Reference,
    Scalar,
    ShapeRule,
)
from tfp_trainables_generator.spec.printing import Names, bijector_source, shape_source

MANIFEST = json.loads(Path(tfp_trainables.__file__).with_name("manifest.json").read_text())
PARAMETERS = [
    facts
    for entry in MANIFEST["classes"].values()
    if entry["status"] == "generated"
    for facts in entry["parameters"].values()
]
BIJECTORS = sorted({it["constraining_bijector"] for it in PARAMETERS if "support" in it})
SHAPES = sorted({it["shape"] for it in PARAMETERS if "shape" in it})
TFB = "tensorflow_probability.python.bijectors"


@pytest.mark.parametrize("text", BIJECTORS)
def test_every_constraint_of_the_manifest_is_read_back(text):
    # One of TFP's has a Python number; what people write has the dtype of the parameter.
    assert bijector_source(parse_bijector(text)) == text.replace("1.0", "1")


@pytest.mark.parametrize("text", [text for text in SHAPES if "feature_ndims" not in text])
def test_every_shape_of_the_manifest_is_read_back(text):
    assert shape_source(parse_shape(text)) == text


def softplus(**arguments):
    return BijectorSpec(Reference(f"{TFB}.softplus", "Softplus"), tuple(arguments.items()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Softplus()", softplus()),
        ("Softplus(low=eps)", softplus(low=Scalar(0, 1, of_dtype=True))),
        ("Softplus(low=1 - 2 * eps)", softplus(low=Scalar(1, -2, of_dtype=True))),
        ("Softplus(low=-1.5)", softplus(low=Scalar(-1.5, 0, of_dtype=True))),
        ("Softplus(0.5)", softplus(hinge_softness=Scalar(0.5, 0, of_dtype=True))),
        ("Softplus(low=other)", softplus(low=ParameterValue("other"))),
        (
            "tensorflow_probability.python.bijectors.softplus.Softplus(low=None)",
            softplus(low=None),
        ),
        (
            "GreaterThan(low=batch_and_event_shape[-1])",
            BijectorSpec(
                Reference("tfp_trainables_runtime.constraints", "GreaterThan"),
                (("low", Dimension()),),
            ),
        ),
    ],
)
def test_bijectors(text, expected):
    assert parse_bijector(text) == expected


def test_composed_bijectors():
    chain = parse_bijector("Chain([Softplus(), Invert(bijector=Softplus())])")
    assert [part.name for part in chain.parts] == ["Softplus", "Invert"]
    assert dict(chain.parts[1].arguments) == {"bijector": softplus()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("()", ShapeRule(is_scalar=True)),
        ("batch_and_event_shape", ShapeRule()),
        ("batch_and_event_shape[:-2]", ShapeRule(2)),
        ("(*batch_and_event_shape, 2, k)", ShapeRule(0, (2, Dimension("k")))),
        ("(*batch_and_event_shape[:-1], k - 1)", ShapeRule(1, (Dimension("k", -1),))),
        ("(*batch_and_event_shape[:-1], k + 1 - 2)", ShapeRule(1, (Dimension("k", -1),))),
        ("(*batch_and_event_shape, batch_and_event_shape[-1])", ShapeRule(0, (Dimension(),))),
    ],
)
def test_shapes(text, expected):
    assert parse_shape(text) == expected


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (parse_bijector, "Softplus(", "expected an expression of Python"),
        (parse_bijector, "Softplus", "expected the call of a bijector's class, got Softplus"),
        (parse_bijector, "Sofplus()", "of a bijector, got Sofplus; did you mean 'Softplus'"),
        (parse_bijector, "no.such.Thing()", "No module named 'no'"),
        (parse_bijector, "json.loads()", "expected the class of a bijector, got json.loads"),
        (parse_bijector, "Softplus(lo=eps)", "expected arguments among hinge_softness, low"),
        (parse_bijector, "Exp(1, 2, 3, 4)", "expected at most"),
        (parse_bijector, "Softplus(low=2 ** eps)", "expected a number, `eps`, a parameter or"),
        (parse_bijector, "Softplus(low=open('x'))", "expected the class of a bijector, got open"),
        (parse_shape, "batch_and_event_shape[1:]", "expected batch_and_event_shape or"),
        (parse_shape, "batch_and_event_shape[:-True]", "expected batch_and_event_shape or"),
        (parse_shape, "(3, 4)", r"expected \*batch_and_event_shape, got 3"),
        (parse_shape, "(*batch_and_event_shape, 'k')", "expected a number, a size, or"),
        (parse_shape, "(*batch_and_event_shape, 0)", "a dimension has at least one element"),
    ],
)
def test_what_is_neither(parse, text, message):
    with pytest.raises(ValueError, match=message) as error:
        parse(text)
    assert str(error.value).startswith(repr(text))


def test_an_axis_is_an_integer():
    assert parse_bijector("Cumsum(axis=-2)").arguments == (("axis", -2),)
    transpose = parse_bijector("Transpose(rightmost_transposed_ndims=2)")
    assert transpose.arguments == (("rightmost_transposed_ndims", 2),)


def test_numbers_have_the_dtype_of_the_parameter():
    """With a Python number, TFP's bijectors take float64 to float32."""
    assert parse_bijector("Softplus(low=2)") == softplus(low=Scalar(2, 0, of_dtype=True))
    source = bijector_source(parse_bijector("Softplus(low=2)"), Names(dtype="dtype"))
    assert source == "Softplus(low=dtype(2))"

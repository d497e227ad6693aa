"""Every parameter of every class is what `parameter_table.toml` says: support, shape, default.

The table's predicates judge values. Neither a constraining bijector of ours nor the manifest
is asked what a support is.
"""

import functools
import inspect
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from parameters import ENTRIES, VARIABLES, Entry, entries_of, number, table
from supports import KINDS, support

from tfp_trainables_runtime import TRAINABLE

tfd = tfp.distributions

pytestmark = pytest.mark.usefixtures("operation_by_operation")

DTYPES = [np.float32, np.float64]
RANGE = 30
LARGE = 1e4

# Values for the bounds of other parameters, where a test fixes them.
BOUNDS = {"low": 2.0, "high": 5.0, "tailweight": 3.0, "bin_widths": [1.0, 2.0, 3.0]}

CASES_BY_NAME = {case.name: case for case in CASES}
BY_CLASS = [case for case in CASES if entries_of(case)]
with_class = pytest.mark.parametrize("case", BY_CLASS, ids=str)
with_dtype = pytest.mark.parametrize("dtype", DTYPES)
with_entry = pytest.mark.parametrize("entry", ENTRIES, ids=str)
BOUNDED = [entry for entry in VARIABLES if any(bound in BOUNDS for bound in entry.support.bounds)]
with_bound = pytest.mark.parametrize("entry", BOUNDED, ids=str)


# The table against the classes.


def test_the_table_has_every_parameter_and_no_other():
    expected = {case.name: case for case in CASES}
    unknown = set(table()) - set(expected)
    assert not unknown, f"parameter_table.toml: no class is generated for {sorted(unknown)}"
    for name, case in expected.items():
        signature = inspect.signature(case.trainable_class.__init__).parameters
        trainable = {name for name, p in signature.items() if p.default is TRAINABLE}
        rows = {entry.name: entry for entry in entries_of(case)}
        variables = {name for name, entry in rows.items() if not entry.instead_of}
        section = name.removeprefix("tfp.")
        assert trainable <= variables, (
            f"parameter_table.toml lacks parameters of [{section}]: add a line "
            f'`name = ["support", "shape", "source"]` for {sorted(trainable - variables)}, the '
            "source only where TFP annotates no constraining bijector or shape"
        )
        assert variables <= trainable, (
            f"parameter_table.toml, [{section}]: no variable is created for "
            f"{sorted(variables - trainable)}"
        )
        for entry in rows.values():
            assert not entry.instead_of or signature[entry.name].default is None
        instead = {name for name, entry in rows.items() if entry.instead_of}
        assert instead == {
            name for name, facts in case.entry["parameters"].items() if "replaces" in facts
        }, f"parameter_table.toml, [{section}]: alternatives differ from those of the manifest"


def tfp_properties(entry: Entry) -> Any:
    """TFP's annotations of a parameter, or `None`."""
    try:
        sizes = entry.sizes
        takes = inspect.signature(entry.case.tfp_class._parameter_properties).parameters
        known = {name: size for name, size in sizes.items() if name in takes}
        return entry.case.properties(np.float64, **known).get(entry.name)
    except NotImplementedError:
        return None


def tfp_constraint(properties: Any) -> Any:
    """The constraining bijector that TFP annotates, or `None`."""
    function = properties and properties.default_constraining_bijector_fn
    try:
        return function() if callable(function) else None
    except (NotImplementedError, TypeError):  # A bijector in the place of a function of none.
        return None


def tfp_shape(properties: Any, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that TFP annotates, or `None`."""
    try:
        return properties and tuple(properties.shape_fn(sample_shape=list(shape)))
    except NotImplementedError:
        return None


def image_is(entry: Entry, bijector: Any) -> bool:
    """Whether the image of TFP's bijector is the support: no wider, and not much narrower.

    In double precision, for some of TFP's bijectors round to a bound that they exclude.
    """
    shape = entry.shape()
    bounds = entry.support.evaluated({"S": entry.case.shape, **BOUNDS}, np.float64)
    try:
        inverse_shape = bijector.inverse_event_shape(shape)
    except (IndexError, ValueError):  # It makes vectors or matrices, where a number is needed.
        return False
    random = np.random.default_rng(0)
    values = [np.zeros(inverse_shape), *(random.normal(0, 3, inverse_shape) for _ in range(3))]
    values += [np.full(inverse_shape, float(x)) for x in (-RANGE, RANGE)]
    for value in values:
        try:
            image = bijector.forward(value).numpy()
        except ValueError:  # It is of single precision.
            return False
        if not entry.support.contains(image, bounds):
            return False
    for value in entry.support.inside(shape, np.float64, bounds):
        again = bijector.forward(tf.identity(bijector.inverse(tf.constant(value))))
        if not np.allclose(again, value, rtol=1e-2, atol=1e-6):
            return False
    return True


@with_entry
def test_the_table_agrees_with_tfp_or_has_a_source(entry):
    properties = tfp_properties(entry)
    constraint = tfp_constraint(properties)
    shapes = [entry.case.shape, (2, *entry.case.shape), (4, 2, *entry.case.shape)]
    expected = [tfp_shape(properties, shape) for shape in shapes]
    agrees = (
        constraint is not None
        and image_is(entry, constraint)
        and expected == [entry.shape(shape) for shape in shapes]
    )
    if agrees:
        assert not entry.source, "TFP annotates the same: the entry needs no source"
    else:
        assert entry.source, (
            f"TFP annotates {constraint and constraint.name!r} and the shapes {expected} for "
            f"{shapes}: where the entry says otherwise, it has to name its source"
        )


# Supports.


# Words whose constraint does not bear values as large as the others.
LIMITS = {
    "increasing": 80,  # TFP's has an exponential, which overflows.
    "rotation": 100,  # What Cayley's transform solves becomes ill-conditioned.
}


def assignments(variables: dict[str, tf.Variable], entries: list[Entry]) -> Iterator[str]:
    """Assigns one value after the other to unconstrained variables, all of them at a time."""
    words = {entry.name: entry.word for entry in entries}
    random = np.random.default_rng(0)

    def constant(shape, limit, sign):
        return np.full(shape, sign * limit)

    def drawn(shape, limit, choices):
        return limit * random.choice(choices, shape)

    ways = {
        "zero": lambda shape, _: np.zeros(shape),
        "normal": lambda shape, _: random.normal(0, 3, shape),
        "near": lambda shape, _: RANGE * random.choice([-1, 0, 1], shape),
        "high": lambda shape, limit: constant(shape, limit, 1),
        "low": lambda shape, limit: constant(shape, limit, -1),
        "medium high": lambda shape, _: constant(shape, RANGE, 1),
        "medium low": lambda shape, _: constant(shape, RANGE, -1),
        "either": lambda shape, limit: drawn(shape, limit, [-1, 1]),
        "other": lambda shape, limit: drawn(shape, limit, [-1, 1]),
        "any": lambda shape, limit: random.uniform(-limit, limit, shape),
    }
    for way, values in ways.items():
        for name, variable in variables.items():
            limit = LIMITS.get(words.get(name, ""), LARGE)
            variable.assign(values(variable.shape, limit).astype(variable.dtype.as_numpy_dtype))
        yield way


def assert_supports(entries: list[Entry], model: Any, dtype: type) -> None:
    for entry in entries:
        if entry.name not in model._creation.variables:
            continue
        value = entry.value(model)
        assert value.dtype == dtype
        bounds = entry.bounds(model, dtype)
        assert entry.support.contains(value, bounds), f"{entry.name} is {value}, not {entry.word}"


def variables_of(case) -> list[list[Entry]]:
    """The entries of a class that have variables; once for each structure of its operators."""
    entries = [entry for entry in entries_of(case) if not entry.instead_of]
    structures = {entry.structure for entry in entries if entry.structure} or {""}
    return [[e for e in entries if e.structure in ("", s)] for s in sorted(structures)]


# What a class holds may have to have the batch too.
IN_BATCHES = {
    "tfp.distributions.Inflated": lambda batch, dtype: {
        "distribution": tfd.Poisson(rate=np.ones(batch, dtype))
    }
}


@functools.cache
def models_of(
    name: str, dtype: type, batch: tuple[int, ...]
) -> list[tuple[list[Entry], tuple[int, ...], Any]]:
    """A model for each structure, with a batch in front of the shape of the example.

    Returns:
      The entries, the `batch_and_event_shape` and the model.
    """
    models = []
    for entries in variables_of(CASES_BY_NAME[name]):
        structures = {f"{e.name}_structure": e.structure for e in entries if e.structure}
        shape = (*batch, *entries[0].case.shape)
        parts = IN_BATCHES.get(name, lambda *_: {})(batch, dtype)
        model = entries[0].build(dtype, shape, **structures, **parts)
        models.append((entries, shape, model))
    return models


@with_class
@with_dtype
def test_every_value_of_a_variable_is_in_the_support(case, dtype):
    for entries, _, model in models_of(case.name, dtype, (2,)):
        for _ in assignments(model._creation.variables, entries):
            assert_supports(entries, model, dtype)


@with_class
@given(data=st.data())
def test_any_value_of_a_variable_is_in_the_support(case, data):
    for entries, _, model in models_of(case.name, np.float32, (2,)):
        for variable in model._creation.variables.values():
            elements = st.floats(-RANGE, RANGE, width=32)
            value = arrays.arrays(np.float32, variable.shape, elements=elements)
            variable.assign(data.draw(value))
        assert_supports(entries, model, np.float32)


def bound_values(entry: Entry, dtype: type) -> dict[str, np.ndarray]:
    """Values of the bounds, by parameter."""
    return {
        name: np.asarray(BOUNDS[name], dtype) for name in entry.support.bounds if name in BOUNDS
    }


BATCHES = [
    lambda value: np.stack([value, value + 7]),
    lambda value: np.stack([value, value / 2])[:, None],
    lambda value: np.stack([np.stack([value, value + 1, value * 20])] * 2),
]


@with_bound
@with_dtype
@pytest.mark.parametrize(
    "made", [np.asarray, tf.constant, tf.Variable], ids=["array", "tensor", "variable"]
)
@pytest.mark.parametrize("batch", range(len(BATCHES)))
def test_a_bound_with_a_batch(entry, dtype, made, batch):
    """What is passed for a bound has a batch, which the values of the parameter get."""
    bounds = bound_values(entry, dtype)
    for name in bounds:
        bounds[name] = BATCHES[batch](bounds[name])
    if len(bounds) > 1:  # The two bounds have different shapes, which broadcast.
        bounds["low"] = bounds["low"][..., :1] if bounds["low"].ndim > 1 else bounds["low"][:1]
        bounds["high"] = bounds["high"] + bounds["low"].max()
    model = entry.build(dtype, **{name: made(value) for name, value in bounds.items()})
    parameter = model.parameters[entry.name]
    expected = np.broadcast_shapes(entry.shape(), *(value.shape for value in bounds.values()))
    for _ in assignments({entry.name: model._creation.variables[entry.name]}, [entry]):
        value = number(parameter)
        assert parameter.shape == value.shape == expected
        assert entry.support.contains(value, tuple(bounds[b] for b in entry.support.bounds))


@with_bound
@with_dtype
def test_a_bound_that_moves(entry, dtype):
    bounds = {name: tf.Variable(value) for name, value in bound_values(entry, dtype).items()}
    model = entry.build(dtype, **bounds)
    for shift, factor in ((0, 1), (0, 1e-3), (0, 1e3), (-40, 1), (1e3, 1), (-1e6, 1)):
        for name, variable in bounds.items():
            is_location = name in ("low", "high")
            start = np.asarray(BOUNDS[name], dtype)
            variable.assign(factor * start + (shift if is_location else 0))
        for _ in assignments({entry.name: model._creation.variables[entry.name]}, [entry]):
            value = entry.value(model)
            current = entry.bounds(model, dtype)
            assert entry.support.contains(value, current), f"{value} not within {current}"


# Initial values.


def in_turn() -> list[Any]:
    """Every entry in single precision; in double precision, one of each kind."""
    of_kind = {(e.word, e.structure, bool(e.instead_of)): e for e in reversed(ENTRIES)}
    return [
        pytest.param(entry, dtype, id=f"{entry}-{dtype.__name__}")
        for entries, dtype in ((ENTRIES, np.float32), (of_kind.values(), np.float64))
        for entry in entries
    ]


IN_TURN = in_turn()


def examples(entry: Entry, kind: str, dtype: type) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The bounds to fix, and values inside or outside of the support."""
    fixed = bound_values(entry, dtype)
    bounds = entry.support.evaluated({"S": entry.case.shape, **BOUNDS}, dtype)
    make = {"inside": entry.support.inside, "outside": entry.support.outside}[kind]
    return fixed, make(entry.shape(), dtype, bounds)


# As far as the variable of an alternative can hold what it comes to: its exponential or
# reciprocal.
FURTHEST = {"real": 80, "positive": 1e4, "between 0 and 1": 1, "probability vector": 1}


@pytest.mark.parametrize(("entry", "dtype"), IN_TURN)
def test_all_of_the_support_is_reached(entry, dtype):
    fixed, values = examples(entry, "inside", dtype)
    for value in values:
        if entry.instead_of and abs(value).max() > FURTHEST[entry.word]:
            continue
        model = entry.build(dtype, initial_parameters={entry.name: value}, **fixed)
        again = entry.value(model)
        assert again.dtype == dtype
        assert again.shape == value.shape
        np.testing.assert_allclose(again, value, rtol=1e-3, atol=1e-3 * abs(value).max())
        bounds = entry.support.evaluated({"S": entry.case.shape, **BOUNDS}, dtype)
        assert entry.support.contains(again, bounds)


@pytest.mark.parametrize(("entry", "dtype"), IN_TURN)
def test_what_is_outside_of_the_support_is_refused(entry, dtype):
    fixed, values = examples(entry, "outside", dtype)
    assert len(values) > 2
    where = f"{entry.case.trainable_class.__name__}, initial value of {entry.name!r}"
    expected = re.escape(where) + r": expected values in its support \(.+\), got .+"
    for value in values:
        with pytest.raises(ValueError, match="(?s)" + expected):
            entry.build(dtype, initial_parameters={entry.name: value}, **fixed)


# Shapes and dtypes.


@with_class
@pytest.mark.parametrize("batch", [(), (1,), (2,), (4, 2)], ids=str)
def test_shapes(case, batch):
    for entries, shape, model in models_of(case.name, np.float32, batch):
        for entry in entries:
            assert entry.value(model).shape == entry.shape(shape), entry.name
            if not entry.structure:
                assert model.parameters[entry.name].shape == entry.shape(shape)


# Not in half precision.
WITHOUT_HALF = {
    "tfp.distributions.Bates": "TFP asserts single or double precision",
    "tfp.distributions.Zipf": "TFP refuses half precision",
}


@with_class
@pytest.mark.parametrize("dtype", [np.float16, *DTYPES])
def test_dtypes(case, dtype):
    if dtype == np.float16 and case.name in WITHOUT_HALF:
        dtype = np.float32
    for entries, _, model in models_of(case.name, dtype, ()):
        for entry in entries:
            assert model._creation.variables[entry.name].dtype == dtype
            assert model.parameters[entry.name].dtype == dtype


# The words of the table.


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 3)], ids=str)
@pytest.mark.parametrize("word", [kind.pattern for kind in KINDS])
def test_the_examples_of_a_word_are_what_they_say(word, dtype, shape):
    bounds = {1: (np.array(2.0, dtype),), 2: (np.array(2.0, dtype), np.array(5.0, dtype))}
    if "sum" in word:
        bounds[1] = (np.array([1.0, 2.0, 3.0], dtype),)
    named = support(word.replace("(.+)", "low", 1).replace("(.+)", "high"))
    given = bounds.get(len(named.bounds), ())
    for value in named.inside(shape, dtype, given):
        assert named.contains(value, given), value
    refused = named.outside(shape, dtype, given)
    assert len(refused) > 2
    for value in refused:
        if not is_let_through(word, value):
            assert not named.contains(value, given), value


def is_let_through(word: str, value: np.ndarray) -> bool:
    """Whether a predicate allows for rounding, or for a bound that rounding reaches."""
    if word == "at least (.+)":
        return bool((value >= 2).all())
    if word == "increasing":
        return bool(np.isfinite(value).all() and (np.diff(value) >= 0).all())
    if word == "probability vector":
        return bool((value == 0).any())
    return False


def test_a_word_that_is_none():
    with pytest.raises(ValueError, match="'positif' is no support"):
        support("positif")

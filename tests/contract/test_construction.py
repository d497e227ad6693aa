"""What constructors take, of every class: shapes, sizes, defaults, initial values of all kinds.

What is not taken is refused by an error of ours, which names class and argument.
"""

import inspect
import re

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES, Case
from parameters import VARIABLES, Entry, entries_of, number

from tfp_trainables.distributions import TrainableNormal
from tfp_trainables_runtime import TRAINABLE

tfd = tfp.distributions

pytestmark = pytest.mark.usefixtures("operation_by_operation")


def with_variables(case: Case) -> list[Entry]:
    """The parameters of a class that get variables, its operators being triangular."""
    return [
        entry
        for entry in entries_of(case)
        if not entry.instead_of and entry.structure in ("", "tril")
    ]


TRAINED = [case for case in CASES if with_variables(case)]
with_class = pytest.mark.parametrize("case", TRAINED, ids=str)

# Bounds of other parameters that the initial values below are between.
BOUNDS = {"low": 2.0, "high": 5.0, "tailweight": 3.0, "bin_widths": [1.0, 2.0, 3.0]}


# Shapes.

TFP_REFUSES = {
    "tfp.distributions.Empirical": "TFP names the rank of samples",
    "tfp.distributions.ExpRelaxedOneHotCategorical": "TFP names the rank of logits",
    "tfp.distributions.RelaxedOneHotCategorical": "TFP names the rank of logits",
    "tfp.distributions.MultivariateNormalDiag": "TFP names the rank of a diagonal",
    "tfp.distributions.MultivariateNormalDiagPlusLowRank": "TFP names the rank of a diagonal",
    "tfp.distributions.MultivariateNormalDiagPlusLowRankCovariance": (
        "TFP names the rank of a diagonal, or raises an IndexError for that of the factor"
    ),
    "tfp.math.psd_kernels.ChangePoint": (
        "TFP compares the locations with the number of kernels, or raises an IndexError for slopes"
    ),
    "tfp.distributions.Inflated": "TFP compares the batch with that of the distribution",
    "tfp.distributions.ZeroInflatedNegativeBinomial": "TFP compares the batches of its parts",
    "tfp.experimental.bijectors.HighwayFlow": "TFP raises an IndexError for the rank of the bias",
}
"""Classes that refuse shapes themselves, once all the variables are there, and how."""

# Of which the shape is not all threes.
SHAPES = {"tfp.math.psd_kernels.ChangePoint": (2,)}


@with_class
def test_every_shape_is_taken_or_refused(case):
    """With no dimension to three, and any one, none or all but one of the parameters fixed."""
    entries = with_variables(case)
    names = [entry.name for entry in entries]
    of_class = f"{case.trainable_class.__name__}, "
    size = SHAPES.get(case.name, (3,))
    model = entries[0].build(np.float32, size * len(case.shape))
    values = {name: model.parameters[name] for name in names}
    values = {k: v if hasattr(v, "to_dense") else number(v) for k, v in values.items()}
    subsets = {(), tuple(names), *((name,) for name in names)}
    subsets |= {tuple(other for other in names if other != name) for name in names}
    built = 0
    for fixed in sorted(subsets):
        for ndims in range(4):
            shape = size * ndims
            try:
                model = entries[0].build(
                    np.float32, shape, **{name: values[name] for name in fixed}
                )
            except (ValueError, TypeError) as error:
                message = str(error)
                assert message.startswith(of_class) or case.name in TFP_REFUSES, (fixed, shape)
                if message.startswith(of_class):
                    assert "argument 'batch_and_event_shape': expected at least " in message
                    assert message.endswith(f", got {shape}")
                    (name,) = re.findall("the shape of '(.*)' follows", message)
                    assert name in names
                    assert name not in fixed
            except IndexError:
                assert "an IndexError" in TFP_REFUSES.get(case.name, ""), (fixed, shape)
            else:
                built += 1
                for entry in entries:
                    assert number(model.parameters[entry.name]).dtype == np.float32
    assert built


# What has another batch than what is in front of `batch_and_event_shape`.
OF_OTHER_BATCHES = {
    "tfp.distributions.Inflated": "the distribution that it inflates has one",
    "tfp.distributions.CholeskyLKJ": "the event's dimensions are no part of the shape's example",
    "tfp.distributions.LKJ": "the event's dimensions are no part of the shape's example",
    "tfp.distributions.GaussianProcess": "the number of points is no part of the example",
    "tfp.distributions.GaussianProcessRegressionModel": "as of GaussianProcess",
    "tfp.distributions.VariationalGaussianProcess": "as of GaussianProcess",
    "tfp.experimental.distributions.MultiTaskGaussianProcess": "as of GaussianProcess",
    "tfp.experimental.distributions.MultiTaskGaussianProcessRegressionModel": (
        "as of GaussianProcess"
    ),
    # As TFP annotates it, `df` has the shape of the event too, and so is no batch.
    "tfp.distributions.MatrixTLinearOperator": "df has the shape of a draw",
    "tfp.distributions.MultivariateStudentTLinearOperator": "df has the shape of a draw",
    "tfp.distributions.StudentTProcess": "df has the shape of a draw",
    "tfp.distributions.StudentTProcessRegressionModel": "df has the shape of a draw",
}


@pytest.mark.parametrize(
    "case", [c for c in TRAINED if c.has_batch and c.name not in OF_OTHER_BATCHES], ids=str
)
def test_a_batch_in_front_is_the_batch_of_the_class(case):
    entry = with_variables(case)[0]
    one = entry.build(np.float32)
    for batch in ([2], [4, 2]):
        model = entry.build(np.float32, (*batch, *case.shape))
        assert model.batch_shape == batch + list(one.batch_shape)


# Sizes.

SIZED = [
    entry for entry in VARIABLES if set(re.findall(r"\w+", entry.shape_rule)) & set(entry.sizes)
]


def least(entry: Entry, size: str) -> int:
    """The least size that leaves the parameter an element."""
    return next(n for n in range(10) if min(entry.shape(None, **{size: n})) > 0)


@pytest.mark.parametrize("entry", SIZED, ids=str)
def test_a_size_is_a_number_of_elements(entry):
    model = entry.build(np.float32)
    others = {
        other.name: number(model.parameters[other.name])
        for other in with_variables(entry.case)
        if other.name != entry.name
    }
    for size in sorted(set(re.findall(r"\w+", entry.shape_rule)) & set(entry.sizes)):
        minimum = least(entry, size)
        where = f"{entry.case.trainable_class.__name__}, argument {size!r}: "
        expected = f"expected an int of at least {minimum}, which the shape of {entry.name!r} "
        for value in (minimum - 1, minimum - 2, -1):
            with pytest.raises(ValueError, match=re.escape(where + expected)) as caught:
                entry.build(np.float32, **others, **{size: value})
            assert str(caught.value).endswith(f"follows from, got {value}")
        for value in (True, 2.0, "2", [2]):
            with pytest.raises(TypeError, match=re.escape(where + expected)) as caught:
                entry.build(np.float32, **others, **{size: value})
            assert str(caught.value).endswith(f"follows from, got {value!r}")
        with pytest.raises(ValueError, match=re.escape(where + expected)) as caught:
            entry.build(np.float32, **others, **{size: None})
        assert str(caught.value).endswith("follows from, got nothing")


@pytest.mark.parametrize("case", {entry.case.name: entry.case for entry in SIZED}.values(), ids=str)
@pytest.mark.parametrize("kind", [int, np.int32, np.int64])
def test_the_least_size_is_taken(case, kind):
    entries = [entry for entry in SIZED if entry.case.name == case.name]
    for size in entries[0].sizes:
        if size == "latent_size" or case.name == "tfp.distributions.FiniteDiscrete":
            continue  # That of the class's parts, or of its outcomes.
        minimum = max(least(e, size) for e in entries if size in e.shape_rule)
        model = entries[0].build(np.float32, **{size: kind(minimum)})
        for entry in entries:
            assert entry.value(model).shape == entry.shape(None, **{size: minimum})
        assert model._creation.sizes[size] == minimum
        assert type(model._creation.sizes[size]) is int


@pytest.mark.parametrize("case", {entry.case.name: entry.case for entry in SIZED}.values(), ids=str)
def test_nothing_is_created_before_a_size_is_checked(case):
    created = []

    def create(next_creator, **arguments):
        created.append(arguments["name"])
        return next_creator(**arguments)

    entries = [entry for entry in SIZED if entry.case.name == case.name]
    for size in entries[0].sizes:
        minimum = max((least(e, size) for e in entries if size in e.shape_rule), default=0)
        if minimum and case.name != "tfp.distributions.FiniteDiscrete":
            with tf.variable_creator_scope(create), pytest.raises(ValueError, match=size):
                case.build(**{size: minimum - 1})
    assert not created


# Defaults.


@pytest.mark.parametrize("case", CASES, ids=str)
def test_defaults_are_those_of_tfp(case):
    ours = dict(inspect.signature(case.trainable_class.__init__).parameters)
    theirs = dict(inspect.signature(inspect.unwrap(case.tfp_class.__init__)).parameters)
    trained = {entry.name for entry in entries_of(case) if not entry.instead_of}
    for name, parameter in theirs.items():
        is_bookkeeping = name == "parameters" and "parameters" not in ours
        if name.startswith("_") or is_bookkeeping or parameter.kind is parameter.VAR_KEYWORD:
            continue
        default = ours.pop(name).default
        if name in trained:
            assert default is TRAINABLE
        elif name != "self":
            assert type(default) is type(parameter.default), name
            assert repr(default) == repr(parameter.default), name
    own = {"initial_parameters": None, "batch_and_event_shape": (), "parameter_dtype": tf.float32}
    for name, default in own.items():
        assert ours.pop(name).default == default
    assert ours.pop("seed", None) is not None or "seed" in theirs
    # What is left are sizes, structures, and what TFP hides behind `**kwargs`.
    forwards = any(p.kind is p.VAR_KEYWORD for p in theirs.values())
    for name, parameter in ours.items():
        if name.endswith("_structure"):
            assert parameter.default == "tril"
        elif name not in trained and not forwards:
            assert parameter.default is None


# Initial values.


# What has to be more exact than single precision is, in a model of double precision.
EXACT = ("unit vector", "rotation", "positive with the sum of bin_widths")


def initial_values(case: Case, dtype: type) -> dict[str, np.ndarray]:
    """Values that single precision has no number for, within the bounds above."""
    values = {}
    for entry in with_variables(case):
        if entry.name in BOUNDS and any(entry.name in e.support.bounds for e in entries_of(case)):
            values[entry.name] = np.asarray(BOUNDS[entry.name], dtype)
            continue
        bounds = entry.support.evaluated({"S": case.shape, **BOUNDS}, dtype)
        values[entry.name] = next(
            value
            for value in entry.support.inside(entry.shape(), dtype, bounds)
            if (value.astype(np.float32) != value).any() and is_far(value, entry, bounds)
        )
    return values


def is_far(value: np.ndarray, entry: Entry, bounds: tuple[np.ndarray, ...]) -> bool:
    """Whether a value is in the support in single precision too."""
    rounded = [np.asarray(x).astype(np.float32) for x in (value, *bounds)]
    is_inside = entry.word in EXACT or (
        entry.support.kind.contains(*rounded)
        and not any((rounded[0] == bound).any() for bound in rounded[1:])
    )
    return bool(is_inside and (abs(value[value != 0]) > 1e-4).all())


@with_class
def test_a_callables_python_numbers_have_the_dtype_of_the_variables(case):
    values = initial_values(case, np.float64)
    asked = {}

    def initialize(parameter_name, *, shape, dtype, seed, constraining_bijector):
        asked[parameter_name] = (shape, dtype)
        assert seed.shape == [2]
        unconstrained = constraining_bijector.inverse_event_shape(shape)
        assert constraining_bijector.forward_event_shape(unconstrained) == shape
        return values[parameter_name].tolist()

    entries = with_variables(case)
    model = entries[0].build(np.float64, initial_parameters=initialize)
    for entry in entries:
        assert asked[entry.name] == (entry.shape(), tf.float64)
        assert model._creation.variables[entry.name].dtype == tf.float64
        value = values[entry.name]
        atol = 1e-10 * abs(value).max()
        np.testing.assert_allclose(entry.value(model), value, rtol=1e-10, atol=atol)


@with_class
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", [np.asarray, tf.constant], ids=["array", "tensor"])
def test_initial_values_of_another_dtype_get_that_of_the_variables(case, dtype, make):
    other = np.float32 if dtype is np.float64 else np.float64
    entries = with_variables(case)
    if dtype is np.float64:
        entries = [entry for entry in entries if entry.word not in EXACT]
    values = initial_values(case, np.float64)
    given = {entry.name: make(values[entry.name].astype(other)) for entry in entries}
    if entries:
        model = entries[0].build(dtype, initial_parameters=given)
    for entry in entries:
        assert model._creation.variables[entry.name].dtype == dtype
        assert entry.value(model).dtype == dtype
        atol = 1e-3 * abs(values[entry.name]).max()
        np.testing.assert_allclose(entry.value(model), values[entry.name], 1e-3, atol)


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_integers_are_numbers(dtype):
    for given in ({"loc": 2, "scale": 3}, lambda name, **_: {"loc": 2, "scale": 3}[name]):
        model = TrainableNormal(given, parameter_dtype=dtype)
        assert [variable.dtype for variable in model.variables] == [dtype, dtype]
        assert (model.loc.numpy(), number(model.scale)) == (2, 3)

"""What stands under all constructors, taken alone: checks, seeds, records, messages."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tfp_trainables.bijectors import TrainableScaleMatvecTriL
from tfp_trainables.distributions import (
    TrainableBernoulli,
    TrainableGamma,
    TrainableMultivariateNormalTriL,
    TrainableNormal,
    TrainableTriangular,
    TrainableUniform,
    TrainableVonMisesFisher,
)
from tfp_trainables_runtime import TRAINABLE, ParameterInitializer, Requirements, no_variables
from tfp_trainables_runtime.constraints import AbsoluteBelow, Between, GreaterThan, SameSum, values
from tfp_trainables_runtime.constraints.supports import describe_image
from tfp_trainables_runtime.construction import linear_operators
from tfp_trainables_runtime.construction.creation import without_variables
from tfp_trainables_runtime.construction.initial_values import InitialValues

tfb = tfp.bijectors
DeferredTensor = tfp.util.DeferredTensor


def initializer(given=None, shape=(), dtype=tf.float32, seed=(1, 2), trainable=None, **arguments):
    trainable = {} if trainable is None else trainable
    return ParameterInitializer(
        "TrainableX", given, shape, dtype, seed, trainable=trainable, **arguments
    )


# Shapes and dtypes.

STATIC = "TrainableX, argument 'batch_and_event_shape': expected a static shape: an int or a "
STATIC += "sequence of ints, none negative, got "


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), ()),
        ([], ()),
        (0, (0,)),
        (3, (3,)),
        (np.int64(3), (3,)),
        ([2, 0, 3], (2, 0, 3)),
        (np.array([2, 3], np.uint8), (2, 3)),
        (tf.constant(3), (3,)),
        (tf.constant([2, 3], tf.int64), (2, 3)),
        (tf.TensorShape([2, 3]), (2, 3)),
        (tf.TensorShape([]), ()),
    ],
    ids=str,
)
def test_a_shape_becomes_a_tuple_of_python_integers(shape, expected):
    result = initializer(shape=shape).shape
    assert result == expected
    assert isinstance(result, tuple)
    assert all(type(dimension) is int for dimension in result)


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        (-1, ValueError),
        ([2, -1], ValueError),
        ([[2]], TypeError),
        (2.0, TypeError),
        ([2.0, 3.0], TypeError),
        ([True], TypeError),
        (None, TypeError),
        ([2, None], TypeError),
        (tf.TensorShape(None), TypeError),
        ("2", TypeError),
        ([[2], [2, 3]], TypeError),
    ],
    ids=str,
)
def test_what_is_no_static_shape(shape, error):
    with pytest.raises(error) as caught:
        initializer(shape=shape)
    assert type(caught.value) is error
    assert str(caught.value) == f"{STATIC}{shape!r}"


def test_a_tensor_of_a_graph_is_no_static_shape():
    @tf.function(autograph=False, input_signature=[tf.TensorSpec([2], tf.int32)])
    def build(shape):
        initializer(shape=shape)

    with pytest.raises(TypeError, match="a static shape"):
        build(tf.constant([2, 3]))


@pytest.mark.parametrize("dtype", [tf.float16, tf.float32, tf.float64])
def test_eps_is_that_of_the_dtype(dtype):
    made = initializer(dtype=dtype)
    assert made.dtype is dtype
    assert made.eps == np.finfo(dtype.as_numpy_dtype).eps
    assert made.eps.dtype == dtype


@pytest.mark.parametrize("dtype", [tf.bfloat16, tf.int32, tf.complex64, tf.string, bool])
def test_what_variables_cannot_be_of(dtype):
    with pytest.raises(TypeError) as caught:
        initializer(dtype=dtype)
    expected = "TrainableX, argument 'parameter_dtype': expected float16, float32 or float64, got "
    assert str(caught.value) == expected + tf.as_dtype(dtype).name


DIMENSIONS = {"matrix": 2, "vector": 1}
LACKS = "TrainableX, argument 'batch_and_event_shape': expected at least "


@pytest.mark.parametrize(
    ("trainable", "repeats_last", "shape", "message"),
    [
        ({"matrix": TRAINABLE, "vector": TRAINABLE}, (), (), "2 dimensions, {'matrix'}, got ()"),
        ({"matrix": TRAINABLE, "vector": TRAINABLE}, (), 3, "2 dimensions, {'matrix'}, got (3,)"),
        ({"matrix": TRAINABLE, "vector": TRAINABLE}, (), (3, 3), ""),
        ({"matrix": None, "vector": TRAINABLE}, (), (), "1 dimension, {'vector'}, got ()"),
        ({"matrix": None, "vector": TRAINABLE}, (), 3, ""),
        ({"matrix": 1.0, "vector": TRAINABLE}, (), (), ""),
        ({"matrix": 1.0, "vector": TRAINABLE}, ["vector"], (), "1 dimension, {'vector'}, got ()"),
        ({"matrix": 1.0, "vector": TRAINABLE}, ["vector"], 3, ""),
        ({"matrix": TRAINABLE, "vector": 1.0}, (), (), ""),
        ({"matrix": 1.0, "vector": 1.0}, ["matrix", "vector"], (), ""),
    ],
    ids=str,
)
def test_how_many_dimensions_it_takes(trainable, repeats_last, shape, message):
    def build(given=None):
        initializer(
            given,
            shape,
            trainable=trainable,
            requirements=Requirements(
                optional=("matrix",), minimum_ndims=DIMENSIONS, repeats_last=repeats_last
            ),
        )

    if not message:
        build()
        return
    with pytest.raises(ValueError, match="at least") as caught:
        build()
    follows = message.replace("{", "which the shape of ").replace("}", " follows from")
    assert str(caught.value) == LACKS + follows


@pytest.mark.parametrize(
    ("bijector", "shape", "needed"),
    [
        (tfb.UnitVector, (), "1 dimension"),
        (tfb.FillScaleTriL, (), "2 dimensions"),
        (tfb.FillScaleTriL, (2,), "2 dimensions"),
    ],
)
def test_a_constraint_that_needs_more_dimensions(bijector, shape, needed):
    made = initializer(shape=shape)
    with pytest.raises(ValueError, match="at least") as caught:
        made.variable("x", shape=shape, bijector=bijector, seed=made.next_seed())
    assert str(caught.value) == f"{LACKS}{needed}, which the shape of 'x' follows from, got {shape}"
    assert not made.variables


def test_a_shape_that_lacks_what_the_parameter_drops():
    made = initializer(shape=(2, 3))
    with pytest.raises(ValueError, match="at least 3 dimensions"):
        made.variable("x", shape=(2,), bijector=tfb.FillScaleTriL, seed=made.next_seed())


# Seeds and records.


def test_seeds_are_split_as_tfp_splits_them():
    made = initializer(seed=(7, 8))
    rest = tfp.random.sanitize_seed((7, 8))
    for _ in range(3):
        rest, expected = tfp.random.split_seed(rest, n=2)
        np.testing.assert_array_equal(made.next_seed(), expected)


def test_a_value_is_drawn_from_the_seed():
    made = initializer(shape=(2,))
    seed = tf.constant([5, 6])
    value = made.variable("x", shape=(2,), bijector=tfb.Softplus, seed=seed)
    expected = tf.random.stateless_normal([2], seed)
    np.testing.assert_array_equal(value.pretransformed_input, expected)


def test_what_was_created_is_recorded():
    made = initializer(
        shape=(2, 3),
        dtype=tf.float64,
        trainable={"x": TRAINABLE, "scale": TRAINABLE, "other": 1.0},
        requirements=Requirements(sizes={"count": {"x": 1}, "others": {"other": 1}}),
        sizes={"count": np.int32(4), "others": None},
        structures={"scale_structure": "diag", "other_structure": "dense"},
    )
    x = made.variable("x", shape=(3,), bijector=tfb.Identity, seed=made.next_seed())
    y = made.variable("y", shape=(), bijector=tfb.Softplus, seed=made.next_seed())
    assert (made.size("count"), made.size("others")) == (4, 0)
    assert type(made.size("count")) is int
    made.linear_operator("scale", diagonal=(3,), seed=made.next_seed())
    creation = made.creation()
    assert creation.shape == (2, 3)
    assert creation.dtype is tf.float64
    assert creation.sizes == {"count": 4}
    assert creation.structures == {"scale_structure": "diag"}
    assert list(creation.variables) == ["x", "y", "scale"]
    assert isinstance(x, tf.Variable)
    assert creation.variables["x"] is x
    assert x.name == "x:0"
    assert isinstance(y, tfp.util.TransformedVariable)
    assert creation.variables["y"] is y.pretransformed_input
    assert (y.name, y.pretransformed_input.name) == ("y", "y:0")


def test_tensors_stand_in_the_place_of_variables():
    with without_variables("TrainableX"):
        made = initializer({"x": 2.0}, trainable={"x": TRAINABLE, "y": TRAINABLE})
    x = made.variable("x", shape=(), bijector=tfb.Identity, seed=made.next_seed())
    y = made.variable("y", shape=(), bijector=tfb.Softplus, seed=made.next_seed())
    assert tf.is_tensor(x)
    assert not isinstance(x, tf.Variable)
    assert x.numpy() == 2
    assert isinstance(y, DeferredTensor)
    assert y.name == "y"
    assert made.variables["x"] is x
    with without_variables("TrainableX"), pytest.raises(ValueError, match="got 'z'"):
        initializer({"z": 2.0}, trainable={"x": TRAINABLE})


def test_tensors_stand_in_the_place_of_the_variables_of_one_class_alone():
    with without_variables("TrainableY"):
        made = initializer()
    x = made.variable("x", shape=(), bijector=tfb.Identity, seed=made.next_seed())
    assert isinstance(x, tf.Variable)


def test_the_value_that_another_parameter_is_bound_to():
    made = initializer(dtype=tf.float64)
    variable = tf.Variable(1.0)
    deferred = DeferredTensor(variable, tf.exp)
    tensor = tf.constant(1.0)
    assert made.as_tensor(None) is None
    for value in (variable, deferred):
        assert made.as_tensor(value) is value
    assert made.as_tensor(tensor).dtype == tf.float32
    number = made.as_tensor(0.1)
    assert number.dtype == tf.float64
    assert number.numpy() == 0.1
    assert made.as_tensor([1, 2]).dtype == tf.float64
    found = []

    @tf.function(autograph=False)
    def trace(x):
        found.append(made.as_tensor(0.1))  # Outlives the graph.
        assert made.as_tensor(x) is x
        return x

    trace(tensor)
    assert found[0].numpy() == 0.1


def test_constraints_made_in_a_graph_outlive_it():
    made = []

    @tf.function(autograph=False)
    def build():
        if not made:
            made.append(TrainableUniform(initial_parameters={"high": 3.0}, low=[1.0, 2.0]))
        return made[0].high + 0.0

    np.testing.assert_allclose(build(), [3, 3], rtol=1e-6)
    np.testing.assert_allclose(made[0].high, [3, 3], rtol=1e-6)


# Linear operators.


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_operators_say_what_they_are(dtype):
    eps = np.finfo(dtype).eps
    structures = linear_operators.STRUCTURES
    assert list(structures) == ["diag", "tril", "full"]
    # Self-adjoint; positive definite.
    expected = {"diag": (True, True), "tril": (None, None), "full": (True, True)}
    for name, structure in structures.items():
        shape = (2, 3) if name == "diag" else (2, 3, 3)
        assert structure.shape((2, 3)) == shape
        constraint = structure.constraint(eps)
        assert constraint.inverse_min_event_ndims == (0 if name == "diag" else 2)
        unconstrained = constraint.inverse_event_shape(shape)
        made = constraint.forward(np.full(unconstrained, -1e4, dtype)).numpy()
        made *= np.eye(3) if name != "diag" else 1
        nearest = eps**2 if name == "full" else eps
        diagonal = made if name == "diag" else np.diagonal(made, axis1=-2, axis2=-1)
        np.testing.assert_array_equal(diagonal[..., 0], nearest)
        operator = structure.build(tf.Variable(np.broadcast_to(np.eye(3, dtype=dtype), (2, 3, 3))))
        assert operator.is_non_singular is True
        assert (operator.is_self_adjoint or None, operator.is_positive_definite or None) == (
            expected[name]
        )


def test_there_is_no_such_structure():
    with pytest.raises(ValueError, match="structure") as caught:
        initializer(
            shape=(2,), trainable={"scale": TRAINABLE}, structures={"scale_structure": "dense"}
        )
    assert str(caught.value) == (
        "TrainableX, argument 'scale_structure': expected one of 'diag', 'tril', 'full', "
        "got 'dense'"
    )


@pytest.mark.parametrize(
    ("trainable", "count", "message"),
    [
        (
            {"x": TRAINABLE, "y": TRAINABLE},
            1,
            "at least 2, which the shape of 'y' follows from, got 1",
        ),
        ({"x": TRAINABLE, "y": 1.0}, 0, "at least 1, which the shape of 'x' follows from, got 0"),
        ({"x": TRAINABLE, "y": 1.0}, 1, ""),
        (
            {"x": 1.0, "y": TRAINABLE},
            None,
            "at least 2, which the shape of 'y' follows from, got n",
        ),
        ({"x": 1.0, "y": 1.0}, None, ""),
    ],
)
def test_a_size_is_what_the_most_demanding_parameter_needs(trainable, count, message):
    def build():
        return initializer(
            trainable=trainable,
            requirements=Requirements(sizes={"count": {"x": 1, "y": 2}}),
            sizes={"count": count},
        )

    if not message:
        assert build().size("count") == (count or 0)
        return
    with pytest.raises(ValueError, match="argument 'count': expected an int of " + message):
        build()


def test_what_creates_no_variables_is_checked_too():
    arguments = ("TrainableX", None, (2, 3), tf.float64)
    creation = no_variables(*arguments)
    assert (creation.shape, creation.dtype, creation.variables) == ((2, 3), tf.float64, {})
    for position, wrong in ((1, {"loc": 1.0}), (2, (-1,)), (3, tf.int32)):
        with pytest.raises((TypeError, ValueError), match="TrainableX, argument"):
            no_variables(*arguments[:position], wrong, *arguments[position + 1 :])


# Initial values.


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"y": 1}, ValueError, "expected one of 'loc', 'scale', 'rate', got 'y'"),
        ({"scal": 1}, ValueError, "got 'scal'; did you mean 'scale'?"),
        ({3: 1}, ValueError, "expected one of 'loc', 'scale', 'rate', got 3"),
        (
            {"rate": 1, "scale": 1},
            ValueError,
            "expected 'scale' or its alternative 'rate', got both",
        ),
        (
            {"loc": 1},
            ValueError,
            "expected a value that fixes it or an initial value to train from, got both",
        ),
        (
            [("loc", 1)],
            TypeError,
            "a dict from parameter name to initial value, a callable or None",
        ),
    ],
)
def test_for_which_parameters_there_are_values(given, error, message):
    values = InitialValues("TrainableX", tf.float32, given)
    with pytest.raises(error) as caught:
        values.check({"loc": 3.0, "scale": TRAINABLE}, {"rate": "scale"})
    assert message in str(caught.value)
    if "fixes" in message:
        assert str(caught.value).startswith("TrainableX, parameter 'loc': ")
    else:
        assert str(caught.value).startswith("TrainableX, argument 'initial_parameters': ")


@pytest.mark.parametrize("given", [None, {}, {"scale": 1}, {"rate": 1}, lambda *_: 1])
def test_values_for_what_is_trained(given):
    values = InitialValues("TrainableX", tf.float32, given)
    values.check({"loc": 3.0, "scale": TRAINABLE}, {"rate": "scale"})


def test_an_alternative_of_what_is_fixed():
    values = InitialValues("TrainableX", tf.float32, {"rate": 1})
    with pytest.raises(ValueError, match=r"^TrainableX, parameter 'rate': expected a value that"):
        values.check({"scale": 3.0}, {"rate": "scale"})


def test_a_class_without_variables_takes_no_values():
    with pytest.raises(ValueError, match="expected no key at all, got 'loc'"):
        InitialValues("TrainableX", tf.float32, {"loc": 1}).check({}, {})


SIGNATURES = {
    "all": lambda parameter_name, shape, dtype, seed, constraining_bijector: (seed, shape),
    "keywords": lambda name, *, seed, shape, dtype, constraining_bijector: (seed, shape),
    "no seed": lambda name, shape, dtype, constraining_bijector: (None, shape),
    "no seed, any keywords": lambda name, shape, **rest: (rest["seed"], shape),
    "another name": lambda name, rng, shape, dtype, constraining_bijector: (rng, shape),
}


@pytest.mark.parametrize("signature", SIGNATURES)
def test_callables_of_all_signatures(signature):
    called = []

    def check(name, seed, shape):
        called.append(name)
        if signature != "no seed":
            np.testing.assert_array_equal(seed, expected[name])
        assert shape == (2,)
        return tf.ones(shape, tf.float64)

    expected = {}
    rest = tfp.random.sanitize_seed((3, 4))
    for name in ("loc", "scale"):
        rest, expected[name] = tfp.random.split_seed(rest, n=2)
    given = SIGNATURES[signature]
    wrapped = {
        "all": lambda parameter_name, shape, dtype, seed, constraining_bijector: check(
            parameter_name, *given(parameter_name, shape, dtype, seed, constraining_bijector)
        ),
        "keywords": lambda name, *, seed, shape, dtype, constraining_bijector: check(
            name,
            *given(
                name,
                seed=seed,
                shape=shape,
                dtype=dtype,
                constraining_bijector=constraining_bijector,
            ),
        ),
        "no seed": lambda name, shape, dtype, constraining_bijector: check(
            name, *given(name, shape, dtype, constraining_bijector)
        ),
        "no seed, any keywords": lambda name, shape, **rest: check(
            name, *given(name, shape, **rest)
        ),
        "another name": lambda name, rng, shape, dtype, constraining_bijector: check(
            name, *given(name, rng, shape, dtype, constraining_bijector)
        ),
    }[signature]
    model = TrainableNormal(wrapped, [2], tf.float64, seed=(3, 4))
    assert called == ["loc", "scale"]
    np.testing.assert_allclose(model.scale, [1, 1])


def test_the_error_of_a_callable_is_the_first():
    def initialize(parameter_name, seed, shape, dtype, constraining_bijector):
        if not hasattr(initialize, "called"):
            initialize.called = True
            raise TypeError("the user's own")
        raise TypeError("another")

    with pytest.raises(TypeError, match="the user's own"):
        TrainableNormal(initialize)


def test_long_values_are_abbreviated():
    for size, is_abbreviated in ((20, False), (21, True)):
        with pytest.raises(ValueError, match="greater than") as caught:
            TrainableNormal({"scale": -np.ones(size)}, [size])
        assert ("..." in str(caught.value)) == is_abbreviated
        with pytest.raises(ValueError, match="greater than") as caught:
            TrainableUniform({"high": 0.0}, low=np.arange(1.0, size + 1))
        assert ("..." in str(caught.value).partition("got")[0]) == is_abbreviated


def test_an_alternative_outside_of_its_support():
    with pytest.raises(ValueError, match="initial value") as caught:
        TrainableBernoulli({"probs": [0.5, 1.5]}, [2])
    assert str(caught.value) == (
        "TrainableBernoulli, initial value of 'probs': expected values in its support (between 0 "
        "and 1), got [0.5 1.5]"
    )


def test_values_that_are_no_numbers_or_do_not_fit():
    for value in ("a", None, object()):
        with pytest.raises(TypeError, match="initial value of 'rate': expected numbers, got "):
            TrainableGamma({"rate": value})
    with pytest.raises(ValueError, match=r"that broadcasts to \(2,\), got \(3,\)$"):
        TrainableGamma({"rate": [1.0, 2.0, 3.0]}, [2])


def test_a_function_does_not_look_at_values():
    """Of a tensor in a graph, nothing is known yet."""

    @tf.function(autograph=False)
    def scale(value, probability):
        init, _ = TrainableNormal.stateless(initial_parameters={"scale": value})
        one = init((1, 2))
        init, _ = TrainableBernoulli.stateless(initial_parameters={"probs": probability})
        return one, init((1, 2))

    one, two = scale(tf.constant(2.0), tf.constant(0.5))
    np.testing.assert_allclose(tf.nn.softplus(tf.nest.flatten(one)[-1]), 2, rtol=1e-5)
    np.testing.assert_allclose(tf.nest.flatten(two)[-1], 0)
    one, two = scale(tf.constant(-2.0), tf.constant(1.5))
    assert np.isnan(tf.nest.flatten(one)[-1])
    assert np.isnan(tf.nest.flatten(two)[-1])


@pytest.mark.parametrize(
    ("dtype", "allowed", "refused"),
    [(np.float32, 1e-4, 1e-3), (np.float64, 5e-9, 5e-8)],
)
def test_how_far_rounding_may_be_off(dtype, allowed, refused):
    direction = np.array([0.6, 0.8, 0.0])
    for size in (1, 1 + allowed, 1 - allowed):
        TrainableVonMisesFisher({"mean_direction": direction * size}, [3], dtype)
    for size in (1 + refused, 1 - refused):
        with pytest.raises(ValueError, match="unit length"):
            TrainableVonMisesFisher({"mean_direction": direction * size}, [3], dtype)


def test_rounding_is_that_of_one_value():
    """What is allowed beside a large value is not allowed in another of the batch."""
    good = np.array([[1, 0], [1e6, 1]])
    bad = np.array([[1, 0.5], [0, 1]])
    for matrices in ([good, bad], [bad, good]):
        with pytest.raises(ValueError, match="lower-triangular"):
            TrainableMultivariateNormalTriL({"scale_tril": np.stack(matrices)}, [2, 2])
    # In one matrix it is rounding.
    near = np.array([[1e6, 1.0], [0, 1e6]])
    model = TrainableMultivariateNormalTriL({"scale_tril": near}, [2])
    np.testing.assert_allclose(model.scale_tril, np.diag([1e6, 1e6]), rtol=1e-6)


def test_a_batch_of_values_is_in_the_support():
    directions = [[0.6, 0.8, 0], [0, 0, -1]]
    model = TrainableVonMisesFisher({"mean_direction": directions}, [2, 3])
    np.testing.assert_allclose(model.mean_direction, directions, rtol=1e-6, atol=1e-7)


def test_rounding_is_no_more_than_small_values_are():
    assert TrainableNormal({"loc": 0.0}).loc.numpy() == 0
    near = 1e-4 * np.array([[1, 0.5], [0, 1]])
    with pytest.raises(ValueError, match="lower-triangular"):
        TrainableMultivariateNormalTriL({"scale_tril": near}, [2])


def test_rounding_is_that_of_a_bound_too():
    model = TrainableTriangular({"peak": 1e-4}, low=-1e3, high=1e3)
    np.testing.assert_allclose(model.peak, 1e-4, atol=1e-3)
    with pytest.raises(ValueError, match=r"between -1000\. and 1000\."):
        TrainableTriangular({"peak": 1001.0}, low=-1e3, high=1e3)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_infinite_is_in_no_support(value):
    with pytest.raises(ValueError, match="unit length"):
        TrainableVonMisesFisher({"mean_direction": [1.0, 0.0, value]}, [3])
    with pytest.raises(ValueError, match="any finite real number"):
        TrainableNormal({"loc": [1.0, value]}, [2])


def test_an_infinite_bound_allows_for_nothing():
    low = np.array([-np.inf, 0.0], np.float32)
    value, unconstrained = tf.constant([1.0, 1.0]), tf.constant([1.0, 1.0])
    bijector = GreaterThan(tf.constant(low))
    assert not values.is_in_support(value, unconstrained, bijector)
    assert not values.is_in_support(value, tf.constant([np.nan, 1.0]), bijector)
    assert values.is_in_support(value, bijector.inverse(value), bijector)
    bijector = GreaterThan(tf.constant(-np.inf))
    assert values.is_in_support(value, value, bijector)


def test_values_without_elements():
    for shape in ([0], [2, 0]):
        model = TrainableScaleMatvecTriL({"scale_tril": np.zeros([*shape, 0])}, shape)
        assert model.parameters["scale_tril"].shape == [*shape, 0]


# Words.


@pytest.mark.parametrize(
    ("bijector", "words"),
    [
        (AbsoluteBelow(3.0), "of an absolute value below 3."),
        (tfb.Ascending(), "strictly increasing along the last dimension"),
        (tfb.FillScaleTriL(), "a lower-triangular matrix with a positive diagonal"),
        (tfb.FillTriangular(), "a lower-triangular matrix"),
        (Between(1.0, 2.0), "between 1. and 2."),
        (GreaterThan(1.0), "greater than 1."),
        (GreaterThan(None), "any finite real number"),
        (tfb.Identity(), "any finite real number"),
        (
            SameSum(tf.constant([1.0, 2.0])),
            "a vector with the sum of [1. 2.], no element below 0.001 of an equal share",
        ),
        (tfb.Sigmoid(), "between 0 and 1"),
        (tfb.Sigmoid(low=1.0, high=2.0), "between 1. and 2."),
        (
            tfb.SoftmaxCentered(),
            "a probability vector: positive, with sum 1 along the last dimension",
        ),
        (tfb.Softplus(), "positive"),
        (tfb.Softplus(low=2.0), "greater than 2."),
        (tfb.UnitVector(), "a vector of unit length"),
        (
            tfb.Chain([tfb.CholeskyOuterProduct(), tfb.FillScaleTriL()]),
            "a symmetric positive-definite matrix",
        ),
        (tfb.Chain([tfb.Exp(), tfb.Shift(1.0)]), "in the image of Chain(Exp, Shift)"),
        (tfb.Exp(), "positive"),
        (tfb.Square(), "in the image of Square"),
    ],
    ids=str,
)
def test_images_in_words(bijector, words):
    assert values.image_in_words(bijector) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NonzeroDiagonal", "a matrix with no 0 on its diagonal"),
        ("Rotation", "a rotation matrix without the eigenvalue -1"),
        ("UnitLowerTriangular", "a lower-triangular matrix with ones on its diagonal"),
        ("Softplus", "positive"),
        ("Sigmoid", "between 0 and 1"),
        ("GreaterThan", "any finite real number"),
    ],
)
def test_images_without_bounds(name, words):
    assert describe_image(name) == words


def test_bounds_are_read_when_they_are_described():
    assert values.image_in_words(tfb.Softplus(low=np.float32(0.5))) == "greater than 0.5"
    bound = tf.Variable(1.0)
    between = Between(bound, 2.0)
    bound.assign(1.5)
    assert values.image_in_words(between) == "between 1.5 and 2."


@pytest.mark.parametrize(
    ("bijector", "support", "constraint"),
    [
        (tfb.Softplus(low=np.finfo("f").eps), "positive", "Softplus(low=eps)"),
        (tfb.Softplus(low=1 + np.finfo("f").eps), "greater than 1", "Softplus(low=1 + eps)"),
        (tfb.Softplus(low=2.5), "greater than 2.5", "Softplus(low=2.5)"),
        (GreaterThan(0.0), "positive", "GreaterThan(low=0)"),
        (Between(1.0, 2.0), "between 1 and 2", "Between(low=1, high=2)"),
        (
            SameSum(tf.constant([1.0, 2.0])),
            "a vector of positive numbers with the sum of [1. 2.]",
            "SameSum(other=[1. 2.])",
        ),
        (
            tfb.Chain([tfb.CholeskyOuterProduct(), tfb.FillScaleTriL()]),
            "a symmetric positive-definite matrix",
            "Chain(CholeskyOuterProduct, FillScaleTriL)",
        ),
    ],
    ids=str,
)
def test_a_support_is_told_apart_from_its_constraint(bijector, support, constraint):
    assert values.support_in_words(bijector) == support
    assert values.constraint_in_words(bijector) == constraint

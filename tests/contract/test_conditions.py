"""Classes in the conditions that users meet them in: as bases, as parts, checked, by default."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import DISTRIBUTIONS

from tfp_trainables import bijectors, distributions
from tfp_trainables_runtime.parts.taking import Numbers, take_apart
from tfp_trainables_runtime.private import is_over_surface
from tfp_trainables_runtime.programs.programs import Key, trace
from tfp_trainables_runtime.programs.structure import Structure
from tfp_trainables_runtime.testing.comparison import operation_by_operation

tfd = tfp.distributions
tfb = tfp.bijectors

SEED = (1, 2)


def has(case, *methods):
    return set(methods) <= set(case.entry["methods"])


# A base that is transformed: what is traced is what TFP answers op by op.

TRANSFORMED = [
    case for case in DISTRIBUTIONS if has(case, "sample", "log_prob") and "Joint" not in case.name
]


def graph_of(model, method, *arguments):
    """What a method answers in a graph of its own."""
    structure = Structure.of(model)
    call = take_apart((arguments, {}), Numbers.LEAVES)
    key = Key(method, structure.tree, call.tree)
    return trace(key, structure.leaves, call.leaves, xla=False)(*structure.leaves, *call.leaves)


@pytest.mark.parametrize("case", TRANSFORMED, ids=str)
def test_as_the_base_of_a_transformation(case):
    base = case.build()
    if not getattr(base.dtype, "is_floating", False):
        pytest.skip("its draws are integers, or of several dtypes")
    scale = tfb.Scale(np.float32(2))
    model = distributions.TrainableTransformedDistribution(distribution=base, bijector=scale)
    oracle = tfd.TransformedDistribution(base.copy(), scale)
    draw = oracle.sample(2, seed=SEED)
    expected = oracle.log_prob(draw)
    if is_over_surface(base):  # TFP's own is wrong where its functions run op by op.
        with operation_by_operation():
            np.testing.assert_allclose(model.log_prob(draw), expected, rtol=1e-5)
    assert not np.isnan(expected).any()
    actual = graph_of(model, "log_prob", tf.identity(draw))
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)


def test_a_transformation_of_a_transformed_surface():
    inner = distributions.TrainableTransformedDistribution(
        distribution=distributions.TrainableDirichlet({"concentration": [2.0, 3.0]}, [2]),
        bijector=tfb.Scale(2.0),
    )
    model = distributions.TrainableTransformedDistribution(distribution=inner, bijector=tfb.Exp())
    plain = tfd.TransformedDistribution(
        tfd.TransformedDistribution(tfd.Dirichlet([2.0, 3.0]), tfb.Scale(2.0)), tfb.Exp()
    )
    value = tf.exp([0.2, 1.8])
    expected = plain.log_prob(value)
    for jit_compile in (False, True):
        surrounded = tf.function(model.log_prob, jit_compile=jit_compile, autograph=False)
        np.testing.assert_allclose(surrounded(value), expected, rtol=1e-5)
    np.testing.assert_allclose(model.log_prob(value), expected, rtol=1e-5)
    np.testing.assert_allclose(tfd.Independent(model, 0).log_prob(value), expected, rtol=1e-5)
    with tf.GradientTape() as tape:
        density = model.log_prob(value)
    assert all(np.isfinite(it).all() for it in tape.gradient(density, model.trainable_variables))


# By default: the shape that is asked for is the shape of a draw.


def roles(case):
    return {name: facts["role"] for name, facts in case.entry["parameters"].items()}


OF_PARTS = "its shape is that of its parts, sizes or data"
SHAPES = [
    case
    for case in DISTRIBUTIONS
    if case.variables
    and not any(it["role"] == "component" for it in case.entry["parameters"].values())
]


@pytest.mark.usefixtures("operation_by_operation")
@pytest.mark.parametrize("case", SHAPES, ids=str)
@pytest.mark.parametrize("batch", [(), (2,), (4, 2)], ids=str)
def test_the_shape_that_is_asked_for_is_that_of_a_draw(case, batch):
    arguments = {
        name: it
        for name, it in case.arguments(np.float32).items()
        if roles(case).get(name) != "trainable"
    }
    shape = (*batch, *case.shape)
    model = case.trainable_class(batch_and_event_shape=shape, seed=SEED, **arguments)
    if model.event_shape.rank != len(case.shape):
        pytest.skip(OF_PARTS)
    assert (*model.batch_shape, *model.event_shape) == shape
    if has(case, "sample"):
        draws = model.sample(3, seed=SEED)
        assert draws.shape == (3, *shape)
        if has(case, "log_prob"):
            assert model.log_prob(draws).shape == (3, *batch)


def test_sizes_count_what_they_are_called_by():
    for cls in (
        distributions.TrainableCategorical,
        distributions.TrainableOrderedLogistic,
        distributions.TrainableStoppingRatioLogistic,
    ):
        for classes in (2, 3, 4):
            model = cls(num_classes=classes, seed=SEED)
            probs = [model.prob(label).numpy() for label in range(classes)]
            assert sum(probs) == pytest.approx(1, rel=1e-5), (cls, classes)
            assert min(probs) > 0
    three = distributions.TrainableOrderedLogistic({"cutpoints": [-1.0, 0.0, 1.0]}, num_classes=4)
    assert three.cutpoints.shape == [3]


# An end of an interval starts where there is an interval.

ENDS = {
    "below high": (distributions.TrainableUniform, {"high": -3.0}),
    "below a batch": (distributions.TrainableUniform, {"high": [-3.0, 0.2, 5.0]}),
    "truncated": (distributions.TrainableTruncatedNormal, {"high": -30.0}),
    "below a peak": (distributions.TrainableTriangular, {"peak": -3.0}),
    "around a peak": (distributions.TrainableTriangular, {"peak": 40.0}),
    "below a peak and high": (distributions.TrainablePERT, {"peak": -5.0, "high": -4.0}),
    "a variable": (distributions.TrainableBates, {"total_count": 3.0, "high": tf.Variable(-2.0)}),
    "a bijector": (bijectors.TrainableSigmoid, {"high": -1.0}),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_ends_of_intervals_start_in_order(end):
    cls, passed = end
    shape = np.shape(passed.get("high", 0.0))
    for seed in range(5):
        model = cls(seed=seed, batch_and_event_shape=shape, **passed)
        low, high = (tf.convert_to_tensor(it) for it in (model.low, model.high))
        assert (low < high).numpy().all()
        if hasattr(model, "peak"):
            assert low < model.peak < high


def test_a_start_that_is_in_order_is_that_of_make_trainable():
    model = distributions.TrainableUniform(high=9.0, seed=SEED)
    oracle = tfp.experimental.util.make_trainable(tfd.Uniform, high=9.0, seed=SEED)
    np.testing.assert_array_equal(model.low, oracle.low)


def test_a_start_out_of_order_is_refused():
    with pytest.raises(ValueError, match=r"'low': .*\(below 'high', which is -3.\), got 0.5"):
        distributions.TrainableUniform({"low": 0.5}, high=-3.0)
    distributions.TrainableUniform({"low": -4.0}, high=-3.0)


# Arguments are checked for every class that is asked to.

BESIDE = {
    "Weibull": ("log_prob", -1.0),
    "Gumbel": ("log_prob", None),
    "Kumaraswamy": ("log_prob", 2.0),
    "Moyal": ("log_prob", None),
    "GeneralizedExtremeValue": ("log_prob", None),
    "Gamma": ("log_prob", -1.0),
    "Beta": ("log_prob", 2.0),
    "LogNormal": ("log_prob", -1.0),
}


@pytest.mark.parametrize("name", BESIDE)
def test_arguments_are_checked_where_tfp_forgets_that_it_was_asked_to(name):
    method, outside = BESIDE[name]
    cls = getattr(distributions, f"Trainable{name}")
    if outside is not None:
        with pytest.raises(tf.errors.InvalidArgumentError):
            getattr(cls(validate_args=True), method)(outside)
        getattr(cls(), method)(outside)
    scale = tf.Variable(1.0)
    parameter = "scale" if "scale" in cls().parameters else "concentration1"
    if parameter in cls().parameters and name != "LogNormal":  # Of which TFP checks none.
        model = cls(validate_args=True, seed=(1, 2), **{parameter: scale})
        model.log_prob(0.5)
        scale.assign(-1.0)
        with pytest.raises(tf.errors.InvalidArgumentError):
            model.log_prob(0.5)


def test_what_a_chain_says_of_increased_degrees_of_freedom_is_heard(capfd):
    chain = bijectors.TrainableChain(
        bijectors=[tfb.Scale(2.0), tfb.SoftmaxCentered()], validate_event_size=True
    )
    for _ in range(2):
        chain.forward_log_det_jacobian(tf.ones(3), 1)
        assert "increased degrees of freedom" in capfd.readouterr().err


# Parts of every kind.


class Doubling(tfb.Bijector):
    """A bijector of the user's own, which is no composite tensor."""

    def __init__(self):
        super().__init__(forward_min_event_ndims=0, name="doubling")

    def _forward(self, x):
        return 2 * x

    def _inverse(self, y):
        return y / 2

    def _inverse_log_det_jacobian(self, y):
        return -tf.math.log(2.0) * tf.ones_like(y)


class Shifted(tfd.Distribution):
    """A distribution of the user's own, which is no composite tensor."""

    def __init__(self):
        self.shift = tf.Variable(1.0)
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfd.FULLY_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters={},
        )

    def _batch_shape(self):
        return tf.TensorShape([])

    def _event_shape(self):
        return tf.TensorShape([])

    def _sample_n(self, n, seed=None):
        return self.shift + tf.random.stateless_normal([n], seed=seed)

    def _log_prob(self, value):
        return tfd.Normal(self.shift, 1.0).log_prob(value)


def flow():
    return tfb.MaskedAutoregressiveFlow(
        tfb.AutoregressiveNetwork(params=2, hidden_units=[4], event_shape=[2])
    )


PARTS = {
    "trainable": lambda: distributions.TrainableNormal({"loc": 1.0}),
    "plain": lambda: tfd.Normal(tf.Variable(0.5), 1.0),
    "the user's own": Shifted,
    "transformed by the user's own": lambda: distributions.TrainableTransformedDistribution(
        distribution=distributions.TrainableNormal(), bijector=Doubling()
    ),
}

HOLDERS = {
    "Independent": lambda part: distributions.TrainableIndependent(
        distribution=part, reinterpreted_batch_ndims=0
    ),
    "Sample": lambda part: distributions.TrainableSample(distribution=part, sample_shape=[2]),
    "Mixture": lambda part: distributions.TrainableMixture(
        cat=tfd.Categorical([0.0, 0.5]), components=[part, tfd.Normal(0.0, 1.0)]
    ),
    "BatchBroadcast": lambda part: distributions.TrainableBatchBroadcast(
        distribution=part, to_shape=[2]
    ),
    "BatchReshape": lambda part: distributions.TrainableBatchReshape(
        distribution=part, batch_shape=[1]
    ),
    "Masked": lambda part: distributions.TrainableMasked(distribution=part, validity_mask=True),
    "Blockwise": lambda part: distributions.TrainableBlockwise(
        distributions=[part, tfd.Normal(0.0, 1.0)]
    ),
    "TransformedDistribution": lambda part: distributions.TrainableTransformedDistribution(
        distribution=part, bijector=Doubling()
    ),
    "plain Independent": lambda part: tfd.Independent(part, 0),
    "plain joint": lambda part: tfd.JointDistributionSequential([part, tfd.Normal(0.0, 1.0)]),
}


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("holder", HOLDERS)
def test_holders_of_parts_of_every_kind(holder, part):
    model = HOLDERS[holder](PARTS[part]())
    with operation_by_operation():
        draw = model.sample(seed=SEED)
        expected = model.log_prob(draw)
    np.testing.assert_allclose(model.log_prob(draw), expected, rtol=1e-5)
    tf.nest.map_structure(
        np.testing.assert_allclose, model.sample(seed=SEED), model.sample(seed=SEED)
    )
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model.log_prob(draw))
    variables = model.trainable_variables
    assert variables
    gradients = tape.gradient(loss, variables)
    assert any(it is not None and np.any(it != 0) for it in gradients)
    module = tf.Module()
    module.model = model
    assert len(module.trainable_variables) == len(variables)


CHAINED = {
    "Chain": lambda part: bijectors.TrainableChain(bijectors=[tfb.Scale(2.0), part]),
    "Invert": lambda part: bijectors.TrainableInvert(bijector=part),
    "Blockwise": lambda part: bijectors.TrainableBlockwise(bijectors=[part], block_sizes=[2]),
}


@pytest.mark.slow
@pytest.mark.parametrize("part", [flow, Doubling], ids=["a flow", "the user's own"])
@pytest.mark.parametrize("holder", CHAINED)
def test_bijectors_that_hold_what_is_no_composite_tensor(holder, part):
    model = CHAINED[holder](part())
    x = tf.constant([0.3, -0.2])
    with operation_by_operation():
        expected = model.forward(tf.identity(x)), model.inverse(tf.identity(x))
    np.testing.assert_allclose(model.forward(x), expected[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.inverse(x), expected[1], rtol=1e-5, atol=1e-6)
    plain = tf.function(lambda it: it.forward(x), autograph=False)(model)
    np.testing.assert_allclose(plain, expected[0], rtol=1e-5, atol=1e-6)


# Gradients of what `stateless` makes, from every start.

STARTS = {
    "random": None,
    "a dict": {"scale": 0.5},
    "all of a dict": {"loc": 1.0, "scale": 0.5},
    "a callable": lambda name, **_: 0.5,
}


@pytest.mark.slow
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_gradients_of_what_stateless_functions_make(start):
    init_fn, apply_fn = distributions.TrainableNormal.stateless(start)
    tensors = init_fn(seed=SEED)
    # Alive, as in a user's program: TFP's bijectors remember no longer than that.
    held = apply_fn(tensors).scale.value()
    asked = {
        "cross_entropy": lambda model: model.cross_entropy(tfd.Normal(0.0, 1.0)),
        "kl_divergence": lambda model: model.kl_divergence(tfd.Normal(0.0, 1.0)),
        "copy": lambda model: model.copy().log_prob(0.3),
        "scale": lambda model: model.scale * 2.0 + model.loc,
        "log_prob": lambda model: model.log_prob(0.3),
        "op by op": lambda model: tfd.Normal.log_prob(model, 0.3),
    }
    for name, ask in asked.items():
        gradients = []
        # Twice: what a first tape has seen must not answer a second.
        for _ in range(2):
            with tf.GradientTape() as tape:
                tape.watch(tensors)
                answer = ask(apply_fn(tensors))
            gradients.append(tape.gradient(answer, list(tensors)))
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            loc, scale = tensors
            epsilon = np.finfo(np.float32).eps
            oracle = ask(tfd.Normal(loc, tf.math.softplus(tf.identity(scale)) + epsilon))
        expected = tape.gradient(oracle, list(tensors))
        for found in gradients:
            np.testing.assert_allclose(found, expected, rtol=1e-4, err_msg=name)
    assert held == apply_fn(tensors).scale


def test_a_bijector_of_the_users_own_does_not_know_the_tensors():
    init_fn, apply_fn = distributions.TrainableNormal.stateless({"scale": 0.5})
    start = init_fn(seed=SEED).scale
    constraint = apply_fn(init_fn(seed=SEED)).scale.transform_fn.__self__
    with tf.GradientTape() as tape:
        tape.watch(start)
        scale = constraint.forward(start)
    np.testing.assert_allclose(tape.gradient(scale, start), tf.sigmoid(tf.identity(start)))


# Numbers as NumPy has them.

KINDS_OF_INTEGERS = {
    "int64": np.int64,
    "array": np.array,
    "bytes": lambda it: np.array(it, np.uint8),
    "tensor": tf.constant,
}
COUNTED = {
    "Binomial": ((), 10),
    "BetaBinomial": ((), 10),
    "NegativeBinomial": ((), 10),
    "Multinomial": ((3,), 10),
    "DirichletMultinomial": ((3,), 10),
    "ZeroInflatedNegativeBinomial": ((), 10),
}


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", KINDS_OF_INTEGERS.values(), ids=KINDS_OF_INTEGERS)
@pytest.mark.parametrize("name", COUNTED)
def test_counts_are_integers_of_any_kind(name, count, dtype):
    shape, number = COUNTED[name]
    cls = getattr(distributions, f"Trainable{name}")
    model = cls(total_count=count(number), batch_and_event_shape=shape, parameter_dtype=dtype)
    assert model.total_count.dtype == dtype
    assert model.total_count.numpy() == number
    counts = cls(
        total_count=count([number, number + 1]),
        batch_and_event_shape=(2, *shape),
        parameter_dtype=dtype,
    )
    np.testing.assert_array_equal(counts.total_count, [number, number + 1])


def test_counts_that_a_graph_computes():
    @tf.function(autograph=False)
    def density(count):
        model = distributions.TrainableBinomial(total_count=count, logits=0.5)
        return model.log_prob(3.0)

    expected = tfd.Binomial(10.0, logits=0.5).log_prob(3.0)
    np.testing.assert_allclose(density(tf.constant(10)), expected, rtol=1e-6)


def test_years_are_index_points():
    years = np.arange(2000, 2004)[:, np.newaxis]
    kernel = tfp.math.psd_kernels.ExponentiatedQuadratic(1.0, 2.0)
    model = distributions.TrainableGaussianProcess(kernel=kernel, index_points=years)
    assert model.log_prob(np.zeros(4, np.float32)).dtype == tf.float32

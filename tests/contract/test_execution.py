"""Which way a method runs: what decides, who may say, and what there is to see of it."""

import collections
import gc
import threading
import warnings
import weakref

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from models import flow, normal

from tfp_trainables import (
    CompilationWarning,
    bijectors,
    distributions,
    execution,
    programs,
    set_execution,
    value_and_gradient,
)
from tfp_trainables_runtime import private
from tfp_trainables_runtime.programs import programs as making
from tfp_trainables_runtime.programs import records, tiers
from tfp_trainables_runtime.programs.execution import Tier
from tfp_trainables_runtime.programs.tiers import Counts, tier_of

tfd = tfp.distributions
tfb = tfp.bijectors


def calls_until(tier, call):
    """How many calls run in the tiers below."""
    for count in range(100_000):
        if any(row.runs == tier for row in programs().rows):
            return count
        call()
    raise AssertionError(f"never as {tier}")


def ran(model, method):
    """How often a method of a model has run in each way."""
    counted = collections.Counter()
    for record in records_of(model, method):
        for row in rows_of(record):
            counted[row.runs] += row.calls
    return {runs: calls for runs, calls in counted.items() if calls}


def records_of(model, method):
    found = {id(it.record): it.record for it in model._programs.callers.values()}
    return [record for record in found.values() if record.key.method == method]


def rows_of(record):
    from tfp_trainables_runtime.programs.table import _rows

    return _rows(record)


@pytest.fixture(autouse=True)
def fixture_anew(anew):
    set_execution("auto")
    programs().clear()
    yield
    programs().clear()


# What decides.


def test_tiers_follow_what_has_been_spent():
    assert tier_of(Counts()) is Tier.OP_BY_OP
    assert tier_of(Counts(operations=10, op_by_op=1e9)) is Tier.GRAPH
    assert tier_of(Counts(operations=10, op_by_op=1.0)) is Tier.OP_BY_OP
    assert tier_of(Counts(nodes=20)) is Tier.GRAPH
    assert tier_of(Counts(nodes=20, as_graph=1e9)) is Tier.XLA


@pytest.mark.parametrize("operations", [1, 10, 100, 1000])
@pytest.mark.parametrize("elements", [1, 1000, 1_000_000])
def test_no_tier_costs_much_more_than_making_the_next(operations, elements):
    counts = Counts(operations=operations)
    price = tiers._price_of_graph(operations)
    while tier_of(counts) is Tier.OP_BY_OP:
        cost = tiers.cost_op_by_op(operations, elements)
        counts.op_by_op += cost
    assert price <= counts.op_by_op < price + cost


def test_a_method_is_run_as_a_graph_once_that_pays():
    model = normal()
    count = calls_until("graph", lambda: model.log_prob(0.5))
    assert 5 < count < 100
    assert ran(model, "log_prob") == {"operation by operation": count - 1, "graph": 1}


def test_the_same_calls_run_in_the_same_way():
    def answers():
        programs().clear()
        model = distributions.TrainableGamma(seed=(1, 2))
        return [float(model.log_prob(0.7)) for _ in range(60)], ran(model, "log_prob")

    assert answers() == answers()


def test_instances_of_one_structure_are_counted_together():
    for seed in range(100):
        normal((0, seed)).log_prob(0.5)
    model = normal()
    model.log_prob(0.5)
    assert ran(model, "log_prob")["graph"] > 40


def test_gradients_are_counted_for_themselves():
    model = normal()
    calls_until("graph", lambda: model.log_prob(0.5))
    (record,) = records_of(model, "log_prob")
    with tf.GradientTape():
        model.log_prob(0.5)
    assert record.uses[True].counts.calls == 1, "operation by operation, and no second trace"


SIZES = {
    "Gamma.log_prob": lambda: (
        distributions.TrainableGamma(seed=(1, 2)),
        lambda model, n: model.log_prob(tf.ones([n])),
    ),
    "MultivariateNormalTriL.log_prob": lambda: (
        distributions.TrainableMultivariateNormalTriL(batch_and_event_shape=[3], seed=(1, 2)),
        lambda model, n: model.log_prob(tf.ones([n, 3])),
    ),
    "ScaleMatvecTriL.forward": lambda: (
        bijectors.TrainableScaleMatvecTriL(batch_and_event_shape=[3], seed=(1, 2)),
        lambda model, n: model.forward(tf.ones([n, 3])),
    ),
    "Normal.sample": lambda: (normal(), lambda model, n: model.sample(n, seed=(1, 2))),
    "a flow's log_prob": lambda: (flow((1, 2)), lambda model, n: model.log_prob(tf.ones([n, 2]))),
    "a kernel's matrix": lambda: (
        tfp_kernel(),
        lambda model, n: model.matrix(tf.ones([n, 1]), tf.ones([n + 1, 1])),
    ),
    "a nested event": lambda: (
        bijectors.TrainableJointMap(bijectors=[tfb.Scale(2.0), tfb.Exp()]),
        lambda model, n: model.forward([tf.ones([n]), tf.ones([n])])[0],
    ),
}


def tfp_kernel():
    from tfp_trainables import kernels

    return kernels.TrainableExponentiatedQuadratic(seed=(1, 2))


@pytest.mark.parametrize("build", SIZES.values(), ids=SIZES)
def test_one_graph_takes_any_size(build, traces):
    model, call = build()
    shapes = [call(model, n).shape[0] for n in range(1, 301)]
    assert shapes == list(range(1, 301))
    assert len(traces) == 1


def test_sample_shapes_of_any_rank_are_one_graph(traces):
    for shape in ((), 3, (2, 3), (1, 2, 3), 0, [4], np.array([2])):
        drawn = normal().sample(shape, seed=(1, 2)).shape
        assert drawn == tuple(np.atleast_1d(np.asarray(shape, int)))
    assert traces == ["sample"]


@pytest.mark.slow
def test_what_is_remembered_of_sizes_is_bounded():
    model = distributions.TrainableMixtureSameFamily(
        mixture_distribution=tfd.Categorical(logits=[0.0, 0.0]),
        components_distribution=normal(batch_and_event_shape=[2]),
    )
    joint = bijectors.TrainableJointMap(bijectors=[tfb.Scale(2.0), tfb.Exp()])
    for n in range(2000):
        model.log_prob(tf.zeros([n]))
        joint.forward([tf.zeros([n]), tf.zeros([n + 1])])
    for it in (model, joint):
        assert len(it._programs.callers) <= 256
        assert len(it._programs._records._records) < 10


# Who may say.


@pytest.mark.parametrize(
    ("how", "runs"), [("op_by_op", "operation by operation"), ("graph", "graph"), ("xla", "XLA")]
)
def test_a_way_that_is_asked_for_is_taken_from_the_first_call_on(how, runs):
    model = normal()
    with execution(how):
        for _ in range(3):
            model.log_prob(0.5), model.sample(seed=(1, 2)), model.mean()
    for method in ("log_prob", "sample", "mean"):
        assert ran(model, method) == {runs: 3}


def test_the_innermost_way_counts():
    model = normal()
    with execution("graph"):
        with execution("op_by_op"):
            model.log_prob(0.5)
        with pytest.raises(KeyError), execution("auto"):
            raise KeyError
        model.log_prob(0.5)
    model.log_prob(0.5)  # What there is already is run.
    assert ran(model, "log_prob") == {"operation by operation": 1, "graph": 2}


def test_a_way_for_all_threads():
    model = normal()
    set_execution("graph")
    try:
        worker = threading.Thread(target=model.log_prob, args=[0.5])
        with execution("op_by_op"):  # Of this thread alone.
            worker.start()
            worker.join()
            model.log_prob(0.5)
    finally:
        set_execution("auto")
    assert ran(model, "log_prob") == {"operation by operation": 1, "graph": 1}


def test_a_way_that_there_is_not():
    with pytest.raises(ValueError, match=r"argument 'how': expected one of 'auto'.*got 'fast'"):
        set_execution("fast")
    with pytest.raises(ValueError, match="execution, argument 'how'"), execution("XLA"):
        pass


def test_draws_never_run_under_xla_unless_asked_to():
    model = normal()
    with execution("op_by_op"):
        expected = model.sample(3, seed=(1, 2))
    for _ in range(3000):
        draws = model.sample(3, seed=(1, 2))
    np.testing.assert_array_equal(draws, expected)
    assert set(ran(model, "sample")) == {"operation by operation", "graph"}


@pytest.mark.parametrize(
    "build",
    [
        distributions.TrainableBeta,  # After a plain draw, TFP's sampler knows no sizes.
        lambda: distributions.TrainableLKJ(dimension=3),  # It cannot be traced without them.
    ],
    ids=["Beta", "LKJ"],
)
def test_draws_run_under_xla_where_that_is_asked_for(build, anew):
    model = build()
    with execution("op_by_op"):
        model.sample(2, seed=(1, 2))
    with execution("xla"):
        model.sample(2, seed=(1, 2))
    assert ran(model, "sample") == {"XLA": 1}


# What it leaves alone.


def test_a_failure_of_a_program_is_told_by_tfp():
    model = distributions.TrainableCategorical(logits=[1.0, 2.0, 3.0])
    with execution("op_by_op"), pytest.raises(Exception) as expected:  # noqa: PT011
        model.log_prob(7)
    with execution("graph"):
        model.log_prob(1)
        with pytest.raises(type(expected.value)) as error:
            model.log_prob(7)
    assert str(error.value) == str(expected.value)
    assert records_of(model, "log_prob")[0].uses[False].ceiling is Tier.XLA, "no refusal"


def test_a_refusal_concerns_one_method_of_one_structure(monkeypatch):
    def trace(key, *arguments, **keywords):
        if key.method == "mean" and key.class_name == "Normal":
            raise TypeError("no")
        return made(key, *arguments, **keywords)

    made = making.trace
    monkeypatch.setattr(making, "trace", trace)
    model, others = normal(), [normal(batch_and_event_shape=[2], scale=1.0), flow((1, 2))]
    with execution("graph"):
        with pytest.warns(CompilationWarning, match="Normal.mean runs operation by operation"):
            model.mean()
        model.mean(), model.log_prob(0.5)
        for other in others:
            other.log_prob([0.5, 0.6])
    assert ran(model, "mean") == {"operation by operation": 2}
    assert ran(model, "log_prob") == {"graph": 1}
    assert all(ran(other, "log_prob") == {"graph": 1} for other in others)


def test_checks_of_numerics_end_with_their_mode():
    model = normal(scale=1.0)
    tf.debugging.enable_check_numerics()
    try:
        with execution("graph"):
            model.log_prob(0.5)
            with pytest.raises(tf.errors.InvalidArgumentError):
                model.log_prob(np.inf)
    finally:
        tf.debugging.disable_check_numerics()
    with execution("graph"):
        assert model.log_prob(np.inf) == -np.inf
    assert ran(model, "log_prob") == {"graph": 1}


def test_a_program_is_of_a_device():
    model = normal()
    with execution("graph"):
        model.log_prob(0.5)
        with tf.device("CPU:0"):
            model.log_prob(0.5)
    assert len(records_of(model, "log_prob")) == 2


def of_both_ways(model, *arguments):
    """What the short way to call a program answers, and the one that TensorFlow publishes."""
    with execution("graph"):
        model.log_prob(*arguments)
        short = model.log_prob(*arguments)
        for record in records_of(model, "log_prob"):
            record.graph._call_shortly = None
        return short, model.log_prob(*arguments)


@pytest.mark.parametrize(
    ("build", "value"),
    [
        (normal, 0.5),
        (lambda: flow((1, 2)), [0.5, 0.6]),
        (lambda: distributions.TrainableGamma(validate_args=True, seed=(1, 2)), 0.5),
    ],
)
def test_the_short_way_answers_as_the_published_one(build, value):
    np.testing.assert_array_equal(*of_both_ways(build(), value))


def test_without_a_short_way_the_published_one_is_taken(monkeypatch):
    assert private.call_without_recording(object()) is None
    function = tf.function(tf.square).get_concrete_function(tf.TensorSpec([]))
    shortly = private.call_without_recording(function)
    assert shortly(tf.constant(3.0)) == 9
    manager = private.cancellation.CancellationManager()
    with private.cancellation.CancellationManagerContext(manager):
        assert shortly(tf.constant(3.0)) == 9
        manager.start_cancel()
        with pytest.raises(tf.errors.CancelledError):
            shortly(tf.constant(3.0))
    monkeypatch.setattr(making, "call_without_recording", lambda function: None)
    model = normal()
    with execution("graph"):
        short = model.log_prob(0.5)
    with execution("op_by_op"):
        np.testing.assert_allclose(short, model.log_prob(0.5), rtol=1e-6)


# What an object has that is its own.


def test_the_first_call_has_each_side_effect_once():
    model = bijectors.TrainableBatchNormalization(training=True)
    plain = tfb.BatchNormalization(training=True)
    x = tf.constant([[1.0, 2.0], [3.0, 5.0]])
    for _ in range(3):
        model.inverse(x), plain.inverse(tf.identity(x))
        for left, right in zip(model.batchnorm.weights, plain.batchnorm.weights, strict=True):
            np.testing.assert_allclose(left, right, rtol=1e-5)


def test_what_lives_shortly_makes_no_program():
    models = []
    for _ in range(20):
        model = bijectors.TrainableMaskedAutoregressiveFlow(
            shift_and_log_scale_fn=lambda x: (tf.zeros_like(x), tf.zeros_like(x))
        )
        for _ in range(3):
            model.forward(tf.ones([2, 2]))
        models.append(model)  # Else its rows would be gone with it.
    assert {row.runs for row in programs().rows} == {"operation by operation"}
    calls_until("graph", lambda: models[0].forward(tf.ones([2, 2])))


def test_variables_that_are_set_later_are_found():
    model = flow((1, 2))
    before = model.trainable_variables
    assert [id(it) for it in model.trainable_variables] == [id(it) for it in before]
    model.extra = tf.Variable(1.0)
    assert len(model.trainable_variables) == len(before) + 1
    model.extra = tf.Variable(2.0)
    assert any(it is model.extra for it in model.trainable_variables)


# What there is to see.


def test_the_table_tells_what_is_compiled():
    model = normal()
    with execution("graph"):
        model.log_prob([0.5, 0.6]), model.log_prob([0.5])
    with execution("xla"):
        model.log_prob([0.5, 0.6])
    graph, xla = programs().rows
    assert (graph.cls, graph.method, graph.inputs) == ("Normal", "log_prob", "float32 (?,)")
    assert (graph.runs, graph.calls, xla.runs, xla.calls) == ("graph", 2, "XLA", 1)
    assert min(graph.seconds, xla.seconds) > 0
    lines = str(programs()).splitlines()
    assert lines[0].split() == ["class", "method", "inputs", "runs", "as", "calls", "seconds"]
    assert lines[1].split()[:4] == ["Normal", "log_prob", "float32", "(?,)"]
    assert "<td>log_prob</td>" in programs()._repr_html_()


def test_what_is_cleared_runs_as_in_a_new_process():
    model = normal()
    with execution("graph"):
        model.log_prob(0.5)
    programs().clear()
    assert not programs().rows
    model.log_prob(0.5)
    assert ran(model, "log_prob") == {"operation by operation": 1}


def test_the_making_of_programs_is_bounded(monkeypatch):
    monkeypatch.setattr(records, "MOST_OF_A_STRUCTURE", 1)
    model = normal()
    with execution("graph"):
        model.log_prob(0.5), model.mean()
    assert ran(model, "mean") == {"operation by operation": 1}
    (row,) = [row for row in programs().rows if row.method == "mean"]
    assert row.note == "as many programs as are made at most"


def test_a_cache_that_comes_too_late_is_told(monkeypatch):
    flag = "--tf_xla_persistent_cache_directory"
    assert not programs().notes
    monkeypatch.setenv("TF_XLA_FLAGS", f"{flag}=somewhere")
    assert programs().notes == (
        f"{flag} came too late: set TF_XLA_FLAGS before TensorFlow is imported.",
    )


# Ahead of calls, and steps of training.


def test_what_is_compiled_ahead_is_there(traces):
    set_execution("auto")
    model = distributions.TrainableMultivariateNormalTriL(batch_and_event_shape=[3], seed=(1, 2))
    methods = ("sample", "log_prob", "mean")
    model.compile(methods, sample_shapes=[(), (5,)], gradients=True)
    assert sorted(traces) == ["log_prob", "log_prob", "mean", "sample"], "a rank is another graph"
    model.sample(7, seed=(1, 2)), model.log_prob(tf.ones([9, 3])), model.mean()
    with tf.GradientTape() as tape:
        density = model.log_prob(tf.ones([3]))
    assert None not in tape.gradient(density, model.trainable_variables)
    assert len(traces) == 4
    assert {row.runs for row in programs().rows if row.cls == model._tfp_class.__name__} >= {
        "graph"
    }


def test_bijectors_and_kernels_are_compiled_ahead(traces):
    set_execution("auto")
    bijectors.TrainableShift(seed=(1, 2)).compile(shapes=[(2,)])
    tfp_kernel().compile(["matrix", "apply"], shapes=[(4, 1)])
    assert sorted(traces) == ["apply", "forward", "forward_log_det_jacobian", "inverse", "matrix"]


def test_of_xla_there_is_a_program_for_each_shape():
    model = normal()
    model.compile("log_prob", sample_shapes=[(2,), (3,)], how="xla")
    for size in (2, 3):
        model.log_prob(tf.zeros([size]))
    assert ran(model, "log_prob")["XLA"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"methods": ["log_probability"]}, "argument 'methods': expected names of methods, got"),
        ({"methods": ["_call"]}, "argument 'methods': expected names of methods, got '_call'"),
        ({"how": "fast"}, "argument 'how': expected 'graph' or 'xla', got 'fast'"),
    ],
)
def test_what_cannot_be_compiled_ahead(arguments, message):
    with pytest.raises(ValueError, match=f"TrainableNormal.compile, {message}"):
        normal().compile(**arguments)


MODELS = {
    "normal": (normal, [0.5, 1.5]),
    "multivariate normal": (
        lambda: distributions.TrainableMultivariateNormalTriL(
            batch_and_event_shape=[2], seed=(1, 2)
        ),
        [[0.5, 1.5], [1.0, 2.0]],
    ),
    "flow": (lambda: flow((1, 2)), [[0.5, 0.6]]),
    "joint": (lambda: tfd.JointDistributionSequential([normal(), normal((3, 4))]), [0.5, 0.6]),
    "network": (lambda: over_network(), [[0.5, 0.6]]),
}


def over_network():
    network = tfb.AutoregressiveNetwork(params=2, hidden_units=[4])
    return distributions.TrainableTransformedDistribution(
        distribution=tfd.Sample(normal(), [2]),
        bijector=bijectors.TrainableMaskedAutoregressiveFlow(shift_and_log_scale_fn=network),
    )


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("how", ["auto", "op_by_op", "graph", "xla"])
def test_a_loss_and_its_gradients(name, how):
    build, data = MODELS[name]
    model = build()
    data = tf.nest.map_structure(tf.constant, data) if name == "joint" else data
    with execution(how):
        for _ in range(3):
            value, gradients = value_and_gradient(model, data)
    with execution("op_by_op"), tf.GradientTape() as tape:
        expected = -tf.reduce_mean(model.log_prob(data))
    np.testing.assert_allclose(value, expected, rtol=1e-5)
    variables = model.trainable_variables
    assert len(gradients) == len(variables) > 0
    of_tape = tape.gradient(expected, variables)
    for left, right, variable in zip(gradients, of_tape, variables, strict=True):
        assert left.shape == variable.shape
        np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-6)


def test_a_lambda_in_a_loop_is_one_loss(traces):
    model = normal()
    for _ in range(3):
        loss = value_and_gradient(model, 0.5, loss=lambda it, x: 2 * it.log_prob(x)).value
    np.testing.assert_allclose(loss, 2 * model.log_prob(0.5), rtol=1e-6)
    assert traces.count("value_and_gradient") == 1


def test_what_a_loss_refers_to_counts(traces):
    model = normal()

    def loss_times(factor):
        return value_and_gradient(model, 0.5, lambda it, x: factor * it.log_prob(x)).value

    losses = [loss_times(factor) for factor in (1.0, 3.0)]
    np.testing.assert_allclose(losses[1], 3 * losses[0], rtol=1e-6)


def test_what_a_loss_does_not_depend_on_has_a_gradient_of_0(graphs):
    model = normal()
    gradients = value_and_gradient(model, 0.5, lambda it, x: it.loc * x).gradients
    np.testing.assert_allclose(gradients, [0.5, 0.0])


def test_a_step_of_what_is_no_model():
    with pytest.raises(TypeError, match="argument 'model': expected a distribution, bijector or"):
        value_and_gradient("normal", 0.5)


def test_a_call_that_is_wrong_is_no_refusal():
    """Where a graph is asked for, TFP's error comes alone, and the next call is a graph's."""
    model = distributions.TrainableMultivariateNormalTriL(batch_and_event_shape=[3], seed=(1, 2))
    with execution("graph"), warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Exception):  # noqa: B017, PT011
            model.log_prob(tf.ones([5, 4]))
        model.log_prob(tf.ones([5, 3]))
    assert ran(model, "log_prob") == {"graph": 1}


def test_losses_of_two_objects_are_two(graphs):
    class Times:
        def __init__(self, factor):
            self.factor = factor

        def loss(self, model, x):
            return self.factor * model.log_prob(x)

    model = normal()
    losses = [value_and_gradient(model, 0.5, Times(factor).loss).value for factor in (1.0, 3.0)]
    np.testing.assert_allclose(losses[1], 3 * losses[0], rtol=1e-6)


def test_what_is_no_trainable_has_programs_as_long_as_it_lives():
    def called():
        joint = tfd.JointDistributionSequential([normal(), lambda loc: tfd.Normal(loc, 1.0)])
        data = [tf.constant(0.5), tf.constant(0.6)]
        calls_until("graph", lambda: value_and_gradient(joint, data))
        return weakref.ref(joint)

    reference = called()
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("how", ["auto", "op_by_op", "graph", "xla"])
def test_what_is_validated_is_so_in_every_way(how):
    model = distributions.TrainableGamma(validate_args=True, seed=(1, 2))
    with execution(how):
        for _ in range(2):
            model.log_prob(1.0)
            with pytest.raises(tf.errors.InvalidArgumentError, match="must be non-negative"):
                model.log_prob(-1.0)


def test_draws_are_compiled_ahead_as_those_that_are_drawn(traces):
    set_execution("auto")
    model = normal()
    model.compile(how="xla")
    assert "XLA" not in ran(model, "sample")
    assert ran(model, "sample")["graph"] == 1


class WithHelper(distributions.TrainableNormal):
    """A class of the user's that adds something, and overrides nothing."""

    unit = "m"

    def far(self):
        return self.log_prob(3.0)


class WithHook(distributions.TrainableNormal):
    """One that overrides what TFP looks for by name, and no class above has."""

    def _prob(self, value):
        return tf.zeros_like(value)


def test_a_subclass_that_overrides_nothing_shares_programs(traces):
    models = [distributions.TrainableNormal(loc=1.0), WithHelper(loc=2.0), WithHelper(loc=3.0)]
    holders = [
        distributions.TrainableTransformedDistribution(distribution=it, bijector=tfb.Shift(1.0))
        for it in models
    ]
    expected = [tfd.Normal(it.loc, it.scale).log_prob(3.0) for it in models]
    answers = [it.log_prob(3.0) for it in models]
    np.testing.assert_allclose(answers, expected, rtol=1e-5)
    np.testing.assert_allclose(models[1].far(), answers[1])
    np.testing.assert_allclose([it.log_prob(4.0) for it in holders], answers, rtol=1e-5)
    assert traces == ["log_prob", "log_prob"]


def test_a_subclass_that_overrides_something_has_programs_of_its_own(graphs):
    assert not hasattr(distributions.TrainableNormal, "_prob")
    for cls in (distributions.TrainableNormal, WithHook, WithHook):
        model = cls(loc=0.0, scale=1.0)
        overrides = isinstance(model, WithHook)
        for _ in range(3):
            answers = model.prob([0.5, -0.5])
            assert np.all(answers == 0) if overrides else np.all(answers > 0)

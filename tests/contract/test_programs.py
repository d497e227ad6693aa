"""Programs under use: shared where they can be, right wherever a method is called."""

import gc
import os
import subprocess
import sys
import textwrap
import threading
import weakref

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from comparison import assert_compiled_alike, operation_by_operation

from tfp_trainables import CompilationWarning, bijectors, distributions
from tfp_trainables_runtime import programs

tfd = tfp.distributions
tfb = tfp.bijectors


@pytest.fixture
def traces(monkeypatch):
    """The methods that are traced, in order."""
    traced = []

    def counting(key, *arguments, **keywords):
        traced.append(key.method)
        return trace(key, *arguments, **keywords)

    trace = programs.trace
    monkeypatch.setattr(programs, "trace", counting)
    monkeypatch.setattr(programs, "_SHARED", {})
    return traced


def normal(seed=(1, 2), **arguments):
    return distributions.TrainableNormal(seed=seed, **arguments)


def flow(seed):
    """A distribution of trainables in trainables."""
    return distributions.TrainableTransformedDistribution(
        distribution=distributions.TrainableIndependent(
            distribution=normal(seed, batch_and_event_shape=[2]), reinterpreted_batch_ndims=1
        ),
        bijector=bijectors.TrainableChain(
            bijectors=[
                tfb.Softplus(),
                bijectors.TrainableScaleMatvecTriL(batch_and_event_shape=[2], seed=seed),
                bijectors.TrainableShift(batch_and_event_shape=[2], seed=seed),
            ]
        ),
    )


STRUCTURES = {
    "normal": lambda seed: (normal(seed), tf.constant(0.5)),
    "gamma": lambda seed: (distributions.TrainableGamma(rate=2.0, seed=seed), tf.constant(0.5)),
    "multivariate normal": lambda seed: (
        distributions.TrainableMultivariateNormalTriL(batch_and_event_shape=[3], seed=seed),
        tf.ones([3]),
    ),
    "mixture": lambda seed: (
        distributions.TrainableMixtureSameFamily(
            mixture_distribution=distributions.TrainableCategorical(num_classes=2, seed=seed),
            components_distribution=normal(seed, batch_and_event_shape=[2]),
        ),
        tf.constant(0.5),
    ),
    "flow": lambda seed: (flow(seed), tf.constant([0.5, 0.6])),
}


@pytest.mark.parametrize("build", STRUCTURES.values(), ids=STRUCTURES)
def test_instances_of_one_structure_share_a_program(build, traces):
    answers = set()
    for seed in range(1000):
        model, value = build((0, seed))
        answers.add(float(model.log_prob(value)))
    assert traces == ["log_prob"]
    assert len(answers) > 990, "each has its own variables"


def test_instances_of_one_structure_compile_once(tmp_path):
    run_python(
        """
        import tensorflow as tf
        from tfp_trainables import distributions

        value = tf.constant(0.5)
        for seed in range(100):
            model = distributions.TrainableMixtureSameFamily(
                mixture_distribution=distributions.TrainableCategorical(num_classes=2),
                components_distribution=distributions.TrainableNormal(batch_and_event_shape=[2]),
            )
            model.log_prob(value), model.sample(seed=(1, seed)), model.mean()
        """,
        XLA_FLAGS=f"--xla_dump_to={tmp_path} --xla_dump_hlo_as_text",
    )
    compiled = [path.name for path in tmp_path.glob("*MixtureSameFamily_*before_optimizations.txt")]
    for method in ("log_prob", "sample", "mean"):
        assert len([name for name in compiled if method in name]) == 1, compiled
    assert len(compiled) == 3


@pytest.mark.parametrize(
    "other",
    [
        lambda: normal(name="other"),
        lambda: normal(initial_parameters={"loc": 3.0}),
        lambda: normal(parameter_dtype="float32"),
        lambda: normal().__copy__(),
    ],
)
def test_what_changes_no_program(other, traces):
    normal().log_prob(0.0)
    other().log_prob(tf.constant(1.0))
    assert len(traces) == 1


def test_fixed_values_of_one_shape_share_a_program(traces):
    for scale in (0.5, 1, np.float32(2), tf.constant(3.0), 4.0):
        expected = tfd.Normal(0.0, float(scale)).log_prob(1.0)
        model = normal(loc=0.0, scale=scale)
        np.testing.assert_allclose(model.log_prob(1.0), expected, rtol=1e-6)
    assert len(traces) == 1


@pytest.mark.parametrize(
    "other",
    [
        lambda: normal(parameter_dtype=tf.float64),
        lambda: normal(batch_and_event_shape=[2]),
        lambda: normal(scale=2.0),
        lambda: normal(validate_args=True),
        lambda: normal(loc=tf.Variable(0.0, trainable=False)),
        lambda: distributions.TrainableLaplace(),
    ],
)
def test_what_needs_another_program(other, traces):
    normal().log_prob(0.0)
    other().log_prob(0.0)
    assert len(programs._SHARED) == 2


def test_one_variable_in_two_places_is_one(traces):
    shared = tf.Variable(1.0)
    twice = normal(loc=shared, scale=shared)
    apart = normal(loc=tf.Variable(1.0), scale=tf.Variable(1.0))
    assert twice.log_prob(0.0) == apart.log_prob(0.0)
    assert len(traces) == 2
    with tf.GradientTape() as tape:
        loss = twice.log_prob(0.0)
    np.testing.assert_allclose(tape.gradient(loss, shared), -1.0, rtol=1e-6)


def test_an_instance_is_not_kept_alive(traces):
    model = normal()
    model.log_prob(0.0), model.sample(), model.mean()
    alive = weakref.ref(model), weakref.ref(model.loc)
    del model
    gc.collect()
    assert [reference() for reference in alive] == [None, None]


def test_a_change_of_a_variable_is_seen():
    model, value = flow((1, 2)), tf.constant([0.5, 0.6])
    before = model.log_prob(value)
    model.trainable_variables[0].assign_add(tf.ones_like(model.trainable_variables[0]))
    assert model.log_prob(value) != before
    with operation_by_operation():
        expected = model.log_prob(value)
    np.testing.assert_allclose(model.log_prob(value), expected, rtol=1e-6)


def test_seeds():
    model = normal()
    assert model.sample() != model.sample()
    tf.random.set_seed(1)
    first = [model.sample().numpy(), model.sample(2).numpy()]
    tf.random.set_seed(1)
    again = [model.sample().numpy(), model.sample(2).numpy()]
    tf.nest.map_structure(np.testing.assert_array_equal, first, again)
    assert model.sample(seed=(1, 2)) == model.sample(seed=tf.constant([1, 2]))
    assert model.sample(seed=(1, 2)) != model.sample(seed=(1, 3))


@pytest.mark.parametrize(
    "shape", [2, [2], (2,), tf.TensorShape([2]), np.array([2]), tf.constant(2)]
)
def test_sample_shapes(shape, traces):
    assert normal().sample(shape, seed=(1, 2)).shape == [2]
    assert normal().sample((2,), seed=(1, 2)).shape == [2]
    assert len(traces) == 1


@pytest.mark.parametrize("jit_compile", [True, False])
def test_inside_of_a_function(jit_compile, traces):
    model = flow((1, 2))
    value = tf.constant([0.5, 0.6])

    @tf.function(jit_compile=jit_compile)
    def density_and_draw(value):
        return model.log_prob(value), model.sample(seed=(1, 2))

    density, draw = density_and_draw(value)
    assert traces == [], "the outer function is the program"
    np.testing.assert_allclose(density, model.log_prob(value), rtol=1e-5)
    if jit_compile:
        np.testing.assert_array_equal(draw, model.sample(seed=(1, 2)))
    model.trainable_variables[0].assign_add(tf.ones_like(model.trainable_variables[0]))
    np.testing.assert_allclose(density_and_draw(value)[0], model.log_prob(value), rtol=1e-5)


def test_run_functions_eagerly(traces):
    with operation_by_operation():
        normal().log_prob(0.0)
    assert traces == []


def test_inside_of_vectorized_map():
    model = normal()
    values = tf.linspace(-1.0, 1.0, 5)
    np.testing.assert_allclose(
        tf.vectorized_map(model.log_prob, values), model.log_prob(values), rtol=1e-6
    )


@pytest.mark.parametrize("values", [1, 1.0, [1.0, 2.0], np.float64(1.0), np.array([1, 2]), (1.0,)])
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_kinds_of_inputs(values, dtype):
    model = normal(parameter_dtype=dtype)
    with operation_by_operation():
        expected = model.log_prob(values)
    actual = model.log_prob(values)
    assert actual.dtype == expected.dtype == dtype
    assert_compiled_alike(actual, expected)
    variable = tf.Variable(1.0, dtype=dtype)
    assert model.log_prob(variable) == model.log_prob(variable.read_value())


@pytest.mark.parametrize("value", ["a", object(), tf.constant("a")])
def test_inputs_of_the_wrong_kind_are_refused_as_by_tfp(value):
    model = normal()
    with operation_by_operation(), pytest.raises(Exception) as expected:  # noqa: PT011
        model.log_prob(value)
    with pytest.raises(type(expected.value)):
        model.log_prob(value)


def test_a_method_that_is_not_implemented():
    with pytest.raises(NotImplementedError, match="covariance"):
        normal().covariance()


def test_batches_of_a_dataset():
    model = normal()
    data = tf.data.Dataset.range(5).map(lambda it: tf.cast(it, tf.float32)).batch(2)
    eagerly = [model.log_prob(batch) for batch in data]
    assert [len(part) for part in eagerly] == [2, 2, 1]
    mapped = list(data.map(model.log_prob))
    for left, right in zip(eagerly, mapped, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-6)


def test_derivatives_of_higher_order():
    model = distributions.TrainableMultivariateNormalTriL(batch_and_event_shape=[2], seed=(1, 2))
    value = tf.constant([0.5, 0.6])
    loc = model.loc

    def derivatives():
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                density = model.log_prob(value)
            gradient = inner.gradient(density, loc)
        return gradient, outer.jacobian(gradient, loc)

    with operation_by_operation():
        expected = derivatives()
    for left, right in zip(derivatives(), expected, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-4)
    precision = np.linalg.inv(model.covariance())
    np.testing.assert_allclose(derivatives()[1], -precision, rtol=1e-3)


def test_gradients_with_respect_to_the_input_and_forward():
    model = normal(loc=0.0, scale=2.0)
    x = tf.constant(1.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as accumulator:
        density = model.log_prob(x)
    np.testing.assert_allclose(accumulator.jvp(density), -0.25)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        densities = model.log_prob(x), 2 * model.log_prob(x)
    np.testing.assert_allclose([tape.gradient(it, x) for it in densities], [-0.25, -0.5])


def test_gradients_reach_the_tensors_that_parameters_are_made_of():
    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        density = normal(loc=2 * x, scale=1.0).log_prob(0.0)
    np.testing.assert_allclose(tape.gradient(density, x), -4.0)


def test_gradients_of_draws():
    model = normal()
    with tf.GradientTape() as tape:
        draw = tf.reduce_sum(model.sample(3, seed=(1, 2)))
    gradient = tape.gradient(draw, model.trainable_variables)
    np.testing.assert_allclose(gradient[0], 3.0)


def test_arguments_are_validated_where_asked_for():
    model = distributions.TrainableGamma(validate_args=True)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be non-negative"):
        model.log_prob(-1.0)
    model.log_prob(1.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be non-negative"):
        model.log_prob(tf.constant(-1.0))
    nested = distributions.TrainableIndependent(
        distribution=distributions.TrainableGamma(batch_and_event_shape=[2], validate_args=True),
        reinterpreted_batch_ndims=1,
    )
    nested.log_prob([1.0, 1.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be non-negative"):
        nested.log_prob([1.0, -1.0])


def test_what_asserts_nothing_is_compiled_in_any_case():
    model = normal(allow_nan_stats=False)
    model.log_prob(0.5)
    (ready,) = model._programs._ready.values()
    assert ready.func._is_xla


def test_undefined_statistics_are_errors_where_asked_for():
    arguments = {"df": 0.5, "loc": 0.0, "scale": 1.0}
    assert np.isnan(distributions.TrainableStudentT(**arguments).mean())
    model = distributions.TrainableStudentT(**arguments, allow_nan_stats=False)
    for _ in range(2):
        with pytest.raises(tf.errors.InvalidArgumentError, match="mean not defined"):
            model.mean()


def test_an_error_of_tfp_comes_alone():
    with pytest.raises(ValueError, match="Input must have rank at least 2") as error:
        bijectors.TrainableCorrelationCholesky().inverse_log_det_jacobian([0.1, 0.2])
    assert error.value.__context__ is None


def test_conditions_are_inputs(traces):
    def shift_and_log_scale(x, c=None):
        return tf.zeros_like(x) + c, tf.zeros_like(x)

    model = distributions.TrainableTransformedDistribution(
        distribution=tfd.Sample(normal(), [2]),
        bijector=bijectors.TrainableMaskedAutoregressiveFlow(
            shift_and_log_scale_fn=shift_and_log_scale
        ),
    )
    x = tf.constant([0.5, 0.6])
    answers = []
    for c in (0.0, 1.0, 2.0):
        condition = {"c": tf.constant([c, c])}
        with operation_by_operation():
            expected = model.log_prob(x, bijector_kwargs=condition)
        answers.append(float(model.log_prob(x, bijector_kwargs=condition)))
        np.testing.assert_allclose(answers[-1], expected, rtol=1e-5)
    assert len(set(answers)) == 3
    assert len(traces) == 1


def test_a_network_is_trained_through_its_program(traces):
    tf_keras.utils.set_random_seed(1)
    network = tfb.AutoregressiveNetwork(params=2, hidden_units=[4], activation="tanh")
    model = distributions.TrainableTransformedDistribution(
        distribution=tfd.Sample(normal(), [2]),
        bijector=bijectors.TrainableMaskedAutoregressiveFlow(shift_and_log_scale_fn=network),
    )
    x = tf.constant([[0.5, 0.6]])
    model.log_prob(x)  # Creates the network's weights.
    optimizer = tf_keras.optimizers.Adam(0.1)
    losses = []
    for _ in range(10):
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(model.log_prob(x))
        found = tape.gradient(loss, model.trainable_variables)
        assert None not in found
        optimizer.apply_gradients(zip(found, model.trainable_variables, strict=True))
        losses.append(float(loss))
    assert losses[-1] < losses[0]
    assert traces == ["log_prob"]


def shift_by_condition(x, c=None):
    return tf.zeros_like(x) + c, tf.zeros_like(x)


def conditional(loc=0.0):
    return distributions.TrainableTransformedDistribution(
        distribution=tfd.Sample(tfd.Normal(loc, 1.0), [2]),
        bijector=bijectors.TrainableMaskedAutoregressiveFlow(
            shift_and_log_scale_fn=shift_by_condition
        ),
    )


@pytest.mark.parametrize("value", [5.0, np.float64(5.0), np.float32(5.0)])
def test_a_condition_may_be_a_variable_of_the_model(value):
    loc, other = tf.Variable(0.0), tf.Variable(5.0)
    model, x = conditional(loc), tf.constant([0.5, 0.6])
    first = [model.log_prob(x, bijector_kwargs={"c": loc}) for _ in range(3)]
    second = model.log_prob(x, bijector_kwargs={"c": other})
    assert len(set(map(float, first))) == 1
    np.testing.assert_allclose(second, model.log_prob(x, bijector_kwargs={"c": value}), rtol=1e-6)
    assert abs(float(second - first[0])) > 1


def test_a_function_of_the_users_may_refer_to_a_network(monkeypatch):
    x = tf.constant([[0.5, 0.6]])
    for _ in range(2):
        network = tfb.AutoregressiveNetwork(params=2, hidden_units=[4])
        monkeypatch.setitem(globals(), "current_network", network)
        model = distributions.TrainableTransformedDistribution(
            distribution=tfd.Sample(tfd.Normal(0.0, 1.0), [2]),
            bijector=bijectors.TrainableMaskedAutoregressiveFlow(
                shift_and_log_scale_fn=call_current_network
            ),
        )
        for _ in range(2):
            with tf.GradientTape() as tape:
                density = model.log_prob(x)
            assert None not in tape.gradient(density, network.trainable_variables)
        with operation_by_operation():
            np.testing.assert_allclose(density, model.log_prob(x), rtol=1e-5)


def call_current_network(x):
    return globals()["current_network"](x)


def test_a_parameter_that_is_an_inverse():
    scale = tfp.util.DeferredTensor(tf.Variable(1.5), tfb.Softplus().inverse)
    model = normal(loc=0.0, scale=scale)
    expected = tfd.Normal(0.0, tfb.Softplus().inverse(1.5)).log_prob(1.0)
    for _ in range(2):
        np.testing.assert_allclose(model.log_prob(1.0), expected, rtol=1e-6)


def test_a_part_that_is_kept_as_it_is_is_validated_too():
    joint = tfd.JointDistributionSequential(
        [tfd.Gamma(1.0, 1.0, validate_args=True), tfd.Normal(0.0, 1.0)]
    )
    model = distributions.TrainableTransformedDistribution(
        distribution=joint, bijector=tfb.JointMap([tfb.Identity(), tfb.Shift(1.0)])
    )
    for _ in range(3):
        with pytest.raises(tf.errors.InvalidArgumentError):
            model.log_prob([-1.0, 0.5])


def test_the_first_draw_is_as_the_others():
    model = distributions.TrainableTransformedDistribution(
        distribution=tfd.Normal(0.0, 1.0),
        bijector=tfb.Inline(
            forward_fn=lambda x: x,
            inverse_fn=lambda y: y,
            inverse_log_det_jacobian_fn=tf.zeros_like,
            forward_min_event_ndims=0,
        ),
    )
    assert len({float(model.sample(seed=(1, 2))) for _ in range(3)}) == 1


def test_an_attribute_of_one_instance_is_its_own_affair(traces):
    model = distributions.TrainableLaplace()
    model.step = tf.Variable(0)
    model.log_prob(0.0), model.log_prob(0.0)
    for _ in range(3):
        distributions.TrainableLaplace().log_prob(0.0)
    assert len(traces) <= 2


def test_dimensions_of_an_event_that_a_graph_computes():
    bijector, x = bijectors.TrainableScale(scale=2.0), tf.ones([3])

    @tf.function
    def jacobian(event_ndims):
        return bijector.forward_log_det_jacobian(x, event_ndims=event_ndims)

    np.testing.assert_allclose(jacobian(tf.constant(1)), 3 * np.log(2), rtol=1e-6)
    np.testing.assert_allclose(
        bijector.forward_log_det_jacobian(x, event_ndims=tf.constant(1)), 3 * np.log(2), rtol=1e-6
    )


@pytest.mark.parametrize(
    "arguments", [{"sample_shape": [[2, 3]]}, {"sample_shape": None}, {"seed": tf.constant(3)}]
)
def test_draws_of_no_shape_are_refused_as_by_tfp(arguments):
    model = normal()
    model.sample()
    with operation_by_operation(), pytest.raises(Exception) as expected:  # noqa: PT011
        model.sample(**arguments)
    with pytest.raises(type(expected.value)):
        model.sample(**arguments)


class Shifted(distributions.TrainableNormal):
    """A subclass of the user's that changes what a method computes."""

    def _log_prob(self, x):
        return super()._log_prob(x) + 1


class WithLogProb(distributions.TrainableNormal):
    """A subclass of the user's with a method of its own."""

    def log_prob(self, value, name="log_prob", **kwargs):
        return super().log_prob(value, name, **kwargs) + 1


@pytest.mark.parametrize("cls", [Shifted, WithLogProb])
def test_what_a_subclass_overrides_counts(cls):
    model = cls(seed=(1, 2))
    for _ in range(3):  # The first call may run without a program.
        np.testing.assert_allclose(model.log_prob(0.5), normal().log_prob(0.5) + 1, rtol=1e-6)


def python_identity(x):
    y = tf.py_function(lambda it: it, [x], x.dtype)
    y.set_shape(x.shape)
    return y


def test_what_xla_refuses_runs_as_a_graph():
    model = distributions.TrainableTransformedDistribution(
        distribution=normal(),
        bijector=tfb.Inline(
            forward_fn=python_identity,
            inverse_fn=python_identity,
            inverse_log_det_jacobian_fn=tf.zeros_like,
            forward_min_event_ndims=0,
        ),
    )
    x = tf.constant(0.5)
    with operation_by_operation():
        expected = model.log_prob(x)
    with pytest.warns(CompilationWarning, match="TransformedDistribution.log_prob runs as a graph"):
        np.testing.assert_allclose(model.log_prob(x), expected, rtol=1e-6)
    np.testing.assert_allclose(model.log_prob(x), expected, rtol=1e-6)  # No second warning.


def test_threads_share_what_they_compile(traces):
    value = tf.constant([0.5, 0.6])
    models = [flow((0, seed)) for seed in range(8)]
    results = [None] * len(models)
    start = threading.Barrier(len(models))

    def call(position):
        start.wait()
        results[position] = [models[position].log_prob(value).numpy() for _ in range(5)]

    workers = [threading.Thread(target=call, args=[position]) for position in range(len(models))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert traces == ["log_prob"]
    for model, result in zip(models, results, strict=True):
        np.testing.assert_array_equal(result, [model.log_prob(value)] * 5)


def run_python(source, *arguments, **environment):
    """Runs a program of its own; returns what it prints."""
    completed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
    )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def test_a_saved_method_needs_tensorflow_alone(tmp_path):
    model = flow((1, 2))
    module = tf.Module()
    module.model = model
    module.log_prob = tf.function(
        model.log_prob, input_signature=[tf.TensorSpec([None, 2])], jit_compile=True
    )
    tf.saved_model.save(module, str(tmp_path))
    printed = run_python(
        """
        import sys
        sys.modules["tensorflow_probability"] = sys.modules["tfp_trainables"] = None
        import tensorflow as tf
        loaded = tf.saved_model.load(sys.argv[1])
        print(loaded.log_prob(tf.constant([[0.5, 0.6]])).numpy()[0])
        """,
        tmp_path,
    )
    assert float(printed) == pytest.approx(float(model.log_prob([0.5, 0.6])), rel=1e-5)


def test_mirrored_variables():
    printed = run_python("""
        import tensorflow as tf
        from tfp_trainables.distributions import TrainableNormal

        cpu = tf.config.list_physical_devices("CPU")[0]
        one = tf.config.LogicalDeviceConfiguration()
        tf.config.set_logical_device_configuration(cpu, [one, one])
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
        with strategy.scope():
            model = TrainableNormal(seed=(1, 2))
            expected = float(TrainableNormal(seed=(1, 2)).log_prob(0.5))

        def gradients():
            with tf.GradientTape() as tape:
                loss = model.log_prob(0.5)
            return loss, tape.gradient(loss, model.trainable_variables)

        def step():
            loss, found = gradients()
            return loss, tf.distribute.get_replica_context().all_reduce("sum", found)

        for run in (step, tf.function(step), tf.function(step, jit_compile=False)):
            losses, found = strategy.run(run)
            for loss in strategy.experimental_local_results(losses):
                assert abs(float(loss) - expected) < 1e-6
            summed = [strategy.experimental_local_results(part)[0] for part in found]
            for left, right in zip(summed, gradients()[1], strict=True):
                assert abs(float(left) - 2 * float(right)) < 1e-5, (left, right)
        print("done")
        """)
    assert printed.strip().endswith("done")


def test_memory_stays_flat():
    printed = run_python("""
        import gc, resource
        import tensorflow as tf
        from tfp_trainables import distributions

        def use(seed):
            model = distributions.TrainableNormal(seed=(0, seed))
            model.log_prob(value), model.sample(seed=draw_seed), model.mean()

        def megabytes():
            gc.collect()
            pages = int(open("/proc/self/statm").read().split()[1])
            return pages * resource.getpagesize() / 2**20

        value, draw_seed = tf.constant(0.5), tf.constant([1, 2])
        for seed in range(100):
            use(seed)
        before = megabytes()
        for seed in range(9900):
            use(seed)
        print(megabytes() - before)
        """)
    assert float(printed) < 10

"""A compiled method is right wherever it is called: modes, transformations, inputs, gradients."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from models import flow, normal, run_python

from tfp_trainables import bijectors, distributions, execution
from tfp_trainables_runtime.testing.comparison import assert_compiled_alike, operation_by_operation

tfd = tfp.distributions
tfb = tfp.bijectors


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
    with execution("xla" if jit_compile else "graph"):
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
    with execution("xla"):
        model.log_prob(0.5)
    (caller,) = model._programs.callers.values()
    (of_shape,) = caller.record.shapes.values()
    assert of_shape.program.calls == 1


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


@pytest.mark.slow
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


@pytest.mark.slow
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

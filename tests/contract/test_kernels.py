"""Kernels as users compose them: sums, products, and processes that train them."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras

from tfp_trainables import kernels
from tfp_trainables.distributions import TrainableGaussianProcess
from tfp_trainables_runtime.testing.comparison import operation_by_operation

X = np.linspace(0, 1, 20, dtype=np.float32)[:, None]
Y = np.sin(6 * X[:, 0]) + 0.1 * np.random.default_rng(0).normal(size=20).astype(np.float32)


def names(model):
    return sorted(variable.name.removesuffix(":0") for variable in model.trainable_variables)


def test_a_process_trains_its_kernel_and_its_noise():
    process = TrainableGaussianProcess(
        kernel=kernels.TrainableExponentiatedQuadratic(seed=1), index_points=X, seed=2
    )
    assert names(process) == ["amplitude", "length_scale", "observation_noise_variance"]
    losses = tfp.math.minimize(
        lambda: -process.log_prob(Y),
        num_steps=300,
        optimizer=tf_keras.optimizers.Adam(0.05),
        trainable_variables=process.trainable_variables,
        jit_compile=True,
    ).numpy()
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0] - 5
    assert 0.001 < process.observation_noise_variance.numpy() < 0.1


def test_sums_and_products_train_their_parts():
    trend = kernels.TrainableLinear(bias_amplitude=None, seed=1)
    season = kernels.TrainableExpSinSquared({"period": 0.5}, seed=2)
    local = kernels.TrainableMaternFiveHalves(seed=3)
    process = TrainableGaussianProcess(kernel=trend + season * local, index_points=X, seed=4)
    expected = [*names(trend), *names(season), *names(local), "observation_noise_variance"]
    assert names(process) == sorted(expected)
    with tf.GradientTape() as tape:
        loss = process.log_prob(Y)
    gradients = tape.gradient(loss, process.trainable_variables)
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_two_kernels_of_one_structure_share_a_program(traces):
    for seed in range(3):
        kernel = kernels.TrainableRationalQuadratic(seed=seed)
        kernel.matrix(X, X)
        kernel.matrix(X, X)
    assert len(traces) == 1


def test_a_change_of_the_variables_is_seen():
    kernel = kernels.TrainableMaternOneHalf({"amplitude": 1.0, "length_scale": 1.0})
    before = kernel.matrix(X, X).numpy()
    kernel.trainable_variables[0].assign_add(1.0)
    expected = tfp.math.psd_kernels.MaternOneHalf(kernel.amplitude, 1.0).matrix(X, X)
    np.testing.assert_allclose(kernel.matrix(X, X), expected, rtol=1e-5)
    assert not np.allclose(kernel.matrix(X, X), before)


def test_features_may_have_any_number_of_dimensions():
    kernel = kernels.TrainableSpectralMixture(batch_and_event_shape=[3, 4, 2], feature_ndims=2)
    assert kernel.logits.shape == [3]
    assert kernel.locs.shape == [3, 4, 2]
    assert kernel.matrix(np.ones([5, 4, 2], "f"), np.ones([6, 4, 2], "f")).shape == [5, 6]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: kernels.TrainableExponentiatedQuadratic({"length_scale": -1.0}),
            "TrainableExponentiatedQuadratic, initial value of 'length_scale'.*got -1",
        ),
        (
            lambda: kernels.TrainableExponentiatedQuadratic(
                {"length_scale": 1.0}, inverse_length_scale=1.0
            ),
            "'length_scale': .*got both",
        ),
        (lambda: kernels.TrainableConstant({"const": 1.0}), "'constant'.*got 'const'"),
    ],
)
def test_errors_name_what_is_wrong(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_one_tensor_twice_is_two_inputs():
    kernel = kernels.TrainableExponentiatedQuadratic(seed=(1, 2))
    x, y = tf.constant([[0.0], [1.0]]), tf.constant([[2.0], [3.0]])
    for left, right in ((x, x), (x, y), (y, y), (y, x)):
        with operation_by_operation():
            expected = kernel.matrix(left, right)
        np.testing.assert_allclose(kernel.matrix(left, right), expected, rtol=1e-6)

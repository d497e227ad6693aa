"""Checkpoints of the dynamic object are restored into trainables, by parameter."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES

from tfp_trainables.distributions import TrainableNormal
from tfp_trainables.kernels import TrainablePolynomial, TrainableSpectralMixture

make_trainable = tfp.experimental.util.make_trainable

OTHERWISE = {
    "tfp.distributions.Categorical",
    "tfp.distributions.FiniteDiscrete",
    "tfp.math.psd_kernels.Polynomial",
}
DYNAMIC = [
    case
    for case in CASES
    if case.variables
    and case.entry["make_trainable"]["builds"]
    and set(case.variables) - set(case.fixed())
    # It makes no classes without their sizes, and trains the exponent; see below.
    and case.name not in OTHERWISE
]


@pytest.mark.parametrize("case", DYNAMIC, ids=str)
def test_the_dynamic_objects_values_arrive(case, tmp_path):
    passed = case.fixed()
    sizes = dict.fromkeys(case.entry["sizes"])
    dynamic = make_trainable(
        case.tfp_class,
        batch_and_event_shape=case.shape,
        **{name: it for name, it in case.arguments(np.float32).items() if name not in sizes},
        **passed,
    )
    path = tf.train.Checkpoint(model=dynamic).write(str(tmp_path / "checkpoint"))
    model = case.build(seed=(5, 6), **passed)
    tf.train.Checkpoint(model=model).read(path).assert_consumed()
    created = list(model._creation.variables.values())
    assert len(created) == len(dynamic.trainable_variables)
    by_name = {variable.name: variable.numpy() for variable in dynamic.trainable_variables}
    for variable in created:
        np.testing.assert_array_equal(variable, by_name[variable.name])


def test_what_it_creates_beyond_ours_takes_no_place(tmp_path):
    dynamic = make_trainable(tfp.math.psd_kernels.Polynomial)
    path = tf.train.Checkpoint(dynamic).write(str(tmp_path / "checkpoint"))
    model = TrainablePolynomial()
    status = tf.train.Checkpoint(model).read(path)
    with pytest.raises(AssertionError, match=r"_param_args\.1"):
        status.assert_consumed()  # The exponent, which is not trained here.
    for name in ("bias_amplitude", "slope_amplitude", "shift"):
        np.testing.assert_array_equal(getattr(model, name), getattr(dynamic, name))


def test_other_shapes_are_said_to_be_so(tmp_path):
    dynamic = make_trainable(tfp.math.psd_kernels.SpectralMixture, batch_and_event_shape=(3, 2))
    path = tf.train.Checkpoint(dynamic).write(str(tmp_path / "checkpoint"))
    model = TrainableSpectralMixture(batch_and_event_shape=(3, 2))
    with pytest.raises(ValueError, match="logits:0"):
        tf.train.Checkpoint(model).read(path)


def test_nothing_of_it_stays(tmp_path):
    path = tf.train.Checkpoint(make_trainable(tfp.distributions.Normal)).write(
        str(tmp_path / "checkpoint")
    )
    model = TrainableNormal()
    tf.train.Checkpoint(model).read(path)
    assert len(model.submodules) == len(TrainableNormal().submodules)
    ours = tf.train.Checkpoint(model).write(str(tmp_path / "ours"))
    names = [name for name, _ in tf.train.list_variables(ours)]
    assert not any("_param_args" in name for name in names)

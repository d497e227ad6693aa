"""Linear operators over variables: their structures, initial values and errors."""

import copy
import pickle

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from cases import CASES

from tfp_trainables.bijectors import TrainableScaleMatvecLinearOperator
from tfp_trainables.distributions import (
    TrainableMatrixNormalLinearOperator,
    TrainableMultivariateNormalLinearOperator,
    TrainableWishartLinearOperator,
)
from tfp_trainables.experimental.distributions import (
    TrainableMultivariateNormalPrecisionFactorLinearOperator,
)

tfd = tfp.distributions

WITH_OPERATORS = [case for case in CASES if case.entry["structures"]]
STRUCTURES = {
    "diag": ([3], tf.linalg.LinearOperatorDiag),
    "tril": ([3, 3], tf.linalg.LinearOperatorLowerTriangular),
    "full": ([3, 3], tf.linalg.LinearOperatorFullMatrix),
}


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("case", WITH_OPERATORS, ids=str)
@pytest.mark.usefixtures("operation_by_operation")
def test_every_structure_of_every_class(case, structure):
    model = case.build(np.float64, **dict.fromkeys(case.entry["structures"], structure))
    plain = case.tfp_class(**model.parameters)
    for argument in case.entry["structures"]:
        operator = model.parameters[argument.removesuffix("_structure")]
        assert isinstance(operator, STRUCTURES[structure][1])
        matrix = operator.to_dense().numpy()
        assert np.linalg.matrix_rank(matrix) == len(matrix)
        if structure == "full":
            np.testing.assert_allclose(matrix, matrix.T)
            assert (np.linalg.eigvalsh(matrix) > 0).all()
    if case.is_distribution:
        x = plain.sample(2, seed=(1, 2))
        np.testing.assert_allclose(model.log_prob(x), plain.log_prob(x), rtol=1e-9)
        evaluate = lambda: tf.reduce_sum(model.log_prob(x))  # noqa: E731
    else:
        evaluate = lambda: tf.reduce_sum(case.mapped(model))  # noqa: E731
    with tf.GradientTape() as tape:
        value = evaluate()
    gradients = tape.gradient(value, model.trainable_variables)
    assert all(np.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_normal_is_what_its_operator_says(structure):
    shape, _ = STRUCTURES[structure]
    model = TrainableMultivariateNormalLinearOperator(
        batch_and_event_shape=[2, 3], scale_structure=structure, seed=(1, 2)
    )
    assert model.batch_shape == [2]
    assert model.scale.shape == [2, 3, 3]
    expected = tfd.MultivariateNormalFullCovariance(
        model.loc, tf.matmul(model.scale.to_dense(), model.scale.to_dense(), transpose_b=True)
    )
    x = np.array([0.3, -0.1, 0.2], np.float32)
    np.testing.assert_allclose(model.log_prob(x), expected.log_prob(x), rtol=1e-3)
    start = np.eye(3) * 2 if len(shape) == 2 else [2.0, 2.0, 2.0]
    model = TrainableMultivariateNormalLinearOperator(
        {"scale": start}, [3], scale_structure=structure
    )
    np.testing.assert_allclose(model.scale.to_dense(), 2 * np.eye(3), atol=1e-5)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("rebuild", [copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_a_copy_keeps_the_structure(structure, rebuild):
    model = TrainableMatrixNormalLinearOperator(
        batch_and_event_shape=[2, 3], scale_row_structure=structure, seed=(1, 2)
    )
    copied = rebuild(model)
    assert type(copied.scale_row) is type(model.scale_row)
    np.testing.assert_array_equal(copied.log_prob(tf.ones([2, 3])), model.log_prob(tf.ones([2, 3])))


def test_an_operator_that_is_passed_is_used():
    scale = tf.linalg.LinearOperatorScaledIdentity(3, tf.Variable(2.0, name="mine"))
    model = TrainableMultivariateNormalLinearOperator(scale=scale)
    assert [variable.name for variable in model.trainable_variables] == ["mine:0", "loc:0"]
    assert model.event_shape == [3]


def test_structures_have_programs_of_their_own(traces):
    for structure in STRUCTURES:
        for seed in range(2):
            bijector = TrainableScaleMatvecLinearOperator(
                batch_and_event_shape=[3], scale_structure=structure, seed=seed
            )
            bijector.forward(tf.ones([3]))
    assert traces == ["forward"] * len(STRUCTURES)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: TrainableWishartLinearOperator(None, [2, 2], scale_structure="lower"),
            "argument 'scale_structure': expected one of 'diag', 'tril', 'full', got 'lower'",
        ),
        (
            TrainableMultivariateNormalLinearOperator,
            r"'batch_and_event_shape': expected at least 1 dimension, .* 'loc' follows",
        ),
        (
            lambda: TrainableMultivariateNormalLinearOperator(
                {"scale": [[1.0, 2.0], [2.0, 1.0]]}, [2], scale_structure="full"
            ),
            "initial value of 'scale': .*symmetric positive-definite",
        ),
        (
            lambda: TrainableMultivariateNormalPrecisionFactorLinearOperator(
                None, [2], precision=tf.linalg.LinearOperatorIdentity(2)
            ),
            "`precision_factor` must be provided",
        ),
        (
            lambda: TrainableMultivariateNormalPrecisionFactorLinearOperator(
                {"precision": [[1.0]]}, [1]
            ),
            "expected one of 'loc', 'precision_factor', got 'precision'",
        ),
    ],
)
def test_errors_name_what_is_wrong(build, message):
    with pytest.raises(ValueError, match=message):
        build()

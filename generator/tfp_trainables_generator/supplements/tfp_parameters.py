"""Which of TFP's parameters are trained, in which form, and what others stand in for them."""

from __future__ import annotations

from collections.abc import Mapping

from tfp_trainables_generator.spec.expressions import Dimension, ShapeRule
from tfp_trainables_generator.spec.parameters import Order
from tfp_trainables_generator.supplements.model import Operator, Replacement

_TFK = "tfp.math.psd_kernels"

_INDEX_POINTS = "index points are data, which fix the event shape"
_OBSERVATIONS = "observations are data to condition on"
_COUNT = "a number of trials is discrete"
_PERMUTATION = "a permutation is discrete"

STRUCTURAL: Mapping[str, str] = {
    "tfp.bijectors.MatvecLU.permutation": _PERMUTATION,
    "tfp.bijectors.Permute.permutation": _PERMUTATION,
    "tfp.bijectors.ScaleMatvecLU.permutation": _PERMUTATION,
    "tfp.distributions.Autoregressive.num_steps": "a number of steps is discrete",
    "tfp.distributions.Autoregressive.sample0": "the draw depends on its shape alone",
    "tfp.distributions.BetaBinomial.total_count": _COUNT,
    "tfp.distributions.Binomial.total_count": _COUNT,
    "tfp.distributions.DirichletMultinomial.total_count": _COUNT,
    "tfp.distributions.GaussianProcess.index_points": _INDEX_POINTS,
    "tfp.distributions.GaussianProcessRegressionModel.index_points": _INDEX_POINTS,
    "tfp.distributions.GaussianProcessRegressionModel.observation_index_points": _INDEX_POINTS,
    "tfp.distributions.GaussianProcessRegressionModel.observations": _OBSERVATIONS,
    "tfp.distributions.HiddenMarkovModel.mask": "a mask says which observations are missing",
    "tfp.distributions.LinearGaussianStateSpaceModel.initial_step": "a time step is discrete",
    "tfp.distributions.LinearGaussianStateSpaceModel.mask": (
        "a mask says which observations are missing"
    ),
    "tfp.distributions.LinearGaussianStateSpaceModel.num_timesteps": (
        "a number of time steps is discrete"
    ),
    "tfp.distributions.Masked.validity_mask": "a mask is boolean",
    "tfp.distributions.Multinomial.total_count": _COUNT,
    "tfp.distributions.QuantizedDistribution.high": "its values are integers",
    "tfp.distributions.StudentTProcess.index_points": _INDEX_POINTS,
    "tfp.distributions.StudentTProcessRegressionModel.index_points": _INDEX_POINTS,
    "tfp.distributions.StudentTProcessRegressionModel.observation_index_points": _INDEX_POINTS,
    "tfp.distributions.StudentTProcessRegressionModel.observations": _OBSERVATIONS,
    "tfp.distributions.VariationalGaussianProcess.index_points": _INDEX_POINTS,
    "tfp.distributions.VariationalGaussianProcess.predictive_noise_variance": (
        "the noise of predictions, not of the observations that it is fitted to"
    ),
    "tfp.experimental.distributions.MultiTaskGaussianProcess.index_points": _INDEX_POINTS,
    "tfp.experimental.distributions.MultiTaskGaussianProcessRegressionModel"
    ".index_points": _INDEX_POINTS,
    "tfp.experimental.distributions.MultiTaskGaussianProcessRegressionModel"
    ".observation_index_points": _INDEX_POINTS,
    "tfp.experimental.distributions.MultiTaskGaussianProcessRegressionModel"
    ".observations": _OBSERVATIONS,
    "tfp.experimental.distributions.MultiTaskGaussianProcessRegressionModel"
    ".observations_is_missing": "a mask says which observations are missing",
    f"{_TFK}.Polynomial.exponent": (
        "only a natural number keeps a power of inner products positive semidefinite"
    ),
    f"{_TFK}.SchurComplement.fixed_inputs": _OBSERVATIONS,
    f"{_TFK}.SchurComplement.fixed_inputs_is_missing": "a mask says which inputs are missing",
}
"""Parameters that are not to be trained, though TFP annotates them as if they were.

Fills in `specifies_shape` or `event_ndims=None` of the parameter's properties.
"""

NATURALLY_INTEGERS: Mapping[str, str] = {
    **{
        entry: reason
        for entry, reason in STRUCTURAL.items()
        if reason in (_COUNT, _INDEX_POINTS, _OBSERVATIONS)
    },
    "tfp.distributions.NegativeBinomial.total_count": _COUNT,
    "tfp.distributions.ZeroInflatedNegativeBinomial.total_count": _COUNT,
}
"""Parameters that integers are passed for, such as counts and years, and why.

Fills in a conversion: they are reals to TFP, which refuses a NumPy array of integers.
"""

_LOW = Order(below=("high",))
_LOW_OF_PEAK = Order(below=("peak", "high"))
_HIGH_OF_PEAK = Order(above=("peak",))

ORDERS: Mapping[str, Order] = {
    "tfp.bijectors.Sigmoid.low": _LOW,
    "tfp.bijectors.SoftClip.low": _LOW,
    "tfp.distributions.Bates.low": _LOW,
    "tfp.distributions.NormalInverseGaussian.tailweight": Order(beyond=("skewness",)),
    "tfp.distributions.PERT.low": _LOW_OF_PEAK,
    "tfp.distributions.PERT.high": _HIGH_OF_PEAK,
    "tfp.distributions.Triangular.low": _LOW_OF_PEAK,
    "tfp.distributions.Triangular.high": _HIGH_OF_PEAK,
    "tfp.distributions.TruncatedCauchy.low": _LOW,
    "tfp.distributions.TruncatedNormal.low": _LOW,
    "tfp.distributions.Uniform.low": _LOW,
}
"""Where the ends of intervals start, if the other end or the peak is passed.

Fills in what the annotations of the one or the other end leave out: that there is an interval.
"""

FOLLOWS: Mapping[str, str] = {
    f"{owner}.predictive_noise_variance": "observation_noise_variance"
    for owner in (
        "tfp.distributions.GaussianProcessRegressionModel",
        "tfp.distributions.StudentTProcessRegressionModel",
        "tfp.experimental.distributions.MultiTaskGaussianProcessRegressionModel",
    )
}
"""Parameters that follow another where none is passed, and get a variable on request alone.

Fills in what a default of `None` means: TFP annotates the parameter as any other.
"""

_LAST = Operator(ShapeRule())
_ROWS = Operator(ShapeRule(dropped=1))
_COLUMNS = Operator(ShapeRule(dropped=2, appended=(Dimension(),)))

OPERATORS: Mapping[str, Operator] = {
    "tfp.bijectors.ScaleMatvecLinearOperator.scale": _LAST,
    "tfp.distributions.MatrixNormalLinearOperator.scale_column": _COLUMNS,
    "tfp.distributions.MatrixNormalLinearOperator.scale_row": _ROWS,
    "tfp.distributions.MatrixTLinearOperator.scale_column": _COLUMNS,
    "tfp.distributions.MatrixTLinearOperator.scale_row": _ROWS,
    "tfp.distributions.MultivariateNormalLinearOperator.scale": _LAST,
    "tfp.distributions.MultivariateStudentTLinearOperator.scale": _LAST,
    "tfp.distributions.WishartLinearOperator.scale": _ROWS,
    "tfp.experimental.distributions.MultivariateNormalPrecisionFactorLinearOperator"
    ".precision_factor": Operator(ShapeRule(), determines="precision"),
}
"""Square linear operators that any invertible one may be, so that a variable can stand behind.

Fills in a shape and a constraint, which TFP states of tensors alone.
"""


_LENGTH_SCALE = Replacement("length_scale", "RECIPROCAL", is_mistakenly_preferred=True)


REPLACES: Mapping[str, Replacement] = {
    "tfp.bijectors.Scale.log_scale": Replacement("scale", "EXP"),
    "tfp.distributions.Bernoulli.probs": Replacement("logits", "LOGIT"),
    "tfp.distributions.Binomial.probs": Replacement("logits", "LOGIT"),
    "tfp.distributions.Categorical.probs": Replacement("logits", "LOG_PROBABILITIES"),
    "tfp.distributions.ContinuousBernoulli.probs": Replacement("logits", "LOGIT"),
    "tfp.distributions.ExpGamma.rate": Replacement("log_rate", "LOG"),
    "tfp.distributions.ExpInverseGamma.scale": Replacement("log_scale", "LOG"),
    "tfp.distributions.ExpRelaxedOneHotCategorical.probs": Replacement(
        "logits", "LOG_PROBABILITIES"
    ),
    "tfp.distributions.FiniteDiscrete.probs": Replacement("logits", "LOG_PROBABILITIES"),
    "tfp.distributions.Gamma.rate": Replacement("log_rate", "LOG"),
    "tfp.distributions.Geometric.probs": Replacement("logits", "LOGIT"),
    "tfp.distributions.Inflated.inflated_loc_probs": Replacement(
        "inflated_loc_logits", "HALF_LOGIT"
    ),
    "tfp.distributions.Multinomial.probs": Replacement("logits", "LOG_PROBABILITIES"),
    "tfp.distributions.NegativeBinomial.probs": Replacement("logits", "LOGIT"),
    "tfp.distributions.OneHotCategorical.probs": Replacement("logits", "LOG_PROBABILITIES"),
    "tfp.distributions.Poisson.rate": Replacement("log_rate", "LOG"),
    "tfp.distributions.ProbitBernoulli.probs": Replacement("probits", "PROBIT"),
    "tfp.distributions.RelaxedBernoulli.probs": Replacement("logits", "LOGIT"),
    "tfp.distributions.RelaxedOneHotCategorical.probs": Replacement("logits", "LOG_PROBABILITIES"),
    "tfp.distributions.Skellam.rate1": Replacement("log_rate1", "LOG"),
    "tfp.distributions.Skellam.rate2": Replacement("log_rate2", "LOG"),
    "tfp.distributions.ZeroInflatedNegativeBinomial.inflated_loc_probs": Replacement(
        "inflated_loc_logits", "HALF_LOGIT"
    ),
    "tfp.distributions.ZeroInflatedNegativeBinomial.probs": Replacement("logits", "LOGIT"),
    f"{_TFK}.ExponentiatedQuadratic.inverse_length_scale": _LENGTH_SCALE,
    f"{_TFK}.FeatureScaled.inverse_scale_diag": Replacement(
        "scale_diag", "RECIPROCAL", is_mistakenly_preferred=True
    ),
    f"{_TFK}.GammaExponential.inverse_length_scale": _LENGTH_SCALE,
    f"{_TFK}.GeneralizedMatern.inverse_length_scale": _LENGTH_SCALE,
    f"{_TFK}.MaternFiveHalves.inverse_length_scale": _LENGTH_SCALE,
    f"{_TFK}.MaternOneHalf.inverse_length_scale": _LENGTH_SCALE,
    f"{_TFK}.MaternThreeHalves.inverse_length_scale": _LENGTH_SCALE,
    f"{_TFK}.RationalQuadratic.inverse_length_scale": _LENGTH_SCALE,
}
"""The parameter that an alternative stands in for: TFP takes the one or the other.

Fills in which parameters are alternatives to each other, and how; TFP says only which of them
it prefers.
"""

NONZERO: Mapping[str, str] = {
    "tfp.bijectors.Power.power": "it could not be inverted",
    "tfp.bijectors.Scale.scale": "it could not be inverted",
    "tfp.bijectors.ScaleMatvecDiag.scale_diag": "the matrix could not be inverted",
}
"""Parameters that TFP asserts are not 0, and annotates as any real number.

A variable may come as near to 0 as training drives it; that it is 0 to the last bit is an event of
probability 0, and no reason to give up one half of the line, as a constraint would.
"""

LEAST_EVENT_NDIMS: Mapping[str, int] = {
    "tfp.distributions.Empirical.samples": 1,  # However many an event has, and that of samples.
}
"""Fills in what TFP annotates as a function of the instance alone."""

_KERNEL_OF_REGRESSION = "the kernel of the process that the observations condition"
_NOISE_OF_PREDICTIONS = (
    "the noise variance of predictions, as TFP has it; that of the observations is "
    '`parameters["observation_noise_variance"]`'
)

ATTRIBUTES: Mapping[str, str] = {
    "tfp.distributions.GaussianProcessRegressionModel.kernel": _KERNEL_OF_REGRESSION,
    "tfp.distributions.GaussianProcessRegressionModel"
    ".observation_noise_variance": _NOISE_OF_PREDICTIONS,
    "tfp.distributions.StudentTProcessRegressionModel.df": (
        "the degrees of freedom of the process that the observations condition; those before "
        'are `parameters["df"]`'
    ),
    "tfp.distributions.StudentTProcessRegressionModel.kernel": _KERNEL_OF_REGRESSION,
    "tfp.distributions.StudentTProcessRegressionModel"
    ".observation_noise_variance": _NOISE_OF_PREDICTIONS,
    "tfp.distributions.VariationalGaussianProcess.kernel": (
        "the kernel of the posterior process over the inducing points"
    ),
    "tfp.distributions.VariationalGaussianProcess"
    ".observation_noise_variance": _NOISE_OF_PREDICTIONS,
}
"""What a class has by the name of a parameter, where that is not the parameter.

TFP's own methods read these attributes, so that no other value may stand there.
"""

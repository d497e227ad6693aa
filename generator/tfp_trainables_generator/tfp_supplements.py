"""Facts about TFP that it does not annotate: the one table of them.

Each entry says which fact of TFP it fills in. When an upgrade of TFP provides that fact
itself, `read` reports the entry as superfluous, so that the table never outlives its
reasons.
"""

from __future__ import annotations

from collections.abc import Mapping

from tfp_trainables_generator.examples import EXAMPLES
from tfp_trainables_generator.expressions import (
    BijectorArgument,
    BijectorSpec,
    Dimension,
    ParameterValue,
    Reference,
    Scalar,
    ShapeRule,
)
from tfp_trainables_generator.spec import DeferredArgument
from tfp_trainables_generator.supplements import (
    Constraint,
    ForwardedKeywords,
    Operator,
    Replacement,
    Supplements,
)

__all__ = ["TFP_SUPPLEMENTS"]

_TFD = "tensorflow_probability.python.distributions"
_TFB = "tensorflow_probability.python.bijectors"
_TFK = "tfp.math.psd_kernels"
_HIGHWAY = "tfp.experimental.bijectors.HighwayFlow"
_OURS = "tfp_trainables_runtime.constraints"

_INDEX_POINTS = "index points are data, which fix the event shape"
_OBSERVATIONS = "observations are data to condition on"
_COUNT = "a number of trials is discrete"
_PERMUTATION = "a permutation is discrete"

_STRUCTURAL: Mapping[str, str] = {
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


def _ours(name: str, **arguments: BijectorArgument) -> BijectorSpec:
    """Returns a constraint of the runtime's own."""
    return BijectorSpec(Reference(_OURS, name), tuple(arguments.items()))


_ABOVE_LOW = Constraint(
    "the interval from `low` to `high` is not empty",
    _ours("GreaterThan", low=ParameterValue("low")),
)
_PEAK = Constraint(
    "the density peaks inside of the interval from `low` to `high`",
    _ours("Between", low=ParameterValue("low"), high=ParameterValue("high")),
)
_DIRECTION = Constraint(
    "a direction is a point of the unit sphere, here by stereographic projection",
    BijectorSpec(Reference(f"{_TFB}.unit_vector", "UnitVector")),
)
_DEGREES_OF_FREEDOM = Constraint(
    "the density exists above the dimension less 1 (Wishart 1928), and TFP takes none below "
    "the dimension",
    _ours("GreaterThan", low=Dimension()),
)
_TRIANGULAR_FACTORS = Constraint(
    "a triangular matrix is invertible if no element of its diagonal is 0",
    _ours("NonzeroDiagonal"),
    mistaken_bijector=BijectorSpec(Reference(f"{_TFB}.identity", "Identity")),
)
_NOISE = Constraint("one noise for all index points", shape=ShapeRule(dropped=1))
_IDENTITY = BijectorSpec(Reference(f"{_TFB}.identity", "Identity"))
_POSITIVE = BijectorSpec(
    Reference(f"{_TFB}.softplus", "Softplus"), (("low", Scalar(0.0, 1.0, of_dtype=True)),)
)
_GAMMA = Constraint(
    "shape and rate of a gamma distribution are positive (Swersky et al. 2014)",
    _POSITIVE,
)
_LATENT = Dimension("latent_size")
_SCALE_TRIL = Reference(f"{_TFB}.fill_scale_tril", "FillScaleTriL")
_INDUCING = Dimension("num_inducing_points")
_BINS = Dimension("num_bins")

_CONSTRAINTS: Mapping[str, Constraint] = {
    "tfp.bijectors.MatvecLU.lower_upper": _TRIANGULAR_FACTORS,
    "tfp.bijectors.RationalQuadraticSpline.bin_widths": Constraint(
        "knots ascend; bins of at least 0.001 keep them apart (Durkan et al. 2019)",
        _ours("GreaterThan", low=Scalar(1e-3, 0.0, of_dtype=False)),
        ShapeRule(appended=(_BINS,)),
    ),
    "tfp.bijectors.RationalQuadraticSpline.bin_heights": Constraint(
        "the spline maps an interval onto itself (Durkan et al. 2019)",
        _ours("SameSum", other=ParameterValue("bin_widths")),
        ShapeRule(appended=(_BINS,)),
    ),
    "tfp.bijectors.RationalQuadraticSpline.knot_slopes": Constraint(
        "one slope for each knot inside of the interval",
        shape=ShapeRule(appended=(Dimension("num_bins", -1),)),
    ),
    "tfp.bijectors.RationalQuadraticSpline.range_min": Constraint(
        "TFP pads with one number for all splines", shape=ShapeRule(is_scalar=True)
    ),
    "tfp.bijectors.ScaleMatvecLU.lower_upper": _TRIANGULAR_FACTORS,
    "tfp.bijectors.Sigmoid.high": _ABOVE_LOW,
    "tfp.bijectors.SoftClip.high": _ABOVE_LOW,
    "tfp.distributions.Bates.high": _ABOVE_LOW,
    "tfp.distributions.DeterminantalPointProcess.eigenvectors": Constraint(
        "eigenvectors are orthonormal and have no sign, here by Cayley's transform",
        _ours("Rotation"),
        ShapeRule(appended=(Dimension(),)),
        mistaken_shape=ShapeRule(),
    ),
    "tfp.distributions.LinearGaussianStateSpaceModel.transition_matrix": Constraint(
        "any matrix is a linear map from one state to the next",
        _IDENTITY,
        ShapeRule(2, (_LATENT, _LATENT)),
        event_ndims=2,
    ),
    "tfp.distributions.LinearGaussianStateSpaceModel.observation_matrix": Constraint(
        "any matrix is a linear map from a state to an observation",
        _IDENTITY,
        ShapeRule(2, (Dimension(), _LATENT)),
        event_ndims=2,
    ),
    "tfp.distributions.MultivariateNormalDiagPlusLowRankCovariance"
    ".cov_perturb_factor": Constraint(
        "any factor gives a positive semidefinite product with its transpose",
        shape=ShapeRule(appended=(Dimension("rank"),)),
    ),
    "tfp.distributions.NormalInverseGaussian.skewness": Constraint(
        "the density exists where the tails outweigh the skew (Barndorff-Nielsen 1997)",
        _ours("AbsoluteBelow", bound=ParameterValue("tailweight")),
    ),
    "tfp.distributions.PERT.high": _ABOVE_LOW,
    "tfp.distributions.PERT.peak": _PEAK,
    "tfp.distributions.PoissonLogNormalQuadratureCompound.loc": Constraint(
        "the location of a normal distribution", _IDENTITY, ShapeRule(), event_ndims=0
    ),
    "tfp.distributions.PoissonLogNormalQuadratureCompound.scale": Constraint(
        "the scale of a normal distribution", _POSITIVE, ShapeRule(), event_ndims=0
    ),
    "tfp.distributions.PowerSpherical.mean_direction": _DIRECTION,
    "tfp.distributions.StoppingRatioLogistic.cutpoints": Constraint(
        "one cutpoint between each two classes",
        shape=ShapeRule(appended=(Dimension("num_classes", -1),)),
    ),
    "tfp.distributions.StudentTProcess.observation_noise_variance": _NOISE,
    "tfp.distributions.Triangular.high": _ABOVE_LOW,
    "tfp.distributions.Triangular.peak": _PEAK,
    "tfp.distributions.TruncatedCauchy.high": _ABOVE_LOW,
    "tfp.distributions.TruncatedNormal.high": _ABOVE_LOW,
    "tfp.distributions.Uniform.high": _ABOVE_LOW,
    "tfp.distributions.VariationalGaussianProcess.inducing_index_points": Constraint(
        "points of one feature dimension each",
        shape=ShapeRule(1, (_INDUCING, Dimension("num_features"))),
    ),
    "tfp.distributions.VariationalGaussianProcess"
    ".variational_inducing_observations_loc": Constraint(
        "one mean for each inducing point", shape=ShapeRule(1, (_INDUCING,))
    ),
    "tfp.distributions.VariationalGaussianProcess"
    ".variational_inducing_observations_scale": Constraint(
        "a Cholesky factor over the inducing points",
        BijectorSpec(_SCALE_TRIL, (("diag_shift", Scalar(0.0, 1.0, of_dtype=True)),)),
        ShapeRule(1, (_INDUCING, _INDUCING)),
        mistaken_bijector=BijectorSpec(_SCALE_TRIL),  # Whose default is of single precision.
    ),
    "tfp.distributions.VariationalGaussianProcess.observation_noise_variance": _NOISE,
    "tfp.distributions.VonMisesFisher.mean_direction": _DIRECTION,
    "tfp.distributions.WishartLinearOperator.df": _DEGREES_OF_FREEDOM,
    "tfp.distributions.WishartTriL.df": _DEGREES_OF_FREEDOM,
    f"{_HIGHWAY}.bias": Constraint("any vector", _IDENTITY, ShapeRule(), event_ndims=1),
    f"{_HIGHWAY}.lower_diagonal_weights_matrix": Constraint(
        "its determinant is taken to be 1 (Ambrogioni et al. 2021)",
        _ours("UnitLowerTriangular"),
        ShapeRule(appended=(Dimension(),)),
        event_ndims=2,
    ),
    f"{_HIGHWAY}.residual_fraction": Constraint(
        "one convex combination for all elements (Ambrogioni et al. 2021)",
        BijectorSpec(Reference(f"{_TFB}.sigmoid", "Sigmoid")),
        ShapeRule(is_scalar=True),
        event_ndims=0,
    ),
    f"{_HIGHWAY}.upper_diagonal_weights_matrix": Constraint(
        "a convex combination with the identity is invertible (Ambrogioni et al. 2021)",
        BijectorSpec(_SCALE_TRIL, (("diag_shift", Scalar(0.0, 1.0, of_dtype=True)),)),
        ShapeRule(appended=(Dimension(),)),
        event_ndims=2,
    ),
    f"{_TFK}.ExponentialCurve.concentration": _GAMMA,
    f"{_TFK}.ExponentialCurve.rate": _GAMMA,
    f"{_TFK}.SpectralMixture.logits": Constraint(
        "a component of the mixture has one logit for all features",
        shape=ShapeRule(dropped="feature_ndims"),
        mistaken_shape=ShapeRule(),
    ),
}
"""Constraints and shapes that TFP does not state, so that `make_trainable` cannot create them.

Fills in `default_constraining_bijector_fn` or `shape_fn` of the parameter's properties.
"""


_PARTS: Mapping[str, tuple[str, ...]] = {
    "tfp.distributions.Autoregressive": ("distribution_fn",),
    "tfp.distributions.LinearGaussianStateSpaceModel": (
        "transition_noise",
        "observation_noise",
        "initial_state_prior",
    ),
    "tfp.distributions.PoissonLogNormalQuadratureCompound": (),
    "tfp.experimental.bijectors.HighwayFlow": (),
    f"{_TFK}.FeatureTransformed": ("kernel",),
}
"""Classes without annotations, with those of their arguments that hold variables to train.

Fills in `parameter_properties`, with what the tables above and below say of the others.
"""


_WITHOUT_PARAMETERS: Mapping[str, str] = {
    "tfp.distributions.PixelCNN": "all its parameters are weights of a network that it creates",
    "tfp.experimental.bijectors.ScalarFunctionWithInferredInverse": "it is made of functions",
    "tfp.experimental.bijectors.Sharded": "what it has to train is that of its bijector",
    "tfp.experimental.distributions.IncrementLogProb": "it is a term of a density, not a model",
}
"""Classes without annotations that have no parameters for a variable to stand for, and why.

Such a class is used as it is, and trained if it has anything to train.
"""


_LAST = Operator(ShapeRule())
_ROWS = Operator(ShapeRule(dropped=1))
_COLUMNS = Operator(ShapeRule(dropped=2, appended=(Dimension(),)))

_OPERATORS: Mapping[str, Operator] = {
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


_REPLACES: Mapping[str, Replacement] = {
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


_FORWARDED_KEYWORDS: Mapping[str, ForwardedKeywords] = {
    "tfp.bijectors.Composition": ForwardedKeywords(
        Reference(f"{_TFB}.bijector", "Bijector"), frozenset({"is_constant_jacobian"})
    ),
    "tfp.distributions.ZeroInflatedNegativeBinomial": ForwardedKeywords(
        Reference(f"{_TFD}.negative_binomial", "NegativeBinomial"),
        frozenset({"require_integer_total_count"}),
    ),
}
"""Fills in the arguments that a signature hides behind `**kwargs`."""


_DEFERRED: Mapping[str, DeferredArgument] = {
    "tfp.distributions.MultivariateNormalFullCovariance": DeferredArgument(
        parameter="covariance_matrix",
        base=Reference(f"{_TFD}.mvn_tril", "MultivariateNormalTriL"),
        argument="scale_tril",
        function="tf.linalg.cholesky",
    )
}
"""Classes that are not tape-safe: the constructor reads a parameter, once.

Fills in what TFP's contract promises of every class: that computation on a parameter
takes place when a method is called.
"""

_RESTATED: Mapping[str, str] = {
    "tfp.bijectors.LambertWTail": "its `parameters` are those of the chain that it is made of",
    "tfp.distributions.MultivariateNormalFullCovariance": "its constructor is not called",
    "tfp.distributions.ZeroInflatedNegativeBinomial": "its `parameters` hold `kwargs` as one",
}
"""Classes whose `parameters` are not the arguments of their constructor.

Fills in what TFP's contract promises of every class: that its `parameters` rebuild it.
"""

_MISTAKEN_ESTIMATES: Mapping[str, str] = {
    "tfp.distributions.Categorical": "it has as many classes as the samples happen to show",
    "tfp.distributions.Laplace": "it raises an AttributeError",
}
"""Classes whose maximum-likelihood estimate, as TFP has it, does not serve.

Fills in what TFP's contract promises of it: that it gives the parameters of the class.
"""

_REFUSED_DEFAULTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "tfp.bijectors.Glow": (("coupling_bijector_fn",), ("exit_bijector_fn",)),
    "tfp.bijectors.Inline": (("forward_min_event_ndims", "inverse_min_event_ndims"),),
    "tfp.bijectors.JointMap": (("bijectors",),),
    "tfp.bijectors.MaskedAutoregressiveFlow": (("shift_and_log_scale_fn", "bijector_fn"),),
    "tfp.bijectors.RealNVP": (("num_masked", "fraction_masked"),),
    "tfp.bijectors.Transpose": (("perm", "rightmost_transposed_ndims"),),
    "tfp.distributions.BatchBroadcast": (("to_shape", "with_shape"),),
}
"""Arguments of which one of each group has to be passed.

Fills in what a signature hides that gives them defaults with which the constructor fails.
"""

TFP_SUPPLEMENTS = Supplements(
    structural=_STRUCTURAL,
    constraints=_CONSTRAINTS,
    parts=_PARTS,
    without_parameters=_WITHOUT_PARAMETERS,
    operators=_OPERATORS,
    replaces=_REPLACES,
    forwarded_keywords=_FORWARDED_KEYWORDS,
    deferred=_DEFERRED,
    restated=_RESTATED,
    mistaken_estimates=_MISTAKEN_ESTIMATES,
    refused_defaults=_REFUSED_DEFAULTS,
    examples=EXAMPLES,
)

"""Facts that TFP does not annotate: the one table of them.

Each entry says which fact of TFP it fills in. When an upgrade of TFP provides that fact
itself, `read` reports the entry as superfluous, so that the table never outlives its
reasons.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfp_trainables_generator.expressions import (
    BijectorArgument,
    BijectorSpec,
    Dimension,
    ParameterValue,
    Reference,
    Scalar,
    ShapeRule,
)
from tfp_trainables_generator.spec import DeferredArgument, Example

__all__ = [
    "CONSTRAINTS",
    "DEFERRED",
    "EXAMPLES",
    "FORWARDED_KEYWORDS",
    "MISTAKEN_ESTIMATES",
    "OPERATORS",
    "PARTS",
    "REFUSED_DEFAULTS",
    "REPLACES",
    "RESTATED",
    "STRUCTURAL",
    "WITHOUT_PARAMETERS",
    "Constraint",
    "ForwardedKeywords",
    "Operator",
    "Replacement",
]

_TFD = "tensorflow_probability.python.distributions"
_TFB = "tensorflow_probability.python.bijectors"
_TFK = "tfp.math.psd_kernels"
_HIGHWAY = "tfp.experimental.bijectors.HighwayFlow"
_CONSTRAINTS = "tfp_trainables_runtime.constraints"

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


@dataclass(frozen=True)
class Constraint:
    """The support or the shape of a parameter, where TFP leaves one of them open.

    Attributes:
      source: why the parameter has this support, or this shape.
      bijector: the constraining bijector; `None` where TFP states it.
      shape: the shape rule; `None` where TFP states it.
      mistaken_bijector: the bijector that TFP states, where that does not serve.
      mistaken_shape: the shape rule that TFP states, where that is not the parameter's.
      event_ndims: rank of one value, where TFP annotates nothing.
    """

    source: str
    bijector: BijectorSpec | None = None
    shape: ShapeRule | None = None
    mistaken_bijector: BijectorSpec | None = None
    mistaken_shape: ShapeRule | None = None
    event_ndims: int | None = None


def _ours(name: str, **arguments: BijectorArgument) -> BijectorSpec:
    """Returns a constraint of the runtime's own."""
    return BijectorSpec(Reference(_CONSTRAINTS, name), tuple(arguments.items()))


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

CONSTRAINTS: Mapping[str, Constraint] = {
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
        "the logarithm of the rate is normal", _IDENTITY, ShapeRule(), event_ndims=0
    ),
    "tfp.distributions.PoissonLogNormalQuadratureCompound.scale": Constraint(
        "the logarithm of the rate is normal", _POSITIVE, ShapeRule(), event_ndims=0
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


PARTS: Mapping[str, tuple[str, ...]] = {
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


WITHOUT_PARAMETERS: Mapping[str, str] = {
    "tfp.distributions.PixelCNN": "all its parameters are weights of a network that it creates",
    "tfp.experimental.bijectors.ScalarFunctionWithInferredInverse": "it is made of functions",
    "tfp.experimental.bijectors.Sharded": "what it has to train is that of its bijector",
    "tfp.experimental.distributions.IncrementLogProb": "it is a term of a density, not a model",
}
"""Classes without annotations that have no parameters for a variable to stand for, and why.

Such a class is used as it is, and trained if it has anything to train.
"""


@dataclass(frozen=True)
class Operator:
    """A linear operator that can be created over a variable.

    Attributes:
      diagonal: the shape of its diagonal.
      determines: the argument that TFP takes in addition, and that follows from this one.
    """

    diagonal: ShapeRule
    determines: str = ""


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


@dataclass(frozen=True)
class Replacement:
    """What an alternative parameter stands in for.

    Attributes:
      parameter: the trainable parameter.
      conversion: name of the runtime's conversion of a value to one of that parameter.
      is_mistakenly_preferred: whether TFP says that it prefers the alternative, too.
    """

    parameter: str
    conversion: str
    is_mistakenly_preferred: bool = False


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


@dataclass(frozen=True)
class ForwardedKeywords:
    """What a constructor does with its `**kwargs`.

    Attributes:
      to: the class whose constructor gets them.
      besides: arguments of that constructor that are not for the caller to pass.
    """

    to: Reference
    besides: frozenset[str] = frozenset()


FORWARDED_KEYWORDS: Mapping[str, ForwardedKeywords] = {
    "tfp.bijectors.Composition": ForwardedKeywords(
        Reference(f"{_TFB}.bijector", "Bijector"), frozenset({"is_constant_jacobian"})
    ),
    "tfp.distributions.ZeroInflatedNegativeBinomial": ForwardedKeywords(
        Reference(f"{_TFD}.negative_binomial", "NegativeBinomial"),
        frozenset({"require_integer_total_count"}),
    ),
}
"""Fills in the arguments that a signature hides behind `**kwargs`."""


DEFERRED: Mapping[str, DeferredArgument] = {
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

RESTATED: Mapping[str, str] = {
    "tfp.bijectors.LambertWTail": "its `parameters` are those of the chain that it is made of",
    "tfp.distributions.MultivariateNormalFullCovariance": "its constructor is not called",
    "tfp.distributions.ZeroInflatedNegativeBinomial": "its `parameters` hold `kwargs` as one",
}
"""Classes whose `parameters` are not the arguments of their constructor.

Fills in what TFP's contract promises of every class: that its `parameters` rebuild it.
"""

MISTAKEN_ESTIMATES: Mapping[str, str] = {
    "tfp.distributions.Categorical": "it has as many classes as the samples happen to show",
    "tfp.distributions.Laplace": "it raises an AttributeError",
}
"""Classes whose maximum-likelihood estimate, as TFP has it, does not serve.

Fills in what TFP's contract promises of it: that it gives the parameters of the class.
"""

REFUSED_DEFAULTS: Mapping[str, tuple[tuple[str, ...], ...]] = {
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

_KERNEL = "tfp.math.psd_kernels.ExponentiatedQuadratic(dtype(1), dtype(0.5))"
_POINTS = "np.linspace(0, 1, 4, dtype=dtype)[:, None]"
_VALUES = "np.array([0.3, -0.2, 0.5, 0.1], dtype=dtype)"
_SCALE = "tf.linalg.LinearOperatorDiag(np.array([1, 2], dtype=dtype))"
_SCALE_3 = "tf.linalg.LinearOperatorDiag(np.array([1, 2, 3], dtype=dtype))"
_SCALES = {"scale_row": _SCALE, "scale_column": _SCALE_3}
_NORMAL = "tfd.Normal(dtype(0), dtype(1))"
_NORMALS = "tfd.Normal(np.array([-1, 0, 2], dtype=dtype), dtype(1))"
_CATEGORICAL = "tfd.Categorical(logits=np.zeros(3, dtype))"
_TRIL = "tf.linalg.cholesky(np.array([[2, 0.5], [0.5, 1]], dtype))"


def _example(
    *shape: int, input: str = "", fixed: Mapping[str, str] | None = None, **arguments: str
) -> Example:
    return Example(shape, tuple(arguments.items()), tuple((fixed or {}).items()), input)


_NO_INVERSE = {"inverse_length_scale": "None"}
_HIGH = {"high": "dtype(9)"}
_PEAK_AND_HIGH = {"low": "dtype(0)", "high": "dtype(9)", "peak": "dtype(4)"}
_BOUNDS = {"low": "dtype(-9)", "high": "dtype(9)"}
_MEAN_DIRECTION = {"mean_direction": "np.array([1, 0, 0], dtype)"}
_DF = {"df": "dtype(4)"}


EXAMPLES: Mapping[str, Example] = {
    "tfp.bijectors.Ascending": _example(input="np.array([0.1, -0.2, 0.3], dtype)"),
    "tfp.bijectors.Blockwise": _example(
        bijectors="[tfb.Exp(), tfb.Scale(dtype(2))]", input="np.array([0.1, 0.2], dtype)"
    ),
    "tfp.bijectors.Chain": _example(bijectors="[tfb.Exp(), tfb.Scale(dtype(2))]"),
    "tfp.bijectors.CholeskyOuterProduct": _example(input=_TRIL),
    "tfp.bijectors.CholeskyToInvCholesky": _example(input=_TRIL),
    "tfp.bijectors.Composition": _example(
        bijectors="tfb.Chain([tfb.Exp()])", name="'composition'", parameters="{}"
    ),
    "tfp.bijectors.CorrelationCholesky": _example(input="np.array([0.1, 0.2, 0.3], dtype)"),
    "tfp.bijectors.Cumsum": _example(input="np.array([0.1, 0.2, 0.3], dtype)"),
    "tfp.bijectors.DiscreteCosineTransform": _example(input="np.array([0.1, 0.2, 0.3], dtype)"),
    "tfp.bijectors.FFJORD": _example(
        state_time_derivative_fn="lambda time, state: -state",
        dtype="dtype",
        input="np.array([[0.1, 0.2]], dtype)",
    ),
    "tfp.bijectors.FillScaleTriL": _example(
        diag_shift="dtype(1e-5)", input="np.array([0.1, 0.2, 0.3], dtype)"
    ),
    "tfp.bijectors.FillTriangular": _example(input="np.array([0.1, 0.2, 0.3], dtype)"),
    "tfp.bijectors.Glow": _example(
        output_shape="(4, 4, 1)",
        num_glow_blocks="1",
        num_steps_per_block="1",
        coupling_bijector_fn="tfb.GlowDefaultNetwork",
        exit_bijector_fn="tfb.GlowDefaultExitNetwork",
        input="np.full((1, 16), 0.1, dtype)",
    ),
    "tfp.bijectors.Householder": _example(3),
    "tfp.bijectors.Inline": _example(
        forward_fn="tf.exp",
        inverse_fn="tf.math.log",
        inverse_log_det_jacobian_fn="lambda y: -tf.math.log(y)",
        forward_min_event_ndims="0",
    ),
    "tfp.bijectors.Invert": _example(bijector="tfb.Exp()"),
    "tfp.bijectors.IteratedSigmoidCentered": _example(input="np.array([0.1, 0.2, 0.3], dtype)"),
    "tfp.bijectors.JointMap": _example(
        bijectors="[tfb.Exp(), tfb.Scale(dtype(2))]", input="[dtype(0.1), dtype(0.2)]"
    ),
    "tfp.bijectors.MaskedAutoregressiveFlow": _example(
        shift_and_log_scale_fn="lambda x: [tf.zeros_like(x), tf.zeros_like(x)]",
        input="np.array([0.1, 0.2], dtype)",
    ),
    "tfp.bijectors.MatrixInverseTriL": _example(input=_TRIL),
    "tfp.bijectors.MatvecLU": _example(3, permutation="[0, 2, 1]"),
    "tfp.bijectors.Pad": _example(input="np.array([0.1, 0.2], dtype)"),
    "tfp.bijectors.Permute": _example(permutation="[1, 0]", input="np.array([0.1, 0.2], dtype)"),
    "tfp.bijectors.RationalQuadraticSpline": _example(
        num_bins="3",
        input="np.array([-0.5, 0, 0.5], dtype)",
        fixed={
            "bin_widths": "np.array([1, 0.5, 0.5], dtype)",
            "bin_heights": "np.array([0.5, 0.5, 1], dtype)",
            "knot_slopes": "np.array([1, 2], dtype)",
            "range_min": "dtype(-1)",
        },
    ),
    "tfp.bijectors.RealNVP": _example(
        num_masked="1",
        shift_and_log_scale_fn=(
            "lambda x, units: [tf.zeros_like(x[..., :1]), tf.zeros_like(x[..., :1])]"
        ),
        input="np.array([0.1, 0.2], dtype)",
    ),
    "tfp.bijectors.Reshape": _example(
        event_shape_out="[2, 1]", input="np.array([0.1, 0.2], dtype)"
    ),
    "tfp.bijectors.Restructure": _example(
        output_structure="{'a': 0, 'b': 1}", input="[dtype(0.1), dtype(0.2)]"
    ),
    "tfp.bijectors.ScaleMatvecDiag": _example(3),
    "tfp.bijectors.ScaleMatvecLU": _example(3, permutation="[0, 2, 1]"),
    "tfp.bijectors.ScaleMatvecLinearOperator": _example(2, fixed={"scale": _SCALE}),
    "tfp.bijectors.ScaleMatvecLinearOperatorBlock": _example(
        scale=f"tf.linalg.LinearOperatorBlockDiag([{_SCALE}, {_SCALE}])",
        input="[np.array([0.1, 0.2], dtype), np.array([0.3, 0.4], dtype)]",
    ),
    "tfp.bijectors.ScaleMatvecTriL": _example(3),
    "tfp.bijectors.Sigmoid": _example(fixed=_HIGH),
    "tfp.bijectors.SoftClip": _example(fixed=_HIGH),
    "tfp.bijectors.SoftmaxCentered": _example(input="np.array([0.1, 0.2], dtype)"),
    "tfp.bijectors.Split": _example(num_or_size_splits="2", input="np.array([0.1, 0.2], dtype)"),
    "tfp.bijectors.TransformDiagonal": _example(
        diag_bijector="tfb.Exp()", input="np.array([[0.1, 0.2], [0.3, 0.4]], dtype)"
    ),
    "tfp.bijectors.Transpose": _example(
        perm="[1, 0]",
        rightmost_transposed_ndims="None",
        input="np.array([[0.1, 0.2], [0.3, 0.4]], dtype)",
    ),
    "tfp.bijectors.UnitVector": _example(input="np.array([0.1, 0.2], dtype)"),
    "tfp.distributions.Bates": _example(total_count="dtype(5)", fixed=_HIGH),
    "tfp.distributions.BatchBroadcast": _example(distribution=_NORMAL, to_shape="[3]"),
    "tfp.distributions.BatchConcat": _example(distributions=f"[{_NORMALS}, {_NORMALS}]", axis="0"),
    "tfp.distributions.BatchReshape": _example(distribution=_NORMALS, batch_shape="[3, 1]"),
    "tfp.distributions.BetaBinomial": _example(total_count="dtype(5)"),
    "tfp.distributions.Binomial": _example(total_count="dtype(5)"),
    "tfp.distributions.Blockwise": _example(
        distributions=f"[{_NORMAL}, tfd.Independent({_NORMALS}, 1)]"
    ),
    "tfp.distributions.Categorical": _example(num_classes="3"),
    "tfp.distributions.CholeskyLKJ": _example(dimension="3"),
    "tfp.distributions.DeterminantalPointProcess": _example(
        3, fixed={"eigenvectors": "np.eye(3, dtype=dtype)"}
    ),
    "tfp.distributions.Dirichlet": _example(3),
    "tfp.distributions.DirichletMultinomial": _example(3, total_count="dtype(5)"),
    "tfp.distributions.Empirical": _example(5),
    "tfp.distributions.ExpRelaxedOneHotCategorical": _example(3),
    "tfp.distributions.FiniteDiscrete": _example(
        outcomes="np.array([1, 2, 4], dtype)", num_classes="3"
    ),
    "tfp.distributions.FlatDirichlet": _example(concentration_shape="[3]", dtype="dtype"),
    "tfp.distributions.GaussianProcess": _example(kernel=_KERNEL, index_points=_POINTS),
    "tfp.distributions.GaussianProcessRegressionModel": _example(
        kernel=_KERNEL,
        index_points=f"{_POINTS} + dtype(0.1)",
        observation_index_points=_POINTS,
        observations=_VALUES,
    ),
    "tfp.distributions.Autoregressive": _example(
        distribution_fn=(
            "lambda x: tfd.Independent("
            "tfd.Normal(0.5 * tf.roll(x, 1, -1) * np.array([0, 1, 1], dtype), dtype(1)), 1)"
        ),
        sample0="np.zeros(3, dtype)",
        num_steps="3",
    ),
    "tfp.distributions.HiddenMarkovModel": _example(
        initial_distribution="tfd.Categorical(logits=np.zeros(2, dtype))",
        transition_distribution=(
            "tfd.Categorical(probs=np.array([[0.7, 0.3], [0.2, 0.8]], dtype))"
        ),
        observation_distribution="tfd.Normal(np.array([0, 3], dtype), dtype(1))",
        num_steps="4",
        mask="None",
    ),
    "tfp.distributions.Independent": _example(distribution=_NORMALS, reinterpreted_batch_ndims="1"),
    "tfp.distributions.Inflated": _example(distribution="tfd.Poisson(rate=dtype(2))"),
    "tfp.distributions.LKJ": _example(dimension="3"),
    "tfp.distributions.LambertWDistribution": _example(distribution=_NORMAL),
    "tfp.distributions.MarkovChain": _example(
        initial_state_prior=_NORMAL,
        transition_fn="lambda step, state: tfd.Normal(state, dtype(1))",
        num_steps="4",
    ),
    "tfp.distributions.LinearGaussianStateSpaceModel": _example(
        4,
        1,
        latent_size="2",
        num_timesteps="4",
        transition_noise="tfd.MultivariateNormalDiag(scale_diag=np.ones(2, dtype))",
        observation_noise="tfd.MultivariateNormalDiag(scale_diag=np.ones(1, dtype))",
        initial_state_prior="tfd.MultivariateNormalDiag(scale_diag=np.ones(2, dtype))",
    ),
    "tfp.distributions.Masked": _example(
        distribution=_NORMALS, validity_mask="[True, False, True]"
    ),
    "tfp.distributions.MatrixNormalLinearOperator": _example(2, 3, fixed=_SCALES),
    "tfp.distributions.MatrixTLinearOperator": _example(2, 3, df="dtype(3)", fixed=_SCALES),
    "tfp.distributions.Mixture": _example(
        cat="tfd.Categorical(logits=np.zeros(2, dtype))",
        components=f"[{_NORMAL}, tfd.Normal(dtype(3), dtype(2))]",
    ),
    "tfp.distributions.MixtureSameFamily": _example(
        mixture_distribution=_CATEGORICAL, components_distribution=_NORMALS
    ),
    "tfp.distributions.Multinomial": _example(3, total_count="dtype(5)"),
    "tfp.distributions.MultivariateNormalDiag": _example(3),
    "tfp.distributions.MultivariateNormalDiagPlusLowRank": _example(3),
    "tfp.distributions.MultivariateNormalDiagPlusLowRankCovariance": _example(
        3, rank="1", fixed={"cov_perturb_factor": "np.array([[0.1], [0.2], [0.3]], dtype)"}
    ),
    "tfp.distributions.MultivariateNormalFullCovariance": _example(3),
    "tfp.distributions.MultivariateNormalLinearOperator": _example(2, fixed={"scale": _SCALE}),
    "tfp.distributions.MultivariateNormalTriL": _example(3),
    "tfp.distributions.MultivariateStudentTLinearOperator": _example(
        2, df="dtype(3)", fixed={"scale": _SCALE}
    ),
    "tfp.distributions.NormalInverseGaussian": _example(
        fixed={"tailweight": "dtype(2)", "skewness": "dtype(0.5)"}
    ),
    "tfp.distributions.OneHotCategorical": _example(3),
    "tfp.distributions.OrderedLogistic": _example(num_classes="4"),
    "tfp.distributions.PERT": _example(fixed=_PEAK_AND_HIGH),
    "tfp.distributions.PlackettLuce": _example(3),
    "tfp.distributions.PowerSpherical": _example(3, fixed=_MEAN_DIRECTION),
    "tfp.distributions.QuantizedDistribution": _example(
        distribution=_NORMAL, low="None", high="None"
    ),
    "tfp.distributions.RelaxedOneHotCategorical": _example(3),
    "tfp.distributions.Sample": _example(distribution=_NORMAL, sample_shape="[3]"),
    "tfp.distributions.SphericalUniform": _example(dimension="3", dtype="dtype"),
    "tfp.distributions.StoppingRatioLogistic": _example(
        num_classes="4", fixed={"cutpoints": "np.array([-1, 0, 1], dtype)"}
    ),
    "tfp.distributions.StudentTProcess": _example(
        kernel=_KERNEL, index_points=_POINTS, fixed={"observation_noise_variance": "dtype(0.1)"}
    ),
    "tfp.distributions.StudentTProcessRegressionModel": _example(
        kernel=_KERNEL,
        index_points=f"{_POINTS} + dtype(0.1)",
        observation_index_points=_POINTS,
        observations=_VALUES,
    ),
    "tfp.distributions.TransformedDistribution": _example(
        distribution=_NORMAL, bijector="tfb.Exp()"
    ),
    "tfp.distributions.Triangular": _example(fixed=_PEAK_AND_HIGH),
    "tfp.distributions.TruncatedCauchy": _example(fixed=_BOUNDS),
    "tfp.distributions.TruncatedNormal": _example(fixed=_BOUNDS),
    "tfp.distributions.Uniform": _example(fixed=_HIGH),
    "tfp.distributions.VariationalGaussianProcess": _example(
        kernel=_KERNEL,
        index_points=_POINTS,
        num_inducing_points="4",
        num_features="1",
        fixed={
            "inducing_index_points": _POINTS,
            "variational_inducing_observations_loc": _VALUES,
            "variational_inducing_observations_scale": "np.eye(4, dtype=dtype)",
            "observation_noise_variance": "dtype(0.1)",
            "predictive_noise_variance": "dtype(0)",
        },
    ),
    "tfp.distributions.VectorDeterministic": _example(3),
    "tfp.distributions.VonMisesFisher": _example(3, fixed=_MEAN_DIRECTION),
    "tfp.distributions.WishartLinearOperator": _example(2, 2, fixed={**_DF, "scale": _SCALE}),
    "tfp.distributions.WishartTriL": _example(2, 2, fixed=_DF),
    "tfp.experimental.bijectors.HighwayFlow": _example(
        3, activation_fn="None", gate_first_n="None"
    ),
    "tfp.experimental.distributions.ImportanceResample": _example(
        proposal_distribution=_NORMAL,
        target_log_prob_fn="tfd.Normal(dtype(1), dtype(2)).log_prob",
        importance_sample_size="5",
        stochastic_approximation_seed="(5, 6)",
    ),
    "tfp.experimental.distributions.MultiTaskGaussianProcess": _example(
        kernel=f"tfp.experimental.psd_kernels.Independent(2, {_KERNEL})",
        index_points=_POINTS,
        observation_noise_variance="dtype(0.1)",
    ),
    "tfp.experimental.distributions.MultiTaskGaussianProcessRegressionModel": _example(
        kernel=f"tfp.experimental.psd_kernels.Independent(2, {_KERNEL})",
        index_points=f"{_POINTS} + dtype(0.1)",
        observation_index_points=_POINTS,
        observations="np.array([[0.3, 0.1], [-0.2, 0], [0.5, 0.1], [0.1, 0.2]], dtype)",
        observations_is_missing="None",
        observation_noise_variance="dtype(0.1)",
    ),
    "tfp.experimental.distributions.MultivariateNormalPrecisionFactorLinearOperator": _example(
        2, fixed={"precision_factor": _SCALE}
    ),
    f"{_TFK}.ChangePoint": _example(2, kernels=f"[{_KERNEL}] * 3"),
    f"{_TFK}.ExponentialCurve": _example(fixed={"concentration": "dtype(2)", "rate": "dtype(3)"}),
    f"{_TFK}.ExponentiatedQuadratic": _example(fixed=_NO_INVERSE),
    f"{_TFK}.FeatureScaled": _example(2, kernel=_KERNEL, fixed={"inverse_scale_diag": "None"}),
    f"{_TFK}.FeatureTransformed": _example(
        kernel=_KERNEL, transformation_fn="lambda x, feature_ndims, example_ndims: 2 * x"
    ),
    f"{_TFK}.GammaExponential": _example(fixed=_NO_INVERSE),
    f"{_TFK}.GeneralizedMatern": _example(fixed=_NO_INVERSE),
    f"{_TFK}.KumaraswamyTransformed": _example(2, kernel=_KERNEL),
    f"{_TFK}.MaternFiveHalves": _example(fixed=_NO_INVERSE),
    f"{_TFK}.MaternOneHalf": _example(fixed=_NO_INVERSE),
    f"{_TFK}.MaternThreeHalves": _example(fixed=_NO_INVERSE),
    f"{_TFK}.PointwiseExponential": _example(kernel=_KERNEL),
    f"{_TFK}.Polynomial": _example(fixed={"exponent": "None"}),
    f"{_TFK}.RationalQuadratic": _example(fixed=_NO_INVERSE),
    f"{_TFK}.SchurComplement": _example(base_kernel=_KERNEL, fixed_inputs=_POINTS),
    f"{_TFK}.SpectralMixture": _example(3, 2, fixed={"logits": "np.array([0, 1, -1], dtype)"}),
}
"""Arguments to build a class with, where it cannot be built with none.

For docstrings and tests. In them `dtype` is the NumPy scalar type of the parameters, and
`np`, `tf`, `tfp`, `tfd` and `tfb` are what they usually are.
"""

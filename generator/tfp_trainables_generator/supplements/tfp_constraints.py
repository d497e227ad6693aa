"""Constraints and shapes of TFP's parameters that it does not annotate."""

from __future__ import annotations

from collections.abc import Mapping

from tfp_trainables_generator.spec.expressions import (
    BijectorArgument,
    BijectorSpec,
    Dimension,
    ParameterValue,
    Reference,
    Scalar,
    ShapeRule,
)
from tfp_trainables_generator.supplements.model import Constraint

_TFB = "tensorflow_probability.python.bijectors"
_TFK = "tfp.math.psd_kernels"
_HIGHWAY = "tfp.experimental.bijectors.HighwayFlow"
_OURS = "tfp_trainables_runtime.constraints"


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
    _ours("Direction"),
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
_TAILS_OF_VECTORS = Constraint(
    "one tail for all elements of a vector", shape=ShapeRule(dropped=1), mistaken_shape=ShapeRule()
)
_TAILS_OF_MATRICES = Constraint(
    "one tail for all elements of a matrix", shape=ShapeRule(dropped=2), mistaken_shape=ShapeRule()
)
_CUTPOINTS = Constraint(
    "one cutpoint between each two classes",
    shape=ShapeRule(appended=(Dimension("num_classes", -1),)),
    mistaken_shape=ShapeRule(appended=(Dimension("num_classes"),)),
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
    "tfp.distributions.MatrixTLinearOperator.df": _TAILS_OF_MATRICES,
    "tfp.distributions.MultivariateNormalDiagPlusLowRankCovariance"
    ".cov_perturb_factor": Constraint(
        "any factor gives a positive semidefinite product with its transpose",
        shape=ShapeRule(appended=(Dimension("rank"),)),
    ),
    "tfp.distributions.MultivariateStudentTLinearOperator.df": _TAILS_OF_VECTORS,
    "tfp.distributions.NormalInverseGaussian.skewness": Constraint(
        "the density exists where the tails outweigh the skew (Barndorff-Nielsen 1997)",
        _ours("AbsoluteBelow", bound=ParameterValue("tailweight")),
    ),
    "tfp.distributions.OrderedLogistic.cutpoints": _CUTPOINTS,
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

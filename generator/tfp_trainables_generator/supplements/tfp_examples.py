"""Arguments to build each class with, for docstrings, the probe and tests.

In them `dtype` is the NumPy scalar type of the parameters, and `np`, `tf`, `tfp`, `tfd` and
`tfb` are what they usually are.
"""

from __future__ import annotations

from collections.abc import Mapping

from tfp_trainables_generator.spec.classes import Example

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
_NO_NOISE_OF_PREDICTIONS = {"predictive_noise_variance": "None"}
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
        fixed=_NO_NOISE_OF_PREDICTIONS,
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
    "tfp.distributions.MatrixTLinearOperator": _example(2, 3, fixed={"df": "dtype(3)", **_SCALES}),
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
        2, fixed={"df": "dtype(3)", "scale": _SCALE}
    ),
    "tfp.distributions.NormalInverseGaussian": _example(
        fixed={"tailweight": "dtype(2)", "skewness": "dtype(0.5)"}
    ),
    "tfp.distributions.OneHotCategorical": _example(3),
    "tfp.distributions.OrderedLogistic": _example(
        num_classes="4", fixed={"cutpoints": "np.array([-1, 0, 1], dtype)"}
    ),
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
        fixed=_NO_NOISE_OF_PREDICTIONS,
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
        fixed=_NO_NOISE_OF_PREDICTIONS,
    ),
    "tfp.experimental.distributions.MultivariateNormalPrecisionFactorLinearOperator": _example(
        2, fixed={"precision_factor": _SCALE}
    ),
    "tfp.math.psd_kernels.ChangePoint": _example(2, kernels=f"[{_KERNEL}] * 3"),
    "tfp.math.psd_kernels.ExponentialCurve": _example(
        fixed={"concentration": "dtype(2)", "rate": "dtype(3)"}
    ),
    "tfp.math.psd_kernels.ExponentiatedQuadratic": _example(fixed=_NO_INVERSE),
    "tfp.math.psd_kernels.FeatureScaled": _example(
        2, kernel=_KERNEL, fixed={"inverse_scale_diag": "None"}
    ),
    "tfp.math.psd_kernels.FeatureTransformed": _example(
        kernel=_KERNEL, transformation_fn="lambda x, feature_ndims, example_ndims: 2 * x"
    ),
    "tfp.math.psd_kernels.GammaExponential": _example(fixed=_NO_INVERSE),
    "tfp.math.psd_kernels.GeneralizedMatern": _example(fixed=_NO_INVERSE),
    "tfp.math.psd_kernels.KumaraswamyTransformed": _example(2, kernel=_KERNEL),
    "tfp.math.psd_kernels.MaternFiveHalves": _example(fixed=_NO_INVERSE),
    "tfp.math.psd_kernels.MaternOneHalf": _example(fixed=_NO_INVERSE),
    "tfp.math.psd_kernels.MaternThreeHalves": _example(fixed=_NO_INVERSE),
    "tfp.math.psd_kernels.PointwiseExponential": _example(kernel=_KERNEL),
    "tfp.math.psd_kernels.Polynomial": _example(fixed={"exponent": "None"}),
    "tfp.math.psd_kernels.RationalQuadratic": _example(fixed=_NO_INVERSE),
    "tfp.math.psd_kernels.SchurComplement": _example(base_kernel=_KERNEL, fixed_inputs=_POINTS),
    "tfp.math.psd_kernels.SpectralMixture": _example(
        3, 2, fixed={"logits": "np.array([0, 1, -1], dtype)"}
    ),
}
"""Examples of the classes that cannot be built without arguments, or not be probed so."""

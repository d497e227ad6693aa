"""What the docstrings of classes show that need more than a shape: an example of each."""

from __future__ import annotations

from collections.abc import Mapping

SHOWN: Mapping[str, str] = {
    "tfp.bijectors.Blockwise": """\
bijector = TrainableBlockwise(
    bijectors=[TrainableShift(batch_and_event_shape=[2]), tfb.Softplus()],
    block_sizes=[2, 1],
)""",
    "tfp.bijectors.Chain": """\
bijector = TrainableChain(
    bijectors=[tfb.Exp(), TrainableShift(), TrainableScale()]
)""",
    "tfp.bijectors.Composition": """\
chain = TrainableChain(bijectors=[TrainableShift(), TrainableScale()])
bijector = TrainableComposition(bijectors=chain, name="affine", parameters={})""",
    "tfp.bijectors.FFJORD": """\
nn = tfp.experimental.nn
network = nn.Sequential([nn.Affine(2, 32), tf.tanh, nn.Affine(32, 2)])
bijector = TrainableFFJORD(
    state_time_derivative_fn=lambda time, state: network(state)
)
bijector.network = network  # So that trainable_variables has its weights.""",
    "tfp.bijectors.FillScaleTriL": """\
bijector = TrainableFillScaleTriL(diag_bijector=TrainableSoftplus())""",
    "tfp.bijectors.Glow": """\
bijector = TrainableGlow(
    output_shape=[28, 28, 1],
    num_glow_blocks=2,
    num_steps_per_block=4,
    coupling_bijector_fn=tfb.GlowDefaultNetwork,
    exit_bijector_fn=tfb.GlowDefaultExitNetwork,
)""",
    "tfp.bijectors.Inline": """\
bijector = TrainableInline(
    forward_fn=tf.asinh,
    inverse_fn=tf.sinh,
    forward_log_det_jacobian_fn=lambda x: -0.5 * tf.math.log1p(x**2),
    forward_min_event_ndims=0,
)""",
    "tfp.bijectors.Invert": """\
bijector = TrainableInvert(bijector=TrainableWeibullCDF())""",
    "tfp.bijectors.JointMap": """\
bijector = TrainableJointMap(
    bijectors={"loc": TrainableShift(), "scale": TrainableSoftplus()}
)""",
    "tfp.bijectors.MaskedAutoregressiveFlow": """\
network = tfb.AutoregressiveNetwork(params=2, hidden_units=[32])
network.build([3])  # Otherwise it has no weights before its first call.
bijector = TrainableMaskedAutoregressiveFlow(shift_and_log_scale_fn=network)""",
    "tfp.bijectors.MatvecLU": """\
bijector = TrainableMatvecLU(batch_and_event_shape=[3], permutation=[2, 0, 1])""",
    "tfp.bijectors.Permute": """\
bijector = TrainablePermute(permutation=[2, 0, 1])""",
    "tfp.bijectors.RationalQuadraticSpline": """\
bijector = TrainableRationalQuadraticSpline(num_bins=8)""",
    "tfp.bijectors.RealNVP": """\
nn = tfp.experimental.nn
network = nn.Sequential([nn.Affine(2, 32), tf.nn.relu, nn.Affine(32, 4)])
bijector = TrainableRealNVP(
    num_masked=2,
    shift_and_log_scale_fn=lambda x, units: tf.split(network(x), 2, axis=-1),
)
bijector.network = network  # So that trainable_variables has its weights.""",
    "tfp.bijectors.Reshape": """\
bijector = TrainableReshape(event_shape_in=[784], event_shape_out=[28, 28])""",
    "tfp.bijectors.Restructure": """\
bijector = TrainableRestructure(output_structure={"loc": 0, "scale": 1})""",
    "tfp.bijectors.ScaleMatvecLU": """\
bijector = TrainableScaleMatvecLU(
    batch_and_event_shape=[3], permutation=[2, 0, 1]
)""",
    "tfp.bijectors.ScaleMatvecLinearOperatorBlock": """\
first = TrainableScaleMatvecLinearOperator(batch_and_event_shape=[2])
second = TrainableScaleMatvecLinearOperator(batch_and_event_shape=[3])
bijector = TrainableScaleMatvecLinearOperatorBlock(
    scale=tf.linalg.LinearOperatorBlockDiag([first.scale, second.scale])
)""",
    "tfp.bijectors.Split": """\
bijector = TrainableSplit(num_or_size_splits=[2, 3])""",
    "tfp.bijectors.TransformDiagonal": """\
bijector = TrainableTransformDiagonal(diag_bijector=TrainableSoftplus())""",
    "tfp.bijectors.Transpose": """\
bijector = TrainableTranspose(perm=[2, 0, 1])""",
    "tfp.distributions.Autoregressive": """\
network = tfb.AutoregressiveNetwork(params=1, hidden_units=[32])
distribution = TrainableAutoregressive(
    distribution_fn=lambda x: tfd.Independent(
        tfd.Bernoulli(logits=network(x)[..., 0], dtype=tf.float32), 1
    ),
    sample0=tf.zeros(10),
)
distribution.network = network  # So that trainable_variables has its weights.""",
    "tfp.distributions.BatchBroadcast": """\
distribution = TrainableBatchBroadcast(
    distribution=TrainableNormal(batch_and_event_shape=[3]), to_shape=[10, 3]
)""",
    "tfp.distributions.BatchConcat": """\
distribution = TrainableBatchConcat(
    distributions=[
        TrainableNormal(batch_and_event_shape=[3]),
        TrainableStudentT(batch_and_event_shape=[2]),
    ],
    axis=0,
)""",
    "tfp.distributions.BatchReshape": """\
distribution = TrainableBatchReshape(
    distribution=TrainableNormal(batch_and_event_shape=[6]), batch_shape=[2, 3]
)""",
    "tfp.distributions.Bates": """\
distribution = TrainableBates({"low": 0.0, "high": 10.0}, total_count=5)""",
    "tfp.distributions.BetaBinomial": """\
distribution = TrainableBetaBinomial(total_count=20)""",
    "tfp.distributions.Binomial": """\
distribution = TrainableBinomial(total_count=20)""",
    "tfp.distributions.Blockwise": """\
distribution = TrainableBlockwise(
    distributions=[
        TrainableGamma(),
        TrainableMultivariateNormalTriL(batch_and_event_shape=[3]),
    ]
)""",
    "tfp.distributions.Categorical": """\
distribution = TrainableCategorical(num_classes=5)""",
    "tfp.distributions.CholeskyLKJ": """\
distribution = TrainableCholeskyLKJ(dimension=3)""",
    "tfp.distributions.DirichletMultinomial": """\
distribution = TrainableDirichletMultinomial(
    batch_and_event_shape=[4], total_count=20
)""",
    "tfp.distributions.FiniteDiscrete": """\
distribution = TrainableFiniteDiscrete(
    outcomes=[1.0, 2.0, 5.0, 10.0], num_classes=4
)""",
    "tfp.distributions.FlatDirichlet": """\
distribution = TrainableFlatDirichlet(concentration_shape=[3])""",
    "tfp.distributions.GaussianProcess": """\
distribution = TrainableGaussianProcess(
    kernel=TrainableExponentiatedQuadratic(),
    index_points=tf.linspace(0.0, 1.0, 50)[:, None],
)""",
    "tfp.distributions.GaussianProcessRegressionModel": """\
x = tf.linspace(0.0, 1.0, 20)[:, None]
distribution = TrainableGaussianProcessRegressionModel(
    kernel=TrainableMaternFiveHalves(),
    index_points=tf.linspace(0.0, 2.0, 50)[:, None],
    observation_index_points=x,
    observations=tf.sin(6 * x[:, 0]),
)""",
    "tfp.distributions.HiddenMarkovModel": """\
distribution = TrainableHiddenMarkovModel(
    initial_distribution=TrainableCategorical(num_classes=2),
    transition_distribution=TrainableCategorical(
        batch_and_event_shape=[2], num_classes=2
    ),
    observation_distribution=TrainableNormal(batch_and_event_shape=[2]),
    num_steps=50,
)""",
    "tfp.distributions.Independent": """\
distribution = TrainableIndependent(
    distribution=TrainableNormal(batch_and_event_shape=[3]),
    reinterpreted_batch_ndims=1,
)""",
    "tfp.distributions.Inflated": """\
distribution = TrainableInflated(
    distribution=TrainablePoisson(), inflated_loc=0.0
)""",
    "tfp.distributions.LKJ": """\
distribution = TrainableLKJ(dimension=3)""",
    "tfp.distributions.LambertWDistribution": """\
logistic = TrainableLogistic()
distribution = TrainableLambertWDistribution(
    {"tailweight": 0.1},
    distribution=logistic,
    shift=logistic.loc,
    scale=logistic.scale,
)""",
    "tfp.distributions.LinearGaussianStateSpaceModel": """\
distribution = TrainableLinearGaussianStateSpaceModel(
    batch_and_event_shape=[50, 1],
    latent_size=2,
    num_timesteps=50,
    transition_noise=TrainableMultivariateNormalDiag(batch_and_event_shape=2),
    observation_noise=TrainableMultivariateNormalDiag(batch_and_event_shape=1),
    initial_state_prior=tfd.MultivariateNormalDiag(scale_diag=[1.0, 1.0]),
)""",
    "tfp.distributions.MarkovChain": """\
noise = TrainableNormal(loc=0.0)
distribution = TrainableMarkovChain(
    initial_state_prior=TrainableNormal(),
    transition_fn=lambda step, state: tfd.Normal(state, noise.scale),
    num_steps=50,
)
distribution.noise = noise  # So that trainable_variables has its scale.""",
    "tfp.distributions.Masked": """\
distribution = TrainableMasked(
    distribution=TrainableNormal(batch_and_event_shape=[3]),
    validity_mask=[True, False, True],
)""",
    "tfp.distributions.Mixture": """\
distribution = TrainableMixture(
    cat=TrainableCategorical(num_classes=2),
    components=[TrainableNormal(), TrainableCauchy()],
)""",
    "tfp.distributions.MixtureSameFamily": """\
distribution = TrainableMixtureSameFamily(
    mixture_distribution=TrainableCategorical(num_classes=3),
    components_distribution=TrainableNormal(batch_and_event_shape=[3]),
)""",
    "tfp.distributions.Multinomial": """\
distribution = TrainableMultinomial(batch_and_event_shape=[4], total_count=20)""",
    "tfp.distributions.MultivariateNormalDiagPlusLowRankCovariance": """\
distribution = TrainableMultivariateNormalDiagPlusLowRankCovariance(
    batch_and_event_shape=[5], rank=2
)""",
    "tfp.distributions.OrderedLogistic": """\
distribution = TrainableOrderedLogistic(num_classes=5)""",
    "tfp.distributions.QuantizedDistribution": """\
distribution = TrainableQuantizedDistribution(
    distribution=TrainableLogistic(), low=0.0, high=10.0
)""",
    "tfp.distributions.Sample": """\
distribution = TrainableSample(
    distribution=TrainableNormal(), sample_shape=[10]
)""",
    "tfp.distributions.SphericalUniform": """\
distribution = TrainableSphericalUniform(dimension=3)""",
    "tfp.distributions.StoppingRatioLogistic": """\
distribution = TrainableStoppingRatioLogistic(num_classes=5)""",
    "tfp.distributions.StudentTProcess": """\
distribution = TrainableStudentTProcess(
    kernel=TrainableExponentiatedQuadratic(),
    index_points=tf.linspace(0.0, 1.0, 50)[:, None],
)""",
    "tfp.distributions.StudentTProcessRegressionModel": """\
x = tf.linspace(0.0, 1.0, 20)[:, None]
distribution = TrainableStudentTProcessRegressionModel(
    kernel=TrainableMaternFiveHalves(),
    index_points=tf.linspace(0.0, 2.0, 50)[:, None],
    observation_index_points=x,
    observations=tf.sin(6 * x[:, 0]),
)""",
    "tfp.distributions.TransformedDistribution": """\
distribution = TrainableTransformedDistribution(
    distribution=TrainableNormal(),
    bijector=TrainableRationalQuadraticSpline(num_bins=8),
)""",
    "tfp.distributions.VariationalGaussianProcess": """\
distribution = TrainableVariationalGaussianProcess(
    kernel=TrainableExponentiatedQuadratic(),
    index_points=tf.linspace(0.0, 1.0, 50)[:, None],
    num_inducing_points=10,
    num_features=1,
)""",
    "tfp.experimental.bijectors.HighwayFlow": """\
bijector = TrainableHighwayFlow(
    batch_and_event_shape=[3], activation_fn=tf.nn.softplus, gate_first_n=None
)""",
    "tfp.experimental.distributions.ImportanceResample": """\
distribution = TrainableImportanceResample(
    proposal_distribution=TrainableNormal(),
    target_log_prob_fn=tfd.Gumbel(loc=1.0, scale=2.0).log_prob,
    importance_sample_size=20,
)""",
    "tfp.experimental.distributions.MultiTaskGaussianProcess": """\
kernel = TrainableExponentiatedQuadratic()
distribution = TrainableMultiTaskGaussianProcess(
    kernel=tfp.experimental.psd_kernels.Independent(2, kernel),
    index_points=tf.linspace(0.0, 1.0, 50)[:, None],
)""",
    "tfp.experimental.distributions.MultiTaskGaussianProcessRegressionModel": """\
x = tf.linspace(0.0, 1.0, 20)[:, None]
kernel = TrainableMaternFiveHalves()
distribution = TrainableMultiTaskGaussianProcessRegressionModel(
    kernel=tfp.experimental.psd_kernels.Independent(2, kernel),
    index_points=tf.linspace(0.0, 2.0, 50)[:, None],
    observation_index_points=x,
    observations=tf.concat([tf.sin(6 * x), tf.cos(6 * x)], axis=-1),
)""",
    "tfp.experimental.distributions.MultivariateNormalPrecisionFactorLinearOperator": """\
distribution = TrainableMultivariateNormalPrecisionFactorLinearOperator(
    batch_and_event_shape=[3]
)""",
    "tfp.math.psd_kernels.ChangePoint": """\
kernel = TrainableChangePoint(
    batch_and_event_shape=[1],
    kernels=[TrainableExponentiatedQuadratic(), TrainableMaternOneHalf()],
)""",
    "tfp.math.psd_kernels.FeatureScaled": """\
kernel = TrainableFeatureScaled(
    batch_and_event_shape=[3],
    kernel=TrainableExponentiatedQuadratic(length_scale=None),
)""",
    "tfp.math.psd_kernels.FeatureTransformed": """\
kernel = TrainableFeatureTransformed(
    kernel=TrainableExponentiatedQuadratic(),
    transformation_fn=lambda x, feature_ndims, example_ndims: tf.math.log(x),
)""",
    "tfp.math.psd_kernels.KumaraswamyTransformed": """\
kernel = TrainableKumaraswamyTransformed(
    batch_and_event_shape=[2], kernel=TrainableMaternFiveHalves()
)""",
    "tfp.math.psd_kernels.PointwiseExponential": """\
kernel = TrainablePointwiseExponential(kernel=TrainableLinear())""",
    "tfp.math.psd_kernels.SchurComplement": """\
kernel = TrainableSchurComplement(
    base_kernel=TrainableExponentiatedQuadratic(),
    fixed_inputs=tf.linspace(0.0, 1.0, 10)[:, None],
)""",
}
"""Examples by the public name of the class, without imports."""

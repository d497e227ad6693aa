"""Facts about TFP that it does not annotate: the one table of them.

Each entry says which fact of TFP it fills in. When an upgrade of TFP provides that fact
itself, the phase `read` reports the entry as superfluous, so that the table never outlives
its reasons.
"""

from __future__ import annotations

from collections.abc import Mapping

from tfp_trainables_generator.spec.classes import DeferredArgument
from tfp_trainables_generator.spec.expressions import Reference
from tfp_trainables_generator.supplements.model import ForwardedKeywords, Supplements
from tfp_trainables_generator.supplements.tfp_constraints import CONSTRAINTS
from tfp_trainables_generator.supplements.tfp_descriptions import DESCRIPTIONS
from tfp_trainables_generator.supplements.tfp_examples import EXAMPLES
from tfp_trainables_generator.supplements.tfp_parameters import (
    ATTRIBUTES,
    FOLLOWS,
    LEAST_EVENT_NDIMS,
    NATURALLY_INTEGERS,
    NONZERO,
    OPERATORS,
    ORDERS,
    REPLACES,
    STRUCTURAL,
)
from tfp_trainables_generator.supplements.tfp_shown import SHOWN

_TFD = "tensorflow_probability.python.distributions"
_TFB = "tensorflow_probability.python.bijectors"
_TFK = "tfp.math.psd_kernels"

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

_MASSES: Mapping[str, str] = {
    "tfp.distributions.Deterministic": "all of its mass is at one value",
    "tfp.distributions.PoissonLogNormalQuadratureCompound": "it mixes Poisson distributions",
    "tfp.distributions.VectorDeterministic": "all of its mass is at one value",
    "tfp.distributions.ZeroInflatedNegativeBinomial": "it counts",
}
"""Classes that have a mass, and no density.

Fills in `DiscreteDistributionMixin`, by which TFP marks the others.
"""

_SQUARE_EVENTS: Mapping[str, str] = {
    "tfp.distributions.CholeskyLKJ": "Cholesky factors of correlation matrices",
    "tfp.distributions.LKJ": "correlation matrices",
    "tfp.distributions.WishartLinearOperator": "covariance matrices",
    "tfp.distributions.WishartTriL": "covariance matrices",
}
"""Classes whose events are square matrices. Fills in what event shapes alone do not tell."""

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
    structural=STRUCTURAL,
    constraints=CONSTRAINTS,
    parts=_PARTS,
    without_parameters=_WITHOUT_PARAMETERS,
    operators=OPERATORS,
    replaces=REPLACES,
    follows=FOLLOWS,
    orders=ORDERS,
    naturally_integers=NATURALLY_INTEGERS,
    nonzero=NONZERO,
    least_event_ndims=LEAST_EVENT_NDIMS,
    forwarded_keywords=_FORWARDED_KEYWORDS,
    deferred=_DEFERRED,
    restated=_RESTATED,
    mistaken_estimates=_MISTAKEN_ESTIMATES,
    refused_defaults=_REFUSED_DEFAULTS,
    masses=_MASSES,
    square_events=_SQUARE_EVENTS,
    examples=EXAMPLES,
    shown=SHOWN,
    attributes=ATTRIBUTES,
    descriptions=DESCRIPTIONS,
)

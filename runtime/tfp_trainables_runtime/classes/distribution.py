"""The base of trainable distributions, with the types that TFP's methods lack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import tensorflow as tf

from tfp_trainables_runtime.calls.ahead import DRAWS, STATISTICS, Ahead, compile_ahead
from tfp_trainables_runtime.classes.estimates import estimates
from tfp_trainables_runtime.classes.trainable import Trainable
from tfp_trainables_runtime.construction.initial_values import OutsideSupportError
from tfp_trainables_runtime.typing import (
    AnyStructure,
    DTypeLike,
    Keyword,
    Seed,
    ShapeLike,
    TensorLike,
)
from tfp_trainables_runtime.untyped import ops

if TYPE_CHECKING:
    from tensorflow_probability.python.bijectors.bijector import Bijector
    from tensorflow_probability.python.distributions.distribution import Distribution
    from typing_extensions import Self

__all__ = ["TrainableDistribution"]

TFPClass = TypeVar("TFPClass")


class TrainableDistribution(Trainable[TFPClass]):
    """Base of all trainable distributions.

    In shapes below, S is `sample_shape`, B the batch shape and E the event shape. The
    methods are those of the TFP class, typed. Where calls repeat, each is compiled, as a
    program that all instances of one structure share. A method that the TFP class does not
    implement raises `NotImplementedError`.
    """

    @classmethod
    def _from_samples(
        cls,
        samples: TensorLike,
        sample_ndims: AnyStructure,
        parameter_dtype: DTypeLike,
        arguments: Mapping[str, Keyword],
        alternatives: Mapping[str, str] | None = None,
    ) -> AnyStructure:
        """Creates a trainable that starts at TFP's estimates, for the generated classes."""
        initial, shape, dtype = estimates(
            cls, samples, sample_ndims, parameter_dtype, arguments, alternatives or {}
        )
        build: AnyStructure = cls
        try:
            return build(initial, shape, dtype, **arguments)
        except OutsideSupportError as error:
            hint = (
                "this is what the samples come to; if they and the arguments that were passed "
                "are as they should be, rescale them"
            )
            if dtype is not tf.float64:
                hint += ", or pass parameter_dtype=tf.float64"
            raise ValueError(f"{error}: {hint}") from None

    if TYPE_CHECKING:

        @property
        def dtype(self) -> tf.DType:
            """Dtype of draws."""
            ...

        @property
        def batch_shape(self) -> tf.TensorShape:
            """Static shape of distinct parameterizations, B."""
            ...

        @property
        def event_shape(self) -> tf.TensorShape:
            """Static shape of one draw, E."""
            ...

        @property
        def allow_nan_stats(self) -> bool:
            """Whether an undefined statistic is NaN rather than an error."""
            ...

        @property
        def reparameterization_type(self) -> AnyStructure:
            """`tfp.distributions.FULLY_REPARAMETERIZED` or `NOT_REPARAMETERIZED`."""
            ...

        def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> tf.Tensor:
            """The batch shape as an int32 tensor."""
            ...

        def event_shape_tensor(self, name: str = "event_shape_tensor") -> tf.Tensor:
            """The event shape as an int32 tensor."""
            ...

        def kl_divergence(self, other: Distribution, name: str = "kl_divergence") -> tf.Tensor:
            """Kullback-Leibler divergence from `other`, in nats. Shape B."""
            ...

        def cross_entropy(self, other: Distribution, name: str = "cross_entropy") -> tf.Tensor:
            """Cross entropy with `other`, in nats. Shape B."""
            ...

        def experimental_default_event_space_bijector(
            self, *args: Keyword, **kwargs: Keyword
        ) -> Bijector:
            """A bijector from unconstrained real vectors onto the support."""
            ...

        def is_scalar_event(self, name: str = "is_scalar_event") -> AnyStructure:
            """Whether a draw is a single number."""
            ...

        def is_scalar_batch(self, name: str = "is_scalar_batch") -> AnyStructure:
            """Whether there is one parameterization only."""
            ...

        def experimental_local_measure(
            self, *args: Keyword, **kwargs: Keyword
        ) -> tuple[tf.Tensor, AnyStructure]:
            """Log density of a value, and the tangent space of the support there."""
            ...

        @property
        def experimental_shard_axis_names(self) -> list[str]:
            """Names of the axes that draws are spread over devices by."""
            ...

        @classmethod
        def parameter_properties(
            cls, dtype: DTypeLike = tf.float32, num_classes: int | None = None
        ) -> dict[str, AnyStructure]:
            """What TFP annotates of its parameters, by name."""
            ...

        @classmethod
        def param_shapes(
            cls, sample_shape: ShapeLike, name: str = "DistributionParamShapes"
        ) -> dict[str, tf.Tensor]:
            """Shapes of the parameters for draws of a shape, by name."""
            ...

        @classmethod
        def param_static_shapes(cls, sample_shape: ShapeLike) -> dict[str, tf.TensorShape]:
            """Static shapes of the parameters for draws of a static shape, by name."""
            ...

        @classmethod
        def experimental_fit(
            cls,
            value: TensorLike,
            sample_ndims: int = 1,
            validate_args: bool = False,
            **init_kwargs: Keyword,
        ) -> Self:
            """An instance without variables, of the parameters that make `value` most likely."""
            ...

    def _dtype_of_value(self, method: str) -> AnyStructure:
        is_probability_of_parts = method == "quantile" and ops.nest.is_nested(self.dtype)
        return tf.float32 if is_probability_of_parts else self.dtype

    def compile(
        self,
        methods: Iterable[str] = ("sample", "log_prob"),
        sample_shapes: Iterable[Sequence[int]] = ((),),
        *,
        how: Ahead = "graph",
        gradients: bool = False,
    ) -> None:
        """Compiles methods ahead of the calls that need them; instances of one structure share it.

        Args:
          methods: which.
          sample_shapes: shapes of samples to call them with. A graph takes others, too.
          how: `"graph"`, or `"xla"`: a program for each of the sample shapes, which is run where
            XLA is as accurate as TensorFlow.
          gradients: whether also to compile gradients with respect to the variables.

        Raises:
          ValueError: if there is no such method, or no such way.
        """
        compile_ahead(self, methods, sample_shapes, self._inputs, how=how, gradients=gradients)

    def _inputs(self, method: str, sample_shape: Sequence[int]) -> tuple[AnyStructure, ...]:
        seed = ops.constant((0, 0))
        if method in STATISTICS:
            return ()
        if method in DRAWS:
            return sample_shape, seed
        value = self.sample(sample_shape, seed)
        if method == "quantile":
            return (ops.fill(ops.shape(value), ops.cast(0.5, self.dtype)),)
        return (value,)

    def sample(
        self,
        sample_shape: ShapeLike = (),
        seed: Seed = None,
        name: str = "sample",
        **kwargs: Keyword,
    ) -> tf.Tensor:
        """Draws. Shape S + B + E, of the distribution's dtype."""
        return self._draw("sample", sample_shape, seed, name, kwargs)

    def experimental_sample_and_log_prob(
        self,
        sample_shape: ShapeLike = (),
        seed: Seed = None,
        name: str = "sample_and_log_prob",
        **kwargs: Keyword,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Draws, of shape S + B + E, with their log density, of shape S + B."""
        return self._draw("experimental_sample_and_log_prob", sample_shape, seed, name, kwargs)

    def log_prob(self, value: TensorLike, name: str = "log_prob", **kwargs: Keyword) -> tf.Tensor:
        """Log density (or mass) of `value`, of shape S + B + E. Shape S + B."""
        return self._evaluate("log_prob", value, name, kwargs)

    def prob(self, value: TensorLike, name: str = "prob", **kwargs: Keyword) -> tf.Tensor:
        """Density (or mass) of `value`, of shape S + B + E. Shape S + B."""
        return self._evaluate("prob", value, name, kwargs)

    def unnormalized_log_prob(
        self, value: TensorLike, name: str = "unnormalized_log_prob", **kwargs: Keyword
    ) -> tf.Tensor:
        """Log density up to a constant that `value` does not change. Shape S + B."""
        return self._evaluate("unnormalized_log_prob", value, name, kwargs)

    def cdf(self, value: TensorLike, name: str = "cdf", **kwargs: Keyword) -> tf.Tensor:
        """P(X <= `value`). Shape S + B."""
        return self._evaluate("cdf", value, name, kwargs)

    def log_cdf(self, value: TensorLike, name: str = "log_cdf", **kwargs: Keyword) -> tf.Tensor:
        """Log P(X <= `value`). Shape S + B."""
        return self._evaluate("log_cdf", value, name, kwargs)

    def survival_function(
        self, value: TensorLike, name: str = "survival_function", **kwargs: Keyword
    ) -> tf.Tensor:
        """P(X > `value`). Shape S + B."""
        return self._evaluate("survival_function", value, name, kwargs)

    def log_survival_function(
        self, value: TensorLike, name: str = "log_survival_function", **kwargs: Keyword
    ) -> tf.Tensor:
        """Log P(X > `value`). Shape S + B."""
        return self._evaluate("log_survival_function", value, name, kwargs)

    def quantile(self, value: TensorLike, name: str = "quantile", **kwargs: Keyword) -> tf.Tensor:
        """The inverse of `cdf` at probabilities `value`. Shape S + B."""
        return self._evaluate("quantile", value, name, kwargs)

    def mean(self, name: str = "mean", **kwargs: Keyword) -> tf.Tensor:
        """Mean. Shape B + E."""
        return self._statistic("mean", name, kwargs)

    def mode(self, name: str = "mode", **kwargs: Keyword) -> tf.Tensor:
        """Mode. Shape B + E."""
        return self._statistic("mode", name, kwargs)

    def variance(self, name: str = "variance", **kwargs: Keyword) -> tf.Tensor:
        """Variance of each element. Shape B + E."""
        return self._statistic("variance", name, kwargs)

    def stddev(self, name: str = "stddev", **kwargs: Keyword) -> tf.Tensor:
        """Standard deviation of each element. Shape B + E."""
        return self._statistic("stddev", name, kwargs)

    def covariance(self, name: str = "covariance", **kwargs: Keyword) -> tf.Tensor:
        """Covariance matrix of a vector-valued event. Shape B + E + E."""
        return self._statistic("covariance", name, kwargs)

    def entropy(self, name: str = "entropy", **kwargs: Keyword) -> tf.Tensor:
        """Shannon entropy in nats. Shape B."""
        return self._statistic("entropy", name, kwargs)

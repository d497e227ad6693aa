"""TFP classes of which graphs or XLA refuse or mistake a method, in an equivalent formulation.

Those for XLA are used inside of its programs alone: everywhere else, draws are those of TFP
bit for bit.
"""

# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import tensorflow as tf
from tensorflow_probability.python.distributions.bates import (
    BATES_TOTAL_COUNT_STABILITY_LIMITS,
    Bates,
)
from tensorflow_probability.python.distributions.bernoulli import Bernoulli
from tensorflow_probability.python.distributions.categorical import Categorical
from tensorflow_probability.python.distributions.empirical import Empirical
from tensorflow_probability.python.distributions.gamma import Gamma
from tensorflow_probability.python.distributions.inflated import ZeroInflatedNegativeBinomial
from tensorflow_probability.python.distributions.negative_binomial import NegativeBinomial
from tensorflow_probability.python.distributions.poisson import Poisson
from tensorflow_probability.python.distributions.poisson_lognormal import (
    PoissonLogNormalQuadratureCompound,
)
from tensorflow_probability.python.distributions.transformed_distribution import (
    TransformedDistribution,
)

from tfp_trainables_runtime.formulations.transformed import TransformedDistributionInGraphs
from tfp_trainables_runtime.private import PlainTransformedDistribution, fold_in
from tfp_trainables_runtime.typing import AnyStructure, Keyword
from tfp_trainables_runtime.untyped import ops, sanitize_seed, split_seed, untyped

__all__ = ["IN_GRAPHS", "IN_GRAPHS_OVER_SURFACES", "IN_XLA"]

Tensor: TypeAlias = AnyStructure


class BatesInXLA(Bates):
    """`Bates` without ragged segments, whose sizes XLA would have to know."""

    def _sample_n(self, n: Tensor, seed: AnyStructure = None) -> Tensor:
        """Adds up uniform draws, one by one, as many as the largest count."""
        bates = untyped(self)
        dtype = bates.dtype
        count = ops.broadcast_to(ops.cast(bates.total_count, dtype), bates._batch_shape_tensor())
        shape = ops.concat([[n], ops.shape(count)], axis=0)
        seed = sanitize_seed(seed)

        def add(index: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
            draw = ops.random.stateless_uniform(shape, fold_in(seed, index), dtype=dtype)
            return index + 1, total + ops.where(ops.cast(index, dtype) < count, draw, 0.0)

        _, total = ops.while_loop(
            lambda index, _: ops.cast(index, dtype) < ops.reduce_max(count),
            add,
            (ops.constant(0), ops.zeros(shape, dtype)),
        )
        return bates.low + (bates.high - bates.low) * total / count

    def _prob(self, value: Tensor) -> Tensor:
        """Density of the mean of n uniforms (Irwin 1927, Hall 1927), scaled to the bounds."""
        centered, count, share = self._alternating_sum(value, power=-1)
        bates = untyped(self)
        density = share * count / (bates.high - bates.low)
        density = ops.where((centered >= 0) & (centered <= 1), density, 0.0)
        return ops.where(ops.math.is_finite(centered), density, np.nan)

    def _cdf(self, value: Tensor) -> Tensor:
        """The integral of the density, from whichever bound is nearer."""
        centered, _, share = self._alternating_sum(value, power=0)
        probability = ops.where(centered > 0.5, 1.0 - share, share)  # noqa: PLR2004
        probability = ops.where(centered >= 0, probability, 0.0)
        probability = ops.where(centered <= 1, probability, 1.0)
        return ops.where(ops.math.is_finite(centered), probability, np.nan)

    def _alternating_sum(self, value: Tensor, *, power: int) -> tuple[Tensor, ...]:
        """Sums (-1)^k C(n, k) (n x - k)^m / m! over all k up to n x, with m = n + `power`.

        By symmetry, x is the distance from the nearer bound, so that k ends at n / 2.

        Returns:
          The value on the scale from 0 to 1, n in its shape, and the sum. The sum is NaN
          where n is not known when the program is compiled, and beyond what TFP calls
          numerically stable.
        """
        bates = untyped(self)
        dtype = bates.dtype
        count = ops.cast(bates.total_count, dtype)
        centered = (value - bates.low) / (bates.high - bates.low)
        x = ops.clip_by_value(centered, 0.0, 1.0)
        x = ops.where(x < 0.5, x, 1 - x)  # noqa: PLR2004
        x = ops.where(ops.math.is_finite(x), x, 0.0)
        count = ops.broadcast_to(count, ops.broadcast_dynamic_shape(ops.shape(x), ops.shape(count)))
        known = ops.get_static_value(bates.total_count)
        limit = BATES_TOTAL_COUNT_STABILITY_LIMITS[dtype] if known is None else np.max(known)
        k = ops.range(limit // 2 + 1, dtype=dtype)
        n, base = count[..., tf.newaxis], (count * x)[..., tf.newaxis] - k
        is_term = base >= 0
        # Each C(n, k) from the one before: the sum cancels most of what rounding leaves.
        factors = ops.where(k > 0, (n - k + 1) / ops.maximum(k, 1.0), 1.0)
        choices = ops.math.cumprod(factors, axis=-1)
        # Both branches have to be finite for the gradient to be.
        terms = choices * ops.where(is_term, base, 1.0) ** (n + power)
        signs = 1 - 2 * (k % 2)
        total = ops.reduce_sum(ops.where(is_term, signs * terms, 0.0), axis=-1)
        factor = ops.range(1, limit + 1, dtype=dtype)
        total /= ops.reduce_prod(ops.where(factor <= n + power, factor, 1.0), axis=-1)
        return centered, count, ops.where(count <= limit, total, np.nan)


class BernoulliInGraphs(Bernoulli):
    """`Bernoulli` whose distribution function has one dtype, in double precision too."""

    def _cdf(self, event: Tensor) -> Tensor:
        failure = 1 - untyped(self)._probs_parameter_no_checks()
        below_one = ops.where(event < 1, failure, ops.ones_like(failure))
        return ops.where(event < 0, ops.zeros_like(failure), below_one)


class NegativeBinomialInXLA(NegativeBinomial):
    """`NegativeBinomial` that draws by samplers which XLA has."""

    def _sample_n(self, n: Tensor, seed: AnyStructure = None) -> Tensor:
        """Draws a Poisson variable whose rate is a gamma variable."""
        negative_binomial = untyped(self)
        gamma_seed, poisson_seed = split_seed(seed, salt="NegativeBinomial")
        logits = negative_binomial._logits_parameter_no_checks()
        rates = Gamma(concentration=negative_binomial.total_count, log_rate=-logits)
        return Poisson(rate=untyped(rates).sample(n, gamma_seed)).sample(seed=poisson_seed)


class PoissonInXLA(Poisson):
    """`Poisson` whose distribution function reaches 1."""

    def _cdf(self, x: Tensor) -> Tensor:
        is_infinite = ops.equal(x, np.inf)
        below = untyped(super())._cdf(ops.where(is_infinite, ops.zeros_like(x), x))
        return ops.where(is_infinite, ops.ones_like(below), below)


class PoissonLogNormalQuadratureCompoundInXLA(PoissonLogNormalQuadratureCompound):
    """`PoissonLogNormalQuadratureCompound` that draws by samplers which XLA has."""

    def _sample_n(self, n: Tensor, seed: AnyStructure = None) -> Tensor:
        """Draws a Poisson variable whose rate is one of those of the quadrature."""
        compound = untyped(self)
        poisson, mixture = map(untyped, compound.poisson_and_mixture_distributions())
        mixture_seed, poisson_seed = split_seed(seed, salt="PoissonLogNormalQuadratureCompound")
        log_rates = poisson.log_rate
        logits = ops.broadcast_to(mixture.logits, ops.shape(log_rates))
        index = untyped(Categorical(logits=logits)).sample(n, mixture_seed)
        is_chosen = ops.one_hot(index, log_rates.shape[-1], True, False)
        log_rate = ops.reduce_sum(ops.where(is_chosen, log_rates, 0.0), axis=-1)
        return untyped(Poisson(log_rate=log_rate)).sample(seed=poisson_seed)


def zero_inflated_negative_binomial_in_xla(
    *,
    inflated_loc_logits: Tensor = None,
    inflated_loc_probs: Tensor = None,
    **keywords: Keyword,
) -> AnyStructure:
    """Returns a `ZeroInflatedNegativeBinomial` around the class above."""
    return ZeroInflatedNegativeBinomial(
        inflated_loc_logits=inflated_loc_logits,
        inflated_loc_probs=inflated_loc_probs,
        distribution=NegativeBinomialInXLA(require_integer_total_count=False, **keywords),
    )


class EmpiricalInXLA(Empirical):
    """`Empirical` that counts equal samples by sorting them, not in a hash table."""

    def _mode(self, samples: Tensor = None) -> Tensor:
        """The first of the most frequent samples."""
        empirical = untyped(self)
        samples = ops.convert_to_tensor(empirical.samples if samples is None else samples)
        rows, counts = self._rows_and_counts(samples)
        first = ops.argmax(counts, axis=-1, output_type=tf.int32)
        mode = ops.gather(rows, first, batch_dims=1)
        shape = ops.concat(
            [
                empirical._batch_shape_tensor(samples=samples),
                empirical._event_shape_tensor(samples),
            ],
            axis=0,
        )
        return ops.reshape(mode, shape)

    def _entropy(self) -> Tensor:
        """Each of n equal samples contributes one n-th of what they do together."""
        empirical = untyped(self)
        samples = ops.convert_to_tensor(empirical.samples)
        _, counts = self._rows_and_counts(samples)
        size = ops.cast(ops.shape(counts)[-1], empirical.dtype)
        log_probs = ops.math.log(ops.cast(counts, empirical.dtype) / size)
        entropy = -ops.reduce_mean(log_probs, axis=-1)
        return ops.reshape(entropy, empirical._batch_shape_tensor(samples=samples))

    def _rows_and_counts(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the samples as rows of numbers, and how many of them equal each.

        Returns:
          Tensors of shape [batch, samples, numbers] and [batch, samples].
        """
        size = untyped(self)._compute_num_samples(samples)
        numbers = int(np.prod(untyped(self)._event_shape().as_list(), dtype=int))
        rows = ops.reshape(samples, [-1, size, numbers])
        # Sorted by one number after the other, the last first, equal rows are neighbours.
        _, order = ops.while_loop(
            lambda column, _: column >= 0,
            lambda column, order: (
                column - 1,
                ops.gather(
                    order,
                    ops.argsort(ops.gather(rows[..., column], order, batch_dims=1), stable=True),
                    batch_dims=1,
                ),
            ),
            (ops.constant(numbers - 1), ops.zeros_like(rows[..., 0], tf.int32) + ops.range(size)),
        )
        in_order = ops.gather(rows, order, batch_dims=1)
        differs = ops.reduce_any(in_order[:, 1:] != in_order[:, :-1], axis=-1)
        run = ops.pad(ops.cumsum(ops.cast(differs, tf.int32), axis=-1), [[0, 0], [1, 0]])
        batch = ops.range(ops.shape(run)[0])[:, tf.newaxis] * size
        runs = ops.scatter_nd(
            ops.reshape(run + batch, [-1, 1]),
            ops.ones_like(ops.reshape(run, [-1])),
            [ops.size(run)],
        )
        counts_in_order = ops.gather(runs, run + batch)
        places = ops.reshape(order + batch, [-1, 1])
        counts = ops.scatter_nd(places, ops.reshape(counts_in_order, [-1]), [ops.size(run)])
        return rows, ops.reshape(counts, ops.shape(run))


IN_GRAPHS_OVER_SURFACES: Mapping[Callable[..., AnyStructure], Callable[..., AnyStructure]] = {
    TransformedDistribution: TransformedDistributionInGraphs,
    PlainTransformedDistribution: TransformedDistributionInGraphs,
}
"""What to build in a graph where some part has a density over a surface, by TFP class."""

IN_GRAPHS: Mapping[Callable[..., AnyStructure], Callable[..., AnyStructure]] = {
    Bernoulli: BernoulliInGraphs,
    **IN_GRAPHS_OVER_SURFACES,
}
"""What to build in a graph, by TFP class."""

IN_XLA: Mapping[Callable[..., AnyStructure], Callable[..., AnyStructure]] = {
    **IN_GRAPHS,
    Bates: BatesInXLA,
    Empirical: EmpiricalInXLA,
    NegativeBinomial: NegativeBinomialInXLA,
    Poisson: PoissonInXLA,
    PoissonLogNormalQuadratureCompound: PoissonLogNormalQuadratureCompoundInXLA,
    ZeroInflatedNegativeBinomial: zero_inflated_negative_binomial_in_xla,
}
"""What to build in an XLA program, by TFP class."""

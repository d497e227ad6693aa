"""TFP's transformed distributions, for graphs.

TFP differentiates the bijector of a distribution over a surface, such as a simplex, by calling
it in a graph; there the bijector remembers what it is asked, and the derivative is lost.
"""

from __future__ import annotations

from tensorflow_probability.python.experimental.tangent_spaces.spaces import FullSpace

from tfp_trainables_runtime.private import PlainTransformedDistribution
from tfp_trainables_runtime.typing import AnyStructure, Keyword
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["TransformedDistributionInGraphs"]


class _Forgetful:
    """A bijector whose derivatives do not come of what it remembers."""

    def __init__(self, bijector: AnyStructure) -> None:
        self._bijector = bijector

    def __getattr__(self, name: str) -> AnyStructure:
        return getattr(self._bijector, name)

    def __call__(self, *arguments: AnyStructure, **keywords: Keyword) -> AnyStructure:
        return self._bijector(*arguments, **keywords)

    def experimental_compute_density_correction(
        self, x: AnyStructure, tangent_space: AnyStructure, **keywords: Keyword
    ) -> AnyStructure:
        """Returns what TFP does, of tensors that the bijector has not seen.

        Where the support has all dimensions, it takes the determinant that it remembers: that
        of an inverse may be much cheaper.
        """
        if not isinstance(tangent_space, FullSpace):
            x = ops.nest.map_structure(ops.identity, x)
        correct = self._bijector.experimental_compute_density_correction
        return correct(x, tangent_space, **keywords)


class TransformedDistributionInGraphs(PlainTransformedDistribution):
    """A `TransformedDistribution` with the right density over surfaces, in a graph too."""

    @property
    def bijector(self) -> AnyStructure:
        """The bijector, as one that forgets."""
        return _Forgetful(untyped(super()).bijector)

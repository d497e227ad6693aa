"""The public namespaces of TFP, the bases of their classes, and where their trainables go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfp_trainables_generator.naming import PACKAGE
from tfp_trainables_generator.spec.expressions import Kind, Reference
from tfp_trainables_generator.spec.packages import Package


@dataclass(frozen=True)
class Namespace:
    """A public namespace of TFP and the package that its trainables go to.

    Attributes:
      public_name: the namespace: `tfp.math.psd_kernels`.
      module: the module that it is.
      kind: what its classes are.
      package: the subpackage of the generated package: `kernels`.
    """

    public_name: str
    module: str
    kind: Kind
    package: str


_PYTHON = "tensorflow_probability.python"

NAMESPACES = (
    Namespace("tfp.distributions", f"{_PYTHON}.distributions", "distribution", "distributions"),
    Namespace("tfp.bijectors", f"{_PYTHON}.bijectors", "bijector", "bijectors"),
    Namespace("tfp.math.psd_kernels", f"{_PYTHON}.math.psd_kernels", "kernel", "kernels"),
    Namespace(
        "tfp.experimental.distributions",
        f"{_PYTHON}.experimental.distributions",
        "distribution",
        "experimental.distributions",
    ),
    Namespace(
        "tfp.experimental.bijectors",
        f"{_PYTHON}.experimental.bijectors",
        "bijector",
        "experimental.bijectors",
    ),
)

BASES: Mapping[Kind, Reference] = {
    "distribution": Reference(f"{_PYTHON}.distributions.distribution", "Distribution"),
    "bijector": Reference(f"{_PYTHON}.bijectors.bijector", "Bijector"),
    "kernel": Reference(
        f"{_PYTHON}.math.psd_kernels.positive_semidefinite_kernel", "PositiveSemidefiniteKernel"
    ),
}

TFP_PACKAGE = Package(PACKAGE, subpackages={part.public_name: part.package for part in NAMESPACES})

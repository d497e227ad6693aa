"""Constraining bijectors that TFP lacks, what is constrained by one, and its image in words."""

from tfp_trainables_runtime.constraints.bounds import (
    AbsoluteBelow,
    Between,
    GreaterThan,
    SameSum,
)
from tfp_trainables_runtime.constraints.constrained import ConstrainedTensor, ConstrainedVariable
from tfp_trainables_runtime.constraints.directions import Direction
from tfp_trainables_runtime.constraints.matrices import (
    NonzeroDiagonal,
    Rotation,
    UnitLowerTriangular,
)

__all__ = [
    "AbsoluteBelow",
    "Between",
    "ConstrainedTensor",
    "ConstrainedVariable",
    "Direction",
    "GreaterThan",
    "NonzeroDiagonal",
    "Rotation",
    "SameSum",
    "UnitLowerTriangular",
]

for _name in __all__:  # Where generated code and pickles find them, whatever moves.
    globals()[_name].__module__ = __name__

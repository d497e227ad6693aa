"""What XLA computes as TensorFlow does, over the whole domain.

Of other operations, XLA gives other numbers where it matters, in tails, of infinities or NaN,
or it leaves out an error. So a graph is handed to XLA only if all of its operations are listed
here; `tests/contract/test_xla_operations.py` compares each of them with TensorFlow's own.
"""

from __future__ import annotations

from tfp_trainables_runtime.private import nodes_of_graph
from tfp_trainables_runtime.typing import AnyStructure

__all__ = ["ACCURATE", "OF_SHAPES", "less_accurate_in_xla"]

ACCURATE = frozenset(
    {
        *("Abs", "Acos", "Acosh", "AddV2", "Asin", "Asinh", "Atan", "Atanh", "BesselI0e"),
        *("BesselI1e", "Ceil", "Cos", "Cosh", "DivNoNan", "Equal", "Erf", "Erfc", "Exp"),
        *("Expm1", "Floor", "FloorDiv", "FloorMod", "Greater", "GreaterEqual", "IsFinite"),
        *("IsInf", "IsNan", "Less", "LessEqual", "Log", "Log1p", "Mul", "MulNoNan", "Neg"),
        *("NotEqual", "RealDiv", "Reciprocal", "Relu", "Rint", "Round", "Rsqrt", "Sigmoid"),
        *("Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Square", "SquaredDifference"),
        *("Sub", "Tan", "Tanh", "Xdivy", "Xlog1py", "Xlogy"),
    }
)
"""Elementwise operations of floating numbers, of each of which both sides are compared."""

OF_SHAPES = frozenset(
    {
        *("AddN", "All", "Any", "BatchMatMulV2", "BroadcastArgs", "BroadcastGradientArgs"),
        *("BroadcastTo", "Cast", "ConcatV2", "Const", "Cumsum", "ExpandDims", "Fill", "Identity"),
        *("IdentityN", "LogicalAnd", "LogicalNot", "LogicalOr", "MatMul", "MatrixBandPart"),
        *("MatrixDiagPartV3", "MatrixDiagV3", "MatrixSetDiagV3", "Mean", "NoOp", "OnesLike"),
        *("Pack", "Pad", "PadV2", "Placeholder", "PreventGradient", "ReverseV2", "Roll"),
        *("Range", "Rank", "ReadVariableOp", "Reshape", "Select", "SelectV2", "Shape", "ShapeN"),
        *("Size", "Slice", "Split", "SplitV", "Squeeze", "StopGradient", "StridedSlice", "Sum"),
        *("Tile", "Transpose", "Unpack", "ZerosLike"),
        # Of what they call, each operation counts by itself.
        *("PartitionedCall", "StatefulPartitionedCall"),
    }
)
"""What moves numbers, adds them up or tells of shapes: XLA has no other way to do it."""

_OF_INTEGERS = frozenset({"Maximum", "Minimum", "Prod", "Max", "Min", "Neg"})
"""Right of whole numbers, such as dimensions; of floating ones, XLA drops a NaN."""


def less_accurate_in_xla(graph: AnyStructure) -> str | None:
    """Returns an operation of a graph that XLA does not compute as TensorFlow does, or `None`.

    Args:
      graph: that of a traced function; functions that it calls count.
    """
    for name, dtype in nodes_of_graph(graph):
        if name in ACCURATE or name in OF_SHAPES:
            continue
        if name in _OF_INTEGERS and dtype is not None and dtype.is_integer:
            continue
        return name
    return None

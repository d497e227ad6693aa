"""What XLA computes as TensorFlow does, over the whole domain.

Of other operations, XLA gives other numbers where it matters, in tails, of infinities or NaN,
or it leaves out an error. So a graph is handed to XLA only if all of its operations are listed
here; `tests/contract/test_xla_operations.py` compares each of them with TensorFlow's own.
"""

from __future__ import annotations

from tfp_trainables_runtime.programs.graphs import GraphNode, nodes_of_graph
from tfp_trainables_runtime.typing import AnyStructure

__all__ = ["ACCURATE", "OF_SHAPES", "less_accurate_in_xla"]

ACCURATE = frozenset(
    {
        *("Abs", "Acos", "Acosh", "AddV2", "Asin", "Asinh", "Atan", "Atanh", "BesselI0e"),
        *("BesselI1e", "Ceil", "Cos", "DivNoNan", "Equal", "Erf", "Erfc", "Floor", "FloorDiv"),
        *("FloorMod", "Greater", "GreaterEqual", "IsFinite", "IsInf", "IsNan", "Less"),
        *("LessEqual", "Log", "Log1p", "Mul", "MulNoNan", "Neg", "NotEqual", "RealDiv"),
        *("Reciprocal", "Relu", "Rint", "Round", "Rsqrt", "Sigmoid", "Sign", "Sin", "Softplus"),
        *("Softsign", "Sqrt", "Square", "SquaredDifference", "Sub", "Tan", "Tanh", "Xdivy"),
        *("Xlog1py", "Xlogy"),
    }
)
"""Elementwise operations of floating numbers, of each of which both sides are compared.

Not those that overflow as an exponential does: added to another number in the same program, what
is infinite for TensorFlow is not for XLA. (See `_is_selected` for an exception.)
"""

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
    for node in nodes_of_graph(graph):
        if node.operation in ACCURATE or node.operation in OF_SHAPES:
            continue
        if node.operation in _OF_INTEGERS and node.dtype is not None and node.dtype.is_integer:
            continue
        if node.operation == "Exp" and _is_selected(node):
            continue
        return node.operation
    return None


def _is_selected(node: GraphNode) -> bool:
    """Tells whether what a node returns is only taken where another node chooses it.

    So TFP has the exponential in its softplus, which it takes of small numbers alone.
    """
    passes_on = ("Identity", "IdentityN", "Log1p")
    return all(
        user.operation in ("Select", "SelectV2")
        or (user.operation in passes_on and _is_selected(user))
        for user in node.users
    )

"""Words for the image of a constraining bijector, for docstrings and errors."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["describe_support"]

_IMAGES = {
    "AbsoluteBelow": "of an absolute value below {bound}",
    "Ascending": "strictly increasing along the last dimension",
    "Direction": "a vector of unit length",
    "FillScaleTriL": "a lower-triangular matrix with a positive diagonal",
    "FillTriangular": "a lower-triangular matrix",
    "Between": "between {low} and {high}",
    "GreaterThan": "greater than {low}",
    "Identity": "any finite real number",
    "NonzeroDiagonal": "a matrix with no 0 on its diagonal",
    "Rotation": "a rotation matrix without the eigenvalue -1",
    "SameSum": "a vector with the sum of {other}, no element below 0.001 of an equal share",
    "Sigmoid": "between {low} and {high}",
    "SoftmaxCentered": "a probability vector: positive, with sum 1 along the last dimension",
    "Softplus": "greater than {low}",
    "UnitLowerTriangular": "a lower-triangular matrix with ones on its diagonal",
    "UnitVector": "a vector of unit length",
}


def describe_support(bijector: str, arguments: Mapping[str, str] | None = None) -> str:
    """Describes the values that a constraining bijector maps onto.

    Args:
      bijector: name of the bijector's class; a composition is named from the outside in,
        as `"Chain(CholeskyOuterProduct, FillScaleTriL)"`.
      arguments: those of its constructor that are not `None`, in words.
    """
    given = {"low": "0", "high": "1", **(arguments or {})}
    if bijector == "Softplus" and "low" not in (arguments or {}):
        return "positive"
    if bijector == "GreaterThan" and "low" not in (arguments or {}):
        return _IMAGES["Identity"]
    if bijector.startswith("Chain(CholeskyOuterProduct"):
        return "a symmetric positive-definite matrix"
    return _IMAGES.get(bijector, f"in the image of {bijector}").format_map(given)

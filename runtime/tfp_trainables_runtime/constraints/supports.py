"""Words for the image of a constraining bijector, and for the support that it stands for."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["describe_image", "describe_support"]

_IMAGES = {
    "AbsoluteBelow": "of an absolute value below {bound}",
    "Ascending": "strictly increasing along the last dimension",
    "Direction": "a vector of unit length",
    "Exp": "positive",
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


_SUPPORTS = {
    "Rotation": "an orthogonal matrix",
    "SameSum": "a vector of positive numbers with the sum of {other}",
}
"""The support, where the image is less than that."""


def describe_support(bijector: str, arguments: Mapping[str, str] | None = None) -> str:
    """Describes the values of a parameter that a constraining bijector keeps a variable among.

    Args:
      bijector: as for `describe_image`.
      arguments: likewise, without the margins that a variable keeps from the ends of the support.
    """
    if bijector in ("GreaterThan", "Softplus") and (arguments or {}).get("low") == "0":
        return "positive"
    words = _SUPPORTS.get(bijector)
    return words.format_map(arguments or {}) if words else describe_image(bijector, arguments)


def describe_image(bijector: str, arguments: Mapping[str, str] | None = None) -> str:
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

"""Words for the image of a constraining bijector, for docstrings and errors."""

from __future__ import annotations

__all__ = ["describe_support"]

_IMAGES = {
    "Ascending": "strictly increasing along the last dimension",
    "FillScaleTriL": "a lower-triangular matrix with a positive diagonal",
    "FillTriangular": "a lower-triangular matrix",
    "Identity": "any finite real number",
    "SoftmaxCentered": "a probability vector: positive, with sum 1 along the last dimension",
    "UnitVector": "a vector of unit length",
}


def describe_support(bijector: str, *, low: str | None = None, high: str | None = None) -> str:
    """Describes the values that a constraining bijector maps onto.

    Args:
      bijector: name of the bijector's class in `tfp.bijectors`; a composition is
        named from the outside in, as `"Chain(CholeskyOuterProduct, FillScaleTriL)"`.
      low: lower bound of a `Softplus` or `Sigmoid`, in words; `None` for 0.
      high: upper bound of a `Sigmoid`, in words; `None` for 1.
    """
    if bijector == "Softplus":
        return "positive" if low is None else f"greater than {low}"
    if bijector == "Sigmoid":
        return f"between {low or 0} and {high or 1}"
    if bijector.startswith("Chain(CholeskyOuterProduct"):
        return "a symmetric positive-definite matrix"
    return _IMAGES.get(bijector, f"in the image of {bijector}")

"""The words that `parameter_table.toml` has for supports, defined on arrays of NumPy alone.

Each word has a predicate and examples: values inside, which reach near to the ends, and
values outside, the nearest of which are a thousandth or a few units in the last place away.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray
Bounds = tuple[Array, ...]

SLIGHTLY = 1e-3


@dataclass(frozen=True)
class Kind:
    """A kind of support.

    Attributes:
      pattern: the words for it; its groups are the bounds.
      contains: whether all of a value is in the support, given its bounds.
      inside: values of a shape and dtype that are, given the bounds.
      outside: values that are not.
    """

    pattern: str
    contains: Callable[..., Any]
    inside: Callable[..., Iterator[Any]]
    outside: Callable[..., Iterator[Any]]


@dataclass(frozen=True)
class Support:
    """A support as the table names it: a kind with its bounds."""

    word: str
    kind: Kind
    bounds: tuple[str, ...]

    def evaluated(self, names: Mapping[str, Any], dtype: type) -> Bounds:
        """The bounds as arrays: expressions over `S` and the parameters."""
        return tuple(
            np.asarray(eval(bound, {"__builtins__": {}}, dict(names)), dtype)
            for bound in self.bounds
        )

    def contains(self, value: Array, bounds: Bounds = ()) -> bool:
        """Whether all of a value is finite, and in the support."""
        return bool(np.isfinite(value).all() and self.kind.contains(value, *bounds))

    def inside(self, shape: tuple[int, ...], dtype: type, bounds: Bounds = ()) -> list[Array]:
        """Values in the support, some of which are near each of its ends."""
        values = self.kind.inside(shape, dtype, *bounds)
        return [np.asarray(value, dtype) for value in values]

    def outside(self, shape: tuple[int, ...], dtype: type, bounds: Bounds = ()) -> list[Array]:
        """Values outside of the support, some of which are slightly so."""
        values = self.kind.outside(shape, dtype, *bounds)
        return [np.asarray(value, dtype) for value in values]


def support(word: str) -> Support:
    """The support that a word of the table names."""
    for kind in KINDS:
        match = re.fullmatch(kind.pattern, word)
        if match:
            return Support(word, kind, match.groups())
    raise ValueError(f"{word!r} is no support: expected one of {[k.pattern for k in KINDS]}")


def but_last(array: Array, value: Any) -> Array:
    """A copy whose last element is another: one that is wrong among many that are right."""
    result = np.array(array)
    result[(-1,) * array.ndim] = value
    return result


def everywhere(value: Any, shape: tuple[int, ...], dtype: type) -> Array:
    """The value, broadcast to the shape and, if it has more dimensions, its own."""
    value = np.asarray(value, dtype)
    return np.array(np.broadcast_to(value, np.broadcast_shapes(shape, value.shape)))


def ulps(value: Any, number: int) -> Array:
    """The value as many units in the last place above or, negative, below; of 0, the least."""
    value = np.asarray(value)
    towards = value.dtype.type(np.copysign(np.inf, number))
    result = value
    for _ in range(abs(number)):
        result = np.nextafter(result, towards)
    return np.where(value == 0, number * np.finfo(value.dtype).tiny, result)


def diagonal(x: Array) -> Array:
    return np.diagonal(x, axis1=-2, axis2=-1)


def transposed(x: Array) -> Array:
    return np.swapaxes(x, -1, -2)


def is_lower_triangular(x: Array) -> bool:
    return bool((np.triu(x, 1) == 0).all())


# Elements that have a support each.


def not_finite(shape: tuple[int, ...], dtype: type, filled: Any) -> Iterator[Array]:
    for value in (np.nan, np.inf, -np.inf):
        yield but_last(everywhere(filled, shape, dtype), value)


def real_inside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    for value in (0, 1e-3, -1e-3, 50, -50, 1e3, -1e3, 1e20, -1e20):
        yield everywhere(value, shape, dtype)


def real_outside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    yield from not_finite(shape, dtype, 1)


def above_inside(shape: tuple[int, ...], dtype: type, low: Array) -> Iterator[Array]:
    nearest = 100 * np.finfo(dtype).eps
    for above in (nearest * np.maximum(abs(low), 1), SLIGHTLY * (1 + abs(low)), 1, 1e3, 1e20):
        yield everywhere(low + above, shape, dtype)


def above_outside(shape: tuple[int, ...], dtype: type, low: Array) -> Iterator[Array]:
    right = everywhere(low + 1, shape, dtype)
    yield from not_finite(shape, dtype, right)
    slightly = SLIGHTLY * np.where(low == 0, 1, abs(low))
    for value in (low, ulps(low, -1), ulps(low, -4), low - slightly, low - 1, -low - 1):
        yield but_last(right, np.broadcast_to(value, right.shape)[(-1,) * right.ndim])


def between_inside(shape: tuple[int, ...], dtype: type, low: Array, high: Array) -> Iterator[Array]:
    for share in (1e-5, SLIGHTLY, 0.5, 1 - SLIGHTLY, 1 - 1e-5):
        yield everywhere(low + share * (high - low), shape, dtype)


def between_outside(
    shape: tuple[int, ...], dtype: type, low: Array, high: Array
) -> Iterator[Array]:
    right = everywhere((low + high) / 2, shape, dtype)
    yield from not_finite(shape, dtype, right)
    slightly = SLIGHTLY * np.maximum(abs(low), abs(high))
    for value in (ulps(low, -1), ulps(low, -4), low - slightly, low - 1):
        yield but_last(right, np.broadcast_to(value, right.shape)[(-1,) * right.ndim])
    for value in (ulps(high, 1), ulps(high, 4), high + slightly, high + 1):
        yield but_last(right, np.broadcast_to(value, right.shape)[(-1,) * right.ndim])


def open_between_outside(
    shape: tuple[int, ...], dtype: type, low: Array, high: Array
) -> Iterator[Array]:
    yield from between_outside(shape, dtype, low, high)
    for value in (low, high):
        yield everywhere(value, shape, dtype)


def absolute_inside(shape: tuple[int, ...], dtype: type, bound: Array) -> Iterator[Array]:
    yield from between_inside(shape, dtype, -bound, bound)


def absolute_outside(shape: tuple[int, ...], dtype: type, bound: Array) -> Iterator[Array]:
    yield from open_between_outside(shape, dtype, -bound, bound)


# Vectors.


def increasing_inside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    for start, step in ((0, 1), (-1e3, 1e3), (1, SLIGHTLY), (-2, 1e6)):
        yield everywhere(start + step * np.arange(shape[-1]), shape, dtype)


def increasing_outside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    right = np.arange(1, shape[-1] + 1)
    yield from not_finite(shape, dtype, right)
    if shape[-1] > 1:
        before = right[-2]
        for last in (before, ulps(dtype(before), -1), before * (1 - SLIGHTLY), before - 2):
            yield but_last(everywhere(right, shape, dtype), last)


def unit_inside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    size = shape[-1]
    start = np.linspace(1, -0.5, size) if size > 1 else np.array([-1.0])
    axes = [*np.eye(size)[:-1], *-np.eye(size)]
    # Near to the last axis, which alone is excluded.
    near = but_last(np.full(size, 0.01 if size > 1 else -1), 1 if size > 1 else -1)
    for direction in (start, -start[::-1], near, *axes):
        if size > 1 or direction[0] < 0:
            yield everywhere(direction / np.linalg.norm(direction), shape, dtype)


def unit_outside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    right = np.eye(shape[-1])[0] if shape[-1] > 1 else np.array([-1.0])
    yield from not_finite(shape, dtype, right)
    for factor in (0, 1 - SLIGHTLY, 1 + SLIGHTLY, 2):
        wrong = everywhere(right, shape, dtype)
        wrong[(-1,) * (wrong.ndim - 1)] *= factor
        yield wrong


def shares_inside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    size = shape[-1]
    equal = np.full(size, 1 / size)
    yield everywhere(equal, shape, dtype)
    for least in (SLIGHTLY, 1e-6):
        shares = np.full(size, least)
        for i in (0, -1):
            yield everywhere(
                np.where(np.arange(size) == i % size, 1 - least * (size - 1), shares), shape, dtype
            )


def shares_outside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    size = shape[-1]
    right = np.full(size, 1 / size)
    yield from not_finite(shape, dtype, right)
    for factor in (0, -1, 1 - SLIGHTLY, 1 + SLIGHTLY):
        wrong = everywhere(right, shape, dtype)
        wrong[(-1,) * (wrong.ndim - 1)] *= factor
        yield wrong
    for least in (0, -SLIGHTLY):
        wrong = everywhere(right, shape, dtype)
        wrong[(-1,) * (wrong.ndim - 1)] = [1 - least, *[0] * (size - 2), least]
        yield wrong


def has_sum(x: Array, total: Any) -> bool:
    tolerance = 8 * x.shape[-1] * np.finfo(x.dtype).eps
    return bool(np.allclose(x.sum(-1), total, rtol=tolerance, atol=0))


LEAST_SHARE = 1e-3  # Of an equal share: Durkan et al. 2019.


def contains_same_sum(x: Array, other: Array) -> bool:
    total = other.sum(-1)
    least = LEAST_SHARE * total / x.shape[-1]
    rounding = 1 - 8 * np.finfo(x.dtype).eps
    return has_sum(x, total) and bool((x >= rounding * least[..., None]).all())


def same_sum_inside(shape: tuple[int, ...], dtype: type, other: Array) -> Iterator[Array]:
    total = other.sum(-1, keepdims=True)
    size = shape[-1]
    for least in (1, 0.5, 1.05 * LEAST_SHARE):
        shares = np.full(size, least / size)
        for i in (0, size - 1):
            shares_of_one = np.where(np.arange(size) == i, 1 - least * (size - 1) / size, shares)
            yield everywhere(shares_of_one * total, shape, dtype)


def same_sum_outside(shape: tuple[int, ...], dtype: type, other: Array) -> Iterator[Array]:
    total = other.sum(-1, keepdims=True)
    size = shape[-1]
    right = everywhere(total / size, shape, dtype)
    yield from not_finite(shape, dtype, right)
    for factor in (1 - SLIGHTLY, 1 + SLIGHTLY, 2):
        wrong = np.array(right)
        wrong[(-1,) * (wrong.ndim - 1)] *= factor
        yield wrong
    for least in (0, 0.95 * LEAST_SHARE, 0.05 * LEAST_SHARE, -LEAST_SHARE):
        shares = np.where(np.arange(size) == 0, 1 - least * (size - 1) / size, least / size)
        wrong = np.array(right)
        wrong[(-1,) * (wrong.ndim - 1)] = shares * np.broadcast_to(
            total[(-1,) * (total.ndim - 1)], [1]
        )
        yield wrong


# Matrices.


def matrices(rights: list[Array], shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    for right in rights:
        yield everywhere(right, shape, dtype)


def last_matrix(right: Array, wrong: Array, shape: tuple[int, ...], dtype: type) -> Array:
    """A batch of which the last matrix alone is wrong."""
    result = everywhere(right, shape, dtype)
    result[(-1,) * (result.ndim - 2)] = wrong
    return result


def wrong_matrices(
    right: Array, wrongs: list[Array], shape: tuple[int, ...], dtype: type
) -> Iterator[Array]:
    yield from not_finite(shape, dtype, right)
    for wrong in wrongs:
        yield last_matrix(right, wrong, shape, dtype)


def with_element(matrix: Array, row: int, column: int, value: float) -> Array:
    result = np.array(matrix)
    result[row, column] = value
    return result


def triangle(size: int, on_diagonal: Any, below: float) -> Array:
    return np.tril(np.full([size, size], below), -1) + np.diag(np.full(size, on_diagonal, float))


def triangular_inside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    size = shape[-1]
    triangles = [triangle(size, d, b) for d in (-1e3, -1e-3, 0, 1e-3, 1e3) for b in (0, -5)]
    yield from matrices(triangles, shape, dtype)


def upper_elements(right: Array) -> list[Array]:
    """The matrix, with a small element or a large one above the diagonal."""
    if len(right) < 2:
        return []
    return [with_element(right, *at, x) for at in ((0, -1), (-2, -1)) for x in (2e-3, 1, -5)]


def triangular_outside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    right = triangle(shape[-1], 1, -0.5)
    yield from wrong_matrices(right, upper_elements(right), shape, dtype)


def positive_triangular_inside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    size = shape[-1]
    nearest = 100 * np.finfo(dtype).eps
    triangles = [triangle(size, d, b) for d in (nearest, 1e-3, 1, 1e3) for b in (0, -5, 1e3)]
    yield from matrices(triangles, shape, dtype)


def positive_triangular_outside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    right = triangle(shape[-1], 1, -0.5)
    diagonals = [with_element(right, i, i, x) for i in (0, -1) for x in (0, -1e-30, -1e-3, -1)]
    yield from wrong_matrices(right, diagonals + upper_elements(right), shape, dtype)


def unit_triangular_inside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    yield from matrices([triangle(shape[-1], 1, b) for b in (0, 1e-3, -5, 1e6)], shape, dtype)


def unit_triangular_outside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    right = triangle(shape[-1], 1, -0.5)
    one = dtype(1)
    near = (1 - SLIGHTLY, 1 + SLIGHTLY, ulps(one, 1), ulps(one, -1))
    diagonals = [with_element(right, i, i, x) for i in (0, -1) for x in (*near, 0, -1)]
    upper = [with_element(right, 0, -1, 1e-30)] if shape[-1] > 1 else []
    yield from wrong_matrices(right, diagonals + upper + upper_elements(right), shape, dtype)


def no_zero_inside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    size = shape[-1]
    full = np.arange(size * size).reshape(size, size) - 2.0
    for on_diagonal in (1e-3, -1e-3, 1e3, -1e3, 2 * np.finfo(dtype).eps):
        for rest in (full, 0 * full):
            matrix = rest - np.diag(np.diag(rest)) + on_diagonal * np.eye(size)
            yield everywhere(matrix, shape, dtype)


def no_zero_outside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    size = shape[-1]
    right = np.full([size, size], 2.0)
    wrongs = [with_element(right, i, i, 0) for i in range(size)]
    yield from wrong_matrices(right, wrongs, shape, dtype)


def correlated(size: int, correlation: float, scales: Array) -> Array:
    matrix = correlation * np.ones([size, size]) + (1 - correlation) * np.eye(size)
    return scales[:, None] * matrix * scales


def contains_positive_definite(x: Array) -> bool:
    """Up to rounding: eigenvalues that are smaller than an ulp of the largest may be any."""
    largest = np.abs(x).max(axis=(-1, -2))[..., None]
    smallest = np.linalg.eigvalsh(x.astype(np.float64))
    rounding = 16 * x.shape[-1] * np.finfo(x.dtype).eps * largest
    is_symmetric = (abs(x - transposed(x)) <= rounding[..., None]).all()
    return bool(is_symmetric and (diagonal(x) > 0).all() and (smallest > -rounding).all())


def positive_definite_inside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    size = shape[-1]
    scales = [np.ones(size), 10.0 ** np.arange(size), np.full(size, 0.01), np.full(size, 1e3)]
    rights = [correlated(size, c, s) for s in scales for c in (0, 0.5, 0.95)]
    yield from matrices(rights, shape, dtype)


def positive_definite_outside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    size = shape[-1]
    right = correlated(size, 0.5, np.ones(size))
    wrongs = [-right, 0 * right, with_element(right, 0, 0, -SLIGHTLY)]
    if size > 1:
        wrongs += [
            with_element(right, 0, -1, 0.5 + 2 * SLIGHTLY),
            with_element(right, -1, 0, 0.5 - 2 * SLIGHTLY),
            np.triu(right),
            np.tril(right),
            correlated(size, 1 + SLIGHTLY, np.ones(size)),
            correlated(size, -2, np.ones(size)),
        ]
    yield from wrong_matrices(right, wrongs, shape, dtype)


def rotated(size: int, angle: float) -> Array:
    """The rotation by an angle from the first axis to the last."""
    result = np.eye(size)
    if size > 1:
        ends = np.ix_([0, -1], [0, -1])
        result[ends] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return result


def contains_rotation(x: Array) -> bool:
    identity = np.eye(x.shape[-1])
    # The larger the angles' half tangents, the worse conditioned is what they are solved from.
    error = abs(x @ transposed(x) - identity).max()
    is_orthogonal = error < 1e4 * np.finfo(x.dtype).eps
    return bool(is_orthogonal and (np.linalg.det(x.astype(np.float64)) > 0).all())


def rotation_inside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    # Near to half a turn, which alone is excluded.
    angles = (0, 1e-3, -0.5, 2, 0.98 * np.pi, -0.98 * np.pi)
    yield from matrices([rotated(shape[-1], angle) for angle in angles], shape, dtype)


def rotation_outside(shape: tuple[int, ...], dtype: type) -> Iterator[Array]:
    size = shape[-1]
    right = rotated(size, 0.5)
    wrongs = [0 * right, 2 * right, (1 - SLIGHTLY) * right, (1 + SLIGHTLY) * right]
    wrongs += [right @ np.diag([-1.0, *[1.0] * (size - 1)])]  # A reflection.
    if size > 1:
        wrongs += [with_element(right, 0, -1, right[0, -1] + 2 * SLIGHTLY)]
    yield from wrong_matrices(right, wrongs, shape, dtype)


NUMBER_0, NUMBER_1 = np.zeros(()), np.ones(())


def with_bounds(examples: Callable[..., Iterator[Array]], *bounds: Array) -> Any:
    return lambda shape, dtype: examples(shape, dtype, *(bound.astype(dtype) for bound in bounds))


KINDS = [
    Kind("real", lambda x: True, real_inside, real_outside),
    Kind(
        "positive",
        lambda x: (x > 0).all(),
        with_bounds(above_inside, NUMBER_0),
        with_bounds(above_outside, NUMBER_0),
    ),
    Kind(
        "positive, at most 1",
        lambda x: ((x > 0) & (x <= 1)).all(),
        with_bounds(between_inside, NUMBER_0, NUMBER_1),
        with_bounds(between_outside, NUMBER_0, NUMBER_1),
    ),
    Kind(
        "between 0 and 1",
        lambda x: ((x >= 0) & (x <= 1)).all(),
        with_bounds(between_inside, NUMBER_0, NUMBER_1),
        with_bounds(between_outside, NUMBER_0, NUMBER_1),
    ),
    Kind("greater than (.+)", lambda x, low: (x > low).all(), above_inside, above_outside),
    # By rounding alone: the bound itself is no value to start from.
    Kind("at least (.+)", lambda x, low: (x >= low).all(), above_inside, above_outside),
    Kind(
        "between (.+) and (.+)",
        lambda x, low, high: ((low < x) & (x < high)).all(),
        between_inside,
        open_between_outside,
    ),
    Kind(
        "below (.+) in absolute value",
        lambda x, bound: (abs(x) < bound).all(),
        absolute_inside,
        absolute_outside,
    ),
    # Not strictly: elements that differ by less than an ulp of their sum are equal.
    Kind("increasing", lambda x: (np.diff(x) >= 0).all(), increasing_inside, increasing_outside),
    Kind(
        "unit vector",
        lambda x: np.allclose((x**2).sum(-1), 1, atol=16 * np.finfo(x.dtype).eps),
        unit_inside,
        unit_outside,
    ),
    Kind(
        "probability vector",
        lambda x: (x >= 0).all() and has_sum(x, 1),
        shares_inside,
        shares_outside,
    ),
    Kind("positive with the sum of (.+)", contains_same_sum, same_sum_inside, same_sum_outside),
    Kind("rotation", contains_rotation, rotation_inside, rotation_outside),
    Kind(
        "positive definite",
        contains_positive_definite,
        positive_definite_inside,
        positive_definite_outside,
    ),
    Kind("lower-triangular", is_lower_triangular, triangular_inside, triangular_outside),
    Kind(
        "lower-triangular with a positive diagonal",
        lambda x: is_lower_triangular(x) and (diagonal(x) > 0).all(),
        positive_triangular_inside,
        positive_triangular_outside,
    ),
    Kind(
        "unit lower-triangular",
        lambda x: is_lower_triangular(x) and (diagonal(x) == 1).all(),
        unit_triangular_inside,
        unit_triangular_outside,
    ),
    Kind(
        "no zero on the diagonal",
        lambda x: (diagonal(x) != 0).all(),
        no_zero_inside,
        no_zero_outside,
    ),
]

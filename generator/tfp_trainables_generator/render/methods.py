"""The methods of generated classes: signatures, calls of the runtime, and docstrings."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from tfp_trainables_generator.spec.capabilities import Execution, MethodSpec
from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.parameters import Role

_WIDTH = 88
_INDENT = 8
_QUOTES = 3


@dataclass(frozen=True)
class MethodView:
    """A method of a generated class, as printed.

    Attributes:
      name: the method.
      arguments: its arguments after `self`, as source.
      types: the runtime's types that they name.
      returns: the type of its result.
      summary: the first line of its docstring.
      details: the lines of what else there is to say.
      call: the expression that it returns.
    """

    name: str
    arguments: str
    types: set[str]
    returns: str
    summary: str
    details: Sequence[str]
    call: str


def method_views(spec: ClassSpec) -> list[MethodView]:
    """Returns what the templates print of the methods that a class implements."""
    return [_view(spec, method) for method in spec.methods]


def shape_legend(spec: ClassSpec) -> str:
    """Returns a sentence on the letters in the shapes of a class's methods."""
    if not spec.methods or spec.kind == "bijector":
        return ""
    if spec.kind == "kernel":
        return (
            "In the shapes of methods, B is the batch shape, E that of the examples and F that "
            "of the features of one."
        )
    event = event_words(spec).removeprefix(" + ")
    if not event:
        return "In the shapes of methods, S is the sample shape and B the batch shape."
    events = {"[d]": ", a vector", "[n, m]": ", a matrix", "[d, d]": ", a square matrix"}
    return (
        "In the shapes of methods, S is the sample shape, B the batch shape and "
        f"{event} the shape of an event{events.get(event, '')}."
    )


def event_words(spec: ClassSpec) -> str:
    """Returns the shape of an event, as a term to add to that of the batch."""
    capabilities = spec.capabilities
    if capabilities is None or capabilities.event_ndims is None or _wraps(spec):
        return " + E"  # Its events are what those of its parts are.
    matrix = " + [d, d]" if spec.has_square_events else " + [n, m]"
    return {0: "", 1: " + [d]", 2: matrix}.get(capabilities.event_ndims, " + E")


_NO_EVENTS = {"KernelStructure", "LinearOperator", "None", "PositiveSemidefiniteKernel"}


def _wraps(spec: ClassSpec) -> bool:
    """Tells whether a class is made of other distributions or of bijectors, or may be."""
    return any(
        parameter.role is Role.COMPONENT and not _NO_EVENTS.issuperset(parameter.annotation.names)
        for parameter in spec.parameters
    )


def _view(spec: ClassSpec, method: MethodSpec) -> MethodView:
    arguments, types, call = _signature(method)
    sentences = _sentences(spec, method)
    width = _WIDTH - _INDENT
    if len(" ".join(sentences)) <= width - _QUOTES * 2:
        sentences = [" ".join(sentences)]
    is_pair = method.name == "experimental_sample_and_log_prob"
    return MethodView(
        name=method.name,
        arguments=arguments,
        types=types,
        returns="tuple[tf.Tensor, tf.Tensor]" if is_pair else "tf.Tensor",
        summary=sentences[0],
        details=textwrap.wrap(" ".join(sentences[1:]), width, break_on_hyphens=False),
        call=call,
    )


def _signature(method: MethodSpec) -> tuple[str, set[str], str]:
    """Returns a method's arguments, the runtime's types in them, and the call of the runtime."""
    name = method.name
    options = "" if method.runs is Execution.COMPILED else ", xla=False"
    named = f'name: str = "{name.removeprefix("experimental_")}", **kwargs: Keyword'
    if name in _DRAWS:
        return (
            f"sample_shape: ShapeLike = (), seed: Seed = None, {named}",
            {"Keyword", "Seed", "ShapeLike"},
            f'self._draw("{name}", sample_shape, seed, name, kwargs{options})',
        )
    if name in _OF_TWO_INPUTS:
        ndims = _OF_TWO_INPUTS[name]
        typed = "".join(f"{ndim}: int{default}, " for ndim, default in ndims.items())
        given = ", ".join(f'"{ndim}": {ndim}' for ndim in ndims)
        return (
            f'x1: TensorLike, x2: TensorLike, {typed}name: str = "{name}"',
            {"TensorLike"},
            f'self._pairwise("{name}", x1, x2, name, {{{given}}}{options})',
        )
    if name in _SENTENCES_OF_STATISTICS:
        return named, {"Keyword"}, f'self._statistic("{name}", name, kwargs{options})'
    value = _INPUTS.get(name, "value")
    ndims, function, given = "", "_evaluate", value
    if name in _LOG_DETS:
        ndims, function = "event_ndims: int | None = None, ", "_log_det_jacobian"
        given = f"{value}, event_ndims"
    return (
        f"{value}: TensorLike, {ndims}{named}",
        {"Keyword", "TensorLike"},
        f'self.{function}("{name}", {given}, name, kwargs{options})',
    )


_DRAWS = ("sample", "experimental_sample_and_log_prob")
_LOG_DETS = ("forward_log_det_jacobian", "inverse_log_det_jacobian")
_INPUTS = {
    "forward": "x",
    "inverse": "y",
    "forward_log_det_jacobian": "x",
    "inverse_log_det_jacobian": "y",
}
_OF_TWO_INPUTS = {
    "apply": {"example_ndims": " = 0"},
    "matrix": {},
    "tensor": {"x1_example_ndims": "", "x2_example_ndims": ""},
}
"""The methods of kernels, with their further arguments and the defaults of these."""

_SENTENCES_OF_STATISTICS = {
    "mean": "Mean. Shape B{event}.",
    "mode": "Mode. Shape B{event}.",
    "variance": "Variance of each element. Shape B{event}.",
    "stddev": "Standard deviation of each element. Shape B{event}.",
    "covariance": "Covariance matrix of the elements of an event. Shape B{matrix}.",
    "entropy": "Shannon entropy in nats. Shape B.",
}

_SENTENCES = {
    "sample": "Draws of shape S + B{event}.",
    "experimental_sample_and_log_prob": (
        "Draws of shape S + B{event} and their log {density} of shape S + B."
    ),
    "log_prob": "Log {density} of `value`: shape S + B{event} to shape S + B.",
    "prob": "Probability {density} of `value`: shape S + B{event} to shape S + B.",
    "unnormalized_log_prob": "Log {density} up to a constant: shape S + B{event} to shape S + B.",
    "cdf": "P(X <= `value`): shape S + B{event} to shape S + B.",
    "log_cdf": "Log P(X <= `value`): shape S + B{event} to shape S + B.",
    "survival_function": "P(X > `value`): shape S + B{event} to shape S + B.",
    "log_survival_function": "Log P(X > `value`): shape S + B{event} to shape S + B.",
    "quantile": "The inverse of `cdf` at the probability `value`, of shape S + B.",
    **_SENTENCES_OF_STATISTICS,
    "forward": "Maps `x` to y.",
    "inverse": "Maps `y` back to x.",
    "forward_log_det_jacobian": "Log |det dy/dx| at `x`.",
    "inverse_log_det_jacobian": "Log |det dx/dy| at `y`.",
    "apply": "Kernel value of each pair of examples: two of shape E + F to shape B + E.",
    "matrix": "Kernel matrix of two lists, [n] + F and [m] + F: shape B + [n, m].",
    "tensor": "Kernel values of all pairs: shapes E1 + F and E2 + F to shape B + E1 + E2.",
}


def _sentences(spec: ClassSpec, method: MethodSpec) -> list[str]:
    density = "mass" if spec.is_discrete else "density"
    if _wraps(spec) and not spec.is_discrete:
        density = "density (or mass)"
    event = event_words(spec)
    matrix = " + [d, d]" if event == " + [d]" else event * 2
    sentences = [_SENTENCES[method.name].format(event=event, matrix=matrix, density=density)]
    if method.name in _LOG_DETS:
        direction = method.name.removesuffix("_log_det_jacobian")
        sentences.append(
            "Summed over the last `event_ndims` dimensions, by default "
            f"`{direction}_min_event_ndims` of them."
        )
    if method.name == "apply":
        sentences.append("E has `example_ndims` dimensions; those before them are batches.")
    if method.name == "tensor":
        sentences.append("E1 has `x1_example_ndims` dimensions, and E2 `x2_example_ndims`.")
    if method.name == "sample" and method.has_gradient is not None:
        reaches = "Gradients reach the variables." if method.has_gradient else "No gradient passes."
        sentences.append(reaches)
    if method.runs is Execution.GRAPH:
        sentences.append(f"Runs as a graph, not compiled: {method.reason}.")
    elif method.runs is Execution.OP_BY_OP:
        sentences.append(f"Not compiled: {method.reason}.")
    return sentences

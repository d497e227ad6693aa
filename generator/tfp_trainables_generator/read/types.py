"""Types of the constructors' arguments: what a class annotates, or what is known of TFP's."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any, Union, get_args, get_origin

import numpy as np
import tensorflow as tf

from tfp_trainables_generator.discover.classes import PublicClass
from tfp_trainables_generator.spec.parameters import Role
from tfp_trainables_generator.spec.types import TypeExpression
from tfp_trainables_runtime import typing

_BY_NAME = {
    "activation_fn": "AnyCallable | None",
    "always_yield_multivariate_student_t": "bool",
    "base_kernel": "PositiveSemidefiniteKernel",
    "batchnorm_layer": "AnyStructure",
    "bijector": "Bijector",
    "bijectors": "BijectorStructure",
    "block_sizes": "TensorLike",
    "cat": "Distribution",
    "components": "DistributionStructure",
    "diag_bijector": "Bijector",
    "dimension": "int",
    "distribution": "Distribution",
    "distributions": "DistributionStructure",
    "dtype": "DTypeLike",
    "dtype_override": "DTypeLike",
    "distribution_fn": "AnyCallable",
    "forward_min_event_ndims": "AnyStructure",
    "fraction_masked": "float",
    "gate_first_n": "int | None",
    "gauss_hermite_scale_limit": "TensorLike",
    "initial_state_prior": "Distribution",
    "inverse_min_event_ndims": "AnyStructure",
    "is_increasing": "bool | AnyCallable",
    "kernel": "PositiveSemidefiniteKernel",
    "kernels": "KernelStructure",
    "name": "str",
    "num_masked": "int",
    "num_steps": "TensorLike",
    "observation_noise": "Distribution | AnyCallable",
    "parameters": "dict[str, AnyStructure]",
    "precision": "LinearOperator",
    "precision_factor": "LinearOperator",
    "scale": "LinearOperator",
    "scale_column": "LinearOperator",
    "scale_row": "LinearOperator",
    "seed": "Seed",
    "transition_noise": "Distribution | AnyCallable",
}
"""Types of TFP's arguments that are no tensors. A tensor's type follows from its role."""

_BY_ENTRY = {"tfp.bijectors.Composition.bijectors": "Bijector | BijectorStructure"}
"""Types of TFP's arguments that are more in one class than what the name says."""

_TENSORS = {
    "observation_matrix": "TensorLike | LinearOperator | AnyCallable",
    "transition_matrix": "TensorLike | LinearOperator | AnyCallable",
}
"""Types of TFP's parameters that are more than tensors."""

_BY_SUFFIX = {
    "_atol": "TensorLike",
    "_distribution": "Distribution",
    "_fn": "AnyCallable",
    "_rtol": "TensorLike",
    "_structure": "AnyStructure",
}
"""Types of TFP's arguments by how their names end."""

_BY_DEFAULT: dict[type, str] = {
    int: "int",
    float: "float",
    str: "str",
    tuple: "ShapeLike",
    tf.DType: "DTypeLike",
}

_WIDER: Mapping[Any, str] = {
    typing.Distribution: "Distribution",
    typing.Bijector: "Bijector",
    typing.PositiveSemidefiniteKernel: "PositiveSemidefiniteKernel",
    typing.LinearOperator: "LinearOperator",
    tf.DType: "DTypeLike",
    tf.Tensor: "TensorLike",
    tf.Variable: "TensorLike",
    np.ndarray: "TensorLike",
}
"""What generated classes take where a class says that it takes one of these."""


def type_of(public: PublicClass, argument: inspect.Parameter, role: Role) -> TypeExpression:
    """Returns the type of a constructor's argument.

    What the class annotates comes first, but for tensors, of which the trainable takes more.
    A name says something in TFP's classes alone.

    Args:
      public: the class.
      argument: the argument, with its annotation and its default, if it has them.
      role: what it is to the trainable.
    """
    is_tensor = role not in (Role.COMPONENT, Role.OPTION)
    annotated = None if is_tensor else _annotated(argument.annotation)
    default = argument.default
    if annotated:
        text = annotated
    elif isinstance(default, bool):
        text = "bool"
    elif not public.package.is_own and (
        known := _known(public.qualified_name, argument.name, is_tensor=is_tensor)
    ):
        text = known
    elif is_tensor:
        text = "TensorLike"
    else:
        of_default = (text for cls, text in _BY_DEFAULT.items() if isinstance(default, cls))
        text = next(of_default, "AnyStructure")
    found = TypeExpression(text)
    return found.optional() if default is None else found


def _known(owner: str, name: str, *, is_tensor: bool) -> str | None:
    """Returns the type of an argument of TFP's with a name, if that says it."""
    if not is_tensor and name in _BY_NAME:
        return _BY_ENTRY.get(f"{owner}.{name}", _BY_NAME[name])
    endings = (text for suffix, text in _BY_SUFFIX.items() if name.endswith(suffix))
    return next(endings, _TENSORS.get(name) if is_tensor else None)


def _annotated(hint: Any) -> str | None:
    """Returns what an annotation says, if generated code can say it too."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        members = [_annotated(part) for part in get_args(hint)]
        return None if None in members else " | ".join(dict.fromkeys(map(str, members)))
    if origin is Callable or hint is Callable:
        return "AnyCallable"
    if hint in (None, type(None)):
        return "None"
    if not isinstance(hint, type) or origin or hint in (Any, inspect.Parameter.empty):
        return None
    wider = (name for base, name in _WIDER.items() if issubclass(hint, base))
    if (name := next(wider, None)) or hint.__module__ == "builtins":
        return name or hint.__name__
    is_importable = getattr(sys.modules.get(hint.__module__), hint.__name__, None) is hint
    return f"{hint.__module__}.{hint.__name__}" if is_importable else None

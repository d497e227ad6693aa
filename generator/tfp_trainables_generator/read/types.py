"""Types of the constructors' arguments, which TFP documents but does not state."""

from __future__ import annotations

import tensorflow as tf

from tfp_trainables_generator.spec.parameters import Role

__all__ = ["RUNTIME_TYPES", "annotation_of"]

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
"""Types of arguments that are no tensors. A tensor's type follows from its role."""

_TENSORS = {
    "observation_matrix": "TensorLike | LinearOperator | AnyCallable",
    "transition_matrix": "TensorLike | LinearOperator | AnyCallable",
}
"""Types of parameters that are more than tensors."""

_BY_SUFFIX = {
    "_atol": "TensorLike",
    "_distribution": "Distribution",
    "_fn": "AnyCallable",
    "_rtol": "TensorLike",
    "_structure": "AnyStructure",
}

_BY_DEFAULT: dict[type, str] = {
    int: "int",
    float: "float",
    str: "str",
    tuple: "ShapeLike",
    tf.DType: "DTypeLike",
}

RUNTIME_TYPES = (
    "AnyCallable",
    "AnyStructure",
    "Bijector",
    "BijectorStructure",
    "DTypeLike",
    "Distribution",
    "DistributionStructure",
    "KernelStructure",
    "Keyword",
    "LinearOperator",
    "NoInitialParameters",
    "OperatorStructure",
    "ParameterInitFn",
    "PositiveSemidefiniteKernel",
    "Seed",
    "ShapeLike",
    "TensorLike",
)
"""The names above that generated code imports from the runtime."""


def annotation_of(name: str, role: Role, default: object, *, has_default: bool) -> str:
    """Returns the type of a constructor's argument, as source.

    Args:
      name: the argument.
      role: what it is to the trainable.
      default: its default in TFP, if it has one.
      has_default: whether it does.
    """
    annotation = _annotation(name, role, default, has_default=has_default)
    optional = has_default and default is None
    may_be_none = "None" in annotation or annotation in ("AnyStructure", "DTypeLike", "Seed")
    return f"{annotation} | None" if optional and not may_be_none else annotation


def _annotation(name: str, role: Role, default: object, *, has_default: bool) -> str:
    if has_default and isinstance(default, bool):
        return "bool"
    if role in (Role.COMPONENT, Role.OPTION) and name in _BY_NAME:
        return _BY_NAME[name]
    for suffix, annotation in _BY_SUFFIX.items():
        if name.endswith(suffix):
            return annotation
    if role in (Role.COMPONENT, Role.OPTION):
        for cls, annotation in _BY_DEFAULT.items():
            if has_default and isinstance(default, cls):
                return annotation
        return "AnyStructure"
    return _TENSORS.get(name, "TensorLike")

"""What we stand on of TensorFlow and TFP that they do not publish, each with its reason.

An upgrade may take it away or change it: `tests/contract/test_private.py` asks of each
version whether it is there and does what we think. The hooks of TFP's classes that
`formulations/reformulated.py` overrides, such as `_sample_n`, TFP documents for subclasses.
"""

# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import tensorflow as tf
from tensorflow.core.function import trace_type
from tensorflow.core.protobuf import config_pb2
from tensorflow.python.eager import cancellation, context, execute, record
from tensorflow.python.framework.ops import uid
from tensorflow.python.ops import resource_variable_ops
from tensorflow.python.util import deprecation
from tensorflow_probability.python.distributions import transformed_distribution
from tensorflow_probability.python.internal import (
    implementation_selection,
    nest_util,
    samplers,
    structural_tuple,
)

__all__ = [
    "OF_DYNAMIC_OBJECTS",
    "CompositeTensor",
    "PlainTransformedDistribution",
    "ResourceVariable",
    "call_without_recording",
    "converted_parameter",
    "convert_to_nested_tensor",
    "current_device",
    "fold_in",
    "is_over_surface",
    "is_recorded",
    "is_set_later",
    "is_xla",
    "maximum_likelihood_parameters",
    "operation_callbacks",
    "operations_so_far",
    "rebuilding",
    "record_parameters",
    "set_name",
    "stop_recording",
    "structtuple",
    "take_over_class",
    "trace_type_of",
    "type_spec_of",
    "variables_of",
    "without_optimizer",
]

_tf: Any = tf
_cancellation: Any = cancellation
_context: Any = context
_deprecation: Any = deprecation
_execute: Any = execute
_transformed: Any = transformed_distribution

CompositeTensor: Any = _tf.__internal__.CompositeTensor
"""The classes whose objects `tf.nest` and `tf.function` take apart: they get a type spec."""

ResourceVariable: Any = resource_variable_ops.BaseResourceVariable
"""The variables that are one handle, which a program takes; not those with copies on devices."""

OF_DYNAMIC_OBJECTS = "_param_args"
"""What a checkpoint calls the variables of `make_trainable`'s object, numbered as created.

An object is asked for it by `_lookup_dependency`, which TensorFlow lets a trackable override.
"""

PlainTransformedDistribution: Any = _transformed._TransformedDistribution
"""What `TransformedDistribution` makes of parts that are no composite tensors, and derives from."""

convert_to_nested_tensor: Any = nest_util.convert_to_nested_tensor
"""How a joint distribution converts a nested value, so that ours are converted alike."""

fold_in: Any = samplers.fold_in
"""A seed for each round of a loop inside of a program."""

is_xla: Any = implementation_selection.is_xla
"""Whether an XLA program is under construction around a call."""

is_recorded: Any = record.could_possibly_record
"""Whether some tape or accumulator may look at what this thread does."""

operations_so_far: Any = uid
"""A number that grows by one with each tensor that TensorFlow makes, and with each call.

How much it has grown tells how many operations something took, by no clock.
"""

stop_recording: Any = record.stop_recording
"""A context in which no tape watches or records anything; a tape's own is for that tape alone."""

structtuple: Any = structural_tuple.structtuple
"""What `make_trainable_stateless` returns its initial values as."""


@contextlib.contextmanager
def rebuilding() -> Generator[None]:
    """Has TensorFlow say of no argument that it is deprecated.

    What is made again is given all of its arguments, those that its owner never passed as well.
    TensorFlow's own context manager leaves the warnings off if two threads overlap.
    """
    with _REBUILDING.lock:
        if not _REBUILDING.threads:
            _REBUILDING.warned_before = _deprecation._PRINT_DEPRECATION_WARNINGS
            _deprecation._PRINT_DEPRECATION_WARNINGS = False
        _REBUILDING.threads += 1
    try:
        yield
    finally:
        with _REBUILDING.lock:
            _REBUILDING.threads -= 1
            if not _REBUILDING.threads:
                _deprecation._PRINT_DEPRECATION_WARNINGS = _REBUILDING.warned_before


def operation_callbacks() -> Any:
    """Returns what TensorFlow calls after each operation of this thread, as debuggers have it."""
    return _context.context().op_callbacks


def current_device() -> str:
    """Returns the device of the innermost `tf.device`; empty outside of any."""
    return _context.context().device_name


def without_optimizer(call: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function that has TensorFlow run a graph as it was traced.

    Its optimizer combines operations, so that some results are rounded otherwise than operation
    by operation; for graphs as small as those of TFP it takes as long as tracing, and saves
    nothing. Which optimizer there is counts at each call.

    Args:
      call: what calls a traced function.
    """

    def called(*arguments: Any) -> Any:
        current = _context.context()
        options = current.function_call_options
        current.function_call_options = _without_optimizer(
            options.config_proto_serialized, options.executor_type
        )
        try:
            return call(*arguments)
        finally:
            current.function_call_options = options

    return called


@functools.lru_cache(maxsize=16)
def _without_optimizer(config: bytes, executor: str | None) -> Any:
    """Returns options of a call that are those of a thread but for the optimizer.

    One part of it stays: that which chooses between TFP's two samplers of a gamma variable.
    """
    changed = config_pb2.ConfigProto.FromString(config)
    rewriting = changed.graph_options.rewrite_options
    for switch in rewriting.DESCRIPTOR.fields:
        is_switch = switch.enum_type is not None and switch.enum_type.name == "Toggle"
        if is_switch and switch.name != "implementation_selector":
            setattr(rewriting, switch.name, rewriting.OFF)
    rewriting.meta_optimizer_iterations = rewriting.ONE
    return _context.FunctionCallOptions(executor, changed)


def call_without_recording(function: Any) -> Callable[..., Any] | None:
    """Returns a short way to call a traced function where no tape, accumulator or graph looks on.

    A call of it as TensorFlow publishes it spends most of its time on what does not change:
    binding arguments, asking who records, and preparing to explain errors. It is run without
    TensorFlow's optimizer, too.

    Args:
      function: a `ConcreteFunction`.

    Returns:
      A function of the flat inputs: tensors, and handles of variables; `None` where this
      TensorFlow has no such way, or the function needs more.
    """
    try:
        inference = function._inference_function
        name, flat_outputs = inference.name.decode(), inference.function_type.flat_outputs
        pack, has_captures = function.function_type.pack_output, bool(function._captured_inputs)
        needs_more = inference._call_options.control_captures or any(
            it.dtype in (tf.resource, tf.variant) for it in flat_outputs
        )
        call_flat = without_optimizer(inference.call_flat)
        ways = _execute.execute, _cancellation.context, _context.FunctionCallOptions.as_attrs
    except AttributeError:
        return None
    if needs_more or not all(map(callable, ways)):
        return None
    count = len(flat_outputs)
    is_tensor = isinstance(function.structured_outputs, tf.Tensor)

    def called(*inputs: Any) -> Any:
        if has_captures:
            inputs = (*inputs, *function.captured_inputs)
        current = _context.context()
        if _cancellation.context() is None:
            options = current.function_call_options
            attributes = _attributes(options.config_proto_serialized, options.executor_type)
            outputs = _execute.execute(name, count, list(inputs), attributes, current)
        else:
            outputs = call_flat(*inputs)
        return outputs[0] if is_tensor else pack(outputs)

    return called


@functools.lru_cache(maxsize=16)
def _attributes(config: bytes, executor: str | None) -> Sequence[Any]:
    """Returns the options of a call without the optimizer, as what executes it takes them."""
    options = _without_optimizer(config, executor).as_attrs()
    return tuple(it for item in options.items() for it in item)


class _Rebuilding:
    """Which threads are in the function above, and what was before the first."""

    lock = threading.Lock()
    threads = 0
    warned_before = True


_REBUILDING = _Rebuilding()


def variables_of(module: Any) -> tuple[tf.Variable, ...]:
    """Returns the variables of a module, also where some part of it has a type spec that fails.

    TFP makes one of every part of its own, and then for some finds no parameters to put there.
    """
    try:
        return tuple(_tf.Module.variables.fget(module))
    except ValueError:
        return tuple(module._flatten(predicate=_is_variable))


def _is_variable(part: Any) -> bool:
    return isinstance(part, tf.Variable)


def converted_parameter(owner: Any, name: str) -> Any:
    """Returns the tensor that a constructor of TFP has made of an argument, or `None`.

    TFP keeps it as the attribute of that name with an underscore; a property of the public
    name may compute, or be there for some parameterizations alone.
    """
    return owner.__dict__.get(f"_{name}")


def is_over_surface(distribution: Any) -> bool:
    """Tells whether a distribution, or a class of them, has a density over a surface."""
    return hasattr(distribution, "_experimental_tangent_space")


def is_set_later(name: str) -> bool:
    """Tells whether TensorFlow or TFP sets an attribute after construction, and will again."""
    return name in _SET_LATER or name.startswith("_self_")


_SET_LATER = frozenset(
    {
        *("_cached_batch_shapes", "_cached_event_shape", "_cached_static_attributes"),
        *("_Distribution__cached_batch_shape", "_PositiveSemidefiniteKernel__cached_batch_shape"),
        "_parameters_sanitized",
    }
)


def maximum_likelihood_parameters(cls: Any, samples: tf.Tensor) -> Mapping[str, tf.Tensor]:
    """Returns the parameters of a class that make samples most likely, where TFP knows them."""
    return cls._maximum_likelihood_parameters(samples)


def record_parameters(owner: Any, parameters: Mapping[str, Any]) -> None:
    """Sets what `parameters` returns: some constructors of TFP record what rebuilds no equal.

    As what checkpoints do not track, for the arguments are found where they are used.
    """
    owner._parameters = owner._no_dependency(parameters)


def trace_type_of(value: Any) -> Any:
    """Returns what `tf.function` knows an object again by that is no tensor."""
    return trace_type.from_value(value)


def type_spec_of(value: Any) -> Any:
    """Returns the type spec of a tensor or variable, or that which TFP gives an object of its own.

    `None` if it gives none. That of a variable, `tf.type_spec_from_value` does not return.
    """
    return getattr(value, "_type_spec", None) or (
        tf.TensorSpec.from_tensor(value) if isinstance(value, tf.Tensor) else None
    )


def set_name(owner: Any, name: str) -> None:
    """Gives an object the name that another has had, by which keyword arguments reach it.

    In a graph, the constructor makes of a name one that no other operation has.
    """
    owner._name = name


def take_over_class(cls: Any, type_spec: Callable[[Any], Any], *, is_generated: bool) -> None:
    """Undoes what TFP's metaclasses do to a class that has no parameters of its own.

    They give it a type spec, which would rebuild an object by the constructor of `cls` and so
    create variables; an annotation of parameters that warns when it is read; and, to a
    distribution, a wrapper around the constructor, which hides the name of the class from
    Python's errors.

    Args:
      cls: a subclass of one of TFP's.
      type_spec: returns that of an object.
      is_generated: whether its constructor is ours, and wrapped by TFP alone.
    """
    if is_generated:
        cls.__init__ = cls.__init__.__wrapped__
    annotation = vars(cls).get("_parameter_properties")
    if annotation is not None and not isinstance(annotation, classmethod):
        del cls._parameter_properties
    if issubclass(cls, CompositeTensor):
        cls._type_spec = property(type_spec)

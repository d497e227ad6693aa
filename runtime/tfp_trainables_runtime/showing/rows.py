"""What there is to be said of an object and its parts, one row for each."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from tensorflow.python.ops.linalg.linear_operator import LinearOperator
from tensorflow_probability.python.bijectors.bijector import Bijector
from tensorflow_probability.python.util.deferred_tensor import DeferredTensor

from tfp_trainables_runtime.constraints.values import (
    constraint_in_words,
    shortened,
    support_in_words,
)
from tfp_trainables_runtime.parts.rebuilding import WITH_PARAMETERS
from tfp_trainables_runtime.parts.taking import is_numeric
from tfp_trainables_runtime.private import converted_parameter
from tfp_trainables_runtime.typing import AnyStructure
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["Row", "class_and_name", "cut", "rows_of", "value_in_words"]

TRAINED = "trained"
FIXED = "fixed"
NOT_TRAINED = "not trained"
"""Of a variable that something else changes, such as a running average."""

_WIDEST = 26
"""Characters of one value."""

_OF_OPERATORS = (
    "is_non_singular",
    "is_positive_definite",
    "is_self_adjoint",
    "is_square",
)
"""What a linear operator is told about itself."""


@dataclass(frozen=True)
class Row:
    """One thing that an object has.

    Attributes:
      name: the argument that it was passed for, or its place in a list or dict.
      depth: how many objects it is inside of.
      value: its number or numbers, abbreviated; of a part, its class.
      type: dtype and shape; empty for a part.
      state: `"trained"`, `"fixed"` or `"not trained"`; empty for a part.
      support: the values that the parameter may take, where it has a variable.
      constraint: the bijector that keeps the variable there, or nothing.
      same_as: where the same variable was shown before.
      is_argument: whether the object has it from its constructor's arguments.
    """

    name: str
    depth: int
    value: str
    type: str = ""
    state: str = ""
    support: str = ""
    constraint: str = ""
    same_as: str = ""
    is_argument: bool = True

    @property
    def is_heading(self) -> bool:
        """Whether it stands for what has rows of its own, or no value."""
        return not self.state


def rows_of(model: AnyStructure, variables: Sequence[tf.Variable] = ()) -> list[Row]:
    """Returns a row for each parameter and part of an object, in the order of its arguments.

    Args:
      model: a distribution, bijector or kernel, of ours or TFP's.
      variables: all of its variables; those in no argument come last.
    """
    walk = _Walk()
    walk.arguments(model, (), 0)
    walk.others(model, variables)
    return walk.rows


def class_and_name(model: AnyStructure) -> str:
    """Returns an object's class, and the name that it was given if it was."""
    cls = type(model).__name__.lstrip("_")  # What adds kernels up is no public class.
    name = model.parameters.get("name")
    is_given = isinstance(name, str) and name not in (
        _defaults(_class_of(model)).get("name"),
        cls,
    )
    return f"{cls} {name!r}" if is_given else cls


def value_in_words(value: AnyStructure) -> str:
    """Returns numbers in one line, abbreviated."""
    if not _is_known(value):
        return "known when it runs"
    try:
        number = ops.convert_to_tensor(value) if isinstance(value, DeferredTensor) else value
        # Not converted by TensorFlow: that would be an operation of a graph under construction.
        array: AnyStructure = np.asarray(number.numpy() if hasattr(number, "numpy") else number)
        if array.dtype.kind == "V":  # NumPy has no words for a bfloat16.
            array = array.astype(np.float32)
    except Exception as error:  # A debugger shows objects that are wrong, too.
        return cut(f"{type(error).__name__} when it is read", _WIDEST)
    if array.ndim == 0:
        return f"{array:.4g}" if array.dtype.kind in "fc" else str(array)
    text = shortened(array, precision=4, threshold=6, edgeitems=2)
    return cut(text.replace("[ ", "[").replace(" ]", "]"), _WIDEST)


def cut(text: str, width: int) -> str:
    """Returns a text in one line, of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 3]}..."


class _Walk:
    """Collects rows on the way through an object."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._shown: dict[int, str] = {}
        """Where variables and parts were first shown, by identity."""

    def arguments(self, owner: AnyStructure, path: tuple[str, ...], depth: int) -> None:
        """Adds what an object was made of."""
        defaults, parameters = _defaults(_class_of(owner)), _parameters(untyped(owner).__class__)
        for name, value in owner.parameters.items():
            if name in ("name", "parameters") or name.startswith("_"):
                continue
            is_default = _is_default(value, defaults.get(name, inspect.Parameter.empty))
            is_option = parameters is None or name not in parameters
            if is_option and (is_default or isinstance(owner, LinearOperator)):
                continue
            made = converted_parameter(owner, name)
            is_number = is_numeric(value) and not isinstance(value, bool)
            # A tensor has the dtype that it is computed with.
            shown = made if is_number and ops.is_tensor(made) else value
            self.add(name, shown, path, depth)

    def add(self, name: str, value: AnyStructure, path: tuple[str, ...], depth: int) -> None:
        """Adds a value, and what it is made of."""
        if value is None or value.__class__ is object:  # What TFP marks as not passed.
            return
        path = (*path, name)
        if isinstance(value, WITH_PARAMETERS):
            self._part(name, value, path, depth)
        elif isinstance(value, (Mapping, list, tuple)) and not is_numeric(value):
            for key, part in _items_of(value):
                self.add(f"{name}[{key!r}]", part, path[:-1], depth)
        elif isinstance(value, (DeferredTensor, tf.Variable)):
            self._variable(name, value, path, depth)
        elif ops.is_tensor(value) or isinstance(value, (np.ndarray, np.generic)):
            self.rows.append(Row(name, depth, value_in_words(value), _type_of(value), FIXED))
        elif is_numeric(value) and not isinstance(value, bool):
            self.rows.append(Row(name, depth, value_in_words(value), state=FIXED))
        else:
            self._other(name, value, path, depth)

    def _part(
        self,
        name: str,
        value: AnyStructure,
        path: tuple[str, ...],
        depth: int,
        *,
        is_argument: bool = True,
    ) -> None:
        same_as = self._shown.get(id(value), "")
        self._shown.setdefault(id(value), ".".join(path))
        words = class_and_name(value)
        self.rows.append(Row(name, depth, words, same_as=same_as, is_argument=is_argument))
        if not same_as:
            self.arguments(value, path, depth + 1)

    def _variable(
        self,
        name: str,
        value: AnyStructure,
        path: tuple[str, ...],
        depth: int,
        *,
        is_parameter: bool = True,
    ) -> None:
        variable = value
        while isinstance(variable, DeferredTensor):
            variable = untyped(variable).pretransformed_input
        is_variable = isinstance(variable, tf.Variable)
        state = FIXED if not is_variable else TRAINED if variable.trainable else NOT_TRAINED
        same_as = self._shown.get(id(variable), "") if is_variable else ""
        self._shown.setdefault(id(variable), ".".join(path))
        support = constraint = ""
        if isinstance(value, DeferredTensor):
            support, constraint = _support_and_constraint(value)
        elif state == TRAINED and is_parameter:
            constraint = "unconstrained"
        self.rows.append(
            Row(
                name,
                depth,
                value_in_words(value),
                _type_of(value),
                state,
                support,
                constraint,
                same_as,
            )
        )

    def _other(self, name: str, value: AnyStructure, path: tuple[str, ...], depth: int) -> None:
        """Adds a network, a function or an option."""
        variables = _variables_of(value)
        if variables:
            self.rows.append(Row(name, depth, type(value).__name__))
            self._variables(variables, path, depth + 1)
        elif callable(value):
            self.rows.append(Row(name, depth, _name_of(value)))
        else:
            self.rows.append(Row(name, depth, cut(_plain_words(value), _WIDEST)))

    def _variables(
        self, variables: Iterable[tf.Variable], path: tuple[str, ...], depth: int
    ) -> None:
        """Adds the variables of a network, by the names that it gave them."""
        for variable in variables:
            named = variable.name.partition(":")[0]
            if len(named) > _WIDEST:  # What it is stands at the end.
                named = f"...{named[3 - _WIDEST:]}"
            self._variable(named, variable, path, depth, is_parameter=False)

    def others(self, model: AnyStructure, variables: Sequence[tf.Variable]) -> None:
        """Adds the parts and variables that are in no argument."""
        attributes: dict[str, AnyStructure] = untyped(model).__dict__
        for name, value in attributes.items():
            is_part = isinstance(value, WITH_PARAMETERS) and not name.startswith("_")
            if is_part and id(value) not in self._shown:
                self._part(name, value, (name,), 0, is_argument=False)
        left = [variable for variable in variables if id(variable) not in self._shown]
        if left:
            self.rows.append(Row("variables", 0, "in no argument", is_argument=False))
            self._variables(left, (), 1)


def _plain_words(value: AnyStructure) -> str:
    if isinstance(value, tf.DType):
        return value.name
    try:
        return str(value)
    except Exception:  # A debugger shows objects that are wrong, too.
        return type(value).__name__


def _name_of(function: AnyStructure) -> str:
    return getattr(function, "__name__", None) or type(function).__name__


def _support_and_constraint(value: AnyStructure) -> tuple[str, str]:
    """Returns what is known of the values of a function of a variable."""
    function: AnyStructure = value.transform_fn
    bijector: AnyStructure = getattr(function, "__self__", function)
    if not isinstance(bijector, Bijector):
        return "", _name_of(function)
    try:
        with ops.init_scope():  # What it is bound to may be known outside of a graph.
            return support_in_words(bijector), constraint_in_words(bijector)
    except Exception:  # A bound that is known when the graph runs.
        return "", untyped(bijector).__class__.__name__


def _items_of(value: AnyStructure) -> Iterable[tuple[AnyStructure, AnyStructure]]:
    items: AnyStructure = value.items() if hasattr(value, "keys") else enumerate(value)
    return items


def _class_of(model: AnyStructure) -> type[AnyStructure]:
    """Returns the class whose constructor took the parameters."""
    return model._generated_class() if hasattr(model, "_tfp_class") else untyped(model).__class__


@functools.lru_cache(maxsize=1024)
def _defaults(cls: type[AnyStructure]) -> Mapping[str, AnyStructure]:
    """Returns the defaults of a class's constructor."""
    signature = inspect.signature(untyped(cls).__init__)
    return {name: untyped(it.default) for name, it in signature.parameters.items()}


@functools.lru_cache(maxsize=1024)
def _parameters(cls: type[AnyStructure]) -> frozenset[str] | None:
    """Returns which arguments are parameters or parts, not options; `None` if nobody says."""
    if hasattr(cls, "_tfp_class"):
        # The attributes of a generated class are its parameters.
        return frozenset(untyped(cls)._generated_class().__dict__)
    if issubclass(cls, LinearOperator):
        return frozenset(_defaults(cls)) - frozenset(_OF_OPERATORS)
    try:
        properties: AnyStructure = untyped(cls).parameter_properties
        return frozenset(properties())
    except NotImplementedError:
        return None


def _is_default(value: AnyStructure, default: AnyStructure) -> bool:
    cls: AnyStructure = value.__class__
    if cls in (bool, int, float, str, tuple) and default.__class__ is cls:
        return bool(value == default)
    return value is default


def _is_known(value: AnyStructure) -> bool:
    """Tells whether a value can be read here: not where a graph is under construction."""
    if isinstance(value, (tf.Variable, DeferredTensor)):
        return bool(ops.executing_eagerly())
    return not ops.is_tensor(value) or hasattr(value, "numpy")


def _type_of(value: AnyStructure) -> str:
    shape: AnyStructure = tf.TensorShape(value.shape)
    sizes = "..." if shape.rank is None else ", ".join(str(size) for size in shape.as_list())
    return f"{tf.as_dtype(value.dtype).name}[{sizes}]"


def _variables_of(value: AnyStructure) -> tuple[tf.Variable, ...]:
    """Returns the variables of a network, or of a function that has some as `variables`."""
    variables: AnyStructure = getattr(value, "variables", None)
    return tuple(variables) if issubclass(variables.__class__, (list, tuple)) else ()

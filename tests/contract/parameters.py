"""The entries of `parameter_table.toml`, with the classes that they are about."""

import functools
import importlib
import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from cases import CASES, Case
from supports import Bounds, Support, support

TABLE = Path(__file__).with_name("parameter_table.toml")
OPERATOR = "invertible operator"
# What an operator of each structure is made of: shape and support.
STRUCTURES = {
    "diag": ("positive", "{0}"),
    "tril": ("lower-triangular with a positive diagonal", "{0} + ({0})[-1:]"),
    "full": ("positive definite", "{0} + ({0})[-1:]"),
}
FORMULAS = {
    "exp": np.exp,
    "log": np.log,
    "normal_cdf": np.vectorize(lambda x: math.erfc(-x / math.sqrt(2)) / 2),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softmax": lambda x: np.exp(x - x.max(-1, keepdims=True))
    / np.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True),
}


@functools.cache
def table() -> dict[str, dict[str, Any]]:
    """The rows of the table by class (as in the manifest) and parameter."""
    toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    rows: dict[str, dict[str, Any]] = {}

    def collect(path: str, section: dict[str, Any]) -> None:
        for name, value in section.items():
            # A row that stands in for another parameter is a mapping too, but of strings.
            if isinstance(value, dict) and "instead_of" not in value:
                collect(f"{path}.{name}", value)
            else:
                rows.setdefault(path, {})[name] = value

    collect("tfp", toml.loads(TABLE.read_text()))
    return rows


@dataclass(frozen=True)
class Entry:
    """One parameter of one class; for an operator, of one structure.

    Attributes:
      case: the class.
      name: the parameter.
      word: its support as the table words it.
      support: its support.
      shape_rule: its shape, as an expression.
      source: what the entry rests on where TFP says nothing, or something else.
      instead_of: the parameter that it may take the place of, if it has no variable.
      formula: its value, from that of the other.
      structure: the structure of an operator.
    """

    case: Case
    name: str
    word: str
    support: Support
    shape_rule: str
    source: str = ""
    instead_of: str = ""
    formula: str = ""
    structure: str = ""

    def __str__(self) -> str:
        return "-".join(filter(None, [str(self.case), self.name, self.structure]))

    @property
    def sizes(self) -> dict[str, int]:
        """The sizes that the example of the class has, such as `num_classes`."""
        return {
            size: int(self.case.arguments(np.float32)[size]) for size in self.case.entry["sizes"]
        }

    def shape(self, of: tuple[int, ...] | None = None, **sizes: int) -> tuple[int, ...]:
        """The shape for a `batch_and_event_shape`."""
        known = {"S": self.case.shape if of is None else tuple(of), "len": len}
        known |= {"feature_ndims": 1, **self.sizes, **sizes}
        return tuple(eval(self.shape_rule, {"__builtins__": {}}, known))

    def build(
        self, dtype: type = np.float32, shape: tuple[int, ...] | None = None, **overrides: Any
    ) -> Any:
        """Builds the trainable with a variable for every parameter that may have one."""
        case = self.case
        arguments = {
            "batch_and_event_shape": case.shape if shape is None else shape,
            "parameter_dtype": dtype,
            "seed": (1, 2),
            **{k: v for k, v in case.arguments(dtype).items() if k not in table()[case.name]},
            **({f"{self.name}_structure": self.structure} if self.structure else {}),
            **overrides,
        }
        return case.trainable_class(**arguments)

    def value(self, model: Any) -> np.ndarray:
        """The value of the parameter in a model, where need be by its formula."""
        if not self.instead_of:
            return number(model.parameters[self.name])
        twin = number(model.parameters[self.instead_of])
        return np.asarray(eval(self.formula, {**FORMULAS, self.instead_of: twin}), twin.dtype)

    def bounds(self, model: Any, dtype: type) -> Bounds:
        """The bounds of the support in a model."""
        names = {
            name: number(value)
            for name, value in model.parameters.items()
            if name in self.support.bounds
        }
        return self.support.evaluated({"S": model._creation.shape, **names}, dtype)


def number(value: Any) -> np.ndarray:
    """The value of a parameter; of an operator, that of what it is made of."""
    if isinstance(value, tf.linalg.LinearOperatorDiag):
        return value.diag_part().numpy()
    if isinstance(value, tf.linalg.LinearOperator):
        return value.to_dense().numpy()
    return tf.convert_to_tensor(value).numpy()


def entries_of(case: Case) -> list[Entry]:
    """The entries of one class."""
    entries = []
    for name, row in table().get(case.name, {}).items():
        if isinstance(row, dict):
            word, rule, source = row["support"], "", row.get("source", "")
            twin = {"instead_of": row["instead_of"], "formula": row["is"]}
            entries.append(Entry(case, name, word, support(word), rule, source, **twin))
            continue
        word, rule, *source = row
        if word != OPERATOR:
            entries.append(Entry(case, name, word, support(word), rule, *source))
            continue
        entries += [
            Entry(
                case,
                name,
                word,
                support(made_of),
                shape.format(rule),
                *source,
                structure=structure,
            )
            for structure, (made_of, shape) in STRUCTURES.items()
        ]
    by_name = {entry.name: entry for entry in entries}
    return [
        (
            replace(entry, shape_rule=by_name[entry.instead_of].shape_rule)
            if entry.instead_of
            else entry
        )
        for entry in entries
    ]


ENTRIES = [entry for case in CASES for entry in entries_of(case)]
VARIABLES = [entry for entry in ENTRIES if not entry.instead_of]
ALTERNATIVES = [entry for entry in ENTRIES if entry.instead_of]

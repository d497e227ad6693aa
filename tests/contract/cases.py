"""The generated classes as test cases, from the manifest alone.

A class that the compiler newly generates is a new case with no new code here.
"""

import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

import tfp_trainables

tfd = tfp.distributions
tfb = tfp.bijectors

MANIFEST = json.loads(Path(tfp_trainables.__file__).with_name("manifest.json").read_text())

# Classes that `make_trainable` builds, but whose object it cannot be compared by.
NOT_COMPARABLE = {
    "tfp.bijectors.BatchNormalization": "creates variables of its own at every access",
    "tfp.bijectors.Glow": "creates networks with random weights at every access",
    "tfp.bijectors.FFJORD": "draws random numbers for its trace at every call",
    "tfp.bijectors.Composition": "is abstract: only subclasses can be called",
}


@dataclass(frozen=True)
class Case:
    """One generated class."""

    name: str
    entry: dict[str, Any]

    def __repr__(self) -> str:
        return self.name.removeprefix("tfp.")

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))  # Hypothesis would print the whole entry.

    @property
    def kind(self) -> str:
        """`distribution`, `bijector` or `kernel`."""
        return self.entry["kind"]

    @property
    def is_distribution(self) -> bool:
        return self.kind == "distribution"

    @property
    def has_batch(self) -> bool:
        """Whether instances have a batch shape."""
        return self.kind != "bijector"

    @property
    def tfp_class(self) -> type:
        value: Any = tfp
        for part in self.name.split(".")[1:]:
            value = getattr(value, part)
        return value

    @property
    def trainable_class(self) -> type:
        module, _, name = self.entry["trainable"].rpartition(".")
        return getattr(importlib.import_module(module), name)

    @property
    def variables(self) -> list[str]:
        return self.entry["variables"]

    @property
    def shape(self) -> tuple[int, ...]:
        """A valid `batch_and_event_shape`, without batch dimensions."""
        return tuple(self.entry["example"]["batch_and_event_shape"])

    def arguments(self, dtype: type, **names: Any) -> dict[str, Any]:
        """The arguments that the class cannot be built without."""
        return {
            name: evaluate(source, dtype, **names)
            for name, source in self.entry["example"]["arguments"].items()
        }

    def fixed(self, dtype: type = np.float32) -> dict[str, Any]:
        """Values for what `make_trainable` cannot create, and for what they depend on."""
        return {
            name: evaluate(source, dtype) for name, source in self.entry["example"]["fixed"].items()
        }

    def properties(self, dtype: type, **sizes: int) -> dict[str, Any]:
        """TFP's own annotations: the oracle for shapes and supports."""
        return self.tfp_class.parameter_properties(dtype=dtype, **sizes)

    def build(self, dtype: type = np.float32, **overrides: Any) -> Any:
        """Builds the trainable."""
        return self._build(self.trainable_class, dtype, **overrides)

    def build_dynamic(self, dtype: type = np.float32, **overrides: Any) -> Any:
        """Builds what `make_trainable` makes of the same arguments."""

        def make(**arguments: Any) -> Any:
            return tfp.experimental.util.make_trainable(self.tfp_class, **arguments)

        return self._build(make, dtype, **{**self.fixed(dtype), **overrides})

    def _build(self, constructor: Any, dtype: type, **overrides: Any) -> Any:
        arguments = {
            "batch_and_event_shape": self.shape,
            "parameter_dtype": dtype,
            "seed": (1, 2),
            **self.arguments(dtype),
            **overrides,
        }
        return constructor(**arguments)

    def input(self, dtype: type = np.float32) -> Any:
        """An input for the methods of a bijector, or four examples for those of a kernel."""
        source = self.entry["example"]["input"]
        if source:
            return evaluate(source, dtype)
        shape = self.shape or (3,)
        if self.kind == "kernel":
            shape = (4, *(self.shape[-1:] or (1,)))
        return np.linspace(0.1, 0.7, int(np.prod(shape)), dtype=dtype).reshape(shape)

    def mapped(self, model: Any) -> Any:
        """What a bijector or a kernel makes of the input."""
        x = self.input()
        return model.forward(x) if self.kind == "bijector" else model.matrix(x, x[1:])


def evaluate(source: str, dtype: type, **names: Any) -> Any:
    """Evaluates an example of the manifest, with other meanings of some names."""
    known = {"dtype": dtype, "np": np, "tf": tf, "tfp": tfp, "tfd": tfd, "tfb": tfb}
    return eval(source, known | names)


CASES = [
    Case(name, entry)
    for name, entry in MANIFEST["classes"].items()
    if entry["status"] == "generated"
]
DISTRIBUTIONS = [case for case in CASES if case.is_distribution]
BIJECTORS = [case for case in CASES if case.kind == "bijector"]

"""First phase: find every public distribution, bijector and kernel of the installed TFP."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.expressions import Kind, Reference

__all__ = ["BASES", "NAMESPACES", "Namespace", "PublicClass", "discover"]


@dataclass(frozen=True)
class Namespace:
    """A public namespace of TFP and the package that its trainables go to.

    Attributes:
      public_name: the namespace: `tfp.math.psd_kernels`.
      module: the module that it is.
      kind: what its classes are.
      package: the subpackage of the generated package: `kernels`.
    """

    public_name: str
    module: str
    kind: Kind
    package: str


_PYTHON = "tensorflow_probability.python"

NAMESPACES = (
    Namespace("tfp.distributions", f"{_PYTHON}.distributions", "distribution", "distributions"),
    Namespace("tfp.bijectors", f"{_PYTHON}.bijectors", "bijector", "bijectors"),
    Namespace("tfp.math.psd_kernels", f"{_PYTHON}.math.psd_kernels", "kernel", "kernels"),
    Namespace(
        "tfp.experimental.distributions",
        f"{_PYTHON}.experimental.distributions",
        "distribution",
        "experimental.distributions",
    ),
    Namespace(
        "tfp.experimental.bijectors",
        f"{_PYTHON}.experimental.bijectors",
        "bijector",
        "experimental.bijectors",
    ),
)

BASES: Mapping[Kind, Reference] = {
    "distribution": Reference(f"{_PYTHON}.distributions.distribution", "Distribution"),
    "bijector": Reference(f"{_PYTHON}.bijectors.bijector", "Bijector"),
    "kernel": Reference(
        f"{_PYTHON}.math.psd_kernels.positive_semidefinite_kernel", "PositiveSemidefiniteKernel"
    ),
}


@dataclass(frozen=True)
class PublicClass:
    """A public class, of TFP or of somebody else's, before anything of it is read."""

    namespace: Namespace
    reference: Reference
    cls: type

    @property
    def qualified_name(self) -> str:
        """Public name: `tfp.distributions.Normal`."""
        return f"{self.namespace.public_name}.{self.reference.name}"

    @property
    def author(self) -> str:
        """Who states what it annotates, as the subject of a sentence."""
        return "TFP" if self.namespace in NAMESPACES else "its class"


def discover() -> tuple[PublicClass, ...]:
    """Returns all public classes of `NAMESPACES`, sorted by namespace and name.

    Raises:
      CompilationError: if TFP cannot be imported, or if no module defines a class.
    """
    found: list[PublicClass] = []
    for namespace in NAMESPACES:
        try:
            module = importlib.import_module(namespace.module)
            base_reference = BASES[namespace.kind]
            base = getattr(importlib.import_module(base_reference.module), base_reference.name)
        except Exception as error:  # A broken TFP fails in any way it likes.
            raise CompilationError([f"{namespace.module} cannot be imported: {error}"]) from error
        for name in sorted(dir(module)):
            cls = getattr(module, name)
            if name.startswith("_") or not inspect.isclass(cls) or not issubclass(cls, base):
                continue
            reference = Reference(_defining_module(cls, name, namespace), name)
            found.append(PublicClass(namespace, reference, cls))
    return tuple(found)


def _defining_module(cls: type, name: str, namespace: Namespace) -> str:
    """Returns the module that a class can be imported from, below the public package.

    That is `cls.__module__`, except for classes that a factory made elsewhere.
    """
    if getattr(sys.modules.get(cls.__module__), name, None) is cls:
        return cls.__module__
    for module_name in sorted(sys.modules):
        if not module_name.startswith(namespace.module + "."):
            continue
        if getattr(sys.modules[module_name], name, None) is cls:
            return module_name
    raise CompilationError([f"{namespace.public_name}.{name}: no module of TFP defines it"])

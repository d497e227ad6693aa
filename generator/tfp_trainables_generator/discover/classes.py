"""Finds every public distribution, bijector and kernel of the installed TFP."""

from __future__ import annotations

import importlib
import inspect
import sys
from dataclasses import dataclass

from tfp_trainables_generator.discover.namespaces import BASES, NAMESPACES, TFP_PACKAGE, Namespace
from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.spec.expressions import Reference
from tfp_trainables_generator.spec.packages import Package


@dataclass(frozen=True)
class PublicClass:
    """A public class, of TFP or of somebody else's, before anything of it is read.

    Attributes:
      namespace: where it is published.
      reference: where to import it from.
      cls: the class.
      package: the generated package that its trainable goes to.
    """

    namespace: Namespace
    reference: Reference
    cls: type
    package: Package = TFP_PACKAGE

    @property
    def qualified_name(self) -> str:
        """Public name: `tfp.distributions.Normal`."""
        return f"{self.namespace.public_name}.{self.reference.name}"

    @property
    def author(self) -> str:
        """Who states what it annotates, as the subject of a sentence."""
        return "its class" if self.package.is_own else "TFP"


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

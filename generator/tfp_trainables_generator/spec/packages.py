"""Generated packages: where the trainable of each class goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from tfp_trainables_generator.spec.classes import ClassSpec


@dataclass(frozen=True)
class Package:
    """A generated package.

    Attributes:
      name: what it is imported as: `mypkg.trainable`.
      sources: the modules whose classes it has trainables of; none for TFP's.
      subpackages: where the classes of each namespace go, below it; those of the others go
        into the package itself.
    """

    name: str
    sources: tuple[str, ...] = ()
    subpackages: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_own(self) -> bool:
        """Whether its classes are somebody's own, and not those of TFP."""
        return bool(self.sources)

    def subpackage_of(self, spec: ClassSpec) -> str:
        """Returns what the generated class is imported from: `tfp_trainables.distributions`."""
        below = self.subpackages.get(spec.namespace, "")
        return f"{self.name}.{below}" if below else self.name

    def module_of(self, spec: ClassSpec) -> str:
        """Returns the module of the generated class: `tfp_trainables.distributions.normal`."""
        return f"{self.subpackage_of(spec)}.{spec.reference.module.rpartition('.')[2]}"

    def path_of(self, name: str) -> PurePosixPath:
        """Returns the path of a package or a module of it, below the output."""
        folder = self.name.rpartition(".")[2]
        return PurePosixPath(folder, *name.removeprefix(self.name).split(".")[1:])

    def namespace_of(self, subpackage: str) -> str:
        """Returns the namespace that a subpackage, or what is above some, is for."""
        below = subpackage.removeprefix(self.name).removeprefix(".")
        names = {package: namespace for namespace, package in self.subpackages.items()}
        return names.get(below, f"tfp.{below}" if below else "tfp")

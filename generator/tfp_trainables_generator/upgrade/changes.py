"""What an upgrade can change for the users of the generated classes, as facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfp_trainables_generator.manifest.schema import GeneratedFacts
from tfp_trainables_generator.upgrade.rules import Kind


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
      class_name: public name of the TFP class: `tfp.distributions.Normal`.
      kind: what changed, and whether that is breaking.
      subject: the parameter, method or size; empty if it is the class.
      before: what it was, as the manifest has it; `None` if it was not there, or if the
        kind says it all.
      after: what it is now.
    """

    class_name: str
    kind: Kind
    subject: str = ""
    before: str | None = None
    after: str | None = None

    @property
    def is_breaking(self) -> bool:
        """Whether code that ran before may break."""
        return self.kind.value.is_breaking

    @property
    def namespace(self) -> str:
        """Where TFP publishes the class: `tfp.distributions`."""
        return self.class_name.rpartition(".")[0]


@dataclass(frozen=True)
class Comparison:
    """All changes: the breaking ones first, then by namespace, class and kind."""

    old_version: str
    new_version: str
    changes: tuple[Change, ...]

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that may break code."""
        return tuple(change for change in self.changes if change.is_breaking)

    @property
    def compatible(self) -> tuple[Change, ...]:
        """The other changes."""
        return tuple(change for change in self.changes if not change.is_breaking)


@dataclass(frozen=True)
class Pair:
    """The facts of one class, before and after."""

    name: str
    old: GeneratedFacts
    new: GeneratedFacts

    @property
    def passed_before(self) -> frozenset[str]:
        """The parameters that every call had to pass."""
        required = {name for name, facts in self.old.parameters.items() if facts.required}
        alone = (group for group in self.old.refused_defaults or () if len(group) == 1)
        return frozenset(required.union(*alone))

    def change(
        self, kind: Kind, subject: str = "", before: str | None = None, after: str | None = None
    ) -> Change:
        """Returns a change of this class."""
        return Change(self.name, kind, subject, before, after)


_OPPOSITES = {
    Kind.COMPOSITE_GAINED: Kind.COMPOSITE_LOST,
    Kind.ESTIMATES_GAINED: Kind.ESTIMATES_LOST,
    Kind.GRADIENT_GAINED: Kind.GRADIENT_LOST,
}


def of_flag(
    pair: Pair, old: bool | None, new: bool | None, gained: Kind, subject: str = ""
) -> Iterator[Change]:
    """Compares what is so or not; `None` stands for what a manifest does not tell."""
    if old is not None and new is not None and old != new:
        yield pair.change(gained if new else _OPPOSITES[gained], subject)

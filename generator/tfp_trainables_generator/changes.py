"""What an upgrade of TFP changes for the users of the generated classes.

A pure comparison of two manifests. The rules, and which changes are breaking, stand in
`rules`. What no user sees is left out: the probe's fingerprints, the examples, what
`make_trainable` needs, and words that explain what stays as it is. So is what one of the
manifests does not tell, for it was written by an earlier compiler.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tfp_trainables_generator.facts import (
    ClassFacts,
    GeneratedFacts,
    ManifestFacts,
    MethodFacts,
    ParameterFacts,
    SkippedFacts,
)
from tfp_trainables_generator.rules import Kind

__all__ = ["Change", "Comparison", "compare_manifests"]

_ORDER = {kind: position for position, kind in enumerate(Kind)}
_COMPILED = "compiled"
_NOT_CALLABLE = ("not implemented", "fails in TFP")


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


def compare_manifests(old: ManifestFacts, new: ManifestFacts) -> Comparison:
    """Returns what has changed from one manifest to another."""
    changes = [
        change
        for name in {**old.classes, **new.classes}
        for change in _of_entry(name, old.classes.get(name), new.classes.get(name))
    ]
    changes.sort(
        key=lambda part: (
            not part.is_breaking,
            part.namespace,
            part.class_name,
            _ORDER[part.kind],
        )
    )
    return Comparison(old.tfp_version, new.tfp_version, tuple(changes))


_BECAME: Mapping[tuple[str | None, str | None], Kind] = {
    ("generated", None): Kind.CLASS_REMOVED,
    ("generated", "skipped"): Kind.CLASS_SKIPPED,
    (None, "generated"): Kind.CLASS_ADDED,
    ("skipped", "generated"): Kind.CLASS_GENERATED,
    (None, "skipped"): Kind.SKIPPED_ADDED,
    ("skipped", None): Kind.SKIPPED_REMOVED,
}


def _of_entry(name: str, old: ClassFacts | None, new: ClassFacts | None) -> Iterator[Change]:
    if isinstance(old, GeneratedFacts) and isinstance(new, GeneratedFacts):
        yield from _of_class(_Classes(name, old, new))
        return
    if isinstance(old, SkippedFacts) and isinstance(new, SkippedFacts):
        if old.reason != new.reason:
            yield Change(name, Kind.SKIP_REASON, "", old.reason, new.reason)
        return
    kind = _BECAME[old and old.status, new and new.status]
    yield Change(name, kind, "", _state(old), _state(new))


def _state(facts: ClassFacts | None) -> str | None:
    if isinstance(facts, SkippedFacts):
        return f"{facts.reason}: {facts.detail}"
    return facts and facts.trainable


@dataclass(frozen=True)
class _Classes:
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
        return Change(self.name, kind, subject, before, after)


def _of_class(pair: _Classes) -> Iterator[Change]:
    old, new = pair.old, pair.new
    for kind, before, after in (
        (Kind.CLASS_RELOCATED, old.trainable, new.trainable),
        (Kind.CLASS_KIND, old.kind, new.kind),
        (Kind.MODULE, old.tfp_module, new.tfp_module),
    ):
        if before != after:
            yield pair.change(kind, "", before, after)
    yield from _of_flag(pair, old.composite, new.composite, Kind.COMPOSITE_GAINED)
    yield from _of_flag(pair, old.from_samples, new.from_samples, Kind.ESTIMATES_GAINED)
    renames = _renames(old.parameters, new.parameters)
    yield from _of_signature(pair, renames)
    yield from _of_variables(pair, renames)
    for name in old.parameters:
        if (renamed := renames.get(name, name)) in new.parameters:
            yield from _of_parameter(pair, name, renamed, renames)
    yield from _of_sizes(pair)
    yield from _of_structures(pair)
    yield from _of_refused_defaults(pair)
    for name, method in old.methods.items():
        if name in new.methods:
            yield from _of_method(pair, name, method, new.methods[name])


_OPPOSITES = {
    Kind.COMPOSITE_GAINED: Kind.COMPOSITE_LOST,
    Kind.ESTIMATES_GAINED: Kind.ESTIMATES_LOST,
    Kind.GRADIENT_GAINED: Kind.GRADIENT_LOST,
}


def _of_flag(
    pair: _Classes, old: bool | None, new: bool | None, gained: Kind, subject: str = ""
) -> Iterator[Change]:
    if old is not None and new is not None and old != new:
        yield pair.change(gained if new else _OPPOSITES[gained], subject)


def _renames(
    old: Mapping[str, ParameterFacts], new: Mapping[str, ParameterFacts]
) -> dict[str, str]:
    """Returns the probable renames: the same facts, in the same place, and no other choice."""
    before, after = _fillings(old, new), _fillings(new, old)
    return {
        names[0]: after[place][0]
        for place, names in before.items()
        if len(names) == 1 and len(after.get(place, ())) == 1
    }


def _fillings(
    parameters: Mapping[str, ParameterFacts], others: Mapping[str, ParameterFacts]
) -> dict[tuple[object, ...], list[str]]:
    """Returns the parameters that the others lack, by their facts and their place.

    The place is how many of the parameters before it the others have too.
    """
    found: dict[tuple[object, ...], list[str]] = {}
    place = 0
    for name, facts in parameters.items():
        if name in others:
            place += 1
            continue
        key = (
            place,
            facts.role,
            facts.type,
            facts.constraining_bijector,
            facts.shape,
            facts.required,
            facts.default,
        )
        found.setdefault(key, []).append(name)
    return found


def _of_signature(pair: _Classes, renames: Mapping[str, str]) -> Iterator[Change]:
    old, new = pair.old.parameters, pair.new.parameters
    kept = [renames.get(name, name) for name in old if renames.get(name, name) in new]
    for name, facts in old.items():
        if name in renames:
            yield pair.change(Kind.PARAMETER_RENAMED, name, name, renames[name])
        elif name not in new:
            yield pair.change(Kind.PARAMETER_REMOVED, name, facts.role)
    for name, facts in new.items():
        if name not in kept:
            kind = Kind.PARAMETER_REQUIRED if facts.required else Kind.PARAMETER_ADDED
            yield pair.change(kind, name, None, facts.role)
    reordered = [name for name in new if name in kept]
    if kept != reordered:
        yield pair.change(Kind.PARAMETER_ORDER, "", _listed(kept), _listed(reordered))


def _of_variables(pair: _Classes, renames: Mapping[str, str]) -> Iterator[Change]:
    old = [renames.get(name, name) for name in pair.old.variables]
    new = list(pair.new.variables)
    for name in old:
        if name not in new:
            yield pair.change(
                Kind.VARIABLE_REMOVED, name, "trainable", _role(pair.new.parameters.get(name))
            )
    for name in new:
        if name not in old:
            passed = name in pair.passed_before
            kind = Kind.VARIABLE_OF_REQUIRED if passed else Kind.VARIABLE_ADDED
            yield pair.change(kind, name, _role(pair.old.parameters.get(name)), "trainable")
    kept = [name for name in old if name in new]
    reordered = [name for name in new if name in old]
    if kept != reordered:
        yield pair.change(Kind.VARIABLE_ORDER, "", _listed(kept), _listed(reordered))


def _role(facts: ParameterFacts | None) -> str | None:
    return facts and facts.role


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _of_parameter(
    pair: _Classes, old_name: str, name: str, renames: Mapping[str, str]
) -> Iterator[Change]:
    old, new = pair.old.parameters[old_name], pair.new.parameters[name]
    was_variable, is_variable = old_name in pair.old.variables, name in pair.new.variables
    if old.required != new.required and not is_variable:
        yield pair.change(Kind.REQUIRED_NOW if new.required else Kind.OPTIONAL_NOW, name)
    if old.type != new.type:
        narrowed = set(old.type.split(" | ")) - set(new.type.split(" | "))
        kind = Kind.TYPE_NARROWED if narrowed else Kind.TYPE_WIDENED
        yield pair.change(kind, name, old.type, new.type)
    if old.default != new.default and None not in (old.default, new.default):
        kind = Kind.DEFAULT_NAME if name == "name" else Kind.DEFAULT
        yield pair.change(kind, name, old.default, new.default)
    if was_variable != is_variable:
        return  # A variable more or less: that says it all.
    if old.role != new.role:
        yield pair.change(Kind.ROLE, name, old.role, new.role)
    initializes = is_variable or bool(old.replaces and new.replaces)
    yield from _of_values(pair, name, old, new, initializes=initializes)
    yield from _of_alternative(pair, name, old, new, renames)
    yield from _of_source(pair, name, old, new)


def _of_values(
    pair: _Classes, name: str, old: ParameterFacts, new: ParameterFacts, *, initializes: bool
) -> Iterator[Change]:
    """Compares constraint and shape.

    Args:
      pair: the class.
      name: the parameter.
      old: its facts before.
      new: its facts now.
      initializes: whether it is a variable, or an initial value is in its terms.
    """
    if old.constraining_bijector != new.constraining_bijector:
        kind = Kind.CONSTRAINT if initializes else Kind.FIXED_CONSTRAINT
        yield pair.change(kind, name, old.constraining_bijector, new.constraining_bijector)
    if old.shape != new.shape:
        kind = Kind.SHAPE if initializes else Kind.FIXED_SHAPE
        yield pair.change(kind, name, old.shape, new.shape)
    elif old.minimum_ndims != new.minimum_ndims and initializes:
        raised = old.minimum_ndims < new.minimum_ndims
        kind = Kind.NDIMS_RAISED if raised else Kind.NDIMS_LOWERED
        yield pair.change(kind, name, str(old.minimum_ndims), str(new.minimum_ndims))


def _of_alternative(
    pair: _Classes,
    name: str,
    old: ParameterFacts,
    new: ParameterFacts,
    renames: Mapping[str, str],
) -> Iterator[Change]:
    if old.replaces is None or new.replaces is None:
        return
    replaced = renames.get(old.replaces, old.replaces)
    if bool(replaced) != bool(new.replaces):
        kind = Kind.ALTERNATIVE_GAINED if new.replaces else Kind.ALTERNATIVE_LOST
        yield pair.change(kind, name, replaced or None, new.replaces or None)
        return
    before, after = [replaced], [new.replaces]
    if old.conversion is not None and new.conversion is not None:
        before.append(old.conversion)
        after.append(new.conversion)
    if before != after:
        yield pair.change(Kind.CONVERSION, name, _listed(before), _listed(after))


def _of_source(
    pair: _Classes, name: str, old: ParameterFacts, new: ParameterFacts
) -> Iterator[Change]:
    if old.source is None or new.source is None or old.source == new.source:
        return
    if old.source and new.source:
        kind = Kind.SUPPLEMENT_CHANGED
    elif new.source:
        kind = Kind.SUPPLEMENT_ADDED
    elif new.constraining_bijector:
        kind = Kind.SUPPLEMENT_SUPERFLUOUS
    else:
        return  # Nobody states it any more: the constraint says so.
    yield pair.change(kind, name, old.source or None, new.source or None)


def _of_sizes(pair: _Classes) -> Iterator[Change]:
    old, new = pair.old, pair.new
    for size in old.sizes:
        if size not in new.sizes:
            yield pair.change(Kind.SIZE_REMOVED, size)
    for size in new.sizes:
        if size not in old.sizes:
            sized = [
                name
                for name in new.variables
                if re.search(rf"\b{re.escape(size)}\b", new.parameters[name].shape)
            ]
            passed = bool(sized) and pair.passed_before.issuperset(sized)
            kind = Kind.SIZE_OF_REQUIRED if passed else Kind.SIZE_ADDED
            yield pair.change(kind, size)


def _of_structures(pair: _Classes) -> Iterator[Change]:
    old, new = pair.old.structures, pair.new.structures
    if old is None or new is None:
        return
    for name in old:
        if name not in new:
            yield pair.change(Kind.STRUCTURE_REMOVED, name)
    for name in new:
        if name not in old:
            yield pair.change(Kind.STRUCTURE_ADDED, name)


def _of_refused_defaults(pair: _Classes) -> Iterator[Change]:
    old, new = pair.old.refused_defaults, pair.new.refused_defaults
    if old is None or new is None:
        return
    for group in _without(old, new):
        yield pair.change(Kind.REFUSED_DEFAULT_REMOVED, _listed(group))
    for group in _without(new, old):
        if pair.passed_before.isdisjoint(group):  # Or else calls pass one of them anyway.
            yield pair.change(Kind.REFUSED_DEFAULT_ADDED, _listed(group))


def _without(
    groups: Iterable[Sequence[str]], others: Iterable[Sequence[str]]
) -> list[Sequence[str]]:
    known = {frozenset(group) for group in others}
    return [group for group in groups if frozenset(group) not in known]


def _of_method(pair: _Classes, name: str, old: MethodFacts, new: MethodFacts) -> Iterator[Change]:
    could, can = old.runs not in _NOT_CALLABLE, new.runs not in _NOT_CALLABLE
    if could != can:
        kind = Kind.METHOD_ADDED if can else Kind.METHOD_REMOVED
        yield pair.change(kind, name, _run(old), _run(new))
    elif can and old.runs != new.runs:
        if _COMPILED in (old.runs, new.runs):
            kind = Kind.METHOD_FASTER if new.runs == _COMPILED else Kind.METHOD_SLOWER
        else:
            kind = Kind.METHOD_RUNS
        yield pair.change(kind, name, _run(old), _run(new))
    if could and can:
        yield from _of_flag(
            pair, old.has_gradient, new.has_gradient, Kind.GRADIENT_GAINED, subject=name
        )


def _run(method: MethodFacts) -> str:
    return f"{method.runs}: {method.reason}" if method.reason else method.runs

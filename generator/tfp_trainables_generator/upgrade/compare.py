"""Compares two manifests: what an upgrade of TFP changes for the users of the generated classes.

The rules, and which changes are breaking, stand in `rules`. What no user sees is left out: the
probe's fingerprints, the examples, what `make_trainable` needs, and words that explain what stays
as it is. So is what one of the manifests does not tell, for it was written by an earlier compiler.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tfp_trainables_generator.manifest.schema import (
    ClassFacts,
    GeneratedFacts,
    ManifestFacts,
    MethodFacts,
    ParameterFacts,
    SkippedFacts,
)
from tfp_trainables_generator.upgrade.changes import Change, Comparison, Pair, of_flag
from tfp_trainables_generator.upgrade.parameters import of_parameters
from tfp_trainables_generator.upgrade.rules import Kind

_ORDER = {kind: position for position, kind in enumerate(Kind)}
_COMPILED = "compiled"
_NOT_CALLABLE = ("not implemented", "fails in TFP")


def compare_manifests(old: ManifestFacts, new: ManifestFacts) -> Comparison:
    """Returns what has changed from one manifest to another."""
    old, new = _completed(old), _completed(new)
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


_LATER_KEYS = ("source", "replaces", "conversion")
"""Of parameters, and only of some: that none of a manifest has it tells that it is older."""


def _completed(manifest: ManifestFacts) -> ManifestFacts:
    """Returns the manifest with an empty string where a parameter has none of a known key."""
    parameters = [part for it in manifest.generated.values() for part in it.parameters.values()]
    known = [key for key in _LATER_KEYS if any(getattr(part, key) for part in parameters)]

    def filled(parameter: ParameterFacts) -> ParameterFacts:
        absent: dict[str, Any] = {key: "" for key in known if getattr(parameter, key) is None}
        return replace(parameter, **absent)

    completed = {
        name: replace(it, parameters={key: filled(part) for key, part in it.parameters.items()})
        for name, it in manifest.generated.items()
    }
    return replace(manifest, classes={**manifest.classes, **completed})


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
        yield from _of_class(Pair(name, old, new))
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


def _of_class(pair: Pair) -> Iterator[Change]:
    old, new = pair.old, pair.new
    for kind, before, after in (
        (Kind.CLASS_RELOCATED, old.trainable, new.trainable),
        (Kind.CLASS_KIND, old.kind, new.kind),
        (Kind.MODULE, old.tfp_module, new.tfp_module),
    ):
        if before != after:
            yield pair.change(kind, "", before, after)
    yield from of_flag(pair, old.composite, new.composite, Kind.COMPOSITE_GAINED)
    yield from of_flag(pair, old.from_samples, new.from_samples, Kind.ESTIMATES_GAINED)
    yield from of_parameters(pair)
    yield from _of_sizes(pair)
    yield from _of_structures(pair)
    yield from _of_refused_defaults(pair)
    for name, method in old.methods.items():
        if name in new.methods:
            yield from _of_method(pair, name, method, new.methods[name])


def _of_sizes(pair: Pair) -> Iterator[Change]:
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


def _of_structures(pair: Pair) -> Iterator[Change]:
    old, new = pair.old.structures, pair.new.structures
    if old is not None and new is not None:
        yield from (pair.change(Kind.STRUCTURE_REMOVED, name) for name in old if name not in new)
        yield from (pair.change(Kind.STRUCTURE_ADDED, name) for name in new if name not in old)


def _of_refused_defaults(pair: Pair) -> Iterator[Change]:
    old, new = pair.old.refused_defaults, pair.new.refused_defaults
    if old is None or new is None:
        return
    for group in _without(old, new):
        yield pair.change(Kind.REFUSED_DEFAULT_REMOVED, ", ".join(group))
    for group in _without(new, old):
        if pair.passed_before.isdisjoint(group):  # Or else calls pass one of them anyway.
            yield pair.change(Kind.REFUSED_DEFAULT_ADDED, ", ".join(group))


def _without(
    groups: Iterable[Sequence[str]], others: Iterable[Sequence[str]]
) -> list[Sequence[str]]:
    known = {frozenset(group) for group in others}
    return [group for group in groups if frozenset(group) not in known]


def _of_method(pair: Pair, name: str, old: MethodFacts, new: MethodFacts) -> Iterator[Change]:
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
        yield from of_flag(
            pair, old.has_gradient, new.has_gradient, Kind.GRADIENT_GAINED, subject=name
        )


def _run(method: MethodFacts) -> str:
    return f"{method.runs}: {method.reason}" if method.reason else method.runs

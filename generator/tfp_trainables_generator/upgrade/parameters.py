"""Compares the parameters of a class, before and after: signature, variables, and each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfp_trainables_generator.manifest.schema import ParameterFacts
from tfp_trainables_generator.spec.types import TypeExpression
from tfp_trainables_generator.upgrade.changes import Change, Pair
from tfp_trainables_generator.upgrade.rules import Kind


def of_parameters(pair: Pair) -> Iterator[Change]:
    """Yields what has changed of a class's parameters."""
    old, new = pair.old.parameters, pair.new.parameters
    renames = _renames(old, new)
    yield from _of_signature(pair, renames)
    yield from _of_variables(pair, renames)
    for name in old:
        if (renamed := renames.get(name, name)) in new:
            yield from _of_parameter(pair, name, renamed, renames)


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
            bool(facts.required),
            facts.default,
        )
        found.setdefault(key, []).append(name)
    return found


def _of_signature(pair: Pair, renames: Mapping[str, str]) -> Iterator[Change]:
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
        yield pair.change(Kind.PARAMETER_ORDER, "", ", ".join(kept), ", ".join(reordered))


def _of_variables(pair: Pair, renames: Mapping[str, str]) -> Iterator[Change]:
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
        yield pair.change(Kind.VARIABLE_ORDER, "", ", ".join(kept), ", ".join(reordered))


def _role(facts: ParameterFacts | None) -> str | None:
    return facts and facts.role


def _of_parameter(
    pair: Pair, old_name: str, name: str, renames: Mapping[str, str]
) -> Iterator[Change]:
    old, new = pair.old.parameters[old_name], pair.new.parameters[name]
    was_variable, is_variable = old_name in pair.old.variables, name in pair.new.variables
    if bool(old.required) != bool(new.required) and not is_variable:
        yield pair.change(Kind.REQUIRED_NOW if new.required else Kind.OPTIONAL_NOW, name)
    if old.type != new.type:
        before, after = (set(TypeExpression(it.type).alternatives) for it in (old, new))
        kind = Kind.TYPE_NARROWED if before - after else Kind.TYPE_WIDENED
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
    pair: Pair, name: str, old: ParameterFacts, new: ParameterFacts, *, initializes: bool
) -> Iterator[Change]:
    """Compares constraint and shape, which an initial value may be in terms of."""
    if old.constraining_bijector != new.constraining_bijector:
        kind = Kind.CONSTRAINT if initializes else Kind.FIXED_CONSTRAINT
        yield pair.change(kind, name, old.constraining_bijector, new.constraining_bijector)
    if old.shape != new.shape:
        kind = Kind.SHAPE if initializes else Kind.FIXED_SHAPE
        yield pair.change(kind, name, old.shape, new.shape)
    elif initializes:
        before, after = old.minimum_ndims or 0, new.minimum_ndims or 0
        if before != after:
            kind = Kind.NDIMS_RAISED if before < after else Kind.NDIMS_LOWERED
            yield pair.change(kind, name, str(before), str(after))


def _of_alternative(
    pair: Pair,
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
        yield pair.change(Kind.CONVERSION, name, ", ".join(before), ", ".join(after))


def _of_source(pair: Pair, name: str, old: ParameterFacts, new: ParameterFacts) -> Iterator[Change]:
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

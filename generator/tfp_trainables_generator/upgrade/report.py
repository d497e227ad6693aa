"""The changes of an upgrade, for people and for tools: a table, Markdown, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table

from tfp_trainables_generator.upgrade.changes import Change, Comparison


def as_table(comparison: Comparison) -> RenderableType:
    """Returns a table for each group of changes, and a line on each kind of them."""
    parts: list[RenderableType] = [f"{_title(comparison)}: {_counts(comparison)}"]
    for heading, changes in _groups(comparison):
        table = Table("class", "change", "of", "before", "after", box=None)
        for name, of_class in groupby(changes, lambda change: change.class_name):
            for position, change in enumerate(of_class):
                table.add_row(
                    "" if position else name,
                    change.kind.value.label,
                    change.subject,
                    change.before,
                    change.after,
                )
        meaning = Table("change", "what it means", box=None)
        for label, effect in _meanings(changes):
            meaning.add_row(label, effect)
        parts += ["", f"{heading}:", table, "", meaning]
    return Group(*parts)


def as_markdown(comparison: Comparison) -> str:
    """Returns a section of a changelog."""
    lines = [f"## {_title(comparison)}", "", _counts(comparison).capitalize()]
    for heading, changes in _groups(comparison):
        lines += ["", f"### {heading}"]
        for namespace, of_namespace in groupby(changes, lambda change: change.namespace):
            lines += ["", f"#### `{namespace}`", ""]
            lines += _items(of_namespace)
        lines += ["", "| change | what it means |", "| --- | --- |"]
        lines += [f"| {label} | {effect} |" for label, effect in _meanings(changes)]
    return "\n".join(lines) + "\n"


def as_json(comparison: Comparison) -> str:
    """Returns all changes as a JSON object.

    Its keys are `old` and `new`, each with the `tfp_version`; `breaking`, the number of
    breaking changes; and `changes`. Each of these has the keys `breaking`, `kind`, `class`,
    `subject`, `before`, `after` and `effect`; the subject and the two after it may be null.
    """
    document = {
        "old": {"tfp_version": comparison.old_version},
        "new": {"tfp_version": comparison.new_version},
        "breaking": len(comparison.breaking),
        "changes": [
            {
                "breaking": change.is_breaking,
                "kind": change.kind.value.label,
                "class": change.class_name,
                "subject": change.subject or None,
                "before": change.before,
                "after": change.after,
                "effect": change.kind.value.effect,
            }
            for change in comparison.changes
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def _title(comparison: Comparison) -> str:
    return f"TensorFlow Probability {comparison.old_version} to {comparison.new_version}"


def _counts(comparison: Comparison) -> str:
    if not comparison.changes:
        return "nothing changes for users of the classes."
    return f"breaking changes: {len(comparison.breaking)}, others: {len(comparison.compatible)}."


def _groups(comparison: Comparison) -> Iterator[tuple[str, Sequence[Change]]]:
    for heading, changes in (
        ("Breaking", comparison.breaking),
        ("Not breaking", comparison.compatible),
    ):
        if changes:
            yield heading, changes


def _items(changes: Iterable[Change]) -> Iterator[str]:
    for name, of_class in groupby(changes, lambda change: change.class_name):
        yield f"- `{name.rpartition('.')[2]}`"
        for change in of_class:
            yield f"  - {_sentence(change)}"


def _sentence(change: Change) -> str:
    label = change.kind.value.label
    start = f"{label}: {_code(change.subject)}" if change.subject else label
    if change.before is None and change.after is None:
        return start
    if change.before is None or change.after is None:
        return f"{start} ({_code(change.before or change.after or '')})"
    return f"{start}: {_code(change.before)} → {_code(change.after)}"


def _code(text: str) -> str:
    """Returns a text as code, in which Markdown changes nothing."""
    if not text:
        return "none"
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _meanings(changes: Iterable[Change]) -> list[tuple[str, str]]:
    """Returns the kinds of the changes, once each, with what they mean."""
    rules = dict.fromkeys(change.kind.value for change in changes)
    return [(rule.label, rule.effect) for rule in rules]

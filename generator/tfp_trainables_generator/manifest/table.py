"""A table of all public classes of TFP, in Markdown, from the manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tfp_trainables_generator.manifest.schema import (
    ClassFacts,
    GeneratedFacts,
    ManifestFacts,
    SkippedFacts,
)

_LEGEND = """\
*Yes*: a `batch_and_event_shape` is all that has to be passed. *With*: the arguments named have to
be passed too, and a parameter that is passed is not trained. *Variables*: the parameters that the
class here trains; parts that are passed bring theirs."""


def table_of(manifest: ManifestFacts) -> str:
    """Returns the table, with counts above, as the lines of a Markdown document.

    Args:
      manifest: the manifest of the generated package.
    """
    namespaces: dict[str, dict[str, ClassFacts]] = {}
    for qualified_name, facts in manifest.classes.items():
        namespace, _, name = qualified_name.rpartition(".")
        namespaces.setdefault(namespace, {})[name] = facts
    version = manifest.tfp_version
    blocks = [
        f"How many of the public classes of TensorFlow Probability {version} are built each way:",
        _counts(namespaces),
        _LEGEND,
        *(_namespace(name, classes) for name, classes in namespaces.items()),
    ]
    return "\n\n".join(blocks) + "\n"


def needed_in_tfp(facts: ClassFacts) -> list[str] | None:
    """Returns what has to be passed to `make_trainable`, in words; `None` if that fails."""
    if isinstance(facts, SkippedFacts):
        return None
    dynamic = facts.make_trainable
    return [*dynamic.needs, *_refused_defaults(facts)] if dynamic and dynamic.builds else None


def needed_here(facts: ClassFacts) -> list[str] | None:
    """Returns what has to be passed to the trainable, in words; `None` if there is none."""
    if isinstance(facts, SkippedFacts):
        return None
    required = (name for name, parameter in facts.parameters.items() if parameter.required)
    return [*required, *_refused_defaults(facts), *facts.sizes]


def _refused_defaults(facts: GeneratedFacts) -> Iterator[str]:
    return (" or ".join(group) for group in facts.refused_defaults or ())


def _counts(namespaces: Mapping[str, Mapping[str, ClassFacts]]) -> str:
    rows = [_counts_of(f"`{name}`", entries.values()) for name, entries in namespaces.items()]
    everything = [entry for entries in namespaces.values() for entry in entries.values()]
    head = [
        "",
        "classes",
        "`make_trainable`: yes",
        "with arguments",
        "no",
        "here: yes",
        "with arguments",
        "no",
    ]
    return _markdown(head, [*rows, _counts_of("all", everything)], numbers=True)


def _counts_of(label: str, entries: Iterable[ClassFacts]) -> list[str]:
    entries = list(entries)
    counts = [label, str(len(entries))]
    for needed in (needed_in_tfp, needed_here):
        results = [needed(entry) for entry in entries]
        alone = results.count([])
        fails = results.count(None)
        counts += map(str, (alone, len(results) - alone - fails, fails))
    return counts


def _namespace(namespace: str, entries: Mapping[str, ClassFacts]) -> str:
    head = ["class", "`make_trainable`", "here", "variables"]
    rows = [_row(name, entry) for name, entry in sorted(entries.items())]
    count = f"{len(entries)} class{'es' * (len(entries) != 1)}"
    return (
        f"<details>\n<summary><code>{namespace}</code>: {count}</summary>\n\n"
        f"{_markdown(head, rows)}\n\n</details>"
    )


def _row(name: str, facts: ClassFacts) -> list[str]:
    if isinstance(facts, SkippedFacts):
        return [f"`{name}`", "no", f"no: {facts.detail}", ""]
    verdicts = (_verdict(needed) for needed in (needed_in_tfp(facts), needed_here(facts)))
    return [f"`{name}`", *verdicts, _code(facts.variables)]


def _verdict(needed: Sequence[str] | None) -> str:
    if needed is None:
        return "no"
    return f"with {_code(needed)}" if needed else "yes"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`".replace(" or ", "` or `") for name in names)


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = False) -> str:
    rule = ["---", *(("---:" if numbers else "---") for _ in head[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))

"""A table of all public classes of TFP, in Markdown, from the manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

__all__ = ["needed_here", "needed_in_tfp", "table_of"]

Entry: TypeAlias = Mapping[str, Any]

_LEGEND = """\
*Yes*: a `batch_and_event_shape` is all that has to be passed. *With*: the arguments named have to
be passed too, and a parameter that is passed is not trained. *Variables*: the parameters that the
class here trains; parts that are passed bring theirs."""


def table_of(manifest: Entry) -> str:
    """Returns the table, with counts above, as the lines of a Markdown document.

    Args:
      manifest: the manifest of the generated package, as JSON has it.
    """
    namespaces: dict[str, dict[str, Entry]] = {}
    for qualified_name, entry in manifest["classes"].items():
        namespace, _, name = qualified_name.rpartition(".")
        namespaces.setdefault(namespace, {})[name] = entry
    version = manifest["versions"]["tensorflow_probability"]
    blocks = [
        f"How many of the public classes of TensorFlow Probability {version} are built each way:",
        _counts(namespaces),
        _LEGEND,
        *(_namespace(name, entries) for name, entries in namespaces.items()),
    ]
    return "\n\n".join(blocks) + "\n"


def needed_in_tfp(entry: Entry) -> list[str] | None:
    """Returns what has to be passed to `make_trainable`, in words; `None` if that fails."""
    if entry["status"] == "skipped" or not entry["make_trainable"]["builds"]:
        return None
    return [*entry["make_trainable"]["needs"], *_refused_defaults(entry)]


def needed_here(entry: Entry) -> list[str] | None:
    """Returns what has to be passed to the trainable, in words; `None` if there is none."""
    if entry["status"] == "skipped":
        return None
    parameters: Mapping[str, Entry] = entry["parameters"]
    required = (name for name, facts in parameters.items() if facts.get("required"))
    return [*required, *_refused_defaults(entry), *entry["sizes"]]


def _refused_defaults(entry: Entry) -> Iterator[str]:
    return (" or ".join(group) for group in entry["refused_defaults"])


def _counts(namespaces: Mapping[str, Mapping[str, Entry]]) -> str:
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


def _counts_of(label: str, entries: Iterable[Entry]) -> list[str]:
    entries = list(entries)
    counts = [label, str(len(entries))]
    for needed in (needed_in_tfp, needed_here):
        results = [needed(entry) for entry in entries]
        alone = results.count([])
        fails = results.count(None)
        counts += map(str, (alone, len(results) - alone - fails, fails))
    return counts


def _namespace(namespace: str, entries: Mapping[str, Entry]) -> str:
    head = ["class", "`make_trainable`", "here", "variables"]
    rows = [_row(name, entry) for name, entry in sorted(entries.items())]
    count = f"{len(entries)} class{'es' * (len(entries) != 1)}"
    return (
        f"<details>\n<summary><code>{namespace}</code>: {count}</summary>\n\n"
        f"{_markdown(head, rows)}\n\n</details>"
    )


def _row(name: str, entry: Entry) -> list[str]:
    if entry["status"] == "skipped":
        return [f"`{name}`", "no", f"no: {entry['detail']}", ""]
    return [
        f"`{name}`",
        _verdict(needed_in_tfp(entry)),
        _verdict(needed_here(entry)),
        _code(entry["variables"]),
    ]


def _verdict(needed: Sequence[str] | None) -> str:
    if needed is None:
        return "no"
    return f"with {_code(needed)}" if needed else "yes"


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`".replace(" or ", "` or `") for name in names)


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = False) -> str:
    rule = ["---", *(("---:" if numbers else "---") for _ in head[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))

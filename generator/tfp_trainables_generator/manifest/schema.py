"""The manifest: what became of every public class of TFP, and what users see of the trainables.

It is written and read through these types alone. A manifest of an earlier compiler lacks what was
added later: `None` stands for what it does not tell, or for what there is none of; what is as by
default is not written. For the fields, see the classes of `spec` that they are taken from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from tfp_trainables_generator.errors import OutputError
from tfp_trainables_generator.naming import MANIFEST_HEADER


@dataclass(frozen=True)
class ParameterFacts:
    """An argument of the constructor. One that gets a variable is not said to be required."""

    role: str
    type: str
    support: str = ""
    constraining_bijector: str = ""
    shape: str = ""
    minimum_ndims: int | None = None
    reason: str = ""
    source: str | None = None
    replaces: str | None = None
    conversion: str | None = None
    follows: str | None = None
    required: bool | None = None
    default: str | None = None


@dataclass(frozen=True)
class MakeTrainableFacts:
    """Whether `make_trainable` builds a class, and from what."""

    builds: bool
    needs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ProbeFacts:
    """What the probe has found of a class as a whole; no fingerprint where that is not kept."""

    fingerprint: str = ""
    event_ndims: int | None


@dataclass(frozen=True)
class MethodFacts:
    """A method."""

    runs: str
    reason: str = ""
    has_gradient: bool | None = None
    on_request: str = ""


@dataclass(frozen=True)
class ExampleFacts:
    """Arguments to build a class with."""

    batch_and_event_shape: tuple[int, ...]
    arguments: Mapping[str, str] | None = None
    fixed: Mapping[str, str] | None = None
    input: str | None = None


@dataclass(frozen=True, kw_only=True)
class GeneratedFacts:
    """A class with a trainable."""

    status: Literal["generated"]
    trainable: str
    tfp_module: str
    kind: str
    composite: bool
    variables: tuple[str, ...]
    sizes: tuple[str, ...]
    structures: tuple[str, ...] | None = None
    refused_defaults: tuple[tuple[str, ...], ...] | None = None
    from_samples: bool | None = None
    make_trainable: MakeTrainableFacts | None = None
    parameters: Mapping[str, ParameterFacts]
    probe: ProbeFacts | None = None
    methods: Mapping[str, MethodFacts] = field(default_factory=dict[str, MethodFacts])
    example: ExampleFacts | None = None


@dataclass(frozen=True)
class SkippedFacts:
    """A class without a trainable."""

    status: Literal["skipped"]
    reason: str
    detail: str


ClassFacts: TypeAlias = GeneratedFacts | SkippedFacts


@dataclass(frozen=True)
class Versions:
    """What the classes were generated from."""

    tensorflow_probability: str


@dataclass(frozen=True)
class ManifestFacts:
    """A manifest: the version of TFP, and every public class by its public name."""

    versions: Versions
    classes: Mapping[str, Annotated[ClassFacts, Field(discriminator="status")]]

    @property
    def tfp_version(self) -> str:
        """The version of TFP that the classes were generated from."""
        return self.versions.tensorflow_probability

    @property
    def generated(self) -> Mapping[str, GeneratedFacts]:
        """The classes with a trainable."""
        return {name: it for name, it in self.classes.items() if isinstance(it, GeneratedFacts)}


_MANIFEST = TypeAdapter(ManifestFacts)


def as_document(manifest: ManifestFacts) -> dict[str, Any]:
    """Returns a manifest as JSON has it."""
    return _MANIFEST.dump_python(manifest, mode="json", exclude_defaults=True)


def as_text(manifest: ManifestFacts) -> str:
    """Returns the text of `manifest.json`."""
    return json.dumps({"_": MANIFEST_HEADER, **as_document(manifest)}, indent=1) + "\n"


def parse_manifest(text: str, *, where: str) -> ManifestFacts:
    """Returns what the text of a manifest tells.

    Args:
      text: the text, as this compiler or an earlier one wrote it.
      where: where it is from, for the error.

    Raises:
      OutputError: if it is no manifest, or has a format that is not known here.
    """
    expected = f"{where}: expected the manifest that `tfp-trainables generate` writes, got"
    try:
        document = json.loads(text)
    except ValueError as error:
        raise OutputError(f"{expected} what is no JSON: {error}") from error
    try:
        return _MANIFEST.validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise OutputError(f"{expected} another format: {place}: {first['msg']}") from error

"""From the specs of classes to their manifest."""

from __future__ import annotations

from tfp_trainables_generator.manifest.schema import (
    ClassFacts,
    ExampleFacts,
    GeneratedFacts,
    MakeTrainableFacts,
    ManifestFacts,
    MethodFacts,
    ParameterFacts,
    ProbeFacts,
    SkippedFacts,
    Versions,
)
from tfp_trainables_generator.spec.classes import ClassSpec, Outcome
from tfp_trainables_generator.spec.packages import Package
from tfp_trainables_generator.spec.parameters import ParameterSpec
from tfp_trainables_generator.spec.printing import bijector_source, shape_words, support_words


def manifest_of(package: Package, classes: Outcome, *, tfp_version: str) -> ManifestFacts:
    """Returns what became of each public class, by its public name, sorted."""
    facts: dict[str, ClassFacts] = {
        **{it.qualified_name: _generated(package, it) for it in classes.specs},
        **{
            it.qualified_name: SkippedFacts("skipped", it.reason.value, it.detail)
            for it in classes.skipped
        },
    }
    return ManifestFacts(Versions(tfp_version), dict(sorted(facts.items())))


def _generated(package: Package, spec: ClassSpec) -> GeneratedFacts:
    found = spec.capabilities
    # TFP's changes when TFP is upgraded, that of a package under development at every edit.
    fingerprint = "" if found is None or package.is_own else found.fingerprint
    return GeneratedFacts(
        status="generated",
        trainable=f"{package.subpackage_of(spec)}.Trainable{spec.name}",
        tfp_module=spec.reference.module,
        kind=spec.kind,
        composite=spec.is_composite,
        variables=tuple(it.name for it in spec.trainable_parameters if it.is_created),
        sizes=spec.sizes,
        structures=spec.structures,
        refused_defaults=spec.refused_defaults,
        from_samples=spec.has_estimates,
        make_trainable=MakeTrainableFacts(
            spec.make_trainable_builds, spec.needed_by_make_trainable
        ),
        parameters={parameter.name: _parameter(parameter) for parameter in spec.parameters},
        probe=found and ProbeFacts(fingerprint=fingerprint, event_ndims=found.event_ndims),
        methods={
            it.name: MethodFacts(it.runs.value, it.reason, it.has_gradient, it.on_request)
            for it in (found.methods if found else ())
        },
        example=ExampleFacts(
            spec.example.batch_and_event_shape,
            dict(spec.example.arguments),
            dict(spec.example.fixed),
            spec.example.input,
        ),
    )


def _parameter(parameter: ParameterSpec) -> ParameterFacts:
    bijector = parameter.bijector
    return ParameterFacts(
        role=parameter.role.value,
        type=parameter.annotation.source,
        support=support_words(parameter),
        constraining_bijector=bijector_source(bijector) if bijector else "",
        shape=shape_words(parameter),
        minimum_ndims=None if parameter.shape is None else parameter.minimum_ndims,
        reason=parameter.reason,
        source=parameter.source or None,
        replaces=parameter.replaces or None,
        conversion=parameter.conversion or None,
        follows=parameter.follows or None,
        required=None if parameter.is_trainable else parameter.default is None,
        default=None if parameter.is_trainable else parameter.default,
    )

"""Composes the docstrings of generated classes, from the facts of the spec alone."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from tfp_trainables_generator.render.methods import shape_legend
from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.parameters import Order, ParameterSpec, Role
from tfp_trainables_generator.spec.printing import bijector_source, shape_words, support_words

_WIDTH = 88

_OPTIONS = {
    "allow_nan_stats": "whether a statistic that is undefined is NaN rather than an error.",
    "feature_ndims": "how many of an input's last dimensions are the features of one example.",
    "name": "prefix of the names of the operations.",
    "validate_args": "whether to check parameters and inputs at every call.",
}

_COMPONENTS = {
    "AnyCallable": ("a function that returns a distribution", "its"),
    "Bijector": ("a bijector", "its"),
    "Bijector | BijectorStructure": ("a bijector, or bijectors", "their"),
    "BijectorStructure": ("bijectors", "their"),
    "Distribution": ("a distribution", "its"),
    "Distribution | AnyCallable": (
        "a distribution, or a function of the time step to one",
        "its",
    ),
    "DistributionStructure": ("distributions", "their"),
    "KernelStructure": ("kernels", "their"),
    "LinearOperator": ("a linear operator", "its"),
    "PositiveSemidefiniteKernel": ("a kernel", "its"),
}
"""By type, what a part is, and whose its variables are."""


def overview_lines(spec: ClassSpec, *, indent: int) -> list[str]:
    """Returns the paragraph on the variables of a class and the shapes of its methods."""
    names = [f"`{it.name}`" for it in spec.trainable_parameters if it.is_created]
    own = _listed(names)
    text = f"Creates a variable for {own}, where no value is passed."
    if len(names) > 1:
        text = f"Creates variables for {own}, in this order, where no value is passed."
    if not names:
        text = "Creates no variables of its own."
    if spec.has_parts:
        text = f"{text} Those of its parts are trained with it."
    return textwrap.wrap(f"{text} {shape_legend(spec)}", _WIDTH - indent, break_on_hyphens=False)


def _listed(names: Sequence[str]) -> str:
    *others, last = names or [""]
    return f"{', '.join(others)} and {last}" if others else last


def argument_lines(spec: ClassSpec, *, indent: int) -> list[str]:
    """Returns the `Args` of a constructor's docstring, one entry for each argument."""
    entries = [
        ("initial_parameters", _initial_parameters_sentence(spec)),
        ("batch_and_event_shape", _batch_and_event_shape_sentence(spec)),
        ("parameter_dtype", _parameter_dtype_sentence(spec)),
        ("seed", "of the random initial values; see `tfp.random.sanitize_seed`."),
    ]
    if not spec.variables:
        entries[-1] = ("seed", "without effect, too.")
    if spec.takes_seed:
        entries[-1] = ("seed", f"passed on to `{spec.qualified_name}`.")
    entries.extend((size, _size_sentence(spec, size)) for size in spec.sizes)
    entries.extend((name, _structure_sentence(name)) for name in spec.structures)
    entries.extend(
        (parameter.name, _parameter_sentence(spec, parameter))
        for parameter in spec.parameters
        if parameter.name != "seed"
    )
    return [line for name, text in entries for line in _entry(name, escaped(text), indent)]


def attribute_facts(parameter: ParameterSpec) -> list[str]:
    """Returns what is to be said of a parameter as an attribute."""
    if parameter.attribute_is:
        return [parameter.attribute_is]
    match parameter.role:
        case Role.TRAINABLE | Role.UNCONSTRAINED:
            if parameter.is_operator:
                return [f"a linear operator with a diagonal of shape `{shape_words(parameter)}`"]
            return [*_facts(parameter)] or ["the value that was passed"]
        case Role.ALTERNATIVE:
            return [*_facts(parameter), "`None` unless passed"]
        case Role.STRUCTURAL:
            return [parameter.description or f"not trained: {parameter.reason}"]
        case _:
            # Some make another of it, such as a process that conditions its kernel.
            if parameter.description:
                return [parameter.description]
            if any(it.endswith("Structure") for it in parameter.annotation.alternatives):
                return ["the parts that were passed, as the constructor keeps them"]
            return ["the part that was passed, as the constructor keeps it"]


def escaped(text: str) -> str:
    """Returns a text as a docstring has it: what is not ours may hold backslashes and quotes."""
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def _parameter_sentence(spec: ClassSpec, parameter: ParameterSpec) -> str:
    """Returns the documentation of one argument of the TFP class."""
    match parameter.role:
        case Role.TRAINABLE:
            return _described(parameter, _trainable_sentence(parameter))
        case Role.ALTERNATIVE:
            sentence = _sentence(_facts(parameter), _alternative_words(parameter))
            return _described(parameter, sentence)
        case Role.UNCONSTRAINED:
            return _sentence(_facts(parameter), f"Required, for {parameter.reason}.")
        case Role.STRUCTURAL:
            if parameter.description:
                return f"{parameter.description}. Not trained: {parameter.reason}."
            return f"not trained: {parameter.reason}."
        case Role.COMPONENT:
            kinds = [it for it in parameter.annotation.alternatives if it != "None"]
            what, whose = _COMPONENTS.get(" | ".join(kinds), ("a part", "its"))
            if parameter.description:
                what = f"{parameter.description}. {whose.capitalize()} variables are trained"
                return f"{what} with this object's."
            return f"{what}; {whose} variables are trained with this object's."
        case Role.OPTION:
            if parameter.description:
                return f"{parameter.description}."
            if parameter.name == "name" and spec.variables:
                return (
                    "prefix of the names of the operations and, unless it is the default, of the "
                    "variables."
                )
            return _OPTIONS.get(parameter.name, f"option of `{spec.qualified_name}`.")


def _described(parameter: ParameterSpec, sentence: str) -> str:
    """Returns a sentence after the description of a parameter, if there is one."""
    if not parameter.description:
        return sentence
    return f"{parameter.description}. {sentence[0].upper()}{sentence[1:]}"


def _trainable_sentence(parameter: ParameterSpec) -> str:
    if parameter.bijector is None:
        return (
            f"a square linear operator with a diagonal of shape `{shape_words(parameter)}`. By "
            f"default over a variable, of the structure `{parameter.name}_structure`."
        )
    constraint = bijector_source(parameter.bijector)
    how = "unconstrained" if constraint == "Identity()" else f"constrained by `{constraint}`"
    why = f": {parameter.source}" if parameter.source else ""
    if parameter.follows:
        return _sentence(
            _facts(parameter),
            f"By default what `{parameter.follows}` is; with `TRAINABLE` a variable, {how}{why}.",
        )
    start = _start(parameter.order)
    return _sentence(_facts(parameter), f"By default a variable, {how}{why}.{start}")


def _start(order: Order) -> str:
    """Returns where a variable starts among other parameters, as a sentence after another."""
    places = [
        *(f"below `{name}`" for name in order.below),
        *(f"above `{name}`" for name in order.above),
        *(f"above the absolute value of `{name}`" for name in order.beyond),
    ]
    known = "where that is passed or has an initial value"
    return f" It starts {_listed(places)}, {known}." if places else ""


def _alternative_words(parameter: ParameterSpec) -> str:
    if not parameter.replaces:
        return "Optional, and not trained."
    return f"Stands in for `{parameter.replaces}`, which then gets no variable."


def _facts(parameter: ParameterSpec) -> Iterable[str]:
    if parameter.bijector is not None:
        yield support_words(parameter)
    if parameter.shape is not None:
        yield f"shape `{shape_words(parameter)}`"


def _sentence(facts: Iterable[str], conclusion: str) -> str:
    text = "; ".join(facts)
    return f"{text}. {conclusion}" if text else conclusion[0].lower() + conclusion[1:]


def _initial_parameters_sentence(spec: ClassSpec) -> str:
    if not spec.variables:
        return "here as in every trainable; empty, for this class creates no variables."
    keys = ", ".join(_key_words(spec, name) for name in spec.variables)
    return (
        f"initial values of the variables: a dict with keys among {keys}; or a callable "
        "`(parameter_name, shape, dtype, seed, constraining_bijector)`. A value has the "
        "parameter's support; one in a dict is broadcast to its shape. Without one, a "
        "variable starts at random."
    )


def _key_words(spec: ClassSpec, name: str) -> str:
    alternative = spec.alternative_to(name)
    return f"`{name}` (or `{alternative.name}`)" if alternative else f"`{name}`"


def _batch_and_event_shape_sentence(spec: ClassSpec) -> str:
    what = {
        "distribution": "a draw",
        "bijector": "an input",
        "kernel": "the batch, with the features of an input where there is a parameter for each",
    }[spec.kind]
    if not spec.variables:
        return f"shape of {what}; here as in every trainable, and without effect in this class."
    return f"shape of {what}, from which the shapes of the variables follow.{_least_ndims(spec)}"


def _least_ndims(spec: ClassSpec) -> str:
    """Returns why the default, no dimensions, does not do, as a sentence after another."""
    if not spec.minimum_ndims:
        return ""
    least = max(ndims for _, ndims in spec.minimum_ndims)
    names = [f"`{name}`" for name, ndims in spec.minimum_ndims if ndims == least]
    dimensions = f"{least} dimension{'s' * (least > 1)}"
    needs = "needs" if len(names) == 1 else "need"
    return (
        f" At least {dimensions}, which {_listed(names)} {needs} where no value is passed "
        f"for {'it' if len(names) == 1 else 'them'}."
    )


def _parameter_dtype_sentence(spec: ClassSpec) -> str:
    if not spec.variables:
        return "float16, float32 or float64; without effect, too."
    text = "dtype of the variables: float16, float32 or float64"
    if any(it.bijector and it.bijector.depends_on_eps for it in spec.parameters):
        return f"{text}; `eps` below is its machine epsilon."
    return f"{text}."


def _size_sentence(spec: ClassSpec, size: str) -> str:
    users = [
        f"`{parameter.name}`"
        for parameter in spec.trainable_parameters
        if parameter.shape and size in [part.size for part in parameter.shape.sizes]
    ]
    what = "it" if len(users) == 1 else "them"
    return f"decides the shape of {_listed(users)}; required to create {what}."


def _structure_sentence(name: str) -> str:
    return (
        f'what a variable makes of `{name.removesuffix("_structure")}`: `"diag"`, a positive '
        'diagonal; `"tril"`, a lower-triangular matrix with one; or `"full"`, a symmetric '
        "positive-definite matrix. An initial value is that diagonal or matrix."
    )


def _entry(name: str, text: str, indent: int) -> Sequence[str]:
    return textwrap.wrap(
        f"{name}: {text}",
        _WIDTH - indent,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )

"""The example in a class's docstring: what somebody who uses the class would write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import black

from tfp_trainables_generator.spec.classes import ClassSpec
from tfp_trainables_generator.spec.expressions import BijectorSpec, Scalar
from tfp_trainables_generator.spec.parameters import ParameterSpec
from tfp_trainables_generator.spec.printing import names_in_program

_MODE = black.Mode(line_length=84, magic_trailing_comma=False)

_MODULES = {"np": "numpy", "tf": "tensorflow", "tfp": "tensorflow_probability"}
_ALIASES = {
    "tfb": "tfp.bijectors",
    "tfd": "tfp.distributions",
    "tfk": "tfp.math.psd_kernels",
}

_BATCH = 3


def example_lines(spec: ClassSpec, homes: Mapping[str, str]) -> list[str]:
    """Returns a program of a few lines that makes an instance, with all that it imports.

    Args:
      spec: the class.
      homes: what each generated class is imported from, by its name.
    """
    source = spec.shown or _by_rule(spec)
    names = names_in_program(source)
    formatted = black.format_str(source, mode=_MODE).splitlines()
    return [*_imports(names, homes), "", *formatted]


def _imports(names: frozenset[str], homes: Mapping[str, str]) -> list[str]:
    aliases = sorted(names.intersection(_ALIASES))
    modules = names.intersection(_MODULES) | frozenset(["tfp"] if aliases else [])
    lines = [f"import {_MODULES[name]} as {name}" for name in sorted(modules)]
    of_homes: dict[str, list[str]] = {}
    for name in sorted(names.intersection(homes)):
        of_homes.setdefault(homes[name], []).append(name)
    for home, classes in sorted(of_homes.items()):
        line = f"from {home} import {', '.join(classes)}"
        lines += black.format_str(line, mode=_MODE).splitlines()
    if aliases:
        lines += ["", *(f"{alias} = {_ALIASES[alias]}" for alias in aliases)]
    return lines


def _by_rule(spec: ClassSpec) -> str:
    """Returns an example of a class that needs no parts: a shape, and one parameter fixed."""
    given = dict(spec.example.arguments)
    arguments: list[str] = []
    created = [it for it in spec.trainable_parameters if it.is_created and it.name not in given]
    values = {it.name: value for it in created if (value := _value(it))}
    says: list[str] = []
    if created:
        shape = spec.example.batch_and_event_shape
        if spec.kind == "distribution" and not given:
            shape = (_BATCH, *shape)
            says.append(f"a batch of {_BATCH}")
        if shape:
            arguments.append(f"batch_and_event_shape={list(shape)}")
    if len(created) > 1 and values:
        name, value = list(values.items())[-1]
        arguments.append(f"{name}={value}")
        says.append(f"`{name}` is fixed")
    elif values:
        ((name, value),) = values.items()
        arguments.append(f'initial_parameters={{"{name}": {value}}}')
        says.append(f"`{name}` starts at {value}")
    arguments += [f"{name}={value}" for name, value in given.items()]
    source = f"{spec.kind} = Trainable{spec.name}({', '.join(arguments)})"
    if "dtype" in names_in_program(source):
        source = f"dtype = np.float32\n{source}"
    comment = "; ".join(says)
    return f"# {comment[0].upper()}{comment[1:]}.\n{source}" if says else source


def _value(parameter: ParameterSpec) -> str:
    """Returns a number that may be passed for a parameter; nothing if no number may."""
    if parameter.event_ndims or parameter.is_bound or parameter.bijector is None:
        return ""
    number = _NUMBERS.get(parameter.bijector.name)
    return "" if number is None else repr(number + _low(parameter.bijector))


_NUMBERS = {"Identity": 0.0, "Sigmoid": 0.5, "Softplus": 1.0}


def _low(bijector: BijectorSpec) -> float:
    bounds: Iterable[object] = (value for name, value in bijector.arguments if name == "low")
    return sum(bound.constant for bound in bounds if isinstance(bound, Scalar))

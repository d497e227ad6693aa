"""What stands in the way of a trainable of somebody's own class, though it can be read."""

from __future__ import annotations

from collections.abc import Iterator

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.spec import ClassSpec, Role
from tfp_trainables_generator.views import class_view
from tfp_trainables_runtime.errors import mismatch

__all__ = ["objections"]


def objections(spec: ClassSpec, cls: type) -> Iterator[str]:
    """Yields what is wrong with a class, each in a line that names it.

    Args:
      spec: the class, as it was read.
      cls: the class.
    """
    name = spec.qualified_name
    heir = _heir_to(cls)
    if heir is not None:
        expected = "`_parameter_properties` of its own, for it has a constructor of its own"
        yield mismatch(name, expected, f"those of {heir.__name__}")
    for parameter in spec.fatal_to_make_trainable:
        expected = "an argument of the constructor, for `_parameter_properties` names it"
        yield mismatch(f"{name}, parameter {parameter!r}", expected, "none")
    if spec.takes_seed and (spec.variables or spec.parameter("seed").role is not Role.OPTION):
        expected = "another name, for a trainable's `seed` is that of its initial values"
        yield mismatch(f"{name}, parameter 'seed'", expected, "that one")
    unknown = [
        parameter.name
        for parameter in spec.parameters
        if not parameter.is_trainable
        and parameter.default is None
        and parameter.name not in dict(spec.example.arguments)
    ]
    if unknown:
        listed = ", ".join(repr(parameter) for parameter in unknown)
        expected = f"an example of {listed} in the settings, to build the class with"
        yield mismatch(name, expected, "none")
    try:
        class_view(spec)
    except CompilationError as error:
        yield from error.problems


def _heir_to(cls: type) -> type | None:
    """Returns the class whose annotations a class has with a constructor of its own."""
    for base in cls.__mro__:
        own = vars(base)
        # Where there are none, TFP puts a function there that calls those of the base.
        if isinstance(own.get("_parameter_properties"), classmethod):
            return None if base is cls or "__init__" not in _between(cls, base) else base
    return None


def _between(cls: type, base: type) -> set[str]:
    """Returns the names that a class, or what it has above it, defines below a base."""
    below = cls.__mro__[: cls.__mro__.index(base)]
    return {name for part in below for name in vars(part)}

"""What stands in the way of a trainable of somebody's own class, though it can be read."""

from __future__ import annotations

from tfp_trainables_generator.errors import CompilationError
from tfp_trainables_generator.spec import ClassSpec, Role
from tfp_trainables_generator.views import class_view
from tfp_trainables_runtime.errors import mismatch

__all__ = ["check"]


def check(spec: ClassSpec) -> None:
    """Checks a class that nobody has compiled before.

    Raises:
      CompilationError: if a trainable of it cannot be rendered, or would not do what its
        author means.
    """
    name = spec.qualified_name
    unheard = [
        mismatch(
            f"{name}, parameter {parameter!r}",
            "an argument of the constructor, for `_parameter_properties` names it",
            "none",
        )
        for parameter in spec.fatal_to_make_trainable
    ]
    if unheard:
        raise CompilationError(unheard)
    if spec.takes_seed and (spec.variables or spec.parameter("seed").role is not Role.OPTION):
        expected = "another name, for a trainable's `seed` is that of its initial values"
        raise CompilationError([mismatch(f"{name}, parameter 'seed'", expected, "that one")])
    class_view(spec)
    unknown = [
        repr(parameter.name)
        for parameter in spec.parameters
        if not parameter.is_trainable
        and parameter.default is None
        and parameter.name not in dict(spec.example.arguments)
    ]
    if unknown:
        expected = f"an example of {', '.join(unknown)} in the settings, to build the class with"
        raise CompilationError([mismatch(name, expected, "none")])

"""Parameters as attributes, where the TFP class has none of their name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfp_trainables_runtime.typing import AnyCallable, AnyStructure

__all__ = ["parameter"]

if TYPE_CHECKING:
    parameter = property
else:

    class parameter:  # noqa: N801 - a decorator, as `property` is.
        """A property that gives way to an attribute of the object.

        The constructor of a class of one's own may set it.
        """

        def __init__(self, read: AnyCallable) -> None:
            """Takes the function that reads the parameter of an object."""
            self._read = read
            self.__doc__ = read.__doc__

        def __get__(self, owner: AnyStructure, owner_class: type | None = None) -> AnyStructure:
            return self if owner is None else self._read(owner)

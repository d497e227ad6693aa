"""Parameters as attributes, where the TFP class has none of their name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, overload

from typing_extensions import Self

from tfp_trainables_runtime.typing import AnyStructure

__all__ = ["parameter"]

Value_co = TypeVar("Value_co", covariant=True)


class parameter(Generic[Value_co]):  # noqa: N801 - a decorator, as `property` is.
    """A property that gives way to an attribute of the object.

    The constructor of a class of one's own may set it.
    """

    def __init__(self, read: Callable[[AnyStructure], Value_co]) -> None:
        """Takes the function that reads the parameter of an object."""
        self._read = read
        self.__doc__ = read.__doc__

    @overload
    def __get__(self, owner: None, owner_class: type) -> Self: ...
    @overload
    def __get__(self, owner: object, owner_class: type) -> Value_co: ...
    def __get__(self, owner: object, owner_class: type) -> Value_co | Self:
        return self if owner is None else self._read(owner)

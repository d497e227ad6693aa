"""What an object shows of itself: printed, in a notebook, to completion."""

from __future__ import annotations

import html
from collections.abc import Sequence

from tfp_trainables_runtime.showing.summary import Summary, in_one_line, summary
from tfp_trainables_runtime.untyped import ops, untyped

__all__ = ["Shown"]


class Shown:
    """A base of trainables."""

    def summary(self) -> Summary:
        """Returns a table of the parameters and parts, with their values, which prints as text.

        A notebook shows it as a table, too; `print` of the trainable itself does the same.
        Each parameter has a value (constrained), dtype and shape, whether it is trained, the
        values that it may take, and the constraint that keeps its variable among them.
        """
        return summary(self)

    def __repr__(self) -> str:
        # A debugger may show an object whose constructor has not ended.
        return in_one_line(self) if self._is_constructed else object.__repr__(self)

    def __str__(self) -> str:
        return str(self.summary()) if self._is_constructed else object.__repr__(self)

    def _repr_html_(self) -> str:
        """Supports notebooks."""
        if not self._is_constructed:
            return html.escape(object.__repr__(self))
        return untyped(self.summary())._repr_html_()

    @property
    def _is_constructed(self) -> bool:
        return "_creation" in self.__dict__

    def __dir__(self) -> Sequence[str]:
        """Returns what there is for a user: what is public, and what a subclass has of its own."""
        return tuple(name for name in super().__dir__() if self._is_for_users(name))

    def _is_for_users(self, name: str) -> bool:
        if not name.startswith("_"):
            return True
        classes = type(self).__mro__
        of_user = classes[: classes.index(untyped(self)._generated_class())]
        # SavedModel finds the functions to save by `dir`.
        value = self.__dict__.get(name)
        is_to_save = isinstance(value, ops.types.experimental.GenericFunction)
        return is_to_save or any(name in vars(cls) for cls in of_user)

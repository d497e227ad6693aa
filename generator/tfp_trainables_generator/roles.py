"""What an argument of a constructor is to a trainable: by annotations and supplements."""

from __future__ import annotations

from collections.abc import Sequence

from tfp_trainables_generator.annotated import Properties
from tfp_trainables_generator.parameters import Role
from tfp_trainables_generator.supplements import Replacement

__all__ = ["annotated_role"]


def annotated_role(
    facts: Properties | None,
    supplement: str | None,
    replacement: Replacement | None,
    missing: Sequence[str],
    *,
    author: str,
) -> tuple[Role, str]:
    """Returns the role of an argument of a class with annotations, and the reason for it.

    Args:
      facts: its annotation, if it has one.
      supplement: why it is not to be trained, if the supplements say so.
      replacement: what it stands in for, if the supplements say so.
      missing: what the annotation lacks to create a variable.
      author: who annotates it, for messages.

    Raises:
      ValueError: if a supplement says what the annotation says too.
    """
    if facts is None:
        role, reason = Role.OPTION, ""
    elif not facts.is_tensor:
        role, reason = Role.COMPONENT, ""
    elif facts.specifies_shape or facts.event_ndims is None:
        role, reason = Role.STRUCTURAL, "it determines shapes"
        if not facts.specifies_shape:
            reason = "it has no batch of its own"
    elif not facts.is_preferred:
        role, reason = Role.ALTERNATIVE, ""
        if replacement is not None and replacement.is_mistakenly_preferred:
            raise ValueError(f"superfluous supplement: {author} itself makes it an alternative")
    elif replacement is not None and replacement.is_mistakenly_preferred:
        role, reason = Role.ALTERNATIVE, ""
    elif supplement is not None:
        return Role.STRUCTURAL, supplement
    elif missing:
        role = Role.UNCONSTRAINED
        reason = f"{author} states no {' and no '.join(missing)}"
    else:
        role, reason = Role.TRAINABLE, ""
    if supplement is not None:
        raise ValueError(f"superfluous supplement: {author} itself makes it {role.value}")
    return role, reason

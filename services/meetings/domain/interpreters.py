"""Who may interpret between parents and staff.

A person under 18 may not, except in unproblematic matters (2025 rule; domain brief LR-15). Whoever orders
the interpreter confirms which of the two it is.
"""

from __future__ import annotations

from enum import StrEnum


class Age(StrEnum):
    """What the one who orders an interpreter has confirmed about her age."""

    ADULT = "adult"
    UNPROBLEMATIC = "unproblematic"


def may_be_ordered(language: str | None, age: str | None) -> bool:
    """Whether an interpreter can be noted as ordered: the language is known and the age confirmed."""
    return bool(language) and age in set(Age)

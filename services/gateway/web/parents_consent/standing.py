"""How a consent stands for the one who reads: a name for it, by which its words are found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

PENDING = ("requested", "partial")


def standing(view: Mapping[str, Any], today: date) -> str | None:
    """The standing's name; None while she is to answer.

    Of the others only what the consent's own state tells: never who answered what.
    """
    state, answer = view["state"], view["answer"]
    if state == "granted":
        if date.fromisoformat(view["valid_to"]) < today:
            return "expired"
        return "granted" if answer == "yes" or view["part"] == "informed" else "granted_before"
    if state in PENDING:
        return _awaited(view)
    if state == "declined":
        return "no" if answer == "no" else "declined"
    if state == "withdrawn":
        return "withdrawn_own" if answer == "withdrawn" else "withdrawn"
    return "superseded" if state == "superseded" else "expired"


def _awaited(view: Mapping[str, Any]) -> str | None:
    if view["part"] == "informed":
        return "informed"
    if view["answer"] == "yes":
        return "waiting"
    return None if view["can_answer"] else "too_late"


def kind_of(standing_: str | None) -> str:
    """The kind of message that a standing is told in."""
    if standing_ in ("granted", "waiting"):
        return "success"
    return "info" if standing_ in ("informed", "granted_before", "no", "declined") else "warning"

"""The meeting settings of a municipality: built-in first version, and how overrides are laid over it.

Stored settings are partial. What applies to an institution is, from the weakest to the strongest:
the built-in values, the built-in values for its kind, the municipality's, the municipality's for its
kind, the institution's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from services.meetings.domain.calendar import Hours, length_of

KINDS = ("dagpleje", "vuggestue", "boernehave", "school", "health_visiting")

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def _week(until: str, friday: str, opens: str = "08:00") -> dict[str, list[list[str]]]:
    return {day: [[opens, friday if day == "friday" else until]] for day in _DAYS}


BUILT_IN: dict[str, Any] = {
    "hours": _week("16:00", "15:00"),
    "closed_days": [],
    "duration_minutes": 45,
    "notice_days": 3,
    "proposals": 3,
    "staff_wanted": 2,
    "answer_days": 5,
    "accept_lead_hours": 12,
    "invitation": "automatic",
    "grace_minutes": 0,
    "automatic_invitations": 3,
    "place": "institution",
}
"""``notice_days``: the parents' notice before the first proposal. ``accept_lead_hours``: how far ahead
a proposal must lie to be accepted. ``grace_minutes``: how long an automatic invitation waits, so that
a slip of the finger can be revised. ``automatic_invitations``: after so many, staff take over."""

BUILT_IN_BY_KIND: dict[str, dict[str, Any]] = {
    # A childminder is alone with the children in the morning; the leader covers from nine.
    "dagpleje": {"hours": _week("17:00", "15:00", opens="09:00"), "staff_wanted": 1},
    "vuggestue": {"hours": _week("16:30", "15:00")},
    "boernehave": {"hours": _week("16:30", "15:00")},
    "school": {"hours": _week("16:30", "15:00")},
    "health_visiting": {"hours": _week("16:00", "14:00"), "staff_wanted": 1},
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What applies to the meetings of one institution."""

    hours: Hours
    closed_days: frozenset[date]
    duration: timedelta
    notice: timedelta
    proposals: int
    staff_wanted: int
    answer_days: int
    accept_lead: timedelta
    automatic: bool
    grace: timedelta
    automatic_invitations: int
    place: str

    @property
    def length(self) -> int:
        """A meeting's length in half-hours."""
        return length_of(int(self.duration.total_seconds()) // 60)


def effective(
    kind: str | None, municipality: Mapping[str, Any] | None, institution: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The values that apply, as plain data, for an institution of ``kind``."""
    own = dict(municipality or {})
    by_kind = own.pop("kinds", None) or {}
    return {
        **BUILT_IN,
        **BUILT_IN_BY_KIND.get(kind or "", {}),
        **own,
        **(by_kind.get(kind) or {}),
        **(institution or {}),
    }


def read(values: Mapping[str, Any]) -> Settings:
    """Plain data, as stored and as travelling, made into what the rules work with."""
    hours = {
        _DAYS.index(day): tuple(
            (time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in spans
        )
        for day, spans in values["hours"].items()
    }
    return Settings(
        hours=hours,
        closed_days=frozenset(date.fromisoformat(day) for day in values["closed_days"]),
        duration=timedelta(minutes=values["duration_minutes"]),
        notice=timedelta(days=values["notice_days"]),
        proposals=values["proposals"],
        staff_wanted=values["staff_wanted"],
        answer_days=values["answer_days"],
        accept_lead=timedelta(hours=values["accept_lead_hours"]),
        automatic=values["invitation"] == "automatic",
        grace=timedelta(minutes=values["grace_minutes"]),
        automatic_invitations=values["automatic_invitations"],
        place=values["place"],
    )

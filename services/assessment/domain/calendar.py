"""Working days and deadlines in Denmark. Days in, days out; whose "today" it is, the caller decides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from holidays import country_holidays

_PUBLIC = country_holidays("DK")
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class DeadlineRules:
    """How soon parents are invited, the meeting is held, and what was agreed is followed up."""

    invite_working_days: int
    hold_days: int
    follow_up_months: int


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The last days for inviting to the focus meeting and for holding it."""

    invite_by: date
    hold_by: date


def is_working_day(day: date, closed: Collection[str] = ()) -> bool:
    """Monday to Friday, no public holiday, and none of the municipality's own ``closed`` days (MM-DD)."""
    return day.weekday() < _SATURDAY and day not in _PUBLIC and f"{day:%m-%d}" not in closed


def add_working_days(day: date, count: int, closed: Collection[str] = ()) -> date:
    """The ``count``-th working day after ``day``; ``day`` itself for 0."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, closed)
    return day


def deadlines(raised: date, rules: DeadlineRules, closed: Collection[str] = ()) -> Deadlines:
    """Counted from the day on which the concern became known to the municipality.

    Inviting is counted in working days, since it is staff's work; holding in calendar days, since it is
    the child's time. The invitation never has longer than the meeting.
    """
    hold_by = raised + timedelta(days=rules.hold_days)
    invite_by = add_working_days(raised, rules.invite_working_days, closed)
    return Deadlines(min(invite_by, hold_by), hold_by)

"""When a consent is valid, when its signatories are reminded, and when it ends by itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.consent.domain.states import PENDING, State

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def end_of(day: date) -> datetime:
    """The moment at which a day is over in Denmark."""
    return datetime.combine(day + timedelta(days=1), time.min, COPENHAGEN)


def is_valid(state: State, valid_from: date, valid_to: date, today: date) -> bool:
    """Whether the consent opens anything today; both its days belong to it."""
    return state is State.GRANTED and valid_from <= today <= valid_to


def reminders_due(requested_on: date, days: Iterable[int], today: date) -> list[int]:
    """The reminders, by their number of days after the request, whose day has come."""
    return [after for after in sorted(set(days)) if requested_on + timedelta(days=after) <= today]


def is_over(state: State, answer_by: datetime, valid_to: date, now: datetime, today: date) -> str | None:
    """Why the consent ends by itself now: ``unanswered`` or ``validity``; nothing while it does not.

    A request nobody has answered in time ends too: parents shall not be asked for ever.
    """
    if state in PENDING and (now >= answer_by or today > valid_to):
        return "unanswered"
    if state is State.GRANTED and today > valid_to:
        return "validity"
    return None

"""Until when an invitation can be answered, and what the custody holders' answers amount to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum


class Answer(StrEnum):
    """What a custody holder has answered to an invitation."""

    NONE = "none"
    ACCEPTED = "accepted"
    OTHER_TIMES = "other_times"
    DECLINED = "declined"


def answer_by(now: datetime, starts: Sequence[datetime], answer_days: int, lead: timedelta) -> datetime:
    """The moment until which a proposal can be accepted.

    ``answer_days`` after the invitation, but not later than ``lead`` before the last proposal,
    since the institution must know who is coming, and never in the past.
    """
    return max(now, min(now + timedelta(days=answer_days), max(starts) - lead))


def link_until(ends: Sequence[datetime]) -> datetime:
    """The moment until which the link shows what was agreed: the end of the last proposal."""
    return max(ends)


def can_accept(starts_at: datetime, now: datetime, lead: timedelta) -> bool:
    """Whether a proposal can still be accepted: its time is far enough ahead."""
    return starts_at - lead > now


def everybody_declined(answers: Iterable[Answer]) -> bool:
    """Whether nobody is left who may come. No answer is not a no."""
    given = list(answers)
    return bool(given) and all(answer is Answer.DECLINED for answer in given)

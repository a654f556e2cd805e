"""Concerns, invitations, deadlines and settings, as rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.meetings.domain import concerns, settings
from services.meetings.domain.agenda import FOCUS, ROLES
from services.meetings.domain.concerns import Known, Latest, Standing
from services.meetings.domain.deadlines import Deadline, is_breached
from services.meetings.domain.invitations import Answer, answer_by, can_accept, everybody_declined, link_until
from services.meetings.domain.states import State

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LEAD = timedelta(hours=12)
ahead = st.lists(st.timedeltas(timedelta(hours=1), timedelta(days=20)), min_size=1, max_size=3)


def test_a_first_concern_requires_a_meeting() -> None:
    assert concerns.requires_meeting(None, None, "round")


def test_a_revision_after_the_meeting_requires_none_but_a_new_round_does() -> None:
    known, latest = Known(Standing.RAISED, 1), Latest(State.CLOSED, "spring")
    assert not concerns.requires_meeting(known, latest, "spring")
    assert concerns.requires_meeting(known, latest, "autumn")


def test_a_concern_that_comes_back_after_being_settled_or_withheld_requires_a_meeting() -> None:
    latest = Latest(State.CANCELLED, "spring")
    for standing in (Standing.SETTLED, Standing.WITHHELD):
        assert concerns.requires_meeting(Known(standing, 2), latest, "spring")


@given(st.none() | st.integers(0, 9), st.integers(0, 9))
def test_only_a_higher_version_is_news(known: int | None, version: int) -> None:
    assert concerns.is_news(known, version) == (known is None or version > known)


@given(ahead, st.integers(1, 14))
def test_there_is_always_time_to_answer_but_never_past_the_last_proposal(
    offsets: list[timedelta], days: int
) -> None:
    starts = [NOW + offset for offset in offsets]
    until = answer_by(NOW, starts, days, LEAD)
    assert NOW <= until <= NOW + timedelta(days=days)
    assert until == NOW or until <= max(starts) - LEAD
    assert link_until([start + timedelta(minutes=45) for start in starts]) > until


def test_a_proposal_can_be_accepted_until_so_long_before_it() -> None:
    assert can_accept(NOW + LEAD + timedelta(minutes=1), NOW, LEAD)
    assert not can_accept(NOW + LEAD, NOW, LEAD)


@given(st.lists(st.sampled_from(list(Answer)), max_size=4))
def test_one_parent_declining_hides_the_meeting_from_nobody(answers: list[Answer]) -> None:
    if any(answer is not Answer.DECLINED for answer in answers):
        assert not everybody_declined(answers)


def test_a_deadline_is_met_on_its_own_day_and_missed_on_the_next() -> None:
    due = date(2026, 11, 25)
    assert not is_breached(Deadline.INVITE, State.REQUIRED, due, due)
    assert is_breached(Deadline.INVITE, State.REQUIRED, due, due + timedelta(days=1))
    assert not is_breached(Deadline.INVITE, State.INVITED, due, due + timedelta(days=1))
    assert is_breached(Deadline.HOLD, State.CONFIRMED, due, due + timedelta(days=1))
    assert not is_breached(Deadline.HOLD, State.HELD, due, due + timedelta(days=1))


def test_the_institutions_settings_win_over_the_municipalitys_and_these_over_the_built_in() -> None:
    municipality = {"notice_days": 5, "answer_days": 4, "kinds": {"school": {"notice_days": 7}}}
    assert settings.effective("boernehave", municipality, None)["notice_days"] == 5
    assert settings.effective("school", municipality, None)["notice_days"] == 7
    own = settings.effective("school", municipality, {"notice_days": 1})
    assert (own["notice_days"], own["answer_days"]) == (1, 4)
    assert settings.effective("school", None, None)["notice_days"] == 3


def test_the_built_in_settings_of_every_kind_can_be_read() -> None:
    for kind in (*settings.KINDS, None):
        own = settings.read(settings.effective(kind, None, None))
        assert own.length == 2
        assert own.automatic
        assert sum(len(spans) for spans in own.hours.values()) >= 5


def test_the_agenda_asks_what_works_before_what_is_hard_and_speaks_no_colour() -> None:
    codes = [item["code"] for item in FOCUS]
    assert codes.index("parents_view") < codes.index("observations")
    assert codes.index("what_works") < codes.index("observations")
    assert codes[-2:] == ["follow_up", "evaluation"]
    words = " ".join(item["heading"] + item["hint"] for item in FOCUS).lower()
    assert not any(colour in words for colour in ("grøn", "gul", "rød"))
    assert len(ROLES) == 5

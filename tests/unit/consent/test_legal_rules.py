"""The legal rules that are decided by rules alone, each by the number it has in the domain brief."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.consent.domain.authorities import crosses
from services.consent.domain.calendar import is_over, is_valid, reminders_due
from services.consent.domain.exchanges import Basis, Earlier, Refused, check_parts, place
from services.consent.domain.release import Policy, decide
from services.consent.domain.requests import MENDS, missing_parts, wrong_parts
from services.consent.domain.signatories import Adult, ParentsPart, age, signatories
from services.consent.domain.states import Kind, Part, State

TODAY = date(2026, 11, 23)
ADULTS = (Adult("bo", "joint"), Adult("anna", "joint"), Adult("far", "none"))
REASON = "Barnet er flyttet, siden vi talte sammen."


def who(years: int, part: ParentsPart = ParentsPart.INFORMED) -> list[tuple[str, Kind, Part]]:
    born = TODAY.replace(year=TODAY.year - years)
    return [(one.signatory_id, one.kind, one.part) for one in signatories("barn", born, ADULTS, TODAY, part)]


def test_lr_3_both_with_joint_custody_sign_and_one_without_does_not() -> None:
    assert who(4) == [("anna", Kind.GUARDIAN, Part.SIGNS), ("bo", Kind.GUARDIAN, Part.SIGNS)]


def test_lr_3_with_sole_custody_one_signs() -> None:
    found = signatories("barn", None, [Adult("anna", "sole"), Adult("bo", "none")], TODAY, ParentsPart.NONE)
    assert [one.signatory_id for one in found] == ["anna"]


@pytest.mark.parametrize(
    ("part", "parents"),
    [
        (ParentsPart.NONE, []),
        (ParentsPart.INFORMED, [Part.INFORMED] * 2),
        (ParentsPart.REQUIRED, [Part.SIGNS] * 2),
    ],
)
def test_lr_3_from_fifteen_the_young_person_signs_and_the_parents_part_is_a_setting(
    part: ParentsPart, parents: list[Part]
) -> None:
    found = who(15, part)
    assert found[0] == ("barn", Kind.YOUNG, Part.SIGNS)
    assert [each for _, kind, each in found if kind is Kind.GUARDIAN] == parents


def test_lr_4_at_ten_the_child_is_no_party_here() -> None:
    assert all(kind is Kind.GUARDIAN for _, kind, _ in who(10))
    assert all(kind is Kind.GUARDIAN for _, kind, _ in who(14))


@given(st.dates(date(1990, 1, 1), date(2026, 1, 1)), st.dates(date(2026, 1, 1), date(2040, 1, 1)))
def test_nobody_is_a_year_older_before_her_birthday(born: date, on: date) -> None:
    years = age(born, on)
    assert (born.year + years, born.month, born.day) <= (on.year, on.month, on.day)
    assert (born.year + years + 1, born.month, born.day) > (on.year, on.month, on.day)


WHOLE = {
    "purpose": "record_sharing",
    "information": ["wellbeing"],
    "recipients": [{"unit_id": "ppr"}],
    "legal_basis": "fvl_28",
    "valid_to": TODAY,
}


@pytest.mark.parametrize("part", sorted(MENDS))
def test_lr_6_there_is_no_blanket_consent(part: str) -> None:
    assert missing_parts(WHOLE) == {}
    assert missing_parts({**WHOLE, part: None}) == {part: MENDS[part]}
    assert missing_parts({name: value for name, value in WHOLE.items() if name != part}) == {
        part: MENDS[part]
    }


def test_lr_6_validity_is_a_setting_and_has_an_end() -> None:
    recipients = [{"unit_id": "ppr"}, {"unit_id": "skole"}]
    assert wrong_parts("record_sharing", recipients, TODAY + timedelta(days=730), TODAY, 730) == {}
    assert "valid_to" in wrong_parts("record_sharing", recipients, TODAY + timedelta(days=731), TODAY, 730)
    assert "valid_to" in wrong_parts("record_sharing", recipients, TODAY - timedelta(days=1), TODAY, 730)
    assert "recipients" in wrong_parts("transition_release", recipients, TODAY, TODAY, 730)


def test_lr_7_a_third_exchange_is_refused() -> None:
    first = place(Basis.SSD, [], TODAY, "", 365)
    assert first.sequence == 1
    later = TODAY + timedelta(days=30)
    with pytest.raises(Refused) as unexplained:
        place(Basis.SSD, [Earlier(TODAY, 1)], later, " ", 365)
    assert unexplained.value.code == "follow-up-not-explained"
    second = place(Basis.SSD, [Earlier(TODAY, 1)], later, REASON, 365)
    assert (second.first_on, second.sequence) == (TODAY, 2)
    with pytest.raises(Refused) as third:
        place(Basis.SSD, [Earlier(TODAY, 1), Earlier(TODAY, 2)], later, REASON, 365)
    assert third.value.code == "third-exchange"


def test_lr_7_an_exchange_says_why_and_between_whom() -> None:
    with pytest.raises(Refused) as refused:
        check_parts(Basis.SSD, " ", [{"kind": "school"}], for_investigation=False)
    assert set(refused.value.fields) == {"necessity", "parties"}


@given(st.lists(st.integers(0, 900), min_size=1, max_size=12))
def test_lr_7_in_no_course_of_days_does_a_matter_get_a_third(days: list[int]) -> None:
    earlier: list[Earlier] = []
    for day in sorted(days):
        try:
            found = place(Basis.SSD, earlier, TODAY + timedelta(days=day), REASON, 365)
        except Refused:
            continue
        earlier.append(Earlier(found.first_on, found.sequence))
    assert all(
        sorted(one.sequence for one in earlier if one.first_on == first) in ([1], [1, 2])
        for first in {one.first_on for one in earlier}
    )


def test_lr_7b_day_care_and_school_are_two_authorities() -> None:
    assert not crosses(["dagpleje", "boernehave", "health_visiting"])
    assert crosses(["boernehave", "school"])
    assert not crosses(["boernehave", "school"], {"school": "children"})
    with pytest.raises(Refused) as refused:
        check_parts(
            Basis.SSD, REASON, [{"kind": "dagpleje"}, {"kind": "boernehave"}], for_investigation=False
        )
    assert refused.value.code == "same-authority"


def test_lr_8_ssp_prevents_crime_and_never_serves_an_investigation() -> None:
    parties = [{"kind": "school"}, {"kind": "police"}]
    check_parts(Basis.SSP, REASON, parties, for_investigation=False)
    with pytest.raises(Refused) as refused:
        check_parts(Basis.SSP, REASON, parties, for_investigation=True)
    assert refused.value.code == "not-for-investigation"
    with pytest.raises(Refused):
        check_parts(Basis.SSD, REASON, parties, for_investigation=False)
    with pytest.raises(Refused):
        check_parts(Basis.SSP, REASON, [{"kind": "school"}, {"kind": "family"}], for_investigation=False)


@pytest.mark.parametrize(
    ("policy", "facts", "expected"),
    [
        (Policy.NEVER, {"consent": True, "parents_told": True}, (False, "never")),
        (Policy.WRITTEN_CONSENT, {"consent": True}, (True, "consent")),
        (Policy.WRITTEN_CONSENT, {"parents_told": True}, (False, "consent_missing")),
        (Policy.STATUTORY, {}, (True, "statutory")),
        (Policy.STATUTORY, {"receiver": "health_visiting"}, (False, "law_does_not_cover")),
        (Policy.STATUTORY, {"receiver": "health_visiting", "consent": True}, (True, "consent")),
        (Policy.OPT_OUT, {"parents_told": True}, (True, "no_objection")),
        (Policy.OPT_OUT, {"parents_told": True, "objection": True}, (False, "objection")),
        (Policy.OPT_OUT, {}, (False, "parents_not_told")),
    ],
)
def test_lr_9_a_transition_form_follows_the_municipalitys_policy(
    policy: Policy, facts: dict[str, object], expected: tuple[bool, str]
) -> None:
    asked = {
        "sender": "boernehave",
        "receiver": "school",
        "consent": False,
        "objection": False,
        "parents_told": False,
    }
    found = decide(policy, **(asked | facts))  # type: ignore[arg-type]
    assert (found.allowed, found.reason) == expected


def test_a_consent_opens_only_between_its_days_and_only_when_granted() -> None:
    to = TODAY + timedelta(days=3)
    assert is_valid(State.GRANTED, TODAY, to, TODAY)
    assert is_valid(State.GRANTED, TODAY, to, to)
    assert not is_valid(State.GRANTED, TODAY, to, to + timedelta(days=1))
    assert not any(is_valid(state, TODAY, to, TODAY) for state in State if state is not State.GRANTED)


def test_reminders_and_ends_come_on_their_days() -> None:
    from datetime import UTC, datetime

    assert reminders_due(TODAY, [9, 4], TODAY + timedelta(days=3)) == []
    assert reminders_due(TODAY, [9, 4], TODAY + timedelta(days=5)) == [4]
    assert reminders_due(TODAY, [9, 4], TODAY + timedelta(days=9)) == [4, 9]
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert is_over(State.REQUESTED, noon, TODAY, noon, TODAY) == "unanswered"
    assert is_over(State.GRANTED, noon, TODAY, noon, TODAY) is None
    assert is_over(State.GRANTED, noon, TODAY, noon, TODAY + timedelta(days=1)) == "validity"
    assert is_over(State.WITHDRAWN, noon, TODAY, noon, TODAY + timedelta(days=9)) is None

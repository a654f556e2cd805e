"""The registry's rules, with days and people from hypothesis."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from services.registry import domain
from services.registry.domain import Custody

DAYS = st.dates(date(1950, 1, 1), date(2060, 12, 31))
TODAY = date(2026, 11, 21)
CHILD = date(2022, 5, 1)


def relations(*custody: str) -> list[Custody]:
    return [Custody(f"guardian-{index}", one) for index, one in enumerate(custody)]


def test_both_joint_holders_are_told_and_one_without_custody_is_not() -> None:
    assert domain.custody_holders(relations("joint", "none", "joint")) == ["guardian-0", "guardian-2"]


def test_a_sole_holder_is_told_alone() -> None:
    assert domain.custody_holders(relations("none", "sole")) == ["guardian-1"]


@given(st.lists(st.sampled_from(domain.CUSTODY), max_size=6))
def test_custody_is_either_told_to_be_wrong_or_has_somebody_to_tell(custody: list[str]) -> None:
    told = domain.custody_holders(relations(*custody))
    fault = domain.custody_fault(relations(*custody), CHILD, TODAY)
    if fault is None:
        assert told
        assert "sole" not in custody or len(told) == 1
    elif fault == "no_custody_holder":
        assert not told
    else:
        assert fault == "custody_contradiction"
        assert len(told) > 1


def test_an_adult_needs_no_custody_holder_but_an_unborn_child_does() -> None:
    assert domain.custody_fault([], date(2008, 11, 21), TODAY) is None
    assert domain.custody_fault([], date(2008, 11, 22), TODAY) == "no_custody_holder"
    assert domain.custody_fault([], None, TODAY) == "no_custody_holder"


def test_the_young_person_is_written_to_from_her_fifteenth_birthday() -> None:
    assert not domain.has_own_contact(date(2011, 11, 22), TODAY)
    assert domain.has_own_contact(date(2011, 11, 21), TODAY)
    assert not domain.has_own_contact(None, TODAY)


@given(born=DAYS, today=DAYS)
@example(born=date(2012, 2, 29), today=date(2027, 2, 28))
@example(born=date(2012, 2, 29), today=date(2027, 3, 1))
@example(born=date(2009, 2, 28), today=date(2024, 2, 29))
@example(born=date(2009, 3, 1), today=date(2024, 2, 29))
def test_the_query_for_fifteen_year_olds_means_the_same_as_the_rule(born: date, today: date) -> None:
    assert (born <= domain.turned_own_contact(today)) == domain.has_own_contact(born, today)


@given(born=DAYS, days=st.integers(0, 40_000))
def test_age_never_falls_and_turns_on_the_birthday(born: date, days: int) -> None:
    today = born + timedelta(days=days)
    age = domain.age_in_years(born, today)
    assert 0 <= domain.age_in_years(born, today + timedelta(days=1)) - age <= 1
    assert domain.birthday(born, age) <= today < domain.birthday(born, age + 1)


@given(born=DAYS, today=DAYS)
def test_months_are_whole_and_agree_with_years(born: date, today: date) -> None:
    months = domain.age_in_months(born, today)
    assert months >= 0
    if today >= born and (born.month, born.day) != (2, 29):
        assert months // 12 == domain.age_in_years(born, today)


@given(st.text(min_size=1))
def test_a_protected_address_leaves_for_nobody(address: str) -> None:
    assert domain.address_for(address, protected=True) is None
    assert domain.address_for(address, protected=False) == address


def test_contact_is_given_for_those_who_hold_custody_only() -> None:
    assert domain.contact_for("none", "a@b.example", "+4500000000") == (None, None)
    assert domain.contact_for("sole", "a@b.example", None) == ("a@b.example", None)


@given(day=DAYS, before=st.integers(0, 400), after=st.one_of(st.none(), st.integers(0, 400)))
def test_both_days_of_a_period_belong_to_it(day: date, before: int, after: int | None) -> None:
    starts = day - timedelta(days=before)
    ends = None if after is None else day + timedelta(days=after)
    assert domain.is_current(starts, ends, day)
    assert not domain.is_current(starts, ends, starts - timedelta(days=1))
    if ends is not None:
        assert not domain.is_current(starts, ends, ends + timedelta(days=1))


# CPR: the numbers here carry month 81 to 92 and can belong to nobody -----------------------------------


@given(
    day=st.integers(1, 31),
    month=st.integers(1, 12),
    year=st.integers(0, 99),
    serial=st.integers(0, 9999),
    hyphen=st.sampled_from(["-", "", " "]),
)
def test_a_cpr_number_is_taken_whatever_modulus_11_says(
    day: int, month: int, year: int, serial: int, hyphen: str
) -> None:
    text = f"{day:02d}{month + domain.TEST_MONTH}{year:02d}{hyphen}{serial:04d}"
    cpr = domain.parse_cpr(text)
    assert cpr is not None
    assert int(cpr[2:4]) > domain.TEST_MONTH
    assert domain.parse_cpr(domain.format_cpr(cpr)) == cpr
    assert domain.format_cpr(cpr) == f"{text[:6]}-{text[-4:]}"


@given(st.text(max_size=14))
def test_no_text_makes_the_cpr_reader_fail(text: str) -> None:
    cpr = domain.parse_cpr(text)
    assert cpr is None or (len(cpr) == 10 and cpr[:6].isdigit())


def test_replacement_numbers_are_taken_and_nonsense_is_not() -> None:
    assert domain.parse_cpr("618220-12ab") == "61822012AB"
    for nonsense in (
        "",
        "1234",
        "008120-1234",
        "328120-1234",
        "010020-1234",
        "019320-1234",
        "018120-123",
        "x" * 10,
    ):
        assert domain.parse_cpr(nonsense) is None


# What people write -------------------------------------------------------------------------------------


@given(DAYS, st.sampled_from(["-", ".", "/"]))
def test_a_day_is_read_as_iso_and_as_danes_write_it(day: date, mark: str) -> None:
    assert domain.parse_date(day.isoformat()) == day
    assert domain.parse_date(f" {day.day:02d}{mark}{day.month:02d}{mark}{day.year} ") == day
    assert domain.parse_date(f"{day.day}{mark}{day.month}{mark}{day.year}") == day


@given(st.text(max_size=12))
def test_no_text_makes_the_day_reader_fail(text: str) -> None:
    found = domain.parse_date(text)
    assert found is None or found.year >= 1900


def test_days_that_are_none_are_refused() -> None:
    for text in ("", "31-02-2024", "2024-13-01", "24-12-05", "1899-12-31", "2024/12/05", "i morgen"):
        assert domain.parse_date(text) is None


def test_danish_excel_writes_sand_and_falsk() -> None:
    assert domain.parse_yes_no("SAND") is True
    assert domain.parse_yes_no("Nej") is False
    assert domain.parse_yes_no("måske") is None


def test_phone_numbers_become_e164() -> None:
    assert domain.parse_phone("22 33 44 55") == "+4522334455"
    assert domain.parse_phone("0046 70-123 45 67") == "+46701234567"
    assert domain.parse_phone("+45 00 12 34 56") == "+4500123456"
    for wrong in ("", "12345678", "2233445", "ring til mig", "+0123456789"):
        assert domain.parse_phone(wrong) is None


def test_an_e_mail_address_has_one_person_and_one_domain() -> None:
    assert domain.parse_email(" Ida.Holm@Post.EXAMPLE ") == "Ida.Holm@post.example"
    for wrong in ("", "ida", "ida@", "a@b@c.example", "a b@c.example", "a@b.example, c@d.example", "x" * 260):
        assert domain.parse_email(wrong) is None


def test_languages_keep_their_order_once_each() -> None:
    assert domain.parse_languages("So, da so") == ["so", "da"]
    assert domain.parse_languages("dansk") is None


def test_grades_are_zero_to_ten() -> None:
    assert [domain.parse_grade(text) for text in ("0", "3.", "10", "11", "-1", "x", "")] == [
        0,
        3,
        10,
        None,
        None,
        None,
        None,
    ]

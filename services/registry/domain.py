"""The registry's rules: custody, own contact, protected addresses, numbers and dates as people write them.

Pure: no I/O, no clock. Days are passed in by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

CUSTODY = ("sole", "joint", "none")
HOLDING = frozenset({"sole", "joint"})
KINDS = ("dagpleje", "vuggestue", "boernehave", "school", "health_visiting")
ROLES = (
    "pedagogue",
    "childminder",
    "teacher",
    "health_visitor",
    "leader",
    "specialist",
    "administration",
    "operations",
)
UNIT_KINDS = ("group", "institution", "district", "municipality")
SEXES = ("f", "m", "u")

OWN_CONTACT_AGE = 15
ADULT_AGE = 18
_LATEST_GRADE = 10


@dataclass(frozen=True, slots=True)
class Custody:
    """One adult's relation to a child. ``custody`` is sole, joint or none."""

    guardian_id: str
    custody: str
    lives_with: bool = False


def custody_holders(relations: Iterable[Custody]) -> list[str]:
    """Those who must be told and asked: everyone with sole or joint custody, in a stable order."""
    return sorted(relation.guardian_id for relation in relations if relation.custody in HOLDING)


def custody_fault(relations: Iterable[Custody], born: date | None, today: date) -> str | None:
    """Why a child's custody cannot be true, or None.

    A child under 18, born or expected, has somebody who holds custody; nobody holds it beside a
    sole holder (forældreansvarsloven §§ 2 and 6-7).
    """
    relations = list(relations)
    holders = custody_holders(relations)
    if not holders:
        return None if born is not None and age_in_years(born, today) >= ADULT_AGE else "no_custody_holder"
    if len(holders) > 1 and any(relation.custody == "sole" for relation in relations):
        return "custody_contradiction"
    return None


def birthday(born: date, years: int) -> date:
    """The day somebody turns ``years``; who is born on 29 February turns on 1 March."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def age_in_years(born: date, today: date) -> int:
    """Whole years; negative before birth."""
    years = today.year - born.year
    return years if today >= birthday(born, years) else years - 1


def age_in_months(born: date, today: date) -> int:
    """Whole months, as health visitors count; never below zero."""
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return max(months, 0)


def has_own_contact(born: date | None, today: date) -> bool:
    """Whether the young person is written to herself: Digital Post is her own from 15 (LR-14)."""
    return born is not None and today >= birthday(born, OWN_CONTACT_AGE)


def turned_own_contact(today: date) -> date:
    """The latest day of birth of those who have turned 15 by ``today``."""
    year = today.year - OWN_CONTACT_AGE
    try:
        return today.replace(year=year)
    except ValueError:  # 29 February: those born on the 28th are the latest to have turned
        return date(year, 2, 28)


def address_for(address: str | None, protected: bool) -> str | None:
    """The address as it may leave the registry: a protected one never does, for any recipient (LR-13)."""
    return None if protected else address


def contact_for(custody: str, email: str | None, phone: str | None) -> tuple[str | None, str | None]:
    """How staff reach an adult. One without custody is no party: no running contact (U14)."""
    return (email, phone) if custody in HOLDING else (None, None)


def is_current(starts: date, ends: date | None, today: date) -> bool:
    """Whether a period holds today; both its days belong to it."""
    return starts <= today and (ends is None or today <= ends)


# CPR ---------------------------------------------------------------------------------------------

_CPR = re.compile(r"(\d{2})(\d{2})(\d{2})[- ]?([0-9A-Z]{4})")
REPLACEMENT_DAY = 60
"""Replacement numbers for people without a CPR number carry the day of birth plus 60."""
TEST_MONTH = 80
"""Our invented people carry the month plus 80. No calendar has a month 81 to 92, so the number can
belong to nobody: neither CPR (day, month, year) nor a replacement number is ever made that way."""


def parse_cpr(text: str) -> str | None:
    """Ten characters without the hyphen, or None if it is no CPR number.

    Modulus 11 is not asked: since 2007 numbers are given out that break it. Replacement numbers
    (day plus 60, or letters at the end) and our test numbers (month plus 80) are accepted.
    """
    match = _CPR.fullmatch(text.strip().upper())
    if match is None:
        return None
    day, month = int(match[1]), int(match[2])
    day -= REPLACEMENT_DAY if day > REPLACEMENT_DAY else 0
    month -= TEST_MONTH if month > TEST_MONTH else 0
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    return f"{match[1]}{match[2]}{match[3]}{match[4]}"


def format_cpr(cpr: str) -> str:
    """``DDMMYY-SSSS``."""
    return f"{cpr[:6]}-{cpr[6:]}"


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_id(text: str) -> bool:
    """Whether the text is one of our ids: a UUID in canonical form. PostgreSQL refuses others loudly."""
    return _UUID.fullmatch(text) is not None


# What people write in tables -----------------------------------------------------------------------

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DANISH = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})")
_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\"]{2,}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_YES = frozenset({"1", "ja", "j", "true", "sand"})
_NO = frozenset({"0", "nej", "n", "false", "falsk"})
_EARLIEST = date(1900, 1, 1)


def parse_date(text: str) -> date | None:
    """A day written ``2026-11-30``, ``30-11-2026``, ``30.11.2026`` or ``30/11/2026``, else None."""
    text = text.strip()
    try:
        if match := _ISO.fullmatch(text):
            day = date(int(match[1]), int(match[2]), int(match[3]))
        elif match := _DANISH.fullmatch(text):
            day = date(int(match[3]), int(match[2]), int(match[1]))
        else:
            return None
    except ValueError:
        return None
    return day if day >= _EARLIEST else None


def parse_yes_no(text: str) -> bool | None:
    """``ja``/``nej``, ``true``/``false``, ``1``/``0`` and the Danish Excel's ``SAND``/``FALSK``."""
    text = text.strip().lower()
    return True if text in _YES else False if text in _NO else None


def parse_phone(text: str) -> str | None:
    """A phone number in E.164; eight digits are Danish."""
    digits = re.sub(r"[\s().-]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if re.fullmatch(r"[2-9]\d{7}", digits):
        return "+45" + digits
    return digits if re.fullmatch(r"\+[1-9]\d{6,14}", digits) else None


def parse_email(text: str) -> str | None:
    """An e-mail address, its domain in lower case; only its shape is judged."""
    text = text.strip()
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        return None
    local, domain = text.rsplit("@", 1)
    return f"{local}@{domain.lower()}"


def parse_languages(text: str) -> list[str] | None:
    """Language codes (ISO 639) in the order written, the home's first; None if one is no code."""
    codes = [code for code in re.split(r"[\s,|/]+", text.strip().lower()) if code]
    if not all(_LANGUAGE.fullmatch(code) for code in codes):
        return None
    return list(dict.fromkeys(codes))


def parse_grade(text: str) -> int | None:
    """A school grade, 0 to 10; ``3.`` and ``3`` are the same."""
    text = text.strip().removesuffix(".")
    return int(text) if text.isdigit() and len(text) <= 2 and int(text) <= _LATEST_GRADE else None

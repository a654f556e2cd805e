"""The contract of the import: nine files, their columns, and what each column may hold.

docs/import.md tells the same to the people who make the files; a test holds the two together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from services.registry import domain


class Fault(Exception):
    """A field that cannot be taken as it is; ``code`` is one of ``problems.ROW_MENDS``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


Reader = Callable[[str, date], object]


@dataclass(frozen=True, slots=True)
class Column:
    """``read`` gets the trimmed text and today's date; an empty text gives ``empty`` instead."""

    name: str
    read: Reader
    required: bool = False
    longest: int = 200
    empty: object = None


@dataclass(frozen=True, slots=True)
class Table:
    """``key`` names the columns that make a row one of a kind."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _is_hidden(letter: str) -> bool:
    """Control characters and marks that turn the direction of text around: accidents of copying, or worse.

    Joiners are letters' neighbours in Persian and Urdu names, and stay.
    """
    return unicodedata.category(letter) in _HIDDEN and letter not in "\u200c\u200d"


_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def _text(text: str, today: date) -> str:
    """One line of text, its spaces collapsed and its letters composed (an å is one letter)."""
    text = " ".join(text.split())
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable() and any(map(_is_hidden, text)):
        raise Fault("unreadable_characters")
    return text


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _id(text: str, today: date) -> str:
    """An id of the source system. A CPR number is none: ids are shown and told of, CPR numbers never."""
    text = _text(text, today)
    if len(text) == 11 and domain.parse_cpr(text) is not None:
        raise Fault("id_is_cpr")
    return text.lower() if _UUID.fullmatch(text) else text


def _or_fault(parse: Callable[[str], object], code: str) -> Reader:
    def read(text: str, today: date) -> object:
        value = parse(text)
        if value is None:
            raise Fault(code)
        return value

    return read


def _one_of(*codes: str) -> Reader:
    known = frozenset(codes)

    def read(text: str, today: date) -> str:
        code = text.strip().lower()
        if code not in known:
            raise Fault("unknown_code")
        return code

    return read


_day = _or_fault(domain.parse_date, "bad_date")
_FAR = timedelta(days=731)


def _past_day(text: str, today: date) -> object:
    day = _day(text, today)
    if isinstance(day, date) and day > today:
        raise Fault("date_in_future")
    return day


def _near_day(text: str, today: date) -> object:
    """A day that may lie ahead, such as a place from next summer, but not two years ahead."""
    day = _day(text, today)
    if isinstance(day, date) and day > today + _FAR:
        raise Fault("date_implausible")
    return day


def _any_day(text: str, today: date) -> object:
    return _day(text, today)


_yes_no = _or_fault(domain.parse_yes_no, "bad_yes_no")
_cpr = _or_fault(domain.parse_cpr, "bad_cpr")
_email = _or_fault(domain.parse_email, "bad_email")
_phone = _or_fault(domain.parse_phone, "bad_phone")
_grade = _or_fault(domain.parse_grade, "bad_grade")


def _languages(text: str, today: date) -> tuple[str, ...]:
    codes = domain.parse_languages(text)
    if not codes or len(codes) > 10:
        raise Fault("bad_language")
    return tuple(codes)


def _language(text: str, today: date) -> str:
    codes = _languages(text, today)
    if len(codes) != 1:
        raise Fault("bad_language")
    return codes[0]


def _unit(text: str, today: date) -> str:
    return "*" if text.strip() == "*" else _id(text, today)


def _ref(name: str, required: bool = True) -> Column:
    return Column(name, _id, required=required, longest=64)


def _named(name: str, required: bool = True) -> Column:
    return Column(name, _text, required=required, longest=120)


DISTRICTS = Table("districts", (_ref("district_id"), _named("name")), key=("district_id",))
INSTITUTIONS = Table(
    "institutions",
    (
        _ref("institution_id"),
        _named("name"),
        Column("kind", _one_of(*domain.KINDS), required=True, longest=20),
        _ref("district_id", required=False),
        _named("authority_unit", required=False),
    ),
    key=("institution_id",),
)
GROUPS = Table(
    "groups",
    (_ref("group_id"), _ref("institution_id"), _named("name"), Column("grade", _grade, longest=4)),
    key=("group_id",),
)
STAFF = Table(
    "staff",
    (
        _ref("staff_id"),
        _named("first_name"),
        _named("last_name"),
        Column("email", _email, longest=254),
        Column("phone", _phone, longest=30),
    ),
    key=("staff_id",),
)
ASSIGNMENTS = Table(
    "assignments",
    (
        _ref("staff_id"),
        Column("role", _one_of(*domain.ROLES), required=True, longest=20),
        Column("unit_kind", _one_of(*domain.UNIT_KINDS), required=True, longest=20),
        Column("unit_id", _unit, longest=64, empty="*"),
        Column("from", _near_day, required=True, longest=20),
        Column("to", _any_day, longest=20),
    ),
    key=("staff_id", "role", "unit_kind", "unit_id", "from"),
)
GUARDIANS = Table(
    "guardians",
    (
        _ref("guardian_id"),
        Column("cpr", _cpr, longest=12),
        _named("first_name"),
        _named("last_name"),
        Column("language", _language, longest=8, empty="da"),
        Column("interpreter", _yes_no, longest=6, empty=False),
        Column("digital_post_exempt", _yes_no, longest=6, empty=False),
        Column("email", _email, longest=254),
        Column("phone", _phone, longest=30),
        Column("protected_address", _yes_no, longest=6, empty=False),
    ),
    key=("guardian_id",),
)
CHILDREN = Table(
    "children",
    (
        _ref("child_id"),
        Column("cpr", _cpr, longest=12),
        _named("first_name", required=False),
        _named("last_name"),
        Column("born", _past_day, longest=20),
        Column("expected", _near_day, longest=20),
        Column("sex", _one_of(*domain.SEXES), longest=2, empty="u"),
        Column("languages", _languages, longest=60, empty=("da",)),
        Column("protected_address", _yes_no, longest=6, empty=False),
        Column("address", _text, longest=300),
        Column("digital_post_exempt", _yes_no, longest=6, empty=False),
        Column("email", _email, longest=254),
        Column("phone", _phone, longest=30),
    ),
    key=("child_id",),
)
CUSTODY = Table(
    "custody",
    (
        _ref("child_id"),
        _ref("guardian_id"),
        Column("custody", _one_of(*domain.CUSTODY), required=True, longest=10),
        Column("lives_with", _yes_no, longest=6, empty=False),
    ),
    key=("child_id", "guardian_id"),
)
ENROLMENTS = Table(
    "enrolments",
    (
        _ref("child_id"),
        _ref("group_id"),
        Column("from", _near_day, required=True, longest=20),
        Column("to", _any_day, longest=20),
    ),
    key=("child_id", "group_id", "from"),
)

TABLES = (DISTRICTS, INSTITUTIONS, GROUPS, STAFF, ASSIGNMENTS, GUARDIANS, CHILDREN, CUSTODY, ENROLMENTS)
"""In the order in which they rest on each other."""

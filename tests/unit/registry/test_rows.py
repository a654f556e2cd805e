"""Cells to values: every fault that a row can have by itself has a code, a field and a mend."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.registry.importing import contract
from services.registry.importing.problems import ROW_MENDS
from services.registry.importing.reader import Row
from services.registry.importing.rows import Clean, Reject, clean, organisation_id

TODAY = date(2026, 11, 21)
CHILD = {
    "child_id": "B1",
    "cpr": "018120-1234",
    "first_name": "Ida",
    "last_name": "Holm",
    "born": "2020-05-01",
    "sex": "f",
    "languages": "da so",
    "address": "Digevej 1",
}
GROUP = {"group_id": "G1", "institution_id": "I1", "name": "Blå stue"}
ASSIGNMENT = {"staff_id": "M1", "role": "leader", "unit_kind": "group", "unit_id": "G1", "from": "2026-01-01"}


def judge(table: contract.Table, row: dict[str, str]) -> Clean | list[Reject]:
    return clean(table, Row(7, [row.get(name, "") for name in table.names]), TODAY)


def faults(table: contract.Table, row: dict[str, str]) -> list[tuple[str, str]]:
    found = judge(table, row)
    assert isinstance(found, list), "the row was taken"
    assert all(one.line == 7 and one.file == table.file and one.code in ROW_MENDS for one in found)
    return [(one.field, one.code) for one in found]


def values(table: contract.Table, row: dict[str, str]) -> dict[str, Any]:
    found = judge(table, row)
    assert isinstance(found, Clean), found
    return found.values


def test_a_good_row_becomes_values() -> None:
    found = values(
        contract.CHILDREN, {**CHILD, "born": "01.05.2020", "first_name": " Ida   Marie ", "phone": ""}
    )
    assert found["born"] == date(2020, 5, 1)
    assert found["first_name"] == "Ida Marie"
    assert found["languages"] == ("da", "so")
    assert found["phone"] is None
    assert found["protected_address"] is False


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"child_id": ""}, "child_id", "required"),
        ({"last_name": ""}, "last_name", "required"),
        ({"first_name": ""}, "first_name", "required"),
        ({"first_name": "x" * 1_000_000}, "first_name", "field_too_long"),
        ({"last_name": "Ho\x07lm"}, "last_name", "unreadable_characters"),
        ({"last_name": "Ho\u202elm"}, "last_name", "unreadable_characters"),
        ({"born": "1/13-2020"}, "born", "bad_date"),
        ({"born": "2026-11-22"}, "born", "date_in_future"),
        ({"born": ""}, "born", "born_or_expected"),
        ({"expected": "2026-12-24"}, "born", "born_or_expected"),
        ({"born": "", "expected": "2036-12-24"}, "expected", "date_implausible"),
        ({"sex": "x"}, "sex", "unknown_code"),
        ({"protected_address": "måske"}, "protected_address", "bad_yes_no"),
        ({"cpr": "12345"}, "cpr", "bad_cpr"),
        ({"email": "ida"}, "email", "bad_email"),
        ({"phone": "12"}, "phone", "bad_phone"),
        ({"languages": "dansk"}, "languages", "bad_language"),
        ({"child_id": "018120-1234"}, "child_id", "id_is_cpr"),
        ({"child_id": "0181201234"}, "child_id", "id_is_cpr"),
        ({"child_id": "0105209999", "cpr": ""}, "child_id", "id_is_cpr"),
    ],
)
def test_each_fault_of_a_child_is_named(change: dict[str, str], field: str, code: str) -> None:
    assert faults(contract.CHILDREN, {**CHILD, **change}) == [(field, code)]


def test_every_bad_field_of_a_row_is_told_at_once() -> None:
    found = faults(contract.CHILDREN, {**CHILD, "born": "x", "email": "x", "sex": "x"})
    assert found == [("born", "bad_date"), ("sex", "unknown_code"), ("email", "bad_email")]


@pytest.mark.parametrize(
    ("table", "row", "field", "code"),
    [
        (contract.GROUPS, {**GROUP, "grade": "11"}, "grade", "bad_grade"),
        (contract.INSTITUTIONS, {"institution_id": "I", "name": "x", "kind": "sfo"}, "kind", "unknown_code"),
        (contract.ASSIGNMENTS, {**ASSIGNMENT, "to": "2025-12-31"}, "to", "ended_before_start"),
        (contract.ASSIGNMENTS, {**ASSIGNMENT, "unit_id": ""}, "unit_id", "bad_unit"),
        (contract.ASSIGNMENTS, {**ASSIGNMENT, "unit_kind": "municipality"}, "unit_id", "bad_unit"),
        (contract.ASSIGNMENTS, {**ASSIGNMENT, "role": "boss"}, "role", "unknown_code"),
        (
            contract.ENROLMENTS,
            {"child_id": "B", "group_id": "G", "from": "2030-01-01"},
            "from",
            "date_implausible",
        ),
        (
            contract.CUSTODY,
            {"child_id": "B", "guardian_id": "F", "custody": "delt"},
            "custody",
            "unknown_code",
        ),
    ],
)
def test_each_fault_of_other_rows_is_named(
    table: contract.Table, row: dict[str, str], field: str, code: str
) -> None:
    assert faults(table, row) == [(field, code)]


def test_ten_digits_that_are_no_birthday_of_this_child_may_be_an_id() -> None:
    assert values(contract.CHILDREN, {**CHILD, "child_id": "1000012345"})["child_id"] == "1000012345"


def test_persian_names_keep_their_joiners() -> None:
    assert values(contract.CHILDREN, {**CHILD, "first_name": "علی\u200cرضا"})["first_name"] == "علی\u200cرضا"


def test_a_decomposed_letter_is_the_same_letter() -> None:
    assert values(contract.GROUPS, {**GROUP, "name": "Bla\u030a stue"})["name"] == "Blå stue"


def test_a_unit_that_comes_with_a_uuid_keeps_it_whatever_its_case() -> None:
    uuid = "6D1C7A52-58C5-4D0E-9F5B-0D2A3C9B7E41"
    kept = values(contract.GROUPS, {**GROUP, "group_id": uuid})["group_id"]
    assert organisation_id("groups", kept) == uuid.lower()
    assert organisation_id("groups", "G1") == organisation_id("groups", "G1")
    assert organisation_id("groups", "G1") != organisation_id("staff", "G1")


def test_every_code_a_column_can_raise_has_a_mend_without_a_placeholder() -> None:
    assert all("{" not in mend and mend.endswith(".") for mend in ROW_MENDS.values())

"""A small invented town as CSV files, whose rows a test may change before it is imported."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from services.registry.importing.contract import TABLES
from services.registry.importing.rows import Reject
from services.registry.importing.run import run_import
from services.registry.importing.writing import Outcome
from services.registry.secrets import Vault

TODAY = date(2026, 11, 21)
VAULT = Vault("a key of the tests and of nobody else")
Row = dict[str, str]


class Town:
    """Nine tables, keyed by file name without its ending. ``write`` makes the folder of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.districts = [{"district_id": "D1", "name": "Nord"}]
        self.institutions = [
            {"institution_id": "I1", "name": "Spirehuset", "kind": "boernehave", "district_id": "D1"},
            {"institution_id": "I2", "name": "Åskolen", "kind": "school", "district_id": "D1"},
            housed("I3", "D1", "health_visiting"),
        ]
        self.groups = [
            {"group_id": "G1", "institution_id": "I1", "name": "Blå stue"},
            {"group_id": "G2", "institution_id": "I2", "name": "0.A", "grade": "0"},
            {"group_id": "G3", "institution_id": "I3", "name": "Nord 1"},
        ]
        self.staff = [employed(f"M{number}") for number in range(1, 8)]
        self.assignments = [
            assigned("M1", "pedagogue", "group", "G1"),
            assigned("M2", "leader", "institution", "I1"),
            assigned("M3", "teacher", "group", "G2"),
            assigned("M4", "health_visitor", "district", "D1"),
            assigned("M5", "administration", "municipality", "*"),
            assigned("M6", "operations", "municipality", "*"),
            assigned("M7", "specialist", "district", "D1"),
        ]
        self.guardians = [
            adult("F1", language="so", interpreter="ja"),
            adult("F2", digital_post_exempt="ja"),
            adult("F3", cpr="018190-0003"),
        ]
        self.children = [
            child("B1", "2022-05-01", protected_address="ja", cpr="018122-0001", languages="so da"),
            child("B2", "2020-03-01", cpr="018120-0002"),
            child("B3", "2026-06-01"),
        ]
        self.custody = [
            custody("B1", "F1", "joint"),
            custody("B1", "F2", "joint"),
            custody("B2", "F1", "joint"),
            custody("B2", "F2", "joint"),
            custody("B3", "F3", "sole"),
        ]
        self.enrolments = [
            enrolled("B1", "G1", "2025-03-01"),
            enrolled("B2", "G2", "2026-08-01"),
            enrolled("B3", "G3", "2026-06-01"),
        ]

    def rows(self, name: str) -> list[Row]:
        found: list[Row] = getattr(self, name)
        return found

    def write(self, *only: str) -> Path:
        """Writes all files, or only those named, and takes away what was there before."""
        self.folder.mkdir(exist_ok=True)
        for old in self.folder.glob("*.csv"):
            old.unlink()
        for table in TABLES:
            if not only or table.name in only:
                with (self.folder / table.file).open("w", encoding="utf-8-sig", newline="") as stream:
                    writer = csv.DictWriter(stream, table.names, restval="", delimiter=";")
                    writer.writeheader()
                    writer.writerows(self.rows(table.name))
        return self.folder

    def grow(self, children: int) -> None:
        """More children like B1, so that the end of one is not a tenth of all."""
        for number in range(10, 10 + children):
            self.children.append(child(f"B{number}", "2022-01-01"))
            self.custody.append(custody(f"B{number}", "F3", "sole"))
            self.enrolments.append(enrolled(f"B{number}", "G1", "2025-01-01"))


def housed(source_id: str, district: str, kind: str = "school") -> Row:
    return {"institution_id": source_id, "name": f"Hus {source_id}", "kind": kind, "district_id": district}


def grouped(source_id: str, institution: str, **more: str) -> Row:
    return {"group_id": source_id, "institution_id": institution, "name": f"Stue {source_id}", **more}


def employed(source_id: str) -> Row:
    email = f"{source_id.lower()}@kommune.example"
    return {"staff_id": source_id, "first_name": "Gry", "last_name": f"Lund{source_id}", "email": email}


def assigned(staff: str, role: str, unit_kind: str, unit: str, first: str = "2024-01-01") -> Row:
    return {"staff_id": staff, "role": role, "unit_kind": unit_kind, "unit_id": unit, "from": first}


def adult(source_id: str, **more: str) -> Row:
    named = {"first_name": "Asha", "last_name": "Vinther", "email": f"{source_id.lower()}@post.example"}
    return {"guardian_id": source_id, **named, "phone": "+4500112233", **more}


def child(source_id: str, born: str, **more: str) -> Row:
    named = {"first_name": f"Liv{source_id}", "last_name": "Vinther", "address": "Digevej 1, 9999 Mønsterby"}
    return {"child_id": source_id, "born": born, **named, **more}


def custody(child_id: str, guardian: str, kind: str) -> Row:
    return {"child_id": child_id, "guardian_id": guardian, "custody": kind, "lives_with": "ja"}


def enrolled(child_id: str, group: str, first: str, to: str = "") -> Row:
    return {"child_id": child_id, "group_id": group, "from": first, "to": to}


class Imported:
    """What an import did and what it rejected."""

    def __init__(self, outcome: Outcome, rejects: list[Reject]) -> None:
        self.outcome, self.rejects = outcome, rejects

    @property
    def codes(self) -> list[tuple[str, int, str, str]]:
        return [(one.file, one.line, one.field, one.code) for one in self.rejects]


def bring_in(database: Any, folder: Path, today: date = TODAY, **options: Any) -> Imported:
    """Imports a folder; a full set that may shrink, unless told otherwise."""
    rejects: list[Reject] = []
    options = {"full": True, "allow_shrink": True, **options}
    outcome = run_import(database, VAULT, folder, today=today, reject=rejects.append, **options)
    return Imported(outcome, rejects)


def without(rows: Iterable[Row], **match: str) -> list[Row]:
    """The rows but those that match."""
    return [row for row in rows if any(row.get(name) != value for name, value in match.items())]

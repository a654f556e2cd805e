"""From cells to clean values, or the fault of each field."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.registry.importing.contract import Fault, Table
from services.registry.importing.reader import Row, Rows


@dataclass(frozen=True, slots=True)
class Reject:
    """One thing wrong in one row. It names where and what, never the value."""

    file: str
    line: int
    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Clean:
    """A row every field of which is good by itself."""

    line: int
    values: dict[str, Any]


def clean(table: Table, row: Row, today: date) -> Clean | list[Reject]:
    """The row's values by column name, or its faults, one for each bad field."""
    if row.fault is not None:
        return [Reject(table.file, row.line, "", row.fault)]
    values: dict[str, Any] = {}
    faults: list[Reject] = []
    for column, cell in zip(table.columns, row.cells, strict=True):
        try:
            values[column.name] = _field(column, cell, today)
        except Fault as fault:
            faults.append(Reject(table.file, row.line, column.name, fault.code))
    if not faults:
        faults = [Reject(table.file, row.line, field, code) for field, code in _together(table.name, values)]
    return faults or Clean(row.line, values)


def _field(column: Any, cell: str, today: date) -> Any:
    text = cell.strip()
    if len(text) > column.longest:
        raise Fault("field_too_long")
    if not text:
        if column.required:
            raise Fault("required")
        return column.empty
    value = column.read(text, today)
    if column.required and value == "":
        raise Fault("required")
    return value


def _together(table: str, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What can only be judged across the fields of a row."""
    if values.get("to") is not None and values["to"] < values["from"]:
        yield "to", "ended_before_start"
    if table in ("children", "guardians") and _is_cpr(values):
        yield f"{'child' if table == 'children' else 'guardian'}_id", "id_is_cpr"
    if table == "children":
        if (values["born"] is None) == (values["expected"] is None):
            yield "born", "born_or_expected"
        elif values["born"] is not None and not values["first_name"]:
            yield "first_name", "required"
    if table == "assignments" and (values["unit_kind"] == "municipality") != (values["unit_id"] == "*"):
        yield "unit_id", "bad_unit"


def _is_cpr(values: dict[str, Any]) -> bool:
    """Whether the id is the person's CPR number. Ten digits alone may be an honest serial number, so
    they are held against the row's own CPR number and day of birth."""
    source_id: str = values["child_id"] if "child_id" in values else values["guardian_id"]
    born = values.get("born")
    return source_id == values["cpr"] or bool(
        born and len(source_id) == 10 and source_id.isdigit() and source_id.startswith(f"{born:%d%m%y}")
    )


def key_of(table: Table, values: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(values[name] for name in table.key)


def raw_key(table: Table, row: Row, today: date) -> tuple[Any, ...] | None:
    """The key of a row whatever else is wrong with it, or None if the key itself cannot be read.

    A bad row is still in the set: its child is neither changed nor taken for gone.
    """
    if row.fault is not None:
        return None
    cells = dict(zip(table.names, row.cells, strict=True))
    columns = {column.name: column for column in table.columns}
    try:
        return tuple(_field(columns[name], cells[name], today) for name in table.key)
    except Fault:
        return None


class Source:
    """One table's file, read as often as needed: first surveyed, then imported."""

    def __init__(self, rows: Rows, today: date) -> None:
        self.rows, self.today = rows, today
        self.table = rows.shape.table

    def __iter__(self) -> Iterator[tuple[Row, Clean | list[Reject]]]:
        for row in self.rows:
            yield row, clean(self.table, row, self.today)


_NAMESPACE = uuid.UUID("6d1c7a52-58c5-5d0e-9f5b-0d2a3c9b7e41")


def organisation_id(kind: str, source_id: str) -> str:
    """The UUID of a district, institution, group or member of staff.

    A source that gives UUIDs (OS2mo, the sign-in's organisation units) is taken at its word, so
    that grants and units are the same everywhere; other ids are made into one, always the same.
    """
    try:
        return str(uuid.UUID(source_id)) if len(source_id) == 36 else _named_id(kind, source_id)
    except ValueError:
        return _named_id(kind, source_id)


def _named_id(kind: str, source_id: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{kind}:{source_id}"))

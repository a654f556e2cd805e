"""The whole set before anything is written.

Every file is read once: is it of the agreed shape, what are its keys, which rows are bad by
themselves. The organisation and the relations are kept (ids and codes only, no person); the rows of
children and adults are read again, in batches, when they are written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from services.registry.importing import contract
from services.registry.importing.contract import TABLES, Table
from services.registry.importing.reader import Refused, Rows, Shape, shape_of
from services.registry.importing.rows import Clean, Reject, Source, key_of, raw_key

REJECTS = "rejects.csv"
Advance = Callable[[int], object]


@dataclass(slots=True)
class Survey:
    """What a set holds. Keys are tuples of the table's key columns.

    ``present`` has every key that could be read, also of bad rows: what is present is never taken
    for gone. ``blind`` names the tables with a row whose key could not be read; nothing there can be
    known to be gone. ``bad`` has the keys of bad rows, ``skip`` the lines to leave out.
    """

    today: date
    full: bool
    shapes: dict[str, Shape] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    present: dict[str, set[tuple[Any, ...]]] = field(default_factory=dict)
    bad: dict[str, set[tuple[Any, ...]]] = field(default_factory=dict)
    skip: dict[str, set[int]] = field(default_factory=dict)
    blind: set[str] = field(default_factory=set)
    kept: dict[str, list[Clean]] = field(default_factory=dict)
    custody: dict[str, list[Clean]] = field(default_factory=dict)
    enrolments: dict[str, list[Clean]] = field(default_factory=dict)
    unsure: dict[str, set[str]] = field(default_factory=dict)
    reject: Callable[[Reject], object] = field(default=lambda reject: None)

    def refuse_row(self, reject: Reject) -> None:
        """Reports a row that turns out bad only beside the others or the database."""
        name = reject.file.removesuffix(".csv")
        self.rejected[name] = self.rejected.get(name, 0) + 1
        self.reject(reject)

    def source(self, name: str) -> Source | None:
        """A table's rows once more, or None if the set does not have the file."""
        shape = self.shapes.get(name)
        return None if shape is None else Source(Rows(shape), self.today)

    def has(self, name: str) -> bool:
        return name in self.shapes


def shapes(folder: Path, full: bool) -> dict[str, Shape]:
    """The shape of every file of the set, or :class:`Refused` for the first that is wrong."""
    if not folder.is_dir():
        raise Refused("folder_missing", folder.name)
    known = {table.file: table for table in TABLES}
    found = sorted(
        path for path in folder.iterdir() if path.suffix.lower() == ".csv" and path.name != REJECTS
    )
    for path in found:
        if path.name not in known:
            raise Refused("file_unknown", path.name)
    if not found:
        raise Refused("nothing_to_import", folder.name)
    if full:
        missing = [table.file for table in TABLES if not (folder / table.file).exists()]
        if missing:
            raise Refused("file_missing", missing[0])
    by_file = {path.name: path for path in found}
    return {table.name: shape_of(by_file[table.file], table) for table in TABLES if table.file in by_file}


def survey(
    set_shapes: dict[str, Shape],
    *,
    full: bool,
    today: date,
    reject: Callable[[Reject], object],
    advance: Advance,
) -> Survey:
    """Reads every file of the set once and reports the rows that are bad by themselves."""
    result = Survey(today, full, shapes=set_shapes, reject=reject)
    for shape in set_shapes.values():
        _read(result, shape, advance)
    return result


_KEPT = {contract.CUSTODY.name: "custody", contract.ENROLMENTS.name: "enrolments"}
_STREAMED = {contract.CHILDREN.name, contract.GUARDIANS.name}


def _read(result: Survey, shape: Shape, advance: Advance) -> None:
    table, name = shape.table, shape.table.name
    present = result.present[name] = set()
    bad = result.bad[name] = set()
    skip = result.skip[name] = set()
    kept = result.kept[name] = []
    relations = getattr(result, _KEPT[name]) if name in _KEPT else None
    unsure = result.unsure[name] = set()
    source = Source(Rows(shape), result.today)
    read = seen = 0
    for row, outcome in source:
        read += 1
        if read % 200 == 0:
            advance(source.rows.read - seen)
            seen = source.rows.read
        if isinstance(outcome, list):
            result.rejected[name] = result.rejected.get(name, 0) + 1
            for fault in outcome:
                result.reject(fault)
            key = raw_key(table, row, result.today)
            if key is None:
                result.blind.add(name)
            elif key not in present:
                bad.add(key)
                present.add(key)
            if relations is not None:
                _mark_unsure(result, table, row, unsure)
            continue
        key = key_of(table, outcome.values)
        if key in present and key not in bad:
            skip.add(outcome.line)
            result.refuse_row(Reject(table.file, outcome.line, table.key[0], "duplicate_id"))
            continue
        present.add(key)
        bad.discard(key)  # a mended row after the bad one counts
        if relations is not None:
            relations.setdefault(outcome.values["child_id"], []).append(outcome)
        elif name not in _STREAMED:
            kept.append(outcome)
    result.read[name] = read
    advance(source.rows.shape.size - seen)


def _mark_unsure(result: Survey, table: Table, row: Any, unsure: set[str]) -> None:
    """A child one of whose rows is bad: what else the file does not say of her is not taken for gone."""
    child = raw_key(Table(table.name, table.columns, ("child_id",)), row, result.today)
    if child is not None:
        unsure.add(child[0])

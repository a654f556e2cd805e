"""The files of an invented municipality, a district at a time."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from services.registry.importing.contract import TABLES
from services.registry.synth import names
from services.registry.synth.families import Families
from services.registry.synth.plan import DISTRICT_SIZE, Numbers, Planner, municipal_staff, split_exactly

MOST_CHILDREN = 2_000_000
_UNBORN = 0.003


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows each file got."""

    rows: dict[str, int]


def write_municipality(
    folder: Path,
    *,
    children: int,
    seed: int,
    today: date,
    oldest_grade: int = 4,
    advance: Callable[[int], object] = lambda steps: None,
) -> Written:
    """Writes the nine files. The same children, seed, today and grade give the same bytes everywhere."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = {table.name: 0 for table in TABLES}
    with ExitStack() as stack:
        writers: dict[str, Any] = {}
        for table in TABLES:
            stream = stack.enter_context((folder / table.file).open("w", encoding="utf-8", newline=""))
            writers[table.name] = csv.writer(stream, delimiter=";", lineterminator="\r\n")
            writers[table.name].writerow(table.names)

        def write(name: str, rows: Iterable[Any]) -> None:
            rows = list(rows)
            writers[name].writerows(rows)
            counts[name] += len(rows)

        _fill(write, children, seed, today, oldest_grade, advance)
    return Written(counts)


def _fill(
    write: Callable[[str, Iterable[Any]], None],
    children: int,
    seed: int,
    today: date,
    oldest_grade: int,
    advance: Callable[[int], object],
) -> None:
    numbers = Numbers()
    planner, families = Planner(numbers, today, oldest_grade), Families(numbers, today)
    for row, role in municipal_staff(Random(f"{seed}:municipality"), numbers):  # noqa: S311 - invented data
        write("staff", [row])
        write("assignments", [(row[0], role, "municipality", "*", f"{today.year - 3}-01-01", "")])
    sizes = split_exactly(children, max(1, round(children / DISTRICT_SIZE)))
    for index, size in enumerate(sizes):
        random = Random(f"{seed}:{index}")  # noqa: S311 - a repeatable draw is the point
        source_id, name = numbers.next("D"), district_name(index)
        unborn = int(size * _UNBORN)
        plan = planner.district(random, source_id, name, size - unborn)
        write("districts", [(source_id, name)])
        for table in ("institutions", "groups", "staff", "assignments"):
            write(table, getattr(plan, table))
        batch = list(families.of(random, plan, unborn))
        for table in ("guardians", "children", "custody", "enrolments"):
            write(table, (row for family in batch for row in getattr(family, table)))
        advance(size)


def district_name(index: int) -> str:
    """A name of its own for every district, however many there are."""
    name = names.DISTRICTS[index % len(names.DISTRICTS)]
    round_ = index // len(names.DISTRICTS)
    return name if round_ == 0 else f"{name} {round_ + 1}"

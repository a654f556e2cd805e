"""Invented parents to sign in as, from the files of the invented municipality that was imported.

Read from the files and not from the registry, which gives no number to anybody: the numbers here are of
months that no calendar has, and where a real register was imported there are no such files.
"""

from __future__ import annotations

import csv
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEVEL = "urn:trivsel:demo:substantial"


@dataclass(frozen=True)
class Family:
    """A child's name and the adults who can be chosen with her: source id, name."""

    child: str
    adults: tuple[tuple[str, str], ...]


class Parents:
    """The parents of the files in a folder. A folder without files has none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._read_at = 0.0
        self._lock = threading.Lock()
        self._claims: dict[str, dict[str, Any]] = {}
        self._places: dict[str, str] = {}
        self._families: dict[str, list[Family]] = {}

    def places(self) -> list[tuple[str, str]]:
        """Institutions: source id and name, by name."""
        self._refresh()
        return sorted(self._places.items(), key=lambda one: one[1])

    def families(self, place: str) -> list[Family]:
        """The families of an institution, by the child's name."""
        self._refresh()
        return self._families.get(place, [])

    def claims(self, guardian: str) -> dict[str, Any] | None:
        """What the provider says of a parent; None of one who is not there."""
        self._refresh()
        return self._claims.get(guardian)

    def _refresh(self) -> None:
        """Reads the files when they are there and newer than what was read."""
        newest = self._folder / "enrolments.csv" if self._folder else None
        with self._lock:
            if newest is None or not newest.exists() or newest.stat().st_mtime == self._read_at:
                return
            self._read_at = newest.stat().st_mtime
            self._read()

    def _read(self) -> None:
        names = {row["child_id"]: _name(row) for row in self._rows("children")}
        adults = {row["guardian_id"]: row for row in self._rows("guardians")}
        self._claims = {
            id_: {
                "sub": f"demo-parent-{id_}",
                "name": _name(row),
                "acr": LEVEL,
                **({"cpr": row["cpr"]} if row["cpr"] else {}),
            }
            for id_, row in adults.items()
        }
        of: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for row in self._rows("custody"):
            of[row["child_id"]].append((row["guardian_id"], _name(adults[row["guardian_id"]])))
        house_of = {row["group_id"]: row["institution_id"] for row in self._rows("groups")}
        children: dict[str, set[str]] = defaultdict(set)
        for row in self._rows("enrolments"):
            children[house_of[row["group_id"]]].add(row["child_id"])
        self._places = {row["institution_id"]: row["name"] for row in self._rows("institutions")}
        self._families = {
            place: sorted((Family(names[id_], tuple(of[id_])) for id_ in ids), key=lambda one: one.child)
            for place, ids in children.items()
        }

    def _rows(self, table: str) -> Iterator[dict[str, str]]:
        assert self._folder is not None
        with (self._folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as stream:
            yield from csv.DictReader(stream, delimiter=";")


def _name(row: dict[str, str]) -> str:
    return f"{row['first_name']} {row['last_name']}".strip()

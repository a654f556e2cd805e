"""The numbers of the leader's overview as a page shows them: rows, bars and sums that undo no suppression.

What the service did not tell is never worked out here: a sum over something hidden is hidden, a bar draws
what is known and leaves the rest in one hatched piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

POSITIONS = ("green", "yellow", "red")
COVERED = ("total", "assessed", "overdue", "absent", "exempt")


@dataclass(frozen=True)
class Piece:
    """A part of a bar in percent of its length: `green`, `yellow`, `red`, `hidden` or `done`."""

    kind: str
    start: float
    width: float


@dataclass(frozen=True)
class Spread:
    """Children by position. None: too few to tell without telling of somebody."""

    total: int | None
    green: int | None
    yellow: int | None
    red: int | None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Spread:
        return cls(item["total"], item["green"], item["yellow"], item["red"])

    @property
    def suppressed(self) -> bool:
        return None in (self.total, self.green, self.yellow, self.red)

    @property
    def pieces(self) -> list[Piece]:
        """The bar: what is known in its place, what is hidden as one piece; empty where there is nobody."""
        known = {name: getattr(self, name) for name in POSITIONS}
        if self.total is None:
            return [Piece("hidden", 0.0, 100.0)]
        if not self.total:
            return []
        rest = self.total - sum(count for count in known.values() if count is not None)
        counts = [(name, count) for name, count in known.items() if count]
        if self.suppressed and rest > 0:
            counts.append(("hidden", rest))
        found, at = [], 0.0
        for name, count in counts:
            width = 100.0 * count / self.total
            found.append(Piece(name, round(at, 2), round(width, 2)))
            at += width
        return found


NONE = Spread(0, 0, 0, 0)


def add(spreads: Iterable[Spread]) -> Spread:
    """The sum; hidden in each number in which anything is hidden."""
    some = list(spreads)

    def summed(name: str) -> int | None:
        values = [getattr(one, name) for one in some]
        return None if None in values else sum(values)

    return Spread(summed("total"), summed("green"), summed("yellow"), summed("red"))


@dataclass(frozen=True)
class Row:
    """One unit or age: how far it has come, and how its children are spread, when that is told at all."""

    key: str
    name: str
    note: str
    total: int
    assessed: int
    overdue: int
    spread: Spread | None

    @property
    def percent(self) -> int:
        """Rounded down: 100 means that nobody is missing."""
        return 100 * self.assessed // self.total if self.total else 100

    @property
    def pieces(self) -> list[Piece]:
        return [Piece("done", 0.0, float(self.percent))] if self.total and self.percent else []


def rows(
    coverage: Sequence[Mapping[str, Any]],
    distribution: Sequence[Mapping[str, Any]] | None,
    key: str,
    names: Mapping[str, str],
    notes: Mapping[str, str],
) -> list[Row]:
    """Coverage and distribution side by side, by `key`, in the order of their names.

    Several items of one key are added: a leader's groups to her institutions. `distribution` is None where
    positions are not told at this level.
    """
    counted: dict[str, dict[str, int]] = {}
    for item in coverage:
        held = counted.setdefault(item[key], dict.fromkeys(COVERED, 0))
        for name in COVERED:
            held[name] += item[name]
    spread: dict[str, list[Spread]] = {}
    for item in distribution or ():
        spread.setdefault(item[key], []).append(Spread.of(item))
    found = [
        Row(
            one,
            names.get(one, one),
            notes.get(one, ""),
            counts["total"],
            counts["assessed"],
            counts["overdue"],
            None if distribution is None else add(spread[one]) if one in spread else NONE,
        )
        for one, counts in counted.items()
    ]
    return sorted(found, key=lambda row: row.name.casefold())


def whole(some: Sequence[Row], spread: Spread | None) -> Row:
    """All rows as one. Their positions are `spread`, as the service tells it for the whole."""
    return Row(
        "",
        "I alt",
        "",
        sum(row.total for row in some),
        sum(row.assessed for row in some),
        sum(row.overdue for row in some),
        spread,
    )

"""What a run has found, for people and for programs.

``python -m tests.faults.report [FILE]`` writes `.run/faults.json` as the tables of docs/faults.md.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.faults.suite import Record

DOOR = "meetings"
"""The subscriber that shuts a door when a consent is taken back."""


def tables(records: Sequence[Record]) -> list[Table]:
    """The faults, and how long withdrawals of consent took to reach those who act on them."""
    faults = _table("Faults", "Fault", "Database", "Times", "Lost", "Doubled", "Ready again after")
    for one in records:
        cells = (one.name, one.engine, one.times, one.lost, one.doubled, f"{one.recovery_s:.1f} s")
        faults.add_row(*map(str, cells), style=None if one.well else "red")
    rows = withdrawals(records)["by"]
    if not rows:
        return [faults]
    taken = _table(
        "Consents taken back", "While", "Database", "Acted on by", "Times", "Lost", "p50", "Longest"
    )
    for row in rows:
        seconds = (f"{row['p50_s']:.2f} s", f"{row['max_s']:.2f} s")
        taken.add_row(
            row["name"], row["database"], row["subscriber"], str(row["times"]), str(row["lost"]), *seconds
        )
    return [faults, taken]


def results(records: Sequence[Record], seconds: float) -> dict[str, Any]:
    """What `.run/faults.json` holds."""
    return {
        "kills": sum(record.kills for record in records),
        "faults": [_fault(record) for record in records],
        "withdrawals": withdrawals(records),
        "machine": {
            "cores": os.cpu_count(),
            "load": [round(one, 1) for one in os.getloadavg()],
            "python": platform.python_version(),
        },
        "seconds": round(seconds),
    }


def withdrawals(records: Iterable[Record]) -> dict[str, Any]:
    """From a withdrawal's transaction to the one in which a subscriber acted on it; over all, the one that
    shut the door in meetings.
    """
    by, doors, times = [], [], 0
    for record in records:
        if record.withdrawals is None:
            continue
        times += record.withdrawals.times
        doors += record.withdrawals.of(DOOR)
        for subscriber, seconds in sorted(record.withdrawals.seconds.items()):
            by.append(
                {
                    "name": record.name,
                    "database": record.engine,
                    "subscriber": subscriber,
                    "times": record.withdrawals.times,
                    "lost": record.withdrawals.times - len(seconds),
                    **_spread(seconds),
                }
            )
    return {"times": times, "lost": times - len(doors), **_spread(doors), "by": by}


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    if not seconds:
        return {"p50_s": 0.0, "max_s": 0.0}
    return {"p50_s": round(statistics.median(seconds), 3), "max_s": round(max(seconds), 3)}


def _fault(record: Record) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": record.name,
        "database": record.engine,
        "times": record.times,
        "kills": record.kills,
        "ratings": record.ratings,
        "lost": record.lost,
        "doubled": record.doubled,
        "recovery_s": record.recovery_s,
    }
    if record.excuses:
        found["busy_machine"] = [{"recovery_s": took, "unharmed_s": start} for took, start in record.excuses]
    if record.problem:
        found["problem"] = record.problem
    return found


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title)
    for column in columns:
        words = column in ("Fault", "Database", "While", "Acted on by")
        table.add_column(column, justify="left" if words else "right")
    return table


def markdown(found: dict[str, Any]) -> Iterator[str]:
    """The lines of both tables, from what `.run/faults.json` holds."""
    yield "| Fault | Database | Times | Lost | Doubled | Ready again after |"
    yield "|---|---|--:|--:|--:|--:|"
    for one in found["faults"]:
        ready = f"{one['recovery_s']:.1f} s"
        if excuses := one.get("busy_machine"):
            ready += f" (unharmed: {max(each['unharmed_s'] for each in excuses):.1f} s)"
        cells = (one["name"], one["database"], one["times"], one["lost"], one["doubled"], ready)
        yield "| " + " | ".join(map(str, cells)) + " |"
    yield ""
    yield "| Consents taken back: while | Database | Acted on by | Times | Lost | p50 | Longest |"
    yield "|---|---|---|--:|--:|--:|--:|"
    for row in found["withdrawals"]["by"]:
        seconds = (f"{row['p50_s']:.2f} s", f"{row['max_s']:.2f} s")
        names = ("name", "database", "subscriber", "times", "lost")
        yield "| " + " | ".join([*(str(row[name]) for name in names), *seconds]) + " |"


if __name__ == "__main__":
    path = Path(sys.argv[1] if len(sys.argv) > 1 else ".run/faults.json")
    sys.stdout.writelines(f"{line}\n" for line in markdown(json.loads(path.read_text())))

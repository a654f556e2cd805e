"""The full suite: ``python -m tests.faults [--only WORD] [--engine NAME] [--seed N]``; see `make faults`.

Prints a table and writes `.run/faults.json`. Ends with 1 when anything was lost, doubled or not in time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.faults.suite import ENGINES, Record, load_scenarios, stage

CHILDREN = 30_000
RESULTS = Path(os.environ.get("RUN_DIR", ".run")) / "faults.json"


def main() -> int:
    options = _options()
    console = Console()
    records: list[Record] = []
    folder = Path(tempfile.mkdtemp(prefix="trivsel-faults-"))
    started = time.monotonic()
    try:
        with stage(folder, options.seed) as one:
            for engine in options.engine:
                for each in load_scenarios():
                    if options.short and not each.short:
                        continue
                    if engine not in each.engines or options.only.lower() not in each.name.lower():
                        continue
                    with console.status(f"{each.name} ({engine})"):
                        record = one.run(
                            each,
                            engine,
                            short=options.short,
                            children=CHILDREN // (10 if options.short else 1),
                        )
                    records.append(record)
                    mark = "[green]✓[/]" if record.well else "[red]✗[/]"
                    console.print(f"{mark} {record.name} ({engine}), {record.seconds:.0f} s")
                    if record.problem:
                        console.print(record.problem, style="red", markup=False)
    finally:
        if options.keep:
            console.print(f"Logs are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    if not options.short and "cluster".startswith(options.only.lower()):
        from tests.faults.cluster import run_cluster

        for record in run_cluster(options.seed):
            records.append(record)
            console.print(
                f"{'[green]✓[/]' if record.well else '[red]✗[/]'} {record.name}, {record.seconds:.0f} s"
            )
            if record.problem:
                console.print(record.problem, style="red", markup=False)
    console.print(_table(records))
    kills = sum(record.kills for record in records)
    bad = [record for record in records if not record.well]
    console.print(f"{kills} kills, {len(bad)} of {len(records)} not well, {time.monotonic() - started:.0f} s")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(_results(records, kills), indent=2) + "\n")
    return 1 if bad or not records else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description="Break everything on purpose.")
    parser.add_argument("--only", default="", help="scenarios with this word in their name")
    parser.add_argument("--engine", action="append", choices=ENGINES, help="one engine (default: both)")
    parser.add_argument("--seed", type=int, default=1, help="another order of random moments")
    parser.add_argument("--short", action="store_true", help="the short form, as in `make test`")
    parser.add_argument("--keep", action="store_true", help="keep the services' logs")
    options = parser.parse_args()
    options.engine = options.engine or list(ENGINES)
    return options


def _table(records: list[Record]) -> Table:
    table = Table(title="Faults")
    for column in ("Fault", "Database", "Times", "Lost", "Doubled", "Ready again after"):
        table.add_column(column, justify="left" if column in ("Fault", "Database") else "right")
    for record in records:
        cells = (
            record.name,
            record.engine,
            record.times,
            record.lost,
            record.doubled,
            f"{record.recovery_s:.1f} s",
        )
        table.add_row(*map(str, cells), style=None if record.well else "red")
    return table


def _results(records: list[Record], kills: int) -> dict[str, object]:
    faults = [
        {
            "name": record.name,
            "database": record.engine,
            "times": record.times,
            "lost": record.lost,
            "doubled": record.doubled,
            "recovery_s": record.recovery_s,
            **({"problem": record.problem} if record.problem else {}),
        }
        for record in records
    ]
    return {"kills": kills, "faults": faults}


if __name__ == "__main__":
    sys.exit(main())

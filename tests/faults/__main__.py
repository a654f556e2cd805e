"""The full suite: ``python -m tests.faults [--only WORD]... [--engine NAME] [--seed N]``; see `make faults`.

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
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from services.chassis import logs
from tests.faults import report
from tests.faults.cluster import FAULTS as CLUSTER
from tests.faults.cluster import run_cluster
from tests.faults.suite import ENGINES, Record, Scenario, load_scenarios, stage

CHILDREN = 30_000
RESULTS = Path(os.environ.get("RUN_DIR", ".run")) / "faults.json"


def main() -> int:
    options = _options()
    logs.configure("CRITICAL")  # our own client among the services hears of every fault too
    console = Console()
    records: list[Record] = []
    started = time.monotonic()
    planned, every = _planned(options)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    for number, record in enumerate(every, start=1):
        records.append(record)
        mark = "[green]✓[/]" if record.well else "[red]✗[/]"
        minutes, seconds = divmod(int(time.monotonic() - started), 60)
        console.print(
            f"{minutes:3}:{seconds:02} {number:>3}/{planned} {mark} {record.name} ({record.engine}), "
            f"{record.times} times in {record.seconds:.0f} s, ready again after {record.recovery_s:.1f} s",
            soft_wrap=True,
        )
        for took, unharmed in record.excuses:
            console.print(
                f"       busy machine: {took} s, and an unharmed restart took {unharmed} s", soft_wrap=True
            )
        if record.problem:
            console.print(record.problem, style="red", markup=False, soft_wrap=True)
        # After each: a run that is broken off has told what it has found.
        results = report.results(records, time.monotonic() - started)
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    for table in report.tables(records):
        console.print(table)
    bad = [record for record in records if not record.well]
    seconds = time.monotonic() - started
    kills = sum(record.kills for record in records)
    console.print(f"{kills} kills, {len(bad)} of {len(records)} not well, {seconds:.0f} s")
    return 1 if bad or not records else 0


def _planned(options: argparse.Namespace) -> tuple[int, Iterator[Record]]:
    """How many there will be, and each when it has been."""
    words = [word.lower() for word in options.only]

    def wanted(name: str) -> bool:
        return not words or any(word in name.lower() for word in words)

    chosen = [
        (each, engine)
        for engine in options.engine
        for each in load_scenarios()
        if engine in each.engines and wanted(each.name) and (each.short or not options.short)
    ]
    clusters = [] if options.short else [name for name in CLUSTER if wanted(name)]

    def run() -> Iterator[Record]:
        if chosen:
            yield from _staged(chosen, options)
        if clusters:
            yield from run_cluster(clusters, options.seed)

    return len(chosen) + len(clusters), run()


def _staged(chosen: list[tuple[Scenario, str]], options: argparse.Namespace) -> Iterator[Record]:
    folder = Path(tempfile.mkdtemp(prefix="trivsel-faults-"))
    children = CHILDREN // (10 if options.short else 1)
    try:
        with stage(folder, options.seed) as one:
            for each, engine in chosen:
                yield one.run(each, engine, short=options.short, children=children)
    finally:
        if options.keep:
            Console().print(f"Logs are kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description="Break everything on purpose.")
    parser.add_argument(
        "--only", action="append", default=[], help="scenarios with this word in their name (repeatable)"
    )
    parser.add_argument("--engine", action="append", choices=ENGINES, help="one engine (default: both)")
    parser.add_argument("--seed", type=int, default=1, help="another order of random moments")
    parser.add_argument("--short", action="store_true", help="the short form, as in `make test`")
    parser.add_argument("--keep", action="store_true", help="keep the services' logs")
    options = parser.parse_args()
    options.engine = options.engine or list(ENGINES)
    return options


if __name__ == "__main__":
    sys.exit(main())

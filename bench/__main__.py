"""`make bench`: prints the figures and writes them to .run/bench.json. ONLY=chain for one part."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.chain import TARGETS, chain
from bench.latency import latency
from bench.nation import DENMARK, SIZES, nation
from bench.scale import scale
from bench.servers import RESULTS
from bench.web import TARGET_MS, web

PARTS = ("chain", "latency", "scale", "nation", "web")


def main() -> int:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 140)  # a file has no width of its own

    def say(words: str) -> None:
        console.print(f"  {words}", style="dim", markup=False, highlight=False)

    path = RESULTS / "bench.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    for part in options.only or PARTS:
        console.print(f"[bold]{part}[/]")
        if part == "chain":
            figures = chain(say, options.concerns, options.repetitions)
            results["chain"] = {name: round(figure.median, 1) for name, figure in figures.items()}
            table = Table("Side", "Concerns a second", "Lowest", "Highest", "Ours is")
            for name, figure in figures.items():
                share = figures["ours"].median / figure.median
                table.add_row(
                    name,
                    f"{figure.median:,.0f}",
                    f"{figure.low:,.0f}",
                    f"{figure.high:,.0f}",
                    f"{share:.2f} times",
                )
            console.print(table)
            for name, target in TARGETS:
                share = figures["ours"].median / figures[name].median
                console.print(
                    f"{'✓' if share >= target else '✗'} {share:.2f} times {name} (target {target:g})"
                )
        elif part == "latency":
            results["latency_ms"] = latency(say)
            table = Table("Concerns a second", "p50", "p99", "p99.9")
            for rate, found in results["latency_ms"].items():
                table.add_row(rate, *(f"{found[name]:,.0f} ms" for name in ("p50", "p99", "p999")))
            console.print(table)
        elif part == "scale":
            results["scale"] = scale(say)
            table = Table("Replicas", "Concerns a second", "Of what one would give")
            for replicas, speed in results["scale"].items():
                share = speed / (results["scale"]["1"] * int(replicas))
                table.add_row(replicas, f"{speed:,.0f}", f"{share:.0%}")
            console.print(table)
        elif part == "web":
            found_pages = web(say, options.pages_children, options.times)
            results["web"] = [dataclasses.asdict(page) for page in found_pages]
            table = Table("Page", "p50", "p95", "kB", "Opened")
            for page in found_pages:
                mark = "✓" if page.well else "✗"
                size = f"{page.bytes / 1000:.1f}"
                table.add_row(
                    page.name, f"{page.p50:.0f} ms", f"{page.p95:.0f} ms", size, f"{mark} {page.status}"
                )
            console.print(table)
            slow = sum(not page.well for page in found_pages)
            console.print(
                f"{'✗' if slow else '✓'} {slow} of {len(found_pages)} pages over {TARGET_MS:.0f} ms at p95"
            )
        elif part == "nation":
            table = Table(
                "Children",
                "Minutes",
                "Concerns",
                "Lost",
                "Doubled",
                "Verified",
                "Peak MB",
                "Database",
                "Broker",
            )
            for size in [size for size in SIZES if size <= options.children]:
                found = nation(say, size)
                results["nation"] = {**dataclasses.asdict(found), "minutes": round(found.minutes, 2)}
                results.setdefault("nation_by_size", {})[str(size)] = round(found.minutes, 2)
                peaks = ", ".join(f"{name} {peak:.0f}" for name, peak in found.peak_mb.items())
                table.add_row(
                    f"{found.children:,}",
                    f"{found.minutes:.2f}",
                    f"{found.concerns:,}",
                    str(found.lost),
                    str(found.doubled),
                    "yes" if found.verified else "NO",
                    peaks,
                    f"{found.database_mb:,.0f} MB",
                    f"{found.broker_mb:,.0f} MB",
                )
            console.print(table)
        path.write_text(json.dumps(results, indent=2) + "\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", action="append", choices=PARTS, help="one part")
    parser.add_argument("--concerns", type=int, default=3000, help="of one repetition of the chain")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--children", type=int, default=DENMARK, help="the largest of the nation's rounds")
    parser.add_argument("--pages-children", type=int, default=6_500, help="in the round behind the pages")
    parser.add_argument("--times", type=int, default=40, help="each page is opened")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

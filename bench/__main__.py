"""`make bench`: prints the figures and writes them to .run/bench.json. ONLY=chain for one part.

Ends with 1 when a target was missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from rich.console import Console

from bench.chain import chain
from bench.latency import latency
from bench.nation import DENMARK, SIZES, nation
from bench.scale import scale
from bench.servers import RESULTS
from bench.told import Told, of_chain, of_latency, of_nation, of_scale, of_web
from bench.web import web

Say = Callable[[str], None]

PARTS: dict[str, Callable[[Say, argparse.Namespace], Told]] = {
    "chain": lambda say, options: of_chain(chain(say, options.concerns, options.repetitions)),
    "latency": lambda say, options: of_latency(latency(say)),
    "scale": lambda say, options: of_scale(scale(say)),
    "nation": lambda say, options: of_nation(
        [nation(say, size) for size in SIZES if size <= max(options.children, SIZES[0])]
    ),
    "web": lambda say, options: of_web(web(say, options.pages_children, options.times)),
}


def main() -> int:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 140)  # a file has no width of its own

    def say(words: str) -> None:
        console.print(f"  {words}", style="dim", markup=False, highlight=False)

    path = RESULTS / "bench.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    missed = 0
    for part in options.only or PARTS:
        console.print(f"[bold]{part}[/]")
        told = PARTS[part](say, options)
        console.print(told.table)
        for met, words in told.verdicts:
            console.print(f"{'✓' if met else '✗'} {words}", highlight=False)
            missed += not met
        results |= told.results
        path.write_text(json.dumps(results, indent=2) + "\n")
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--only", action="append", choices=[*PARTS], help="one part")
    parser.add_argument("--concerns", type=int, default=3000, help="of one repetition of the chain")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--children", type=int, default=DENMARK, help="the largest of the nation's rounds")
    parser.add_argument("--pages-children", type=int, default=6_500, help="in the round behind the pages")
    parser.add_argument("--times", type=int, default=40, help="each page is opened")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

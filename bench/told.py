"""What is told of each part: a table for people, figures for `.run/bench.json`, and each target with whether
it was met.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from rich.table import Table

from bench.chain import TARGETS
from bench.measure import Figure
from bench.nation import DENMARK, Round
from bench.web import TARGET_MS, Timed

LATENCY_AT, LATENCY_P99_MS = "100", 250.0
SCALE_SHARE = 0.8
NATION_MINUTES = 10.0
NATION_MB = 250.0
IN_PROPORTION = 1.2
"""So much longer a child may take in a round ten times as large."""


@dataclass
class Told:
    """Of one part. A verdict is whether a target was met, and in which words that is said."""

    table: Table
    results: dict[str, Any]
    verdicts: list[tuple[bool, str]] = field(default_factory=list)


def of_chain(figures: Mapping[str, Figure]) -> Told:
    table = Table("Side", "Concerns a second", "Lowest", "Highest", "Ours is")
    ours = figures["ours"].median
    for name, figure in figures.items():
        speeds = (f"{each:,.0f}" for each in (figure.median, figure.low, figure.high))
        table.add_row(name, *speeds, f"{ours / figure.median:.2f} times")
    shares = {name: ours / figures[name].median for name, _ in TARGETS}
    verdicts = [
        (shares[name] >= target, f"{shares[name]:.2f} times {name} (target {target:g})")
        for name, target in TARGETS
    ]
    return Told(table, {"chain": {name: round(one.median, 1) for name, one in figures.items()}}, verdicts)


def of_latency(found: Mapping[str, Mapping[str, float]]) -> Told:
    table = Table("Concerns a second", "p50", "p99", "p99.9")
    for rate, each in found.items():
        table.add_row(rate, *(f"{each[name]:,.0f} ms" for name in ("p50", "p99", "p999")))
    p99 = found[LATENCY_AT]["p99"]
    words = f"p99 {p99:.0f} ms at {LATENCY_AT} a second (target {LATENCY_P99_MS:.0f} ms)"
    return Told(table, {"latency_ms": dict(found)}, [(p99 < LATENCY_P99_MS, words)])


def of_scale(found: Mapping[str, float]) -> Told:
    table = Table("Replicas", "Concerns a second", "Of what one would give")
    shares = {replicas: speed / (found["1"] * int(replicas)) for replicas, speed in found.items()}
    for replicas, speed in found.items():
        table.add_row(replicas, f"{speed:,.0f}", f"{shares[replicas]:.0%}")
    worst = min(shares.values())
    words = f"at the worst {worst:.0%} of in proportion (target {SCALE_SHARE:.0%})"
    return Told(table, {"scale": dict(found)}, [(worst >= SCALE_SHARE, words)])


def of_nation(rounds: Sequence[Round]) -> Told:
    columns = ["Children", "Minutes", "Concerns", "Lost", "Doubled", "Verified"]
    table = Table(*columns, "Peak MB of a process", "Databases", "Broker")
    verdicts = []
    for one in rounds:
        table.add_row(
            f"{one.children:,}",
            f"{one.minutes:.2f}",
            f"{one.concerns:,}",
            str(one.lost),
            str(one.doubled),
            "yes" if one.verified else "NO",
            ", ".join(f"{name} {peak:.0f}" for name, peak in one.peak_mb.items()),
            f"{one.database_mb:,.0f} MB",
            f"{one.broker_mb:,.0f} MB",
        )
        well = one.verified and not one.lost and not one.doubled and max(one.peak_mb.values()) < NATION_MB
        words = f"{one.children:,}: complete, nothing doubled, every service under {NATION_MB:.0f} MB"
        verdicts.append((well, words))
        if one.children == DENMARK:
            words = f"{one.minutes:.2f} minutes (target {NATION_MINUTES:.0f})"
            verdicts.append((one.minutes <= NATION_MINUTES, words))
    for smaller, larger in pairwise(rounds):
        times = (larger.minutes / larger.children) / (smaller.minutes / smaller.children)
        words = f"a child takes {times:.2f} times as long among {larger.children:,} as {smaller.children:,}"
        verdicts.append((times <= IN_PROPORTION, f"{words} (target {IN_PROPORTION:g})"))
    results = {
        "nation": {**dataclasses.asdict(rounds[-1]), "minutes": round(rounds[-1].minutes, 2)},
        "nation_by_size": {str(one.children): round(one.minutes, 2) for one in rounds},
    }
    return Told(table, results, verdicts)


def of_web(pages: Sequence[Timed]) -> Told:
    table = Table("Page", "p50", "p95", "kB", "Opened")
    for page in pages:
        mark = "✓" if page.well else "✗"
        size = f"{page.bytes / 1000:.1f}"
        table.add_row(page.name, f"{page.p50:.0f} ms", f"{page.p95:.0f} ms", size, f"{mark} {page.status}")
    slow = sum(not page.well for page in pages)
    words = f"{slow} of {len(pages)} pages over {TARGET_MS:.0f} ms at p95 (target 0)"
    return Told(table, {"web": [dataclasses.asdict(page) for page in pages]}, [(not slow, words)])

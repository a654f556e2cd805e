"""What the demonstration showed: numbers for programs, a table for people."""

from __future__ import annotations

import json
import math
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from deploy.local.demo.checks import Found
from deploy.local.demo.listening import Heard, Listener
from deploy.local.demo.rating import Rating
from deploy.local.demo.stores import Stores
from services.assessment import models as assessment
from services.assessment.events import ConcernRaised
from services.meetings import models as meetings
from services.notifications import models as notifications

console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)


def result(
    stores: Stores, found: Found, rating: Rating, round_id: str, answered: int, elapsed: float, replicas: int
) -> dict[str, Any]:
    """The numbers, as `.run/demo.json` holds them."""
    joint = assessment.JointRating
    of_round = select(joint.id).where(joint.round_id == round_id)
    waits = sorted(latencies(stores, round_id))
    return {
        "children": rating.children,
        "ratings": stores.count("assessment", of_round),
        "revisions": stores.count("assessment", of_round.where(joint.revision > 1)),
        "concerns": found.concerns,
        "withheld": found.withheld,
        "notices": found.notices,
        "meetings": found.meetings,
        "answers": answered,
        "lost": len(found.lost),
        "doubled": len(found.doubled),
        "leaked": len(found.leaked),
        "latency_ms": {
            "p50": _percentile(waits, 0.5),
            "p99": _percentile(waits, 0.99),
            "max": _percentile(waits, 1.0),
            "measured": len(waits),
        },
        "elapsed_s": round(elapsed, 1),
        "database": stores.engine,
        "replicas": replicas,
    }


def latencies(stores: Stores, round_id: str) -> list[float]:
    """Milliseconds from each concern's first event in the outbox to its meeting and notices, stored."""
    raised = _raised(stores, round_id)
    stored: dict[str, list[datetime]] = defaultdict(list)
    meeting, notice = meetings.Meeting, notifications.Notice
    of_meetings = select(meeting.concern_id, func.min(meeting.created_at)).group_by(meeting.concern_id)
    for concern_id, at in stores.rows("meetings", of_meetings):
        stored[concern_id].append(at)
    of_notices = (
        select(notice.subject_id, func.max(notice.created_at))
        .where(notice.about == "concern")
        .group_by(notice.subject_id)
    )
    for concern_id, at in stores.rows("notifications", of_notices):
        stored[concern_id].append(at)
    return [
        (max(stored[concern_id]) - at).total_seconds() * 1000
        for concern_id, at in raised.items()
        if len(stored[concern_id]) == 2
    ]


def _raised(stores: Stores, round_id: str) -> dict[str, datetime]:
    """When each concern that this round raised for the first time was put in the outbox."""
    outbox = stores.table("assessment", "outbox")
    rows = stores.rows(
        "assessment",
        select(outbox.c.aggregate_id, outbox.c.occurred_at)
        .join(assessment.Concern, assessment.Concern.id == outbox.c.aggregate_id)
        .join(assessment.Round, assessment.Round.id == round_id)
        .where(
            outbox.c.type == ConcernRaised.type,
            outbox.c.aggregate_version == 1,
            outbox.c.occurred_at >= assessment.Round.opened_at,
        ),
    )
    return {row.aggregate_id: row.occurred_at for row in rows}


def _percentile(waits: list[float], share: float) -> float | None:
    return round(waits[max(0, math.ceil(len(waits) * share) - 1)], 1) if waits else None


def show(numbers: dict[str, Any], found: Found, listener: Listener, path: Path) -> None:
    """The path of one concern, the totals and the verdict."""
    _path(listener)
    table = Table(title="The round", title_justify="left", show_header=False)
    waits = numbers["latency_ms"]
    for name, value in (
        ("Children", f"{numbers['children']:,}"),
        ("Joint ratings", f"{numbers['ratings']:,} ({numbers['revisions']:,} revisions)"),
        ("Concerns", f"{numbers['concerns']:,} ({numbers['withheld']:,} withheld)"),
        ("Notices to parents", f"{numbers['notices']:,}"),
        ("Open focus meetings", f"{numbers['meetings']:,}"),
        ("Invitations answered", f"{numbers['answers']:,}"),
        ("Rating to meeting and notice", f"p50 {waits['p50']} ms, p99 {waits['p99']} ms"),
        ("Time in all", f"{numbers['elapsed_s']:,} s on {numbers['database']}"),
    ):
        table.add_row(name, value)
    for name in ("lost", "doubled", "leaked"):
        table.add_row(name.capitalize(), f"[{'red' if numbers[name] else 'green'} bold]{numbers[name]}")
    console.print(table)
    for faults in (found.lost, found.doubled, found.leaked):
        for sentence in faults[:20]:
            console.print(f"[red]·[/] {sentence}", soft_wrap=True)
    console.print(f"Written to {path}", soft_wrap=True)


def _path(listener: Listener) -> None:
    """One concern from event to event, the longest of those that were heard whole."""
    by_correlation: dict[str, list[Heard]] = defaultdict(list)
    for heard in listener.heard:
        if not heard.public:
            by_correlation[str(heard.event.get("correlationid"))].append(heard)
    chosen = max(by_correlation.values(), key=_interesting, default=[])
    if not chosen:
        return
    first = _told_at(chosen[0])
    child = next((heard.event["data"]["child_id"] for heard in chosen if _is_raised(heard)), None)
    table = Table("ms", "event", "subject", title="The path of one concern", title_justify="left")
    for heard in sorted(chosen, key=_told_at):
        if heard.event["data"].get("child_id") == child:
            milliseconds = (_told_at(heard) - first).total_seconds() * 1000
            table.add_row(f"{milliseconds:,.1f}", _short(heard.event["type"]), heard.event["subject"])
    console.print(table)


def _short(type_: str) -> str:
    return type_.removeprefix("dk.trivsel.").removesuffix(".v1")


def _interesting(chain: list[Heard]) -> tuple[int, int]:
    """Many kinds of events around few children: those show the most in the fewest lines."""
    return len({heard.event["type"] for heard in chain}), -len(chain)


def _is_raised(heard: Heard) -> bool:
    return bool(heard.event["type"] == ConcernRaised.type)


def _told_at(heard: Heard) -> datetime:
    return datetime.fromisoformat(json.loads(heard.body)["time"].replace("Z", "+00:00"))

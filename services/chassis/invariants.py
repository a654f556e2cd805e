"""What must hold across the services' databases, found and checked without one service importing another.

A service may have a module ``invariants`` beside its models with

- ``FACTS``: what others may compare with, by name: functions of a session that yield rows as tuples, sorted
  by their first column, a canonical id;
- ``RULES``: what must hold, each with the facts it needs, its own among them.

Rows are read in order and compared as they come, so a nation's worth takes no more memory than a town's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

Row = tuple[Any, ...]
Fact = Callable[[Session], Iterable[Row]]
Finding = tuple[str, str]
"""The id of what is wrong, and what is wrong with it: a code and counts, no personal data."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``says`` is the rule in words. ``check`` gets one iterable of rows for each of ``needs``, in order."""

    says: str
    needs: Sequence[str]
    check: Callable[..., Iterator[Finding]]


@dataclass(slots=True)
class Violation:
    """A rule that does not hold."""

    service: str
    rule: str
    subject: str
    detail: str


@dataclass(slots=True)
class Checked:
    """One rule, how many were examined against it, and what breaks it."""

    service: str
    rule: str
    violations: list[Violation] = field(default_factory=list)
    more: int = 0

    @property
    def holds(self) -> bool:
        return not self.violations


def check(
    service: str, rule: Rule, facts: Mapping[str, Fact], sessions: Mapping[str, Session], most: int
) -> Checked:
    """Check one rule; at most ``most`` violations are told one by one, the others counted."""
    found = Checked(service, rule.says)
    given = [facts[name](sessions[name.split(".")[0]]) for name in rule.needs]
    for subject, detail in rule.check(*given):
        if len(found.violations) < most:
            found.violations.append(Violation(service, rule.says, subject, detail))
        else:
            found.more += 1
    return found


def paired(*sorted_rows: Iterable[Row]) -> Iterator[tuple[str, list[list[Row]]]]:
    """Each id that any of the sorted iterables has, with the rows of each that have it."""
    streams = [groupby(rows, key=lambda row: str(row[0])) for rows in sorted_rows]
    heads = [next(stream, None) for stream in streams]
    while any(head is not None for head in heads):
        key = min(head[0] for head in heads if head is not None)
        rows: list[list[Row]] = []
        for place, head in enumerate(heads):
            if head is not None and head[0] == key:
                rows.append(list(head[1]))
                heads[place] = next(streams[place], None)
            else:
                rows.append([])
        yield key, rows


def no_door_outlives(ended: Iterable[Row], open_doors: Iterable[Row]) -> Iterator[Finding]:
    """The check of a service that keeps doors: ``ended`` are consent's, ``open_doors`` what it opens by."""
    for consent, (over, doors) in paired(ended, open_doors):
        if over and doors:
            yield consent, f"{over[0][1]}, and a door that it opened stands open"


def long_ago(session: Session) -> datetime:
    """What happened before this can no longer be under way."""
    moment: datetime = session.info["long_ago"]
    return moment


def streamed(session: Session, query: Any) -> Iterator[Row]:
    """The rows of a query a portion at a time."""
    for row in session.execute(query.execution_options(yield_per=2000)):
        yield tuple(row)

"""An event on its consumer's side, and the batch it came in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.chassis.context import Context


@dataclass(frozen=True, slots=True)
class Received:
    """One event as a handler sees it. ``subject`` is the aggregate's id, ``version`` its version.

    Redelivery and retries reorder events: a handler ignores a version older than what it knows.
    """

    id: str
    type: str
    subject: str
    version: int
    time: datetime
    data: dict[str, Any]
    context: Context


@dataclass(slots=True)
class Batch:
    """The events of one subscription that are handled together, and which of them failed why."""

    consumer: str
    events: list[Received]
    failures: dict[str, Exception] = field(default_factory=dict)

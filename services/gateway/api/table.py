"""Every operation of the API. The one list that routes, document, page and tests are made from."""

from __future__ import annotations

from services.gateway.api import assessment, consent, gathered, meetings, notifications, registry, transitions
from services.gateway.api.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *gathered.OPERATIONS,
    *registry.OPERATIONS,
    *assessment.OPERATIONS,
    *meetings.OPERATIONS,
    *transitions.OPERATIONS,
    *consent.OPERATIONS,
    *notifications.OPERATIONS,
)

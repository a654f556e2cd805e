"""Meetings whose handler waits: so that it is not the processor that bounds how replicas add up."""

from __future__ import annotations

import time

from services.chassis.service import Batch, subscribe
from services.meetings import handlers, schemas
from services.meetings.service import MeetingsService

WAIT_S = 0.005


class WaitingMeetings(MeetingsService):
    """Takes five milliseconds for each concern, as a slow neighbour would."""

    @subscribe("assessment", "concern.raised", reads=schemas.ConcernRaised, prefetch=20, batch=10)
    def require_focus_meetings(self, batch: Batch) -> None:
        time.sleep(WAIT_S * len(batch.events))
        self.db.handle(batch, handlers.require_focus_meetings)

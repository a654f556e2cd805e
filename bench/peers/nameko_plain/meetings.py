from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from nameko.events import event_handler

from bench.peers.nameko_plain.database import DatabaseSession
from bench.peers.rows import Meeting


class MeetingsService:
    name = "meetings"

    db = DatabaseSession("meetings")

    @event_handler("assessment", "concern.raised")
    def require_meeting(self, event: dict[str, Any]) -> None:
        self.db.add(
            Meeting(
                meeting_id=uuid4(),
                concern_id=UUID(event["concern_id"]),
                child_id=UUID(event["child_id"]),
                track=event["track"],
                institution_id=UUID(event["institution_id"]),
                group_id=UUID(event["group_id"]),
                state="required",
                invite_by=date.fromisoformat(event["invite_by"]),
                hold_by=date.fromisoformat(event["hold_by"]),
                created_at=datetime.now(UTC),
            )
        )
        self.db.commit()

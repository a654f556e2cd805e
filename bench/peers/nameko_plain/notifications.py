from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from nameko.events import event_handler
from sqlalchemy import select

from bench.peers.nameko_plain.database import DatabaseSession
from bench.peers.rows import Guardianship, Notice


class NotificationsService:
    name = "notifications"

    db = DatabaseSession("notifications")

    @event_handler("assessment", "concern.raised")
    def tell_parents(self, event: dict[str, Any]) -> None:
        holders = self.db.scalars(
            select(Guardianship).where(
                Guardianship.child_id == UUID(event["child_id"]), Guardianship.custody != "none"
            )
        )
        for holder in holders:
            self.db.add(
                Notice(
                    notice_id=uuid4(),
                    about="concern",
                    concern_id=UUID(event["concern_id"]),
                    child_id=holder.child_id,
                    guardian_id=holder.guardian_id,
                    channel="letter" if holder.exempt else "email",
                    state="intended",
                    created_at=datetime.now(UTC),
                )
            )
        self.db.commit()

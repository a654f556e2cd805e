from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from nameko.events import EventDispatcher
from nameko.rpc import rpc
from sqlalchemy import select

from bench.peers.nameko_plain.database import DatabaseSession
from bench.peers.rows import ROUND, Child, Concern, JointRating


class AssessmentService:
    name = "assessment"

    db = DatabaseSession("assessment")
    dispatch = EventDispatcher()

    @rpc
    def submit(self, group: str, ratings: list[dict[str, Any]]) -> int:
        children = {
            child.child_id: child
            for child in self.db.scalars(select(Child).where(Child.group_id == UUID(group)))
        }
        now = datetime.now(UTC)
        events = []
        for given in ratings:
            child = children[UUID(given["child_id"])]
            rating = JointRating(
                rating_id=uuid4(),
                child_id=child.child_id,
                round_id=ROUND,
                track=given["track"],
                position=given["position"],
                reason=given["reason"],
                works_well=given["works_well"],
                focus=given["focus"],
                finalised_at=now,
            )
            concern = Concern(
                concern_id=uuid4(),
                rating_id=rating.rating_id,
                child_id=child.child_id,
                track=given["track"],
                invite_by=(now + timedelta(days=2)).date(),
                hold_by=(now + timedelta(days=14)).date(),
                raised_at=now,
            )
            self.db.add_all([rating, concern])
            events.append(
                {
                    "concern_id": str(concern.concern_id),
                    "child_id": str(child.child_id),
                    "round_id": str(ROUND),
                    "rating_id": str(rating.rating_id),
                    "track": concern.track,
                    "institution_id": str(child.institution_id),
                    "group_id": str(child.group_id),
                    "invite_by": concern.invite_by.isoformat(),
                    "hold_by": concern.hold_by.isoformat(),
                }
            )
        self.db.commit()
        for event in events:
            self.dispatch("concern.raised", event)
        return len(events)

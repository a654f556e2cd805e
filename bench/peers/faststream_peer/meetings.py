from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from faststream import FastStream
from faststream.rabbit import RabbitQueue

from bench.peers.faststream_peer.parts import EVENTS, ConcernRaised, broker, sessions
from bench.peers.rows import Meeting

rabbit = broker()
app = FastStream(rabbit, logger=None)
open_session = sessions("meetings")


@rabbit.subscriber(RabbitQueue("faststream.meetings", durable=True, routing_key="concern.raised"), EVENTS)
async def require_meeting(event: ConcernRaised) -> None:
    async with open_session() as session:
        session.add(
            Meeting(
                meeting_id=uuid4(),
                concern_id=event.concern_id,
                child_id=event.child_id,
                track=event.track,
                institution_id=event.institution_id,
                group_id=event.group_id,
                state="required",
                invite_by=event.invite_by,
                hold_by=event.hold_by,
                created_at=datetime.now(UTC),
            )
        )
        await session.commit()

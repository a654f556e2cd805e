from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from faststream import FastStream
from faststream.rabbit import RabbitQueue
from sqlalchemy import select

from bench.peers.faststream_peer.parts import EVENTS, ConcernRaised, Submission, broker, sessions
from bench.peers.rows import ROUND, Child, Concern, JointRating

rabbit = broker()
app = FastStream(rabbit, logger=None)
open_session = sessions("assessment")
publisher = rabbit.publisher(exchange=EVENTS, routing_key="concern.raised", persist=True)


@rabbit.subscriber(RabbitQueue("faststream.assessment.submit", durable=True))
async def submit(submission: Submission) -> int:
    now = datetime.now(UTC)
    events = []
    async with open_session() as session:
        found = await session.scalars(select(Child).where(Child.group_id == submission.group))
        children = {child.child_id: child for child in found}
        for given in submission.ratings:
            child = children[given.child_id]
            rating = JointRating(
                rating_id=uuid4(),
                child_id=child.child_id,
                round_id=ROUND,
                track=given.track,
                position=given.position,
                reason=given.reason,
                works_well=given.works_well,
                focus=given.focus,
                finalised_at=now,
            )
            concern = Concern(
                concern_id=uuid4(),
                rating_id=rating.rating_id,
                child_id=child.child_id,
                track=given.track,
                invite_by=(now + timedelta(days=2)).date(),
                hold_by=(now + timedelta(days=14)).date(),
                raised_at=now,
            )
            session.add_all([rating, concern])
            events.append(
                ConcernRaised(
                    concern_id=concern.concern_id,
                    child_id=child.child_id,
                    round_id=ROUND,
                    rating_id=rating.rating_id,
                    track=concern.track,
                    institution_id=child.institution_id,
                    group_id=child.group_id,
                    invite_by=concern.invite_by,
                    hold_by=concern.hold_by,
                )
            )
        await session.commit()
    await asyncio.gather(*(publisher.publish(event) for event in events))
    return len(events)

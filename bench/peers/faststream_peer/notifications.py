from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from faststream import FastStream
from faststream.rabbit import RabbitQueue
from sqlalchemy import select

from bench.peers.faststream_peer.parts import EVENTS, ConcernRaised, broker, sessions
from bench.peers.rows import Guardianship, Notice

rabbit = broker()
app = FastStream(rabbit, logger=None)
open_session = sessions("notifications")


@rabbit.subscriber(
    RabbitQueue("faststream.notifications", durable=True, routing_key="concern.raised"), EVENTS
)
async def tell_parents(event: ConcernRaised) -> None:
    async with open_session() as session:
        holders = await session.scalars(
            select(Guardianship).where(
                Guardianship.child_id == event.child_id, Guardianship.custody != "none"
            )
        )
        for holder in holders:
            session.add(
                Notice(
                    notice_id=uuid4(),
                    about="concern",
                    concern_id=event.concern_id,
                    child_id=holder.child_id,
                    guardian_id=holder.guardian_id,
                    channel="letter" if holder.exempt else "email",
                    state="intended",
                    created_at=datetime.now(UTC),
                )
            )
        await session.commit()

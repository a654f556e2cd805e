"""What the three services share: broker, exchange, message, sessions."""

from __future__ import annotations

import os
from datetime import date
from uuid import UUID

from faststream.rabbit import Channel, ExchangeType, RabbitBroker, RabbitExchange
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

EVENTS = RabbitExchange("faststream.assessment.events", type=ExchangeType.TOPIC, durable=True)


class ConcernRaised(BaseModel):
    concern_id: UUID
    child_id: UUID
    round_id: UUID
    rating_id: UUID
    track: str
    institution_id: UUID
    group_id: UUID
    invite_by: date
    hold_by: date


class Rating(BaseModel):
    child_id: UUID
    track: str
    position: str
    reason: str
    works_well: str
    focus: str


class Submission(BaseModel):
    group: UUID
    ratings: list[Rating]


def broker() -> RabbitBroker:
    """A broker whose subscribers have up to as many messages in hand as the pool has connections."""
    prefetch = int(os.environ.get("PREFETCH", "50"))
    return RabbitBroker(os.environ["AMQP_URI"], default_channel=Channel(prefetch_count=prefetch), logger=None)


def sessions(service: str) -> async_sessionmaker[AsyncSession]:
    url = os.environ[f"{service.upper()}_DATABASE_URL"].replace("+psycopg", "+asyncpg")
    engine = create_async_engine(url, pool_size=int(os.environ.get("POOL", "20")), max_overflow=0)
    return async_sessionmaker(engine, expire_on_commit=False)

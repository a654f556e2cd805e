"""Stores the ratings of one group after the other, publishes their concerns, and does not wait for more
than it must: confirms of a group are awaited while the next ones are on their way.

    python -m bench.limit.submit FIRST COUNT
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
from amqp import Channel, Message, spec
from kombu import Connection

from bench.limit.tables import columns, insert
from bench.peers.rows import ROUND, Concern, JointRating, groups, institution_id, rating

WINDOW = 200
"""Messages that may await their confirm."""
EXCHANGE = "limit.events"

RATING = columns(JointRating)
CONCERN = columns(Concern)


def main(first: int, count: int) -> None:
    waiting: set[int] = set()
    with (
        psycopg.connect(os.environ["ASSESSMENT_DATABASE_URL"].replace("+psycopg", "")) as database,
        Connection(os.environ["AMQP_URI"]) as address,
    ):
        channel = address.default_channel
        channel.confirm_select()

        def confirmed(tag: int, multiple: bool) -> None:
            if multiple:
                waiting.difference_update([each for each in waiting if each <= tag])
            else:
                waiting.discard(tag)

        channel.events["basic_ack"].add(confirmed)
        sent = 0
        print("begin", flush=True)  # noqa: T201 - the runner's clock starts here
        for group, children in groups(first, count):
            now = datetime.now(UTC)
            ratings, concerns, events = make(group, children, now)
            with database.cursor() as cursor:
                insert(cursor, RATING, ratings)
                insert(cursor, CONCERN, concerns)
            database.commit()
            for event in events:
                # Not channel.basic_publish: it would read from the socket before each message.
                sent += 1
                waiting.add(sent)
                publish(channel, event)
            while len(waiting) > WINDOW:
                address.drain_events(timeout=10)
        while waiting:
            address.drain_events(timeout=10)


def publish(channel: Channel, event: dict[str, str]) -> None:
    message = Message(json.dumps(event).encode(), content_type="application/json", delivery_mode=2)
    channel.send_method(spec.Basic.Publish, "Bssbb", (0, EXCHANGE, "concern.raised", False, False), message)


def make(group: UUID, children: list[UUID], now: datetime) -> tuple[list[tuple], list[tuple], list[dict]]:
    """The rows and events of one group."""
    ratings, concerns, events = [], [], []
    invite, hold = (now + timedelta(days=2)).date(), (now + timedelta(days=14)).date()
    institution = institution_id(group.int & 0xFFFFFF)
    for child in children:
        given, rating_id, concern_id = rating(child), uuid4(), uuid4()
        ratings.append(
            (
                rating_id,
                child,
                ROUND,
                given["track"],
                given["position"],
                given["reason"],
                given["works_well"],
                given["focus"],
                now,
            )
        )
        concerns.append((concern_id, rating_id, child, given["track"], invite, hold, now))
        events.append(
            {
                "concern_id": str(concern_id),
                "child_id": str(child),
                "round_id": str(ROUND),
                "rating_id": str(rating_id),
                "track": given["track"],
                "institution_id": str(institution),
                "group_id": str(group),
                "invite_by": invite.isoformat(),
                "hold_by": hold.isoformat(),
            }
        )
    return ratings, concerns, events


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

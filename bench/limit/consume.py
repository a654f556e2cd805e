"""Takes concerns as they come and stores their meetings, or their notices, in batches.

python -m bench.limit.consume meetings|notifications
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from kombu import Connection, Consumer, Exchange, Message, Queue

from bench.limit.submit import EXCHANGE
from bench.limit.tables import columns, insert
from bench.peers.rows import Meeting, Notice

BATCH = 100
PREFETCH = 500
MEETING, NOTICE = columns(Meeting), columns(Notice)

Store = Callable[[psycopg.Cursor[Any], list[dict[str, str]]], None]


def main(service: str) -> None:
    store: Store = {"meetings": meetings, "notifications": notices}[service]
    exchange = Exchange(EXCHANGE, type="topic", durable=True)
    queue = Queue(f"limit.{service}", exchange, "concern.raised", durable=True)
    pending: list[Message] = []
    with (
        psycopg.connect(os.environ[f"{service.upper()}_DATABASE_URL"].replace("+psycopg", "")) as database,
        Connection(os.environ["AMQP_URI"]) as address,
        Consumer(address, [queue], on_message=pending.append, prefetch_count=PREFETCH),
    ):
        while True:
            try:
                # Whatever has come already is taken together; nobody waits for a batch to fill.
                address.drain_events(timeout=None if not pending else 0.0001)
                if len(pending) < BATCH:
                    continue
            except TimeoutError:
                pass
            batch = pending[:BATCH]
            del pending[:BATCH]
            with database.cursor() as cursor:
                store(cursor, [json.loads(message.body) for message in batch])
            database.commit()
            batch[-1].ack(multiple=True)


def meetings(cursor: psycopg.Cursor[Any], events: list[dict[str, str]]) -> None:
    now = datetime.now(UTC)
    insert(
        cursor,
        MEETING,
        [
            (
                uuid4(),
                UUID(event["concern_id"]),
                UUID(event["child_id"]),
                event["track"],
                UUID(event["institution_id"]),
                UUID(event["group_id"]),
                "required",
                date.fromisoformat(event["invite_by"]),
                date.fromisoformat(event["hold_by"]),
                now,
            )
            for event in events
        ],
    )


def notices(cursor: psycopg.Cursor[Any], events: list[dict[str, str]]) -> None:
    now = datetime.now(UTC)
    concerns = {UUID(event["child_id"]): UUID(event["concern_id"]) for event in events}
    cursor.execute(
        "SELECT child_id, guardian_id, exempt FROM guardianship"
        " WHERE child_id = ANY(%s) AND custody <> 'none'",
        [list(concerns)],
        prepare=True,
    )
    insert(
        cursor,
        NOTICE,
        [
            (
                uuid4(),
                "concern",
                concerns[child],
                child,
                guardian,
                "letter" if exempt else "email",
                "intended",
                now,
            )
            for child, guardian, exempt in cursor.fetchall()
        ],
    )


if __name__ == "__main__":
    main(sys.argv[1])

"""When is the house at rest? When nobody holds anything that somebody else still waits for."""

from __future__ import annotations

import time

from kombu import Connection
from sqlalchemy import and_, or_, select

from deploy.local.demo.stores import Stores
from deploy.local.house import House
from services.chassis import clock, discovery, topology
from services.chassis.service import plan_of
from services.meetings import models as meetings
from services.notifications import models as notifications

TIMES_IN_A_ROW = 3
PAUSE = 0.7
SPEAK_SECONDS = 15.0


def plans() -> list[topology.Plan]:
    """What each service declares on the broker."""
    return [plan_of(discovery.service_class(name)) for name in discovery.names()]


def queues(of: list[topology.Plan]) -> list[str]:
    """Every queue in which an event may stand, waiting or to be tried again."""
    names = [subscription.queue for plan in of for subscription in plan.subscriptions]
    return names + [
        topology.rung(plan.service, wait) for plan in of if plan.subscriptions for wait in topology.ladder()
    ]


def depths(uri: str, names: list[str]) -> dict[str, int]:
    """How many messages stand in each queue, ready to be taken."""
    with Connection(uri) as connection, connection.channel() as channel:
        return {name: channel.queue_declare(name, passive=True).message_count for name in names}


def quiet(house: House, stores: Stores, seconds: float) -> None:
    """Return when all is at rest, seen some times in a row, since a message may be in somebody's hands."""
    names = queues(plans())
    rest = 0
    last: dict[str, int] = {}
    spoken = time.monotonic()

    def at_rest() -> bool:
        nonlocal rest, last, spoken
        time.sleep(PAUSE)
        last = {name: count for name, count in _unfinished(house, stores, names).items() if count}
        rest = 0 if last else rest + 1
        if last and time.monotonic() - spoken > SPEAK_SECONDS:
            spoken = time.monotonic()
            house.say(f"Still open: {', '.join(f'{name} {count:,}' for name, count in last.items())}")
        return rest >= TIMES_IN_A_ROW

    house.wait_until(at_rest, seconds, lambda: f"quiet on the bus (still open: {last})")


def _unfinished(house: House, stores: Stores, names: list[str]) -> dict[str, int]:
    left = depths(house.environment["AMQP_URI"], names)
    for service in stores.each():
        outbox = stores.table(service, "outbox")
        left[f"{service}'s outbox"] = stores.count(
            service, select(outbox.c.seq).where(outbox.c.published_at.is_(None))
        )
    now = clock.now()
    notice, meeting = notifications.Notice, meetings.Meeting
    left["notices to send"] = stores.count(
        "notifications",
        # A notice in the sender's hands is due again when its lease ends, but is at work now.
        select(notice.notice_id).where(
            or_(notice.state == "leased", and_(notice.state == "intended", notice.due_at <= now))
        ),
    )
    left["meetings to invite to"] = stores.count(
        "meetings",
        select(meeting.meeting_id).where(meeting.state == "required", meeting.attempt_at <= now),
    )
    return left

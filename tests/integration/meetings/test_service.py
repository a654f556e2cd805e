"""The service in a process of its own, on a real broker: from a concern to a confirmed meeting."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.chassis import migrations
from services.chassis.actor import Actor, Grant, issue_token
from services.chassis.client import RpcClient
from services.chassis.errors import Invalid, LinkForged, Unauthenticated
from services.chassis.links import sign_link
from services.meetings.handlers.answering import PURPOSE
from tests.integration.meetings.town import KEY, key
from tests.support.bus import Bus, encoded
from tests.support.process import ServiceProcess
from tests.support.waiting import until


class Outside:
    """The rest of the world, as meetings meets it: the broker, other services' events, the gateway."""

    def __init__(self, amqp_uri: str, url: str, folder: Path) -> None:
        migrations.upgrade("meetings", url)
        self.bus = Bus(amqp_uri)
        self.client = RpcClient(amqp_uri, issue_token(Actor.system("gateway"), KEY, 600), name="tests")
        environment = {
            "AMQP_URI": amqp_uri,
            "MEETINGS_DATABASE_URL": url,
            "ACTOR_TOKEN_KEY": KEY,
            "LINK_TOKEN_KEY": KEY,
        }
        self.process = ServiceProcess(["meetings"], environment, folder / "meetings.log")
        self.queues = {
            name: self.bus.listen("meetings.events", f"meeting.{name}")
            for name in ("required", "invited", "confirmed")
        }
        self.process.start(seconds=60)

    def say(self, service: str, what: str, data: dict[str, Any], version: int = 1) -> None:
        event = {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": f"/trivsel/{service}",
            "type": f"dk.trivsel.{service}.{what}.v1",
            "subject": str(uuid4()),
            "time": datetime.now(UTC).isoformat(),
            "datacontenttype": "application/json",
            "aggregateversion": version,
            "municipality": "29189641",
            "correlationid": str(uuid4()),
            "data": data,
        }
        self.bus.publish(f"{service}.events", what, encoded(event))

    def hears(self, name: str) -> dict[str, Any]:
        """The data of the next event of that name."""
        message = until(lambda: self.bus.get(self.queues[name]), 20, f"meeting.{name}")
        found: dict[str, Any] = json.loads(message.body)["data"]
        return found

    def close(self) -> None:
        self.process.kill()
        self.client.close()
        self.bus.close()


@pytest.fixture
def outside(amqp_uri: str, database_url: str, tmp_path: Path) -> Iterator[Outside]:
    made = Outside(amqp_uri, database_url, tmp_path)
    yield made
    made.close()


def test_a_concern_on_the_bus_becomes_an_invitation_an_answer_and_a_confirmed_meeting(
    outside: Outside,
) -> None:
    place, group, child, leader, parents = key(), key(), key(), key(), [key(), key()]
    days = {"from": "2020-01-01", "to": None}
    outside.say(
        "registry",
        "institution.recorded",
        {"institution_id": place, "kind": "boernehave", "district_id": None, "active": True, "groups": []},
    )
    outside.say(
        "registry",
        "staff.recorded",
        {
            "staff_id": leader,
            "active": True,
            "assignments": [{"role": "leader", "unit_kind": "institution", "unit_id": place, **days}],
        },
    )
    outside.say(
        "registry",
        "child.recorded",
        {
            "child_id": child,
            "active": True,
            "enrolments": [{"institution_id": place, "group_id": group, "district_id": None, **days}],
            "guardians": [
                {"guardian_id": id_, "custody": "joint", "language": "da", "interpreter": False}
                for id_ in parents
            ],
        },
    )
    today = datetime.now(UTC).date()
    outside.say(
        "assessment",
        "concern.raised",
        {
            "concern_id": key(),
            "child_id": child,
            "round_id": key(),
            "rating_id": key(),
            "track": "institution",
            "institution_id": place,
            "group_id": group,
            "invite_by": (today + timedelta(days=4)).isoformat(),
            "hold_by": (today + timedelta(days=30)).isoformat(),
        },
    )
    required = outside.hears("required")
    invited = outside.hears("invited")
    assert invited["meeting_id"] == required["meeting_id"]
    assert sorted(invited["guardian_ids"]) == sorted(parents)
    token = sign_link(
        purpose=PURPOSE,
        subject=invited["meeting_id"],
        audience=parents[0],
        extra={"invitation": invited["invitation"]},
        expires_at=datetime.fromisoformat(invited["link_until"]),
        key=KEY,
    )
    seen = outside.client.call("meetings.parent_view", {"token": token})
    assert seen["state"] == "open"
    assert seen["proposals"] == invited["proposals"]
    answered = outside.client.call(
        "meetings.answer",
        {"token": token, "choice": "accepted", "proposal_id": seen["proposals"][0]["proposal_id"]},
    )
    assert answered["state"] == "confirmed"
    assert outside.hears("confirmed")["starts_at"] == seen["proposals"][0]["starts_at"]
    staff = Actor(leader, "staff", (Grant("leader", place),), "trivsel")
    shown = outside.client.call(
        "meetings.get_meeting",
        {"meeting_id": invited["meeting_id"]},
        token=issue_token(staff, KEY, 60),
    )
    assert (shown["state"], shown["accepted_by"]) == ("confirmed", parents[0])
    with pytest.raises(LinkForged):
        outside.client.call("meetings.parent_view", {"token": "forged"})
    with pytest.raises(Unauthenticated):
        outside.client.call("meetings.parent_view", {"token": token}, token="nobody")
    with pytest.raises(Invalid) as refused:
        outside.client.call("meetings.answer", {"token": token, "choice": "måske"})
    assert "choice" in refused.value.fields
    started = time.monotonic()
    assert outside.process.stop() == 0
    assert time.monotonic() - started < 15

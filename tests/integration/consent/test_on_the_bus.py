"""Consent and those who keep its doors on a real broker: from a request in Arabic to a door that shuts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.assessment import models as assessment
from services.assessment.handlers import consents as assessment_consents
from services.chassis import clock, migrations
from services.chassis.actor import Actor, Grant, issue_token
from services.chassis.client import RpcClient
from services.chassis.context import Context
from services.chassis.database import Database
from services.chassis.errors import Forbidden, NotFound
from services.chassis.links import sign_link
from services.consent.handlers.answering import PURPOSE
from services.meetings import models as meetings
from services.meetings.handlers import consents as meetings_consents
from services.notifications import models as notifications
from services.notifications.handlers import consents as notifications_consents
from tests.integration.consent.town import key
from tests.support.bus import Bus, encoded
from tests.support.process import ServiceProcess
from tests.support.waiting import until

KEY = "a-key-of-the-tests-and-of-nobody-else-0123456789"
SERVICES = ("assessment", "consent", "meetings", "notifications")


class House:
    """The services in one process, and the rest of the world around them."""

    def __init__(self, amqp_uri: str, urls: dict[str, str], folder: Path) -> None:
        for service in SERVICES:
            migrations.upgrade(service, urls[service])
        self.urls = urls
        self.bus = Bus(amqp_uri)
        self.gateway = RpcClient(amqp_uri, issue_token(Actor.system("gateway"), KEY, 600), name="tests")
        environment = {
            "AMQP_URI": amqp_uri,
            **{f"{service.upper()}_DATABASE_URL": urls[service] for service in SERVICES},
            "ACTOR_TOKEN_KEY": KEY,
            "LINK_TOKEN_KEY": KEY,
            "CONSENT_KEY": KEY,
            "SMTP_URL": "smtp://127.0.0.1:1",
        }
        self.process = ServiceProcess(list(SERVICES), environment, folder / "house.log").start(seconds=60)

    def say(self, service: str, what: str, data: dict[str, Any]) -> None:
        event = {
            "specversion": "1.0",
            "id": key(),
            "source": f"/trivsel/{service}",
            "type": f"dk.trivsel.{service}.{what}.v1",
            "subject": key(),
            "time": datetime.now(UTC).isoformat(),
            "datacontenttype": "application/json",
            "aggregateversion": 1,
            "municipality": "29189641",
            "correlationid": key(),
            "data": data,
        }
        self.bus.publish(f"{service}.events", what, encoded(event))

    def call(self, operation: str, actor: Actor | None = None, **data: Any) -> Any:
        token = issue_token(actor, KEY, 60) if actor else None
        return self.gateway.call(operation, data, **({"token": token} if token else {}))

    def close(self) -> None:
        self.process.kill()
        self.gateway.close()
        self.bus.close()


@pytest.fixture
def house(amqp_uri: str, tmp_path: Path) -> Iterator[House]:
    urls = {service: f"sqlite:///{tmp_path}/{service}.db" for service in SERVICES}
    built = House(amqp_uri, urls, tmp_path)
    yield built
    built.close()


def test_a_withdrawal_reaches_the_specialists_next_read_and_is_acknowledged_by_all(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    place, group, district, child, leader, ppr = (key() for _ in range(6))
    parents = [key(), key()]
    days = {"from": "2020-01-01", "to": None}
    house.say(
        "registry",
        "institution.recorded",
        {
            "institution_id": place,
            "kind": "boernehave",
            "district_id": district,
            "active": True,
            "groups": [],
        },
    )
    house.say(
        "registry",
        "child.recorded",
        {
            "child_id": child, "born": "2022-05-01", "active": True,
            "languages": ["da"], "own_contact": False,
            "enrolments": [
                {"institution_id": place, "group_id": group, "district_id": district,
                 "kind": "boernehave", **days}
            ],
            "guardians": [
                {"guardian_id": id_, "custody": "joint", "language": language, "interpreter": False,
                 "digital_post_exempt": False}
                for id_, language in zip(parents, ("da", "ar"), strict=True)
            ],
        },
    )  # fmt: skip
    today = clock.today()
    house.say(
        "assessment",
        "concern.raised",
        {
            "concern_id": key(), "child_id": child, "round_id": key(), "rating_id": key(),
            "track": "institution", "institution_id": place, "group_id": group,
            "invite_by": (today + timedelta(days=4)).isoformat(),
            "hold_by": (today + timedelta(days=30)).isoformat(),
        },
    )  # fmt: skip
    staff = Actor(leader, "staff", (Grant("leader", place),), "trivsel")
    specialist = Actor(ppr, "staff", (Grant("specialist", district),), "trivsel")
    request = {
        "child_id": child,
        "purpose": "record_sharing",
        "information": ["meeting_minutes", "wellbeing"],
        "recipients": [{"unit_id": district, "kind": "ppr", "name": "PPR Midt"}],
        "legal_basis": "fvl_28",
        "valid_to": (today + timedelta(days=90)).isoformat(),
    }

    def asked() -> Any:
        try:
            return house.call("consent.request", staff, **request)
        except NotFound:  # the child's record is still on its way
            return None

    consent = until(asked, 20, "the child is known to consent")
    meeting = until(
        lambda: _or_none(lambda: house.call("meetings.list_meetings", staff, child_id=child)["items"]),
        20,
        "a meeting",
    )[0]["meeting_id"]

    def reads() -> bool:
        try:
            return bool(house.call("meetings.get_meeting", specialist, meeting_id=meeting))
        except NotFound:
            return False

    def reads_ratings() -> bool:
        try:
            return bool(house.call("assessment.shared_ratings", specialist, child_id=child))
        except Forbidden:
            return False

    def link(who: str) -> str:
        until_ = clock.now() + timedelta(days=100)
        return sign_link(PURPOSE, consent["consent_id"], who, {}, until_, KEY)

    seen = house.call("consent.parent_view", token=link(parents[1]))
    assert (seen["text"]["language"], seen["text"]["direction"]) == ("ar", "rtl")
    house.call("consent.sign", token=link(parents[0]), answer="yes")
    assert not reads()
    signed = house.call("consent.sign", token=link(parents[1]), answer="yes", text_hash=seen["text_hash"])
    assert signed["state"] == "granted"
    until(reads, 20, "the specialist reads")
    until(reads_ratings, 20, "the specialist reads what was agreed")
    gateway = Actor.system("gateway")
    shares = house.call("consent.shared_with", gateway, unit_ids=[district])["items"]
    assert [(one["child_id"], one["information"]) for one in shares] == [(child, request["information"])]
    with pytest.raises(Forbidden):
        house.call("consent.parent_view", staff, token=link(parents[0]))

    house.call("consent.withdraw", token=link(parents[0]))
    withdrawn = time.monotonic()
    checked = house.call("consent.check", child_id=child, purpose="record_sharing", recipient_unit=district)
    assert checked["allowed"] is False
    assert house.call("consent.shared_with", gateway, unit_ids=[district])["items"] == []
    until(lambda: not reads(), 20, "the specialist's next read fails")
    took = time.monotonic() - withdrawn
    until(lambda: not reads_ratings(), 20, "and so does her next read of what was agreed")
    took_ratings = time.monotonic() - withdrawn
    operations = Actor(key(), "staff", (Grant("operations", "*"),), "drift")
    until(
        lambda: not house.call("consent.pending_acknowledgements", operations)["items"],
        30,
        "all have acknowledged",
    )
    with capsys.disabled():
        print(  # noqa: T201
            f"\na withdrawal shut the specialist out of meetings after {took * 1000:.0f} ms "
            f"and of ratings after {took_ratings * 1000:.0f} ms"
        )
    whole = house.call("consent.get", staff, consent_id=consent["consent_id"])
    assert [one["answer"] for one in whole["signatures"]] == ["yes", "yes", "withdrawn"]
    assert {one["subscriber"] for one in whole["acknowledgements"]} == {
        "assessment", "meetings", "notifications",
    }  # fmt: skip
    assert read_anew(house) == {"assessment": 1, "meetings": 1, "notifications": 0}
    assert not reads_ratings()
    log = house.process.text()
    assert "PPR Midt" not in log
    assert not [
        line for line in log.splitlines() if line.startswith("{") and json.loads(line).get("exc_info")
    ]
    assert house.process.stop() == 0


def test_a_key_for_papers_that_is_too_short_stops_the_start_and_names_the_variable(tmp_path: Path) -> None:
    environment = {
        "AMQP_URI": "amqp://127.0.0.1:1/none",
        "CONSENT_DATABASE_URL": f"sqlite:///{tmp_path}/consent.db",
        "ACTOR_TOKEN_KEY": KEY,
        "LINK_TOKEN_KEY": KEY,
        "CONSENT_KEY": "for-kort",
    }
    process = ServiceProcess(["consent"], environment, tmp_path / "process.log")
    assert process.start(ready=False).exit_code() == 2
    assert "CONSENT_KEY must be" in process.text()
    assert "for-kort" not in process.text()


def read_anew(house: House) -> dict[str, int]:
    """How many consents each reads when it reads them all anew; notifications, how many it had missed."""

    def call(operation: str, data: Any) -> Any:
        return house.gateway.call(operation, data)

    models: dict[str, Any] = {
        "assessment": assessment, "meetings": meetings, "notifications": notifications,
    }  # fmt: skip
    databases = {name: Database(house.urls[name], each.Base) for name, each in models.items()}
    try:
        return {
            "assessment": assessment_consents.rebuild(databases["assessment"], Context.new(), call),
            "meetings": meetings_consents.rebuild(
                databases["meetings"], lambda after: call("consent.snapshot", {"after": after, "limit": 1})
            ),
            "notifications": notifications_consents.reread_withdrawals(databases["notifications"], call),
        }
    finally:
        for database in databases.values():
            database.close()


def _or_none(call: Any) -> Any:
    try:
        return call()
    except NotFound:
        return None

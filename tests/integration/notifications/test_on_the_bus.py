"""The service as it runs: events from a real broker, cards by a real call, mail to a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine

from services.assessment.events import ConcernRaised
from services.chassis import migrations
from services.chassis.actor import Actor, Grant, issue_token
from services.chassis.catalogue import Event
from services.chassis.client import RpcClient
from services.registry.events import ChildRecorded
from tests.integration.notifications.little_registry import Registry
from tests.integration.notifications.post_office import PostOffice
from tests.support.bus import Bus
from tests.support.process import ServiceProcess
from tests.support.waiting import until

KEY = "a-key-of-the-tests-and-of-nobody-else-0123456789"


class House:
    def __init__(self, amqp_uri: str, folder: Path, post: PostOffice) -> None:
        url = f"sqlite:///{folder}/notifications.db"
        migrations.upgrade("notifications", url)
        registry = f"sqlite:///{folder}/registry.db"
        engine = create_engine(registry)
        Registry.base.metadata.create_all(engine)
        engine.dispose()
        self._uri, self.post = amqp_uri, post
        self.process = ServiceProcess(
            ["notifications", "tests.integration.notifications.little_registry:Registry"],
            {
                "AMQP_URI": amqp_uri,
                "NOTIFICATIONS_DATABASE_URL": url,
                "REGISTRY_DATABASE_URL": registry,
                "ACTOR_TOKEN_KEY": KEY,
                "LINK_TOKEN_KEY": KEY,
                "SMTP_URL": post.url,
                "MAIL_FROM": "trivsel@kommune.example",
            },
            folder / "process.log",
        )
        self.bus = Bus(amqp_uri)

    def publish(self, kind: type[Event], subject: str, data: dict[str, Any]) -> None:
        service, aggregate, happened = kind.type.split(".")[2:5]
        body = {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": f"/trivsel/{service}",
            "type": kind.type,
            "subject": subject,
            "time": datetime.now(UTC).isoformat(),
            "datacontenttype": "application/json",
            "aggregateversion": 1,
            "municipality": "29189641",
            "correlationid": str(uuid4()),
            "data": kind.payload(data),
        }
        self.bus.publish(f"{service}.events", f"{aggregate}.{happened}", json.dumps(body))

    def call(self, actor: Actor, operation: str, **data: Any) -> Any:
        client = RpcClient(self._uri, issue_token(actor, KEY, 60))
        try:
            return client.call(operation, data)
        finally:
            client.close()

    def close(self) -> None:
        self.process.kill()
        self.bus.close()


@pytest.fixture
def house(amqp_uri: str, tmp_path: Path, post: PostOffice) -> Iterator[House]:
    built = House(amqp_uri, tmp_path, post)
    yield built
    built.close()


def test_a_concern_on_the_bus_becomes_a_mail_to_each_custody_holder_and_an_event(house: House) -> None:
    house.process.start(seconds=40)
    sent = house.bus.listen("notifications.events", "notice.sent")
    child, concern, institution, group = (str(uuid4()) for _ in range(4))
    guardians = [str(uuid4()), str(uuid4())]
    house.publish(
        ConcernRaised,
        concern,
        {
            "concern_id": concern, "child_id": child, "round_id": str(uuid4()), "rating_id": str(uuid4()),
            "track": "home", "institution_id": institution, "group_id": group,
            "invite_by": date(2027, 1, 1), "hold_by": date(2027, 1, 12),
        },
    )  # fmt: skip
    # The concern is here before the child is known: it waits on the ladder and comes again.
    house.publish(
        ChildRecorded,
        child,
        {
            "child_id": child, "born": None, "active": True, "languages": ["da"], "own_contact": False,
            "enrolments": [
                {"institution_id": institution, "group_id": group, "district_id": None, "kind": "boernehave",
                 "from": date(2025, 1, 1), "to": None}
            ],
            "guardians": [
                {"guardian_id": each, "custody": "joint", "language": "da", "interpreter": False,
                 "digital_post_exempt": False}
                for each in guardians
            ],
        },
    )  # fmt: skip
    for each in guardians:
        (mail,) = until(lambda each=each: house.post.to(f"well-{each}@example.org"), 20, "the mail")
        assert mail["Subject"] == "Vi vil gerne tale med jer"
    events = [until(lambda: house.bus.get(sent), 10, "notice.sent") for _ in guardians]
    assert {json.loads(event.body)["data"]["guardian_id"] for event in events} == set(guardians)

    leader = Actor("leader", "staff", (Grant("leader", institution),))
    listed = house.call(leader, "notifications.list_for_child", child_id=child)["items"]
    assert [item["state"] for item in listed] == ["sent", "sent"]
    shown = house.call(leader, "notifications.get_notice", notice_id=listed[0]["notice_id"])
    assert shown["message"]["as_sent"] is True
    assert house.process.stop() == 0
    log = house.process.text()
    assert not any(word in log for word in ("Viggo", "Kirsten", "example.org"))


def test_a_mail_server_that_is_none_stops_the_start_and_names_the_variable(tmp_path: Path) -> None:
    environment = {
        "AMQP_URI": "amqp://127.0.0.1:1/none",
        "NOTIFICATIONS_DATABASE_URL": f"sqlite:///{tmp_path}/notifications.db",
        "ACTOR_TOKEN_KEY": KEY,
        "LINK_TOKEN_KEY": KEY,
        "SMTP_URL": "mail://bruger:hemmelig@mail.example",
    }
    process = ServiceProcess(["notifications"], environment, tmp_path / "process.log")
    assert process.start(ready=False).exit_code() == 2
    assert "SMTP_URL must begin with smtp://" in process.text()
    assert "hemmelig" not in process.text()

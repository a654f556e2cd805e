"""The registry as a process of its own: an import beside it reaches the bus, and it answers calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.chassis import migrations
from services.chassis.actor import Actor, Grant, issue_token
from services.chassis.client import RpcClient
from services.chassis.database import Database
from services.chassis.errors import Forbidden, Invalid
from services.registry.models import Base
from tests.integration.registry.town import Town, bring_in
from tests.support.bus import Bus
from tests.support.process import ServiceProcess
from tests.support.waiting import until

KEY = "a key of the tests and of nobody else"


def test_an_import_beside_the_running_service_reaches_the_bus_and_calls_are_answered(
    amqp_uri: str, database_url: str, town: Town, tmp_path: Path
) -> None:
    migrations.upgrade("registry", database_url)
    database = Database(database_url, Base, pool_size=2)
    bus = Bus(amqp_uri)
    queue = bus.listen("registry.events", "#")
    environment = {
        "AMQP_URI": amqp_uri,
        "REGISTRY_DATABASE_URL": database_url,
        "ACTOR_TOKEN_KEY": KEY,
        "LINK_TOKEN_KEY": KEY,
        "CPR_KEY": KEY,
    }
    process = ServiceProcess(["registry"], environment, tmp_path / "registry.log").start()
    client = RpcClient(amqp_uri, issue_token(Actor.system("tests"), KEY, 600), name="tests")
    heard: dict[str, list[dict[str, Any]]] = {}
    try:
        assert bring_in(database, town.write()).codes == []

        def all_heard() -> bool:
            while (message := bus.get(queue)) is not None:
                body = json.loads(message.body)
                heard.setdefault(body["type"].split(".")[3], []).append(body)
            return sum(map(len, heard.values())) == 13

        until(all_heard, 20, "thirteen events")
        assert {kind: len(of) for kind, of in heard.items()} == {"institution": 3, "staff": 7, "child": 3}
        child = next(one["data"] for one in heard["child"] if one["data"]["languages"] == ["so", "da"])
        group = child["enrolments"][0]["group_id"]
        pedagogue = Actor("staff-1", "staff", (Grant("pedagogue", group),), "samtale")
        token = issue_token(pedagogue, KEY, 600)

        found = client.call("registry.child", {"child_id": child["child_id"]}, token=token)
        assert (found["first_name"], found["address"], found["born"]) == ("LivB1", None, "2022-05-01")
        page = client.call("registry.list_children", {"group_id": group}, token=token)
        assert [one["child_id"] for one in page["items"]] == [child["child_id"]]
        line = client.call("registry.timeline", {"child_id": child["child_id"]}, token=token)
        assert [one["kind"] for one in line["items"]] == ["born", "enrolled"]
        adults = [one["guardian_id"] for one in child["guardians"]]
        cards = client.call("registry.contact_cards", {"child_id": child["child_id"], "guardian_ids": adults})
        assert sorted(one["guardian_id"] for one in cards["items"][0]["guardians"]) == sorted(adults)
        page = client.call("registry.snapshot", {"kind": "child", "limit": 2})
        assert page["items"][0]["data"] in [one["data"] for one in heard["child"]]
        with pytest.raises(Forbidden):
            client.call("registry.contact_cards", {"child_id": child["child_id"]}, token=token)
        with pytest.raises(Invalid) as caught:
            client.call("registry.list_children", {}, token=token)
        assert "group_id" in caught.value.fields
        assert "Liv" not in process.text()
        assert process.stop() == 0
    finally:
        process.kill()
        client.close()
        bus.close()
        database.close()

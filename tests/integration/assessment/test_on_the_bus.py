"""Assessment as it runs: registry's own events in, calls and answers, its events out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from services.assessment import models, projection
from services.chassis import clock, migrations
from services.chassis.actor import Actor, issue_token
from services.chassis.client import RpcClient
from services.chassis.context import Context
from services.chassis.database import Database
from services.chassis.errors import Forbidden, Invalid, PreconditionFailed
from tests.integration.assessment.world import ADMINISTRATION, staff
from tests.support.bus import Bus
from tests.support.process import ROOT, ServiceProcess
from tests.support.waiting import until

KEY = "a-key-of-the-tests-and-of-nobody-else-0123456789"


SERVICES = ["registry", "assessment", "consent"]


class Running:
    """Registry, assessment and consent in one process, with a small synthetic municipality in them."""

    def __init__(self, amqp_uri: str, urls: dict[str, str], folder: Path) -> None:
        self.environment = {
            "AMQP_URI": amqp_uri,
            "ACTOR_TOKEN_KEY": KEY,
            "LINK_TOKEN_KEY": KEY,
            "CPR_KEY": KEY,
            "CONSENT_KEY": KEY,
            **{f"{name.upper()}_DATABASE_URL": url for name, url in urls.items()},
        }
        self.folder = folder
        for name, url in urls.items():
            migrations.upgrade(name, url)
        self.database = Database(urls["assessment"], models.Base)
        self.bus = Bus(amqp_uri)
        self.client = RpcClient(amqp_uri, name="tests", timeout=20)
        self.process = ServiceProcess(SERVICES, self.environment, folder / "run.log")

    def call(self, operation: str, actor: Actor, **data: Any) -> Any:
        return self.client.call(f"assessment.{operation}", data, token=issue_token(actor, KEY, 60))

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "services.chassis", *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def count(self, model: Any) -> int:
        with self.database.unit_of_work() as uow:
            return int(uow.session.scalar(select(func.count()).select_from(model)) or 0)

    def close(self) -> None:
        self.process.kill()
        self.client.close()
        self.bus.close()
        self.database.close()


@pytest.fixture
def running(amqp_uri: str, tmp_path: Path) -> Iterator[Running]:
    urls = {name: f"sqlite:///{tmp_path}/{name}.sqlite" for name in SERVICES}
    found = Running(amqp_uri, urls, tmp_path)
    try:
        found.process.start()
        yield found
    finally:
        found.close()


def test_from_registrys_import_to_a_concern_on_the_public_exchange(running: Running) -> None:
    heard = running.bus.listen("trivsel.public", "concern.raised")
    also = running.bus.listen("assessment.events", "concern.raised")
    running.command("synth", str(running.folder / "town"), "--children", "150", "--seed", "7")
    running.command("import", str(running.folder / "town"))
    until(lambda: running.count(models.Child) >= 150, 30, "the projection has the children")
    until(lambda: running.count(models.Staff) > 0, 30, "the projection has the staff")

    # A round, and the fullest day-care group in it.
    today = clock.today().isoformat()
    windows = [
        {"kind": "vuggestue", "from": today, "to": today},
        {"kind": "boernehave", "from": today, "to": today},
    ]
    planned = running.call("plan_round", ADMINISTRATION, name="Efterår", windows=windows)
    with pytest.raises(PreconditionFailed) as refused:
        running.call("open_round", ADMINISTRATION, round_id=planned["round_id"], expected_version=7)
    assert refused.value.extra == {"version": 1}
    opened = running.call("open_round", ADMINISTRATION, round_id=planned["round_id"], expected_version=1)
    assert opened["children"] == running.count(models.ChildAssessment) > 0
    with running.database.unit_of_work() as uow:
        places = uow.session.execute(
            select(models.ChildAssessment.group_id, models.ChildAssessment.institution_id)
        ).all()
    group, institution = Counter(tuple(place) for place in places).most_common(1)[0][0]
    where = {"round_id": opened["round_id"], "group_id": group}

    # Two who know each other's colours only when both have rated.
    leader = staff("leader", institution)
    sheet = running.call("group_sheet", leader, **where)
    assert sheet["raters"], "registry's staff are known"
    people = [staff("pedagogue", group, id_=id_) for id_ in (*sheet["raters"], leader.id)[:2]]
    for person in people:
        items = [entry(row) for row in running.call("group_sheet", person, **where)["children"]]
        assert running.call("rate_group", person, **where, items=items)["errors"] == []
    dialogue = running.call("discussion_sheet", people[0], **where)
    rows = dialogue["children"]
    assert (len(rows), dialogue["waiting"]) == (len(sheet["children"]), [])

    concern = entry(rows[0]) | {
        "participants": [person.id for person in people],
        "position": "yellow",
        "reason": "Ved skift.",
    }
    result = running.call("finalise_group", people[-1], **where, items=[concern])
    assert result["errors"] == []
    [saved] = result["saved"]

    message = until(lambda: running.bus.get(heard), 10, "the concern on the public exchange")
    twin = until(lambda: running.bus.get(also), 10, "the concern on assessment's own exchange")
    body = json.loads(message.body)
    assert json.loads(twin.body)["id"] == body["id"]
    assert body["type"] == "dk.trivsel.assessment.concern.raised.v1"
    assert body["subject"] == saved["concerns"][0]["concern_id"]
    assert body["data"]["child_id"] == saved["child_id"]
    assert "yellow" not in json.dumps(body)

    # Errors travel with field and mend, and nothing opens for the wrong one.
    with pytest.raises(Invalid) as invalid:
        running.call("rate_group", people[0], **where, items=[])
    assert set(invalid.value.fields) == {"items"}
    with pytest.raises(Forbidden):
        running.call(
            "group_sheet", staff("pedagogue", institution.replace(institution[:8], "0" * 8)), **where
        )
    every_query(running, leader, where, saved)

    # What is lost of the projection comes back from registry, by call and by command.
    children = running.count(models.Child)
    with running.database.unit_of_work() as uow:
        uow.session.execute(delete(models.Enrolment))
        uow.session.execute(delete(models.Child))
    rebuilt = running.call("rebuild_projection", staff("operations", "*"))
    assert (rebuilt["children"], running.count(models.Child)) == (children, children)
    assert f"{children} children" in running.command("rebuild", "assessment")
    [told] = json.loads(running.command("projection", "rebuild", "assessment", "--json"))
    assert (told["service"], told["children"]) == ("assessment", children)
    with pytest.raises(Forbidden):
        running.call("rebuild_projection", leader)


def every_query(running: Running, leader: Actor, where: dict[str, str], saved: dict[str, Any]) -> None:
    """Each answer fits its schema and comes through the bus."""
    round_ = {"round_id": where["round_id"]}
    child = {"child_id": saved["child_id"]}
    calls: list[tuple[str, Actor, dict[str, Any]]] = [
        ("get_round", leader, round_),
        ("list_rounds", leader, {}),
        ("get_profile", leader, {}),
        ("list_profiles", leader, {}),
        ("indicators", leader, {**round_, "age_band": "3-6"}),
        ("get_assessment", leader, {"child_assessment_id": saved["child_assessment_id"]}),
        ("child_history", leader, child),
        ("timeline", leader, child),
        ("list_concerns", leader, {}),
        ("coverage", leader, {}),
        ("coverage", ADMINISTRATION, {**round_, "level": "municipality"}),
        ("distribution", leader, round_),
        ("overdue", leader, {}),
    ]
    for operation, actor, data in calls:
        answer = running.call(operation, actor, **data)
        assert answer, operation
    history = running.call("child_history", leader, **child)
    [assessment] = history["assessments"]
    assert assessment["joint"][0]["position"] == "yellow"
    assert history["concerns"][0]["steps"][0]["state"] == "raised"
    kinds = [item["kind"] for item in running.call("timeline", leader, **child)["items"]]
    assert {"joint_rating", "concern_raised", "own_rating"} == set(kinds)


def test_no_call_to_registry_is_made_inside_a_transaction(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite", models.Base)
    models.Base.metadata.create_all(database.engine)
    me = Actor.system("assessment")
    with database.unit_of_work(), pytest.raises(RuntimeError):
        projection.rebuild(database, me, Context.new(), lambda *_: {"items": [], "next": None})
    database.close()


def entry(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "child_assessment_id": row["child_assessment_id"],
        "expected_version": row["version"],
        "position": "green",
    }

"""Whether who signed in is the one a link names: yes or no, to the gateway alone, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from services.chassis.actor import Actor, Grant
from services.chassis.context import Context
from services.chassis.database import Database
from services.chassis.errors import Forbidden
from services.registry.identity import TRIES, match_person
from services.registry.models import Child, Guardian
from tests.integration.registry.conftest import accesses
from tests.integration.registry.town import VAULT

pytestmark = pytest.mark.usefixtures("the_day")

GATEWAY = Actor.system("gateway")
NUMBER = "018190-0003"
OTHER = "018120-0002"


def ask(database: Database, actor: Actor = GATEWAY, **more: Any) -> dict[str, Any]:
    """About F3 and her child B3, by her number, unless told otherwise."""
    with database.unit_of_work() as uow:
        ids = {
            row.source_id: row.id
            for model in (Guardian, Child)
            for row in uow.session.execute(select(model.source_id, model.id))
        }
    asked = {"child_id": "B3", "person_id": "F3", "by": "cpr", "value": NUMBER, **more}
    asked |= {name: ids[asked[name]] for name in ("child_id", "person_id")}
    if asked["by"] == "person":
        asked["value"] = ids.get(asked["value"], asked["value"])
    with database.unit_of_work(Context.new()) as uow:
        return match_person(uow, actor, VAULT, **asked)


@pytest.mark.parametrize(
    ("how", "matches"),
    [
        ({}, True),
        ({"value": "0181900003"}, True),
        ({"value": OTHER}, False),
        ({"value": ""}, False),
        ({"value": "no number"}, False),
        ({"child_id": "B1"}, False),  # another's child
        ({"child_id": "B1", "person_id": "F1"}, False),  # her number is not known here
        ({"child_id": "B2", "person_id": "B2", "value": OTHER}, True),  # the young person herself
        ({"child_id": "B2", "person_id": "B2", "value": NUMBER}, False),
        ({"by": "person", "value": "F3"}, True),
        ({"by": "person", "value": "F1"}, False),
    ],
)
def test_only_the_person_herself_matches(full: Database, how: dict[str, Any], matches: bool) -> None:
    assert ask(full, **how) == {"matches": matches, "wait": False}


@pytest.mark.parametrize(
    "actor",
    [
        Actor.system("notifications"),
        Actor("00000000-0000-4000-8000-000000000001", "staff", (Grant("administration", "*"),), "test"),
        Actor("00000000-0000-4000-8000-000000000001", "guardian", (), "eget barn"),
    ],
)
def test_nobody_but_the_gateway_may_ask(full: Database, actor: Actor) -> None:
    with pytest.raises(Forbidden):
        ask(full, actor)


def test_after_some_wrong_ones_nothing_is_compared_for_a_while_and_others_are_not_touched(
    full: Database,
) -> None:
    for _ in range(TRIES):
        assert ask(full, value=OTHER) == {"matches": False, "wait": False}
    assert ask(full) == {"matches": False, "wait": True}
    assert ask(full, child_id="B2", person_id="B2", value=OTHER)["matches"] is True


def test_each_question_is_noted_without_the_number(full: Database) -> None:
    ask(full)
    ask(full, value=OTHER)
    rows = accesses(full)
    assert {(row.actor_id, row.action) for row in rows} == {("service:gateway", "search")}
    assert [row.kind for row in rows] == ["identity"] * 2 + ["identity-refused"] * 2
    assert not any("0181" in str(row) for row in rows)

"""The REST API before the real services: who may see whom, conflicts, and the parents' door."""

from __future__ import annotations

import json
import sqlite3
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.api import Api, Problem
from services.chassis.actor import Actor, Grant
from tests.e2e.gateway.conftest import Rated
from tests.support import until


def refused(call: Any, *arguments: Any, **options: Any) -> Problem:
    with pytest.raises(Problem) as found:
        call(*arguments, **options)
    assert found.value.body["correlation_id"]
    return found.value


def answer_to(api: Api, path: str) -> tuple[int, str]:
    """Status and text of an answer, whether or not it is a refusal."""
    try:
        return 200, str(api.get(path))
    except Problem as problem:
        return problem.status, str(problem.body)


def access_log(rated: Rated, service: str, subject: str, actor_id: str) -> list[tuple[str, str]]:
    """Action and purpose of each line about ``subject`` by ``actor_id``."""
    database = rated.house.database_url(service).removeprefix("sqlite:///")
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = connection.execute("select action, purpose, subject, actor_id from access_log").fetchall()
    key = subject.replace("-", "")
    return [
        (action, purpose)
        for action, purpose, about, who in rows
        if who == actor_id and about.replace("-", "") == key
    ]


def test_a_pedagogue_sees_her_own_child_and_the_look_is_logged_with_its_purpose(rated: Rated) -> None:
    found = rated.api(rated.pedagogue).get(f"/children/{rated.green}")
    assert found["child_id"] == rated.green
    assert ("read", "vurdering") in access_log(rated, "registry", rated.green, rated.pedagogue.id)


@pytest.mark.parametrize(
    "path",
    ["/children/{child}", "/children/{child}/timeline", "/children/{child}/assessments",
     "/children/{child}/notices", "/meetings?child_id={child}",
     "/rounds/{round}/groups/{group}", "/rounds/{round}/groups/{group}/discussion",
     "/children?group_id={group}"],
)  # fmt: skip
def test_a_pedagogue_of_another_group_sees_nothing_of_the_child(rated: Rated, path: str) -> None:
    place = path.format(child=rated.yellow, round=rated.round_id, group=rated.group_id)
    status, told = answer_to(rated.api(rated.stranger), place)
    assert status in (403, 404) or told == str({"items": [], "next": None})
    for word in ("yellow", "Gul", rated.yellow, "Står ofte alene"):
        assert word not in told


def test_a_refusal_stands_in_the_log_with_who_asked_and_without_whom_she_asked_about(rated: Rated) -> None:
    problem = refused(rated.api(rated.stranger).get, f"/children/{rated.yellow}")
    log = rated.house.folder / "logs" / "gateway.log"

    def line() -> str:
        written = log.read_text().splitlines()
        return next((each for each in written if problem.body["correlation_id"] in each), "")

    told = json.loads(until(line, 5, "the log has the request"))
    assert told["status"] == problem.status
    assert told["actor_id"] == rated.stranger.id
    assert told["route"] == "/api/v1/children/<uuid:child_id>"
    assert rated.yellow not in log.read_text()


def test_a_search_leaves_out_the_children_of_others(rated: Rated) -> None:
    name = rated.api(rated.pedagogue).get(f"/children/{rated.green}")["first_name"]
    mine = rated.api(rated.pedagogue).post("/children/search", {"text": name})["items"]
    theirs = rated.api(rated.stranger).post("/children/search", {"text": name})["items"]
    assert rated.green in {each["child_id"] for each in mine}
    assert rated.green not in {each["child_id"] for each in theirs}


def test_a_parent_has_no_way_in_but_her_link(rated: Rated) -> None:
    parent = Actor(str(uuid4()), "guardian", ())
    for path in (f"/children/{rated.yellow}", f"/children/{rated.yellow}/assessments", "/rounds", "/tasks"):
        assert refused(rated.api(parent).get, path).status in (403, 404)


def test_the_timeline_tells_the_whole_way_in_order(rated: Rated, invitations: list[str]) -> None:
    assert invitations
    api = rated.api(rated.pedagogue)

    def whole() -> dict[str, Any]:
        found: dict[str, Any] = api.get(f"/children/{rated.red}/timeline")
        kinds = [item["kind"] for item in found["items"]]
        return found if {"invited", "notice.sent"} <= set(kinds) else {}

    found = until(whole, 20, "the timeline is whole")
    assert found["silent"] == []
    times = [item["at"] for item in found["items"]]
    assert times == sorted(times, reverse=True)
    concerned = [item["kind"] for item in reversed(found["items"]) if item["concern_id"]]
    order = [concerned.index(kind) for kind in ("joint_rating", "concern_raised", "required", "invited")]
    assert order == sorted(order)
    assert len({item["concern_id"] for item in found["items"] if item["concern_id"]}) == 1


def test_no_parent_is_told_where_parents_are_suspected(rated: Rated, invitations: list[str]) -> None:
    assert invitations
    items = rated.api(rated.pedagogue).get(f"/children/{rated.withheld}/timeline")["items"]
    kinds = {item["kind"] for item in items}
    assert "concern_withheld" in kinds
    assert not [kind for kind in kinds if kind.startswith("notice.") or kind in ("required", "invited")]


def test_of_two_who_change_a_round_at_once_one_is_told_of_the_other(rated: Rated) -> None:
    admin = Api.as_role(rated.house, "administration")
    seen = admin.get(f"/rounds/{rated.round_id}")
    place = f"/rounds/{rated.round_id}"
    changed = admin.call("PATCH", place, {"name": "Efterårsrunden"}, version=seen["version"])
    assert changed["version"] == seen["version"] + 1
    late = refused(admin.call, "PATCH", place, {"name": "En anden"}, version=seen["version"])
    assert late.status == 412
    assert late.body["version"] == changed["version"]
    assert admin.get(place)["name"] == "Efterårsrunden"


def test_pages_of_children_meet_without_a_gap(rated: Rated) -> None:
    leader = Actor(rated.staff_id, "staff", (Grant("leader", rated.institution_id),), "overblik")
    api = rated.api(leader)
    place = {"institution_id": rated.institution_id}
    whole = [child["child_id"] for child in api.all("/children", **place)]
    small = [child["child_id"] for child in api.all("/children", **place, limit=7)]
    assert len(whole) > 7
    assert small == whole


def test_pages_of_meetings_meet_without_a_gap(rated: Rated, invitations: list[str]) -> None:
    assert invitations
    api = rated.api(Actor(rated.staff_id, "staff", (Grant("leader", rated.institution_id),), "overblik"))
    place = {"institution_id": rated.institution_id}
    whole = [meeting["meeting_id"] for meeting in api.all("/meetings", **place)]
    assert len(whole) == 2
    assert [meeting["meeting_id"] for meeting in api.all("/meetings", **place, limit=1)] == whole


def test_a_parent_adds_her_points_by_the_link_alone(rated: Rated, invitations: list[str]) -> None:
    door = Api(rated.house.gateway_url, None)
    [token, *_] = [each for each in invitations if door.get(f"/answers/{each}")["child_id"] == rated.yellow]
    told = door.post(f"/answers/{token}", {"points": "Hvordan går det til frokost?", "interpreter": True})
    assert told["outcome"] == "noted"
    assert told["own"]["points"] == "Hvordan går det til frokost?"
    assert not {"first_name", "last_name", "position", "reason"} & told.keys()


@pytest.mark.parametrize("token", ["x", "a.b.c", "%20", "WyJhIl0.abc", "x" * 1500])
def test_a_forged_link_opens_nothing(rated: Rated, token: str) -> None:
    problem = refused(Api(rated.house.gateway_url, None).get, f"/answers/{token}")
    assert problem.status == 404
    assert rated.yellow not in str(problem.body)


def test_an_altered_link_opens_nothing(rated: Rated, invitations: list[str]) -> None:
    token = invitations[0]
    # Not the last letter: it carries unused bits, and another spelling of them is the same link.
    altered = token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:]
    assert refused(Api(rated.house.gateway_url, None).get, f"/answers/{altered}").status == 404


def test_an_answer_that_cannot_be_names_what_to_mend(rated: Rated, invitations: list[str]) -> None:
    door = Api(rated.house.gateway_url, None)
    problem = refused(door.post, f"/answers/{invitations[0]}", {"choice": "accepted"})
    assert problem.status == 422
    assert "proposal_id" in problem.body["fields"]

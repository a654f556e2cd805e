"""What a child's access log says, to whom, and that reading it leaves its own trace."""

from __future__ import annotations

import pytest

from services.chassis.access import Log
from services.chassis.database import Database
from services.chassis.errors import Forbidden, Invalid, NotFound
from services.registry import access, queries
from tests.integration.registry.conftest import accesses
from tests.integration.registry.test_access import People

pytestmark = pytest.mark.usefixtures("the_day")

PAGE = {"after": None, "limit": 100, "extract": False}


@pytest.fixture
def people(full: Database) -> People:
    return People(full)


def test_the_leader_reads_who_looked_and_why_newest_first(people: People) -> None:
    child = people.ids["B1"]
    for who in ("M1", "M2"):
        people.ask(who, queries.child, child)
    found = Log().dump(people.ask("M2", access.access_log, child_id=child, **PAGE))
    assert [one["actor_id"] for one in found["items"]] == [people.ids["M2"], people.ids["M1"]]
    assert {one["purpose"] for one in found["items"]} == {"forberedelse af møde"}
    assert {(one["action"], one["kind"]) for one in found["items"]} == {("read", "child")}
    last = accesses(people.database)[-1]
    assert (last.action, last.kind, last.subject, last.actor_id) == (
        "read", "access_log", child, people.ids["M2"],
    )  # fmt: skip


def test_an_extract_tells_no_name_and_is_noted_as_taken_out(people: People) -> None:
    child = people.ids["B1"]
    people.ask("M1", queries.child, child)
    found = Log().dump(people.ask("M5", access.access_log, child_id=child, **{**PAGE, "extract": True}))
    assert [one["actor_id"] for one in found["items"]] == [None]
    assert people.ids["M1"] not in str(found)
    assert accesses(people.database)[-1].action == "export"


def test_the_log_is_read_in_pages_without_a_gap_or_a_repeat(people: People) -> None:
    child = people.ids["B1"]
    for _ in range(5):
        people.ask("M1", queries.child, child)
    seen: list[str] = []
    after = None
    while len(seen) < 20:
        page = people.ask("M2", access.access_log, child_id=child, **{**PAGE, "after": after, "limit": 2})
        seen += [one["cursor"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5
    with pytest.raises(Invalid):
        people.ask("M2", access.access_log, child_id=child, **{**PAGE, "after": "i går_x"})


@pytest.mark.parametrize("who", ["M1", "M3", "M4", "M6", "M7"])
def test_nobody_else_reads_it(people: People, who: str) -> None:
    before = len(accesses(people.database))
    with pytest.raises((Forbidden, NotFound)):
        people.ask(who, access.access_log, child_id=people.ids["B1"], **PAGE)
    assert len(accesses(people.database)) == before

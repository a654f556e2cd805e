"""One story from the sign-in to the minutes in a parent's hand, through pages alone.

The first module of its house by name: nobody has changed agendas, hours or deadlines yet.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.local.api import Api
from deploy.local.demo.mails import links
from tests.e2e.gateway import story_browser as story
from tests.e2e.gateway.conftest import Rated, _has_mail, _quietly
from tests.support import until

ROOT = Path(__file__).resolve().parents[3]
COLOURS = re.compile(r"(?i)\b(grøn\w*|gul|gult|rød\w*)\b")

pytestmark = pytest.mark.timeout(600)


def group_of_two(rated: Rated) -> dict[str, Any]:
    """The smallest nursery group that two people rate and where a family reads its mail."""
    admin = Api.as_role(rated.house, "administration")
    found = []
    for place in admin.all("/institutions", kind="vuggestue"):
        for group in admin.all(f"/institutions/{place['institution_id']}/groups"):
            staff = admin.all("/staff", group_id=group["group_id"])
            raters = [one["staff_id"] for one in staff if one["role"] == "pedagogue"]
            if len(raters) > 1 and group["children"] > 1:
                people = admin.all("/staff", institution_id=place["institution_id"])
                leader = next(one["staff_id"] for one in people if one["role"] == "leader")
                found.append({**group, "place": place["institution_id"], "raters": raters, "leader": leader})
    return min(found, key=lambda group: group["children"])


@pytest.fixture(scope="module")
def told(rated: Rated) -> dict[str, Any]:
    """What was seen on the way, and the child it was about."""
    group = group_of_two(rated)
    leader = Api.as_role(rated.house, "leader")
    base = f"/rounds/{rated.round_id}/groups/{group['group_id']}"
    until(lambda: _quietly(lambda: len(leader.get(base)["raters"]) > 1), 60, "assessment knows the staff")
    rows = leader.get(base)["children"]
    child_id = next(row["child_id"] for row in rows if _has_mail(leader, row["child_id"]))
    child = leader.get(f"/children/{child_id}")
    plan = {
        "address": rated.house.gateway_url,
        "mailbox": str(rated.house.mailbox),
        "institution": group["place"],
        "group": group["group_id"],
        "people": {"first": group["raters"][0], "second": group["raters"][1], "leader": group["leader"]},
        "child": f"{child['first_name']} {child['last_name']}",
        "first_name": child["first_name"],
        "child_id": child_id,
        "known": links(rated.house.mailbox, 20),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.gateway.story_browser", json.dumps(plan)],
        cwd=ROOT, capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    return {"child": child, "children": len(rows), **json.loads(done.stdout)}


def test_from_the_sign_in_to_the_minutes_in_a_parents_hand(told: dict[str, Any]) -> None:
    assert told["faults"] == []
    for who in ("first", "second"):
        assert told[f"rated by {who}"].startswith(f"{told['children']} af {told['children']}")
    assert "invitation til fokusmøde" in told["told before"]
    assert told["closed"] == told["children"]
    assert "Mødet er aftalt" in told["accepted"]
    assert not told["sideways"]
    assert "Aftalt" in told["leader sees"]
    assert "Har valgt en tid" in told["meeting"]
    assert story.POINTS in told["meeting"]
    assert "Forældrene fik referatet" in told["sent"]
    for words in (story.MINUTES, story.AGREED):
        assert words in told["minutes"]


def test_no_parent_reads_what_staff_wrote_for_themselves_on_the_way(told: dict[str, Any]) -> None:
    for page in ("asked", "accepted", "minutes"):
        assert not COLOURS.search(told[page]), page
        assert story.WORRY not in told[page]
        assert story.WORDS not in told[page]
        assert told["child"]["last_name"] not in told[page]

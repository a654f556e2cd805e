"""The sender fills in, a parent reads on her phone, it may not be passed on without consent; then it is, and
the new place accepts. Nothing of the form is to be read by the new place before."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from deploy.local.api import Api, Problem
from tests.e2e.gateway.conftest import Rated
from tests.e2e.signed import browser_of, cookie_for
from tests.e2e.transition.moving import Move, begin

ROOT = Path(__file__).resolve().parents[3]
WORDS = "Finder ro, når der er få børn i rummet."

# Slow: minutes of browsers in a house of its own.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def move(rated: Rated) -> Move:
    return begin(rated)


@pytest.fixture(scope="module")
def before(move: Move, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return played(move, tmp_path_factory.mktemp("before"), "before")


@pytest.fixture(scope="module")
def after(move: Move, before: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    move.consents()
    return played(move, tmp_path_factory.mktemp("after"), "after", token=before["token"], meeting=held(move))


def played(move: Move, folder: Path, part: str, **more: Any) -> dict[str, Any]:
    house = move.house
    reasons = {move.child["child_id"]: "overgang"}
    plan = {
        "part": part,
        "address": house.gateway_url,
        "transition": move.transition_id,
        "cookies": {
            "sender": cookie_for(house, move.sender, "Lene Leder", **reasons),
            "receiver": cookie_for(house, move.receiver, "Sofie Skoleleder"),
        },
        "mailbox": str(house.mailbox),
        "folder": str(folder),
        "words": WORDS,
        **more,
    }
    file = folder / "plan.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.transition.transition_browser", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def held(move: Move) -> str:
    """The child's focus meeting, held a moment ago."""
    api = Api.as_actor(move.house, move.sender)
    found = api.get("/meetings", child_id=move.child["child_id"])["items"]
    meeting = next(one for one in found if one["kind"] == "focus")
    place = f"/meetings/{meeting['meeting_id']}"
    roles = dict.fromkeys(("facilitator", "timekeeper", "minutes", "sender", "contact"), move.sender.id)
    for path, body in (
        (
            "confirmation",
            {"starts_at": datetime.now(UTC).replace(minute=0, second=0, microsecond=0).isoformat()},
        ),
        ("roles", {"roles": roles}),
        ("held", {}),
    ):
        version = api.get(place)["version"]
        if path == "roles":
            api.call("PUT", f"{place}/roles", body, version=version)
        else:
            api.post(f"{place}/{path}", body, version=version)
    return str(meeting["meeting_id"])


def test_the_pages_are_sound_at_each_width(before: dict[str, Any], after: dict[str, Any]) -> None:
    for name, page in {**before["pages"], **after["pages"]}.items():
        assert (name, page["violations"]) == (name, [])
        assert (name, page["overflows"]) == (name, False)
        assert page["contrast"] >= 4.5, name
        assert page["headings"][0] == 1, name
    assert before["errors"] == after["errors"] == []


def test_the_sender_is_led_from_her_task_to_the_form_and_told_who_answers(before: dict[str, Any]) -> None:
    said = before["said"]
    assert "Forbered overgangen" in said["tasks"]
    assert "har ansvaret, til det nye sted har taget imod" in said["open"]
    assert "Udfyld mindst ét felt" in said["empty"]
    assert "Skemaet er gemt" in said["saved"]


def test_nothing_typed_is_lost_when_two_write_at_once(before: dict[str, Any]) -> None:
    assert WORDS in before["beside"]
    assert before["kept"] == "Noget andet om leg"
    assert "Skemaet er gemt" in before["said"]["laid together"]


def test_a_word_of_colour_is_pointed_out_before_the_parents_read_it(before: dict[str, Any]) -> None:
    assert "“gul” under “Sammen med andre”" in before["said"]["coloured"]


def test_people_of_both_places_are_offered_for_the_meeting(before: dict[str, Any]) -> None:
    assert "Skriv den sidste dag" in before["said"]["no day"]
    assert "Fra det nye sted" in before["said"]["plan"]
    assert "Sammenhængsmøde" in before["said"]["plan"]


def test_the_new_place_reads_nothing_of_the_form_before_it_is_passed_on(
    before: dict[str, Any], move: Move
) -> None:
    assert WORDS not in before["received too early"]
    assert "I kan læse skemaet, når det er givet videre" in before["received too early"]


def test_a_parent_reads_and_answers_on_her_phone_and_a_forged_link_tells_nothing(
    before: dict[str, Any],
) -> None:
    said = before["said"]
    assert WORDS in said["parent"]
    assert WORDS not in before["mail"]
    assert "Vælg et af svarene" in said["no answer"]
    assert before["words kept"] == "Hun er bange for høje lyde"
    assert "Dit svar er gemt" in said["answered"]
    assert "Linket virker ikke" in said["forged"]
    assert WORDS not in said["forged"]
    assert "Hun er bange for høje lyde" in said["reviewed"]


def test_what_may_not_be_passed_on_says_why_and_leads_to_the_mend(before: dict[str, Any], move: Move) -> None:
    assert "må ikke gives videre" in before["said"]["refused"]
    assert "Der er ikke et samtykke, der gælder" in before["said"]["blocked"]
    asked = parse_qs(urlsplit(before["consent link"]).query)
    assert asked == {"formaal": ["transition_release"], "modtager": [move.school]}


def test_the_new_place_reads_accepts_and_then_answers(after: dict[str, Any], move: Move) -> None:
    said = after["said"]
    assert "I har ansvaret, til det nye sted har taget imod" in said["released"]
    assert "Tag imod overgangen" in said["receiver tasks"]
    assert move.child["first_name"] in said["receiver tasks"]
    assert WORDS in said["receiver reads"]
    assert "Hun er bange for høje lyde" in said["receiver reads"]
    assert "Ansvaret er nu jeres" in said["accepted"]
    assert "Taget imod" in said["sender received"]
    assert "Det nye sted har taget imod" in said["parent received"]
    kinds = [
        one["kind"]
        for one in Api.as_actor(move.house, move.sender).get(f"/children/{move.child['child_id']}/timeline")[
            "items"
        ]
    ]
    assert {"transition_opened", "transition_seen", "transition_received"} <= set(kinds)


def test_a_meeting_with_a_specialist_waits_and_says_what_for(after: dict[str, Any]) -> None:
    assert "Vælg mindst én specialist" in after["said"]["nobody chosen"]
    assert "venter på samtykke" in after["said"]["waits"]
    asked = parse_qs(urlsplit(after["specialist link"]).query)
    assert asked["formaal"] == ["specialist_meeting"]
    assert set(asked) == {"formaal", "modtager", "moede"}


def test_strangers_see_no_transition_and_no_name(after: dict[str, Any], move: Move) -> None:
    session = browser_of(move.house, move.stranger)
    answer = session.get(f"{move.house.gateway_url}/overgange/{move.transition_id}", timeout=30)
    assert answer.status_code == 404
    assert "Du kan ikke se denne overgang" in answer.text
    assert move.child["last_name"] not in answer.text
    assert move.child["first_name"] not in session.get(f"{move.house.gateway_url}/overgange", timeout=30).text
    with pytest.raises(Problem):
        move.read(move.stranger)

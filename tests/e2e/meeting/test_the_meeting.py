"""Planning a meeting, the parent's answer, the meeting itself, and the minutes read by the parent."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from icalendar import Calendar
from pypdf import PdfReader

from services.chassis.actor import Actor, Grant
from tests.e2e.gateway.conftest import Rated
from tests.e2e.signed import browser_of, cookie_for

ROOT = Path(__file__).resolve().parents[3]
COLOURS = re.compile(r"(?i)\b(grøn\w*|gul|gult|rød\w*|green|yellow|red)\b")
CPR = re.compile(r"(?<!\d)\d{6}[-– ]?\d{4}(?!\d)")
INTERNAL = re.compile(r"(?i)\b(bekymr\w*|mistrivs\w*|vurdering\w*|underret\w*|concern\w*|assess\w*)\b")

pytestmark = pytest.mark.timeout(480)


@pytest.fixture(scope="module")
def leader(rated: Rated) -> Actor:
    return Actor(rated.staff_id, "staff", (Grant("leader", rated.institution_id),), "dagligt arbejde")


@pytest.fixture(scope="module")
def meeting(rated: Rated, leader: Actor, invitations: list[str]) -> str:
    assert invitations
    [found] = rated.api(leader).get("/meetings", child_id=rated.yellow)["items"]
    return str(found["meeting_id"])


@pytest.fixture(scope="module")
def seen(
    rated: Rated,
    leader: Actor,
    meeting: str,
    invitations: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What the browser saw of the whole story."""
    folder = tmp_path_factory.mktemp("meeting")
    plan = {
        "address": rated.house.gateway_url,
        "mailbox": str(rated.house.mailbox),
        "folder": str(folder),
        "meeting": meeting,
        "known": invitations,
        "child_name": rated.api(leader).get(f"/children/{rated.yellow}")["first_name"],
        "cookie": cookie_for(rated.house, leader, "Lene Leder"),
    }
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.meeting.meeting_browser", str(folder / "plan.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=420,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return {**json.loads(done.stdout), "folder": folder}


def pages(seen: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name: page for name, page in seen["pages"].items() if name.startswith(prefix)}


def test_axe_finds_nothing_on_any_page_at_any_width(seen: dict[str, Any]) -> None:
    assert {name: page["violations"] for name, page in seen["pages"].items() if page["violations"]} == {}


def test_no_page_scrolls_sideways_and_all_text_stands_out(seen: dict[str, Any]) -> None:
    assert [name for name, page in seen["pages"].items() if page["overflows"]] == []
    assert [(name, page["contrast"]) for name, page in seen["pages"].items() if page["contrast"] < 4.5] == []


def test_every_control_has_room_for_a_finger(seen: dict[str, Any]) -> None:
    for name, page in seen["pages"].items():
        assert (name, page["small"]) == (name, [])


def test_every_page_has_one_heading_at_the_top_and_the_others_in_order(seen: dict[str, Any]) -> None:
    for name, page in seen["pages"].items():
        levels = page["headings"]
        assert levels.count(1) == 1, name
        after = levels[levels.index(1) :]
        assert all(later <= earlier + 1 for earlier, later in pairwise(after)), name


def test_no_script_fails(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []


# Planning --------------------------------------------------------------------------------------------


def test_each_step_says_what_is_missing_and_keeps_what_was_typed(seen: dict[str, Any]) -> None:
    assert "Vælg mindst én, der holder mødet" in seen["said"]["nobody"]
    assert "Tiden er passeret" in seen["conflict"]
    assert "En af tiderne kan ikke bruges" in seen["said"]["taken"]
    assert "fyldt 18 år" in seen["said"]["age"]
    assert seen["kept"] == "ar"
    assert seen["back"] == "Sommerferien"
    assert "på vej til forældrene" in seen["said"]["sent"]


def test_the_preview_is_each_custody_holders_own(rated: Rated, leader: Actor, seen: dict[str, Any]) -> None:
    holders = [
        one
        for one in rated.api(leader).get(f"/children/{rated.yellow}")["guardians"]
        if one["custody"] != "none"
    ]
    assert len(seen["previews"]) == len(holders)
    for one in holders:
        own = [text for text in seen["previews"] if one["first_name"] in text.split("\n")[0]]
        assert own
        assert not any(COLOURS.search(text) for text in own)


# The parent ------------------------------------------------------------------------------------------


def test_a_parent_accepts_without_script_and_the_leader_sees_it_with_her_points(seen: dict[str, Any]) -> None:
    assert "Mødet er aftalt" in seen["said"]["accepted"] or "meeting is agreed" in seen["said"]["accepted"]
    assert "Har valgt en tid" in seen["leader"]
    assert "Vi vil gerne tale om søvn" in seen["leader"]


def test_the_calendar_file_is_the_meetings_own_entry(seen: dict[str, Any], meeting: str) -> None:
    (event,) = Calendar.from_ical(seen["calendar"]).walk("VEVENT")
    assert str(event["UID"]) == f"{meeting}@meetings.trivsel"
    assert not {"ATTENDEE", "ORGANIZER"} & set(event)


def test_no_parents_page_says_a_colour_an_address_a_number_or_the_staffs_words(
    rated: Rated, leader: Actor, seen: dict[str, Any]
) -> None:
    child = rated.api(leader).get(f"/children/{rated.yellow}")
    place = next(one["institution_name"] for one in child["enrolments"] if one["current"])
    for name, page in pages(seen, "parent-").items():
        text = page["text"].replace(place, "")
        if not name.startswith(
            "parent-minutes"
        ):  # what staff wrote there is looked through before it is sent
            assert not COLOURS.search(text), name
        assert not CPR.search(text), name
        assert not INTERNAL.search(text), name
        assert not re.search(rf"\b{re.escape(child['last_name'])}\b", text), name
        assert "Står ofte alene" not in text, name
        assert not child["address"] or child["address"] not in text, name


# The meeting -----------------------------------------------------------------------------------------


def test_a_meeting_begins_when_every_role_is_filled_and_says_which_are_not(seen: dict[str, Any]) -> None:
    assert "Facilitator" in seen["said"]["refused"]
    assert "Tidsholder" not in seen["said"]["refused"]
    assert "flyttet" in seen["said"]["moved"]
    assert "begyndt" in seen["said"]["begun"]


def test_minutes_save_themselves_and_two_who_write_at_once_lose_nothing(seen: dict[str, Any]) -> None:
    assert re.search(r"Gemt kl\. \d\d\.\d\d", seen["saved"])
    assert seen["together"] == "Barnet sover uroligt.\nForældrene er trætte."
    assert seen["beside"] == "Barnet sover uroligt om natten."
    assert seen["both"] == "Barnet sover uroligt om natten.\n\nNoget andet"


def test_without_script_the_same_can_be_done(seen: dict[str, Any]) -> None:
    assert "Referatet er gemt" in seen["said"]["plain-saved"]
    assert (seen["plain-beside"], seen["plain-kept"]) == ("Det gule rum er roligt.", "Garderoben er trang.")
    assert "Referatet er gemt" in seen["said"]["plain-both"]
    assert "Skriv, hvad der er aftalt" in seen["said"]["agreement-empty"]
    assert "Aftalen er noteret" in seen["said"]["agreement"]


def test_the_next_date_is_asked_for_and_words_of_colour_are_pointed_out(seen: dict[str, Any]) -> None:
    assert "holdt" in seen["said"]["held"]
    assert "Vælg den dag, I følger op" in seen["said"]["no-date"]
    assert "“gule” under “Barnets omgivelser”" in seen["warned"]
    assert "link til referatet" in seen["said"]["shared"]


# The minutes -----------------------------------------------------------------------------------------


def test_the_parent_reads_what_was_written_and_agreed(seen: dict[str, Any]) -> None:
    for words in (
        "Barnet sover uroligt om natten.",
        "Leger godt i den lille gruppe",
        "Garderoben er trang.",
        "Fast plads ved spisebordet",
    ):
        assert words in seen["read"]
    assert "Linket virker ikke" in seen["wrong door"]


def test_the_paper_has_page_numbers_and_neither_cpr_nor_address(
    rated: Rated, leader: Actor, meeting: str, seen: dict[str, Any]
) -> None:
    child = rated.api(leader).get(f"/children/{rated.yellow}")
    door = rated.house.gateway_url
    staffs = browser_of(rated.house, leader).get(f"{door}/moede/{meeting}/referat.pdf", timeout=20)
    parents = requests.get(f"{door}/referat/{seen['minutes_token']}/referat.pdf", timeout=20)
    printed = (seen["folder"] / "print.pdf").read_bytes()
    for content in (staffs.content, parents.content, printed):
        texts = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
        whole = "\n".join(texts)
        assert "Leger godt i den lille gruppe" in whole
        assert not CPR.search(whole)
        assert not child["address"] or child["address"].split(",")[0] not in whole
        for word in ("Mine opgaver", "Log ud", "English"):
            assert word not in whole
        for number, text in enumerate(texts, 1):
            assert f"{number} / {len(texts)}" in text
    assert child["last_name"] in PdfReader(io.BytesIO(staffs.content)).pages[0].extract_text()
    assert "no-store" in staffs.headers["Cache-Control"]


def test_a_stranger_sees_neither_the_meeting_nor_its_minutes(
    rated: Rated, meeting: str, seen: dict[str, Any]
) -> None:
    assert seen
    door, stranger = rated.house.gateway_url, browser_of(rated.house, rated.stranger)
    for path in ("", "/planlaeg", "/planlaeg/send", "/referat/send", "/referat/print", "/referat.pdf"):
        assert stranger.get(f"{door}/moede/{meeting}{path}", timeout=20).status_code == 404, path
    somebody = requests.get(f"{door}/moede/{meeting}", timeout=20, allow_redirects=False)
    assert somebody.status_code == 303


def test_links_of_parents_tell_no_other_site_and_are_kept_by_no_searcher(
    rated: Rated, seen: dict[str, Any]
) -> None:
    door = rated.house.gateway_url
    for path in (f"/referat/{seen['minutes_token']}", "/referat/x.y", "/svar/x.y"):
        answer = requests.get(door + path, timeout=20)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "no-store" in answer.headers["Cache-Control"]

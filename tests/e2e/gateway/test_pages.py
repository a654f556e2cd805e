"""The pages in Debian's Chromium: a parent answers on her phone, a leader reads the child's timeline."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from deploy.local.api import Api
from tests.e2e.gateway.conftest import Rated

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.timeout(180)

POSITION_WORDS = ("grøn", "gul", "rød", "green", "yellow", "red ")


def browse(rated: Rated, link: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.e2e.gateway.browse",
            rated.house.gateway_url,
            link,
            rated.red,
            str(folder),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def seen(rated: Rated, invitations: list[str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the browser saw, and where it left its pictures."""
    door = Api(rated.house.gateway_url, None)
    [token, *_] = [each for each in invitations if door.get(f"/answers/{each}")["child_id"] == rated.red]
    return browse(rated, f"{rated.house.gateway_url}/svar/{token}", tmp_path_factory.mktemp("pictures"))


def pages(seen: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every page that was looked at, by a name."""
    for part in ("parent", "desktop", "phone"):
        for name, page in seen[part].items():
            if isinstance(page, dict):
                yield f"{part}:{name}", page
    yield "forged", seen["forged"]


def test_no_page_scrolls_sideways_on_a_phone_or_a_desk(seen: dict[str, Any]) -> None:
    assert [name for name, page in pages(seen) if page["overflows"]] == []


def test_all_text_stands_out_from_its_ground(seen: dict[str, Any]) -> None:
    assert [(name, page["contrast"]) for name, page in pages(seen) if page["contrast"] < 4.5] == []


def test_every_control_has_a_name_and_room_for_a_finger(seen: dict[str, Any]) -> None:
    for name, page in pages(seen):
        assert (name, page["unnamed"], page["small"]) == (name, [], [])


def test_every_page_has_a_language_a_title_and_headings_in_order(seen: dict[str, Any]) -> None:
    for name, page in pages(seen):
        assert page["language"] == ("en" if name.endswith(":api") else page["language"])
        assert page["language"] in ("da", "en")
        assert page["title"].endswith("– Trivsel")
        levels = page["headings"]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), name
        assert page["loud"] == 0, name


def test_the_browser_has_nothing_to_complain_of(seen: dict[str, Any]) -> None:
    for part in ("parent", "desktop", "phone"):
        assert seen[part]["complaints"] == []


def test_a_parent_accepts_a_time_by_keyboard_and_is_told_so(seen: dict[str, Any]) -> None:
    parent = seen["parent"]
    assert parent["focus"] not in ("", "0px")
    told = parent["answered"]["text"]
    assert "Mødet er aftalt" in told or "The meeting is agreed" in told
    again = parent["again"]["text"]
    assert "Mødet er aftalt" in again or "The meeting is agreed" in again


def test_no_parents_page_says_a_colour_or_a_name(rated: Rated, seen: dict[str, Any]) -> None:
    child = rated.api(rated.pedagogue).get(f"/children/{rated.red}")
    for page in ("asked", "answered", "again"):
        text = seen["parent"][page]["text"].lower()
        for word in (*POSITION_WORDS, child["last_name"].lower(), "står ofte alene"):
            assert word not in text


def test_a_forged_link_gets_a_kind_page_that_tells_nothing(seen: dict[str, Any]) -> None:
    assert seen["forged"]["status"] == 404
    assert "Linket virker ikke" in seen["forged"]["text"]
    assert "The link does not work" in seen["forged"]["text"]


@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_the_timeline_shows_the_whole_way_from_rating_to_agreed_meeting(
    rated: Rated, seen: dict[str, Any], screen: str
) -> None:
    steps = dict(seen[screen]["steps"])
    order = list(steps)
    assert order[:2] == ["Fælles vurdering", "Bekymring"]
    assert set(order[2:6]) == {"Møde oprettet", "Forældre orienteret", "Tider foreslået", "Invitation sendt"}
    assert order[6:] == ["Forældre svarede", "Møde aftalt"]
    assert "ikke endnu" not in steps.values()
    assert all(after.startswith("efter ") for word, after in steps.items() if word != "Fælles vurdering")
    text = seen[screen]["timeline"]["text"]
    child = rated.api(rated.pedagogue).get(f"/children/{rated.red}")
    assert child["first_name"] in text
    assert "Rød" in text
    assert "uge" in text
    times = [datetime.fromisoformat(each) for each in seen[screen]["times"]]
    assert times == sorted(times, reverse=True)


def test_the_systems_own_events_can_be_looked_at_apart(seen: dict[str, Any]) -> None:
    classes = seen["desktop"]["system"]
    assert classes
    assert all("system" in each for each in classes)


def test_the_timeline_needs_no_script(seen: dict[str, Any]) -> None:
    assert "Fra bekymring til møde" in seen["plain"]
    assert "Fokusmøde aftalt" in seen["plain"]


def test_the_session_is_a_cookie_that_no_script_reads_and_that_holds_no_name(
    rated: Rated, seen: dict[str, Any]
) -> None:
    for cookie in seen["desktop"]["cookies"]:
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Lax"
        assert rated.red not in cookie["value"]


def test_a_service_that_is_away_is_named_kindly_and_the_rest_is_shown(
    rated: Rated, seen: dict[str, Any], tmp_path: Path
) -> None:
    assert seen
    service = rated.house._children["notifications"]
    service.signal(signal.SIGSTOP)  # as a machine that hangs
    try:
        silent = browse(rated, "-", tmp_path)["silent"]
    finally:
        service.signal(signal.SIGCONT)
    assert "Beskeder svarer ikke i øjeblikket" in silent["text"]
    assert "Fokusmøde aftalt" in silent["text"]
    assert not silent["overflows"]

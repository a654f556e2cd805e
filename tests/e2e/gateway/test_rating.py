"""Mine opgaver, gruppevurdering and fælles drøftelse as people use them.

By keyboard, without script, offline, two at once, and on a phone.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from deploy.local.api import Api
from services.chassis.actor import Actor, Grant
from tests.e2e.gateway.conftest import Rated
from tests.e2e.signed import cookie_for
from tests.support import until

ROOT = Path(__file__).resolve().parents[3]
CONCERNS = [3, 10, 17]
"""Places on the list of the children whom both colleagues see as yellow."""

pytestmark = pytest.mark.timeout(600)


def acting(person: dict[str, Any]) -> Actor:
    return Actor(person["staff_id"], "staff", (Grant(person["role"], person["unit_id"]),))


def places(rated: Rated) -> tuple[dict[str, Any], dict[str, Any], str]:
    """A large group and another, each with two who rate and that nobody has rated, and the leader's id."""
    admin = Api.as_role(rated.house, "administration")
    found = []
    for kind in ("boernehave", "school"):
        for place in admin.all("/institutions", kind=kind):
            for group in admin.all(f"/institutions/{place['institution_id']}/groups"):
                staff = admin.all("/staff", group_id=group["group_id"])
                raters = [acting(one) for one in staff if one["role"] in ("pedagogue", "teacher")]
                if len({one.id for one in raters}) > 1 and group["group_id"] != rated.group_id:
                    found.append({**group, "raters": raters})
    found.sort(key=lambda group: group["children"])
    large, other = found[-1], found[0]
    leaders = admin.all("/staff", institution_id=large["institution_id"])
    return large, other, next(one["staff_id"] for one in leaders if one["role"] == "leader")


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the group's list is printed to."""
    return tmp_path_factory.mktemp("paper") / "group.pdf"


@pytest.fixture(scope="module")
def seen(rated: Rated, paper: Path) -> dict[str, Any]:
    """What the browser saw of the whole story."""
    large, other, leader = places(rated)
    for group in (large, other):
        api = rated.api(group["raters"][0])
        until(
            lambda api=api, group=group: _knows(api, rated.round_id, group["group_id"]),
            30,
            "assessment knows the group's staff",
        )
    people = {
        "first": large["raters"][0],
        "second": large["raters"][1],
        "third": other["raters"][0],
        "fourth": other["raters"][1],
        "leader": Actor(leader, "staff", (Grant("leader", large["institution_id"]),)),
        "administration": Actor(rated.round_id, "staff", (Grant("administration", "*"),)),
    }
    sheet, other_sheet = (f"/gruppe/{group['group_id']}/runde/{rated.round_id}" for group in (large, other))
    plan = {
        "address": rated.house.gateway_url,
        "cookies": {who: cookie_for(rated.house, actor, "Ane Berg") for who, actor in people.items()},
        "sheet": sheet,
        "discussion": f"{sheet}/droeftelse",
        "other_sheet": other_sheet,
        "concerns": CONCERNS,
        "paper": str(paper),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.gateway.rating_browser", json.dumps(plan)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _knows(api: Api, round_id: str, group_id: str) -> bool:
    return len(api.get(f"/rounds/{round_id}/groups/{group_id}")["raters"]) > 1


def audits(seen: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every page that was looked at closely, with its width."""

    def within(name: str, part: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        if isinstance(part, dict):
            if "1280" in part and "violations" in part["1280"]:
                yield from ((f"{name} at {width}", page) for width, page in part.items())
            else:
                for key, value in part.items():
                    yield from within(f"{name}.{key}", value)

    yield from within("", seen)


def test_no_page_breaks_a_rule_of_accessibility_at_any_width(seen: dict[str, Any]) -> None:
    found = dict(audits(seen))
    assert len(found) >= 3 * 12
    assert {name: page["violations"] for name, page in found.items() if page["violations"]} == {}


def test_no_page_scrolls_sideways_and_every_control_has_room_for_a_finger(seen: dict[str, Any]) -> None:
    for name, page in audits(seen):
        assert (name, page["overflows"], page["small"]) == (name, False, [])


def test_every_page_has_a_title_and_headings_in_order(seen: dict[str, Any]) -> None:
    for name, page in audits(seen):
        assert page["title"].endswith("– Trivsel"), name
        assert page["language"] == "da"
        levels = page["headings"]
        assert levels.count(1) == 1, name
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), name
        assert page["contrast"] >= 4.5, name


def test_the_first_look_at_a_group_is_light(seen: dict[str, Any]) -> None:
    assert seen["weigh"]["children"] >= 20
    assert seen["weigh"]["kilobytes"] <= 150


def test_a_practised_person_rates_22_children_in_90_seconds_by_keyboard_alone(seen: dict[str, Any]) -> None:
    run = seen["by_keyboard"]
    assert run["children"] >= 20
    assert run["seconds"] / run["children"] * 22 < 90
    assert run["told"].startswith("Gemt kl. ")
    assert run["focus_visible"]
    assert run["kept"] == run["children"]
    assert run["complaints"] == []


def test_the_filter_shows_yellow_and_red_alone(seen: dict[str, Any]) -> None:
    assert seen["by_keyboard"]["filtered"] == len(CONCERNS)


def test_on_paper_there_is_nothing_to_press(seen: dict[str, Any]) -> None:
    assert seen["by_keyboard"]["on_paper"] == 0


def test_the_list_on_paper_is_numbered_readable_and_tells_only_names(
    seen: dict[str, Any], paper: Path
) -> None:
    texts = [page.extract_text() for page in PdfReader(paper).pages]
    whole = "\n".join(texts)
    assert seen["by_keyboard"]["smallest_print"] >= 10
    for number, text in enumerate(texts, 1):
        assert f"{number} / {len(texts)}" in text
    for word in ("Mine opgaver", "Log ud", "English"):
        assert word not in whole
    assert not re.search(r"\d{6}[-– ]?\d{4}", whole)


def test_digits_choose_in_a_row_alone_and_never_while_one_writes(seen: dict[str, Any]) -> None:
    assert seen["keys_elsewhere"] == {"outside": 0, "text": "3 gange om ugen", "chosen": 0}


def test_without_script_the_form_saves_what_is_right_and_keeps_what_is_not(seen: dict[str, Any]) -> None:
    run = seen["without_script"]
    assert "i hvilke situationer" in run["summary"]
    assert run["kept"] == "Leger godt med én kammerat."
    assert run["chosen"] == "yellow"
    assert run["rated"] == run["children"] - 1
    assert run["done"] == run["children"]


def test_a_lost_connection_and_an_expired_session_lose_no_word(seen: dict[str, Any]) -> None:
    run = seen["lost_connection"]
    assert "Ingen forbindelse" in run["told"]
    assert run["leaving"]
    assert "Skrevet" not in run["storage"]
    assert run["saved"].startswith("Gemt kl. ")
    assert "logget ud" in run["expired"]
    assert run["typed"] == run["stored"] == "Skrevet efter at være logget ud."


def test_a_conflict_shows_both_texts_and_lets_a_person_choose(seen: dict[str, Any]) -> None:
    run = seen["two_at_once"]
    assert "Fra den anden tablet." in run["conflict"]
    assert "Fra denne tablet." in run["conflict"]
    assert run["typed"] == run["stored"] == "Fra denne tablet."


def test_the_rest_is_marked_green_after_a_look_and_taken_back(seen: dict[str, Any]) -> None:
    run = seen["the_rest_is_green"]
    assert run["named"] == run["children"] - run["before"] > 0
    assert run["marked"] == run["children"]
    assert run["undone"] == run["before"]


def test_a_child_who_is_away_is_set_aside_with_a_reason_and_put_back(seen: dict[str, Any]) -> None:
    run = seen["absent"]
    assert "Skriv årsagen" in run["mend"]
    assert "Fraværende" in run["shown"]
    assert "Er i udlandet." in run["shown"]
    assert run["back"] == 0


def test_a_discussion_tells_who_is_written_to_before_it_ends(seen: dict[str, Any]) -> None:
    run = seen["discussion"]
    assert run["open"] == len(CONCERNS)
    assert "sendes der intet" in run["quiet"]
    assert "i hvilke situationer" in run["mend"]
    assert run["kept"] == "En fast voksen ved skift."
    assert "forældremyndighed" in run["told"]
    assert "invitation til fokusmøde" in run["told"]
    assert "Ingen forælder får besked" in run["told"]
    for colour in ("grøn", "gul ", "gult", "rød"):
        assert colour not in run["told"].lower()
    assert "ingen forælder skal kontaktes" in run["unconfirmed"]
    assert run["done"] == run["green"] + 2
    assert run["complaints"] == []


def test_two_who_end_the_same_discussion_do_not_write_over_each_other(seen: dict[str, Any]) -> None:
    [shown] = seen["discussion"]["conflict"]
    assert "Min egen tekst, skrevet samtidig." in shown
    assert "Er ofte uden for fællesskabet ved skift." in shown


def test_a_revision_needs_a_reason_and_tells_what_it_leads_to(seen: dict[str, Any]) -> None:
    run = seen["revision"]
    assert "hvorfor vurderingen ændres" in run["mend"]
    assert "Bekymringen bortfalder" in run["told"]


def test_my_tasks_show_the_next_step_of_each_role(seen: dict[str, Any]) -> None:
    run = seen["tasks"]
    for who in ("third", "leader", "administration"):
        assert "Næste skridt" in run[who]["text"]
    assert "Vurdér" in run["third"]["text"]
    assert "tilbageholdt forældrekontakt" in run["leader"]["text"]
    assert "Du har ingen opgaver lige nu" in run["administration"]["text"]
    assert "Opgaven er udført" in run["after"]
    assert "Frist" in run["groups"]["text"]

"""Two parents say yes, one in Arabic on a phone; one takes it back, and the specialist's door is shut."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.local.house import House
from services.consent.rendering import built_in
from services.gateway.web.parents_consent.words import words
from tests.e2e.consent.family import Family
from tests.e2e.consent.town import SECONDS, Scene, prepare
from tests.e2e.signed import cookie_for
from tests.support import until

pytestmark = pytest.mark.timeout(480)

ROOT = Path(__file__).resolve().parents[3]
SHUT = "Du kan ikke se dette møde"
TASK = "Tal med forældrene, før I går videre"
COLOURS = re.compile(r"(?i)\b(grøn\w*|gul|gult|rød\w*|green|yellow|red)\b|أخضر|أصفر|أحمر")


@pytest.fixture(scope="module")
def scene(house: House, family: Family) -> Scene:
    built = prepare(house, {family.child_id})
    parts = family.parts(purpose="transition_release")

    def read_in_both() -> bool:
        found = built.api().post(f"/children/{built.child_id}/consents/preview", parts)["items"]
        return sorted(one["text"]["language"] for one in found) == ["ar", "da"]

    until(read_in_both, SECONDS, "consent knows who reads Arabic")
    return built


@pytest.fixture(scope="module")
def seen(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    house = scene.house
    purpose = {scene.child_id: "Ledelse og tilsyn"}
    plan = {
        "address": house.gateway_url,
        "folder": str(tmp_path_factory.mktemp("pictures")),
        "mailbox": str(house.mailbox),
        "child": scene.child_id,
        "meeting": scene.meeting_id,
        "specialist_id": scene.specialist.id,
        "leader": cookie_for(house, scene.leader, "Ole Eksempel", **purpose),
        "specialist": cookie_for(house, scene.specialist, "Ida Prøve"),
        "mails": scene.mails,
        "shut": SHUT,
        "task": TASK,
    }
    run = subprocess.run(
        [sys.executable, "-m", "tests.e2e.consent.story_browser"],
        cwd=ROOT,
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_the_meeting_with_the_specialist_waits_for_consent(seen: dict[str, Any]) -> None:
    assert "Mødet venter på samtykke" in seen["waiting"]
    assert seen["before"] == SHUT
    assert sorted(seen["preview"]) == [["ar", "rtl"], ["da", "ltr"]]


def test_each_parent_has_a_mail_in_her_own_language_that_tells_nothing(seen: dict[str, Any]) -> None:
    assert seen["mails"]["danish"]["subject"] == "Vi beder om dit svar"
    assert seen["mails"]["arabic"]["subject"] == "نطلب جوابك"
    for mail in seen["mails"].values():
        assert "PPR" not in mail["text"]
        assert "specialist" not in mail["text"].lower()
        assert not COLOURS.search(mail["text"])


def test_the_one_who_reads_danish_answers_and_the_other_is_still_awaited(seen: dict[str, Any]) -> None:
    assert "Tak. Dit ja er gemt." in seen["danish"]
    assert "når alle, der er spurgt, har sagt ja" in seen["danish"]
    assert seen["still-shut"] == SHUT


def test_the_other_answers_in_arabic_from_right_to_left(seen: dict[str, Any]) -> None:
    texts, own = built_in("ar"), words("ar")
    assert seen["frame"] == ["ar", "rtl", f"{texts['title']['guardian']} – Trivsel"]
    for wanted in (
        texts["intro"]["guardian"],
        texts["purposes"]["specialist_meeting"],
        own["ask"]["heading"],
    ):
        assert wanted in seen["arabic-asked"]
    assert own["given"]["yes"][0] in seen["arabic"]
    assert own["standing"]["granted"][1].split("{")[0] in seen["arabic"]
    assert own["access"]["purposes"]["specialist_meeting"] in seen["access"]
    assert not COLOURS.search(seen["arabic-asked"] + seen["access"])


def test_with_both_the_specialist_reads_the_meeting_and_staff_see_that_it_is_given(
    seen: dict[str, Any],
) -> None:
    assert "Møde med specialist" in seen["read"]
    assert "Givet" in seen["granted"]
    assert seen["granted"].count("på sit link") == 2


def test_one_takes_it_back_and_the_specialists_next_click_meets_a_kind_page(seen: dict[str, Any]) -> None:
    assert "Dit samtykke er trukket tilbage." in seen["taken-back"]
    assert SHUT in seen["closed"]
    assert "så længe samtykket gælder" in seen["closed"]


def test_staff_have_a_task_and_see_it_on_the_childs_page_and_the_meetings(seen: dict[str, Any]) -> None:
    assert "Trukket tilbage" in seen["child"]
    assert "Mødet er sat i bero" in seen["suspended"]


def test_the_parents_pages_can_be_used_by_everybody(seen: dict[str, Any]) -> None:
    assert seen["complaints"] == []
    assert len(seen["looks"]) == 14
    for name, found in seen["looks"].items():
        assert (name, found["violations"], found["overflows"]) == (name, [], False)
        assert (name, found["small"], found["unnamed"]) == (name, [], [])
        assert found["contrast"] >= 4.5, name

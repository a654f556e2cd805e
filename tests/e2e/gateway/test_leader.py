"""Lederoverblik and Barnets side: who sees what, what leaves as a file, and that both are usable by all."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.local.api import Api
from services.chassis.actor import Actor, Grant
from tests.e2e.gateway.conftest import Rated
from tests.e2e.signed import browser_of, cookie_for
from tests.support import until

ROOT = Path(__file__).resolve().parents[3]
PURPOSE = "Status til ledermødet"
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def leader(rated: Rated) -> Actor:
    """The leader of the rated institution."""
    admin = Api.as_role(rated.house, "administration")
    staff = admin.all("/staff", institution_id=rated.institution_id)
    [first, *_] = [one for one in staff if one["role"] == "leader"]
    return Actor(first["staff_id"], "staff", (Grant("leader", rated.institution_id),))


@pytest.fixture(scope="module")
def elsewhere(rated: Rated) -> dict[str, Any]:
    """Another institution of the same kind."""
    admin = Api.as_role(rated.house, "administration")
    found: list[dict[str, Any]] = admin.all("/institutions")
    return next(one for one in found if one["institution_id"] != rated.institution_id)


@pytest.fixture(scope="module")
def office() -> Actor:
    return Actor("00000000-0000-4000-8000-0000000000a1", "staff", (Grant("administration", "*"),))


def page(rated: Rated, actor: Actor, path: str, status: int = 200, **purposes: str) -> str:
    session = requests.Session()
    session.cookies.set(*cookie_for(rated.house, actor, **purposes))
    answer = session.get(rated.house.gateway_url + path, timeout=20)
    assert answer.status_code == status, answer.text[-800:]
    return answer.text


def send(rated: Rated, actor: Actor, form: str, path: str, **data: str) -> requests.Response:
    """What a browser sends from the page `form` to `path`."""
    session = browser_of(rated.house, actor)
    session.cookies.set(*cookie_for(rated.house, actor, **{rated.red: "kontrol"}))
    shown = session.get(rated.house.gateway_url + form, timeout=20).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
    assert token is not None
    return session.post(rated.house.gateway_url + path, data={"csrf_token": token[1], **data}, timeout=20)


def name_of(rated: Rated, child_id: str) -> str:
    child = rated.api(rated.pedagogue).get(f"/children/{child_id}")
    return f"{child['first_name']} {child['last_name']}"


def names(rated: Rated) -> list[str]:
    return [name_of(rated, child) for child in (rated.yellow, rated.red, rated.withheld)]


# The overview ----------------------------------------------------------------------------------------


def test_a_leader_sees_what_waits_about_her_own_children(rated: Rated, leader: Actor) -> None:
    def told() -> str | None:
        text = page(rated, leader, "/overblik")
        return text if "Forældrene kontaktes ikke: din opgave" in text else None

    text = until(told, 30, "the withheld concern stands on the overview")
    assert name_of(rated, rated.withheld) in text
    assert "skjult" not in text


def test_a_leader_never_sees_another_institution(
    rated: Rated, leader: Actor, elsewhere: dict[str, Any]
) -> None:
    text = page(rated, leader, "/overblik")
    assert elsewhere["name"] not in text
    asked = page(rated, leader, f"/overblik?institution={elsewhere['institution_id']}")
    assert elsewhere["name"] not in asked
    assert "Ingen børn i runden" in asked
    stranger = Actor(leader.id, "staff", (Grant("leader", elsewhere["institution_id"]),))
    for path in (
        "/overblik",
        f"/overblik?institution={rated.institution_id}",
        f"/overblik?gruppe={rated.group_id}",
    ):
        text = page(rated, stranger, path)
        assert not any(name in text for name in names(rated))


def test_administration_sees_numbers_without_children_and_none_that_are_small(
    rated: Rated, office: Actor
) -> None:
    text = page(rated, office, "/overblik")
    assert not any(name in text for name in names(rated))
    assert "Kræver din opmærksomhed" not in text
    assert "skjult" in text
    alone = page(rated, office, f"/overblik?institution={rated.institution_id}")
    row = re.search(r'<tr>.*?class="bar-cell"', alone, re.DOTALL)
    assert row is not None
    assert "skjult" in row[0]


@pytest.mark.parametrize("role", ["pedagogue", "specialist", "operations"])
def test_the_overview_is_for_leaders_and_administration(rated: Rated, role: str) -> None:
    page(rated, Actor(rated.staff_id, "staff", (Grant(role, rated.group_id),)), "/overblik", 403)


def test_a_filter_that_is_not_understood_is_as_one_that_is_not_set(rated: Rated, leader: Actor) -> None:
    assert "Dækning og position" in page(
        rated, leader, "/overblik?runde=x&institution=%27&gruppe=1&alder=%3C"
    )


def test_files_hold_what_the_page_shows_and_are_noted_with_their_purpose(rated: Rated, leader: Actor) -> None:
    workbook = send(rated, leader, "/overblik", "/overblik/udtraek", formaal=PURPOSE, som="xlsx")
    assert workbook.headers["Content-Disposition"].endswith('.xlsx"')
    with zipfile.ZipFile(io.BytesIO(workbook.content)) as book:
        assert name_of(rated, rated.withheld) in book.read("xl/sharedStrings.xml").decode()
    numbers = send(rated, leader, "/overblik", "/overblik/udtraek", formaal=PURPOSE, som="csv")
    rows = list(csv.reader(io.StringIO(numbers.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][1:3] == ["Vurderet", "I alt"]
    assert rows[-1][0] == "I alt"
    matters = send(rated, leader, "/overblik", "/overblik/udtraek", formaal=PURPOSE, som="sager")
    assert name_of(rated, rated.withheld) in matters.content.decode("utf-8-sig")
    log = page(rated, leader, f"/barn/{rated.withheld}/adgangslog", **{rated.withheld: "kontrol"})
    assert "Taget ud: bekymring" in log
    assert PURPOSE in log


def test_no_file_leaves_without_a_purpose(rated: Rated, leader: Actor) -> None:
    refused = send(rated, leader, "/overblik", "/overblik/udtraek", formaal=" x ", som="csv")
    assert refused.status_code == 422
    assert "Skriv kort, hvad udtrækket skal bruges til" in refused.text
    assert "Content-Disposition" not in refused.headers


def test_a_file_of_administrations_names_no_child_and_no_small_number(rated: Rated, office: Actor) -> None:
    answer = send(rated, office, "/overblik", "/overblik/udtraek", formaal=PURPOSE, som="sager")
    text = answer.content.decode("utf-8-sig")
    assert not any(name in text for name in names(rated))
    assert "skjult" in text


# The child -------------------------------------------------------------------------------------------


def tab(rated: Rated, actor: Actor, path: str = "", status: int = 200, child: str = "") -> str:
    child = child or rated.red
    return page(rated, actor, f"/barn/{child}{path}", status, **{child: "kontrol"})


def test_a_child_has_its_facts_its_next_step_and_its_position_in_words(rated: Rated) -> None:
    text = tab(rated, rated.pedagogue)
    assert name_of(rated, rated.red) in text
    assert "Næste skridt" in text
    assert "Rød" in text
    assert "Eftermiddage" in text
    assert "Vurdér underretning" in text
    assert "Vis cpr-nummer" not in text
    assert "Adgangslog" not in text
    assert "Vurdér underretning" not in tab(rated, rated.pedagogue, child=rated.green)


@pytest.mark.usefixtures("invitations")
def test_each_tab_shows_its_part(rated: Rated, leader: Actor) -> None:
    assert "Står ofte alene" in tab(rated, rated.pedagogue, "/vurderinger")
    assert "Fokusmøde" in tab(rated, rated.pedagogue, "/moeder")
    notices = tab(rated, rated.pedagogue, "/beskeder")
    assert "Invitation" in notices
    first = re.search(r'href="(/barn/[^"]+/beskeder/[^"]+)"', notices)
    assert first is not None
    shown = page(rated, rated.pedagogue, first[1], **{rated.red: "kontrol"})
    assert "letter-text" in shown
    assert re.search(r"/svar/[\w.-]{8}", shown) is None
    other = first[1].replace(rated.red, rated.yellow)
    assert "letter-text" not in page(rated, rated.pedagogue, other, 404, **{rated.yellow: "kontrol"})
    assert "Fra bekymring til møde" in tab(rated, leader, "/tidslinje")


def test_what_an_onlooker_asks_for_by_address_becomes_a_kind_page(rated: Rated) -> None:
    for path in ("", "/vurderinger", "/moeder", "/beskeder", "/adgangslog", "/adgangslog/udtraek"):
        text = tab(rated, rated.stranger, path, 404)
        assert "Du kan ikke se dette barn" in text
        assert name_of(rated, rated.red) not in text


def test_the_access_log_is_for_who_leads(rated: Rated, leader: Actor, office: Actor) -> None:
    assert "Adgangsloggen kan læses af lederen" in tab(rated, rated.pedagogue, "/adgangslog", 403)
    for reader in (leader, office):
        assert "Hvem har set på barnet?" in tab(rated, reader, "/adgangslog")


def test_an_extract_for_the_family_names_no_staff(rated: Rated, leader: Actor) -> None:
    staff = Api.as_role(rated.house, "administration").all("/staff", institution_id=rated.institution_id)
    for path in ("/adgangslog/udtraek", "/adgangslog/udtraek?som=csv"):
        text = tab(rated, leader, path).partition("<main")[2] or tab(rated, leader, path)
        assert "vurderinger" in text
        assert not any(f"{one['first_name']} {one['last_name']}" in text for one in staff)
        assert leader.id not in text
    assert "Taget ud: adgangslog" in tab(rated, leader, "/adgangslog")


def test_a_cpr_number_is_shown_for_a_purpose_and_noted(rated: Rated, leader: Actor) -> None:
    path = f"/barn/{rated.red}"
    refused = send(rated, leader, path, f"{path}/cpr", formaal="")
    assert refused.status_code == 422
    assert not re.search(r"\d{6}-\d{4}", refused.text)
    shown = send(rated, leader, path, f"{path}/cpr", formaal="Bestilling af tolk")
    assert re.search(r"\d{6}-\d{4}", shown.text), shown.text.partition("<main")[2][:3000]
    assert shown.headers["Cache-Control"] == "no-store"
    log = tab(rated, leader, "/adgangslog")
    assert "cpr-nummer" in log
    assert "Bestilling af tolk" in log
    denied = send(rated, rated.pedagogue, "/born", f"{path}/cpr", formaal="Bestilling af tolk")
    assert denied.status_code in (403, 404)


# For everybody ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("invitations")
def test_every_page_is_without_faults_at_three_widths(rated: Rated, leader: Actor, office: Actor) -> None:
    child, red = f"/barn/{rated.red}", {rated.red: "kontrol"}
    leads = cookie_for(rated.house, leader, "Anna Leder", **red)
    visits: list[dict[str, Any]] = [
        {"name": "overview", "cookie": leads, "path": "/overblik"},
        {
            "name": "overview-office",
            "cookie": cookie_for(rated.house, office),
            "path": "/overblik",
        },
        {
            "name": "overview-empty",
            "cookie": leads,
            "path": f"/overblik?gruppe={rated.red}",
        },
        {
            "name": "overview-error",
            "cookie": leads,
            "path": "/overblik",
            "fill": {"#formaal": "x"},
            "press": "button[value=csv]",
        },
        *(
            {"name": f"child{path.replace('/', '-')}", "cookie": leads, "path": child + path}
            for path in ("", "/tidslinje", "/vurderinger", "/moeder", "/beskeder", "/adgangslog",
                         "/adgangslog/udtraek")
        ),
        {
            "name": "child-closed",
            "cookie": cookie_for(rated.house, rated.stranger, **red),
            "path": child,
        },
    ]  # fmt: skip
    plan = {"address": rated.house.gateway_url, "visits": visits}
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.gateway.auditing"],
        cwd=ROOT, input=json.dumps(plan), capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert len(found) == 3 * len(visits)
    assert {name: one["violations"] for name, one in found.items() if one["violations"]} == {}
    assert [name for name, one in found.items() if one["overflows"]] == []
    assert [(name, one["unnamed"]) for name, one in found.items() if one["unnamed"]] == []
    assert [(name, one["contrast"]) for name, one in found.items() if one["contrast"] < 4.5] == []
    said = {
        name: [text for text in one["complaints"] if "status of 4" not in text] for name, one in found.items()
    }
    assert {name: texts for name, texts in said.items() if texts} == {}

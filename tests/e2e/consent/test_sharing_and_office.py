"""What a consent shares is found, and closes on the next click; exchanges without one; its rules and texts.

By forms as a browser without scripts sends them, and in a real browser for what the eye and a reader meet.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from deploy.local.api import Api, Problem
from services.chassis import clock
from services.chassis.actor import EVERYWHERE, Actor, Grant
from tests.e2e.consent.family import Family
from tests.e2e.gateway.forms import fields, send
from tests.e2e.signed import browser_of, cookie_for
from tests.support import until

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).resolve().parents[3]
OFFICE = Actor(str(uuid4()), "staff", (Grant("administration", EVERYWHERE),), "administration")
CONTEXT = "Ved skift mellem aktiviteter."
SETTINGS, TEXTS = "/administration/samtykke", "/administration/samtykke/tekster"


def signed_in(family: Family, actor: Actor) -> requests.Session:
    """A browser in which it has been said why she looks the child up."""
    session = browser_of(family.house, actor)
    name, value = cookie_for(family.house, actor, **{family.child_id: "Forberedelse af et møde"})
    session.cookies.set(name, value, domain="127.0.0.1", path="/")
    return session


def get(family: Family, session: requests.Session, path: str, **more: Any) -> requests.Response:
    return session.get(family.house.gateway_url + path, timeout=60, **more)


def text_of(answer: requests.Response) -> str:
    """What the page says, without its markup."""
    inner = re.sub(r"(?s)^.*<main[^>]*>|</main>.*$", "", answer.text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", inner)).split())


@pytest.fixture(scope="module")
def rated(family: Family) -> Family:
    """The family's child, after the professionals have agreed on yellow."""
    admin = Api.as_role(family.house, "administration")
    [round_] = admin.get("/rounds", state="open")["items"]
    base = f"/rounds/{round_['round_id']}/groups/{family.group_id}"

    def row(part: str = "") -> dict[str, Any]:
        rows = family.api().get(base + part)["children"]
        return next(one for one in rows if one["child_id"] == family.child_id)

    raters = [one for one in admin.all("/staff", group_id=family.group_id) if one["role"] != "leader"]
    for one in raters[: row()["ratings_required"]]:
        actor = Actor(one["staff_id"], "staff", (Grant(one["role"], family.group_id),), "vurdering")
        own = {**_of(row()), "position": "yellow", "reason": "Står ofte alene."}
        assert family.api(actor).call("PUT", f"{base}/own-ratings", {"items": [own]})["errors"] == []
    if row()["state"] != "ready_for_dialogue":
        item = {**_of(row()), "reason": "Én af os er på kursus."}
        assert family.api(family.leader).post(f"{base}/start-dialogue", {"items": [item]})["errors"] == []
    joint = {
        **_of(row("/discussion")),
        "position": "yellow",
        "reason": "Vi er enige.",
        "context": CONTEXT,
        "participants": [raters[0]["staff_id"], *(one["staff_id"] for one in raters[1:2])],
    }
    assert family.api().post(f"{base}/joint-ratings", {"items": [joint]})["errors"] == []
    return family


def _of(row: dict[str, Any]) -> dict[str, Any]:
    return {"child_assessment_id": row["child_assessment_id"], "expected_version": row["version"]}


# Delt med os ---------------------------------------------------------------------------------------------


def test_a_named_unit_finds_the_child_and_is_shut_out_on_the_click_after_a_withdrawal(rated: Family) -> None:
    family, reader = rated, rated.stranger
    [unit] = reader.units({"leader"})
    session, page = browser_of(family.house, reader), f"/barn/{family.child_id}/delt"
    assert get(family, session, page).status_code == 404
    assert "Intet er delt med jer lige nu" in text_of(get(family, session, "/born/delt-med-os"))
    assert "/born/delt-med-os" in get(family, session, "/born").text
    shared = {"purpose": "record_sharing", "recipients": [{"unit_id": unit, "kind": "school", "name": "X"}]}
    consent = family.granted(information=["wellbeing", "health"], **shared)
    listed = until(lambda: _told(family, session, "/born/delt-med-os", family.name), 60, "she is listed")
    assert "Hvordan det går med trivslen i hverdagen" in listed
    asked = get(family, session, page, allow_redirects=False)
    assert (asked.status_code, "/formaal" in asked.headers["Location"]) == (303, True)
    session = signed_in(family, reader)
    seen = until(lambda: _told(family, session, page, CONTEXT), 60, "what was agreed has come")
    for word in (family.name, "Gul", "Det åbner samtykket for", "Andet, samtykket nævner", "Helbred"):
        assert word in seen
    for word in ("Står ofte alene", "Vi er enige", "Referater og aftaler", *family.names.values()):
        assert word not in seen
    # The child's own page is as shut as before.
    assert get(family, session, f"/barn/{family.child_id}").status_code == 404
    assert get(family, session, f"/barn/{family.child_id}/vurderinger").status_code == 404
    family.withdraw(consent, family.holders[1])
    gone = get(family, session, page)
    assert (gone.status_code, "Barnet er ikke delt med jer" in gone.text) == (404, True)
    assert family.name not in gone.text
    assert family.name not in get(family, session, "/born/delt-med-os").text
    waiting = lambda: [  # noqa: E731
        one
        for one in family.consent(consent["consent_id"])["acknowledgements"]
        if one["acknowledged_at"] is None
    ]
    until(lambda: not waiting(), 60, "all have acknowledged")
    acknowledged = family.consent(consent["consent_id"])["acknowledgements"]
    assert "assessment" in {one["subscriber"] for one in acknowledged}
    with pytest.raises(Problem, match="403"):
        family.api(reader).get(f"/shared-children/{family.child_id}/ratings")


def _told(family: Family, session: requests.Session, path: str, word: str) -> str | None:
    said = text_of(get(family, session, path))
    return said if word in said else None


# Exchanges without consent -------------------------------------------------------------------------------


def exchange(**more: Any) -> dict[str, Any]:
    return {
        "basis": "ssd",
        "held_on": clock.today().isoformat(),
        "party-0-kind": "boernehave",
        "party-0-name": "Børnehaven Eksempel",
        "party-1-kind": "school",
        "party-1-name": "Prøveskolen",
        "information": ["wellbeing"],
        "necessity": "Skolestarten skal forberedes.",
        "consent_sought": "ja",
        "parents_told": "ja",
        **more,
    }


def test_a_first_exchange_and_one_follow_up_are_noted_and_the_third_is_refused_in_clear_words(
    english: Family,
) -> None:
    family, place = english, f"/barn/{english.child_id}/udveksling"
    session, address = signed_in(family, family.leader), family.house.gateway_url
    empty = get(family, session, place)
    wrong = send(session, address, empty.text, place, {
        "party-0-kind": "", "party-0-name": "Kun et navn", "necessity": "Det typede", "held_on": "x",
    })  # fmt: skip
    assert wrong.status_code == 422
    links = set(re.findall(r'<li><a href="#([\w.-]+)">', wrong.text))
    assert links == {
        "basis", "held_on", "party-0-kind", "party-1-kind", "information", "consent_sought", "parents_told",
    }  # fmt: skip
    assert all(f'id="{link}"' in wrong.text for link in links)
    kept = fields(wrong.text, place)
    assert (kept["party-0-name"], kept["necessity"]) == (["Kun et navn"], ["Det typede"])

    own = send(session, address, empty.text, place, exchange(**{"party-1-kind": "family"}))
    assert (own.status_code, "samme myndighed" in own.text) == (422, True)
    police = send(session, address, empty.text, place, exchange(basis="ssp"))
    assert (police.status_code, "SSP er med politiet" in police.text) == (422, True)

    first = send(session, address, empty.text, place, exchange())
    assert "Udvekslingen er noteret" in first.text
    for word in ("Det næste er en opfølgning", "Skolestarten skal forberedes.", "Prøveskolen"):
        assert word in text_of(first)
    again = send(session, address, first.text, place, exchange())
    assert (again.status_code, "undtagelsesvis er nødvendigt" in again.text) == (422, True)
    assert fields(again.text, place)["information"] == ["wellbeing"]
    second = send(session, address, again.text, place, {"exceptional_reason": "Barnet er flyttet."})
    assert "Der kan ikke udveksles mere uden samtykke" in text_of(second)
    third = send(session, address, second.text, place, exchange(exceptional_reason="Igen"))
    assert third.status_code == 422
    assert "Der har været en første udveksling og en opfølgning. Indhent samtykke" in text_of(third)
    assert fields(third.text, place)["exceptional_reason"] == ["Igen"]
    assert len(family.api().get(f"/children/{family.child_id}/exchanges")["items"]) == 2
    stranger = signed_in(family, family.stranger)
    assert get(family, stranger, place).status_code == 404


# Administration ------------------------------------------------------------------------------------------


@pytest.fixture
def office(family: Family) -> Iterator[requests.Session]:
    with browser_of(family.house, OFFICE) as session:
        yield session


def test_settings_are_stored_and_what_is_wrong_is_told_at_its_field(
    family: Family, office: requests.Session
) -> None:
    address = family.house.gateway_url
    form = get(family, office, SETTINGS)
    wrong = {"validity_days": "800", "longest_days": "700", "reminder_days": "snart", "answer_days": "tolv"}
    refused = send(office, address, form.text, SETTINGS, wrong)
    assert refused.status_code == 422
    assert set(re.findall(r'<li><a href="#([\w.-]+)">', refused.text)) == {"reminder_days", "answer_days"}
    assert {name: fields(refused.text, SETTINGS)[name] for name in wrong} == {
        name: [typed] for name, typed in wrong.items()
    }
    out = send(office, address, form.text, SETTINGS, {"answer_days": "99"})
    assert (out.status_code, 'href="#answer_days"' in out.text) == (422, True)
    done = send(office, address, form.text, SETTINGS, {
        "answer_days": "12", "reminder_days": "3, 8", "parents_part": "required", "authority-ppr": "children",
    })  # fmt: skip
    assert "Gemt. Det gælder for det, der bedes om fra nu af." in text_of(done)
    kept = fields(done.text, SETTINGS)
    assert (kept["answer_days"], kept["reminder_days"], kept["authority-ppr"]) == (
        ["12"], ["3, 8"], ["children"],
    )  # fmt: skip
    late = send(office, address, form.text, SETTINGS, {"answer_days": "13"})
    assert late.status_code == 409
    for word in ("En anden har gemt", "12", "13"):
        assert word in text_of(late)
    back = dict.fromkeys(("answer_days", "reminder_days", "parents_part", "authority-ppr"), "")
    assert "Gemt" in send(office, address, done.text, SETTINGS, back).text
    assert signed_in(family, family.leader).get(address + SETTINGS, timeout=60).status_code == 403


def test_texts_are_previewed_in_each_language_and_stored_as_versions(
    family: Family, office: requests.Session
) -> None:
    address, place = family.house.gateway_url, f"{TEXTS}/ar"
    listed = get(family, office, TEXTS)
    for language in ("Dansk", "Engelsk", "Arabisk", "Polsk", "Somali"):
        assert language in listed.text
    form = get(family, office, place)
    assert form.text.count('dir="rtl"') > 30
    assert "Dansk: Fra {from} til og med {to}." in html.unescape(form.text)
    typed = {"title.young": "عنوان جديد", "formaal": "record_sharing", "laeser": "young", "do": "show"}
    shown = send(office, address, form.text, place, typed)
    preview = re.search(r'(?s)<div class="consent-text".*?</div>', shown.text)
    assert preview
    assert all(word in preview[0] for word in ('lang="ar"', 'dir="rtl"', "عنوان جديد"))
    assert "عنوان جديد" not in get(family, office, place).text
    wrong = send(office, address, shown.text, place, {"validity": "بدون أيام", "yes": "", "do": "store"})
    assert wrong.status_code == 422
    assert set(re.findall(r'<li><a href="#([\w.-]+)">', wrong.text)) == {"validity", "yes"}
    assert fields(wrong.text, place)["title.young"] == ["عنوان جديد"]
    before = int(fields(form.text, place)["version"][0])
    done = send(office, address, shown.text, place, {"do": "store"})
    assert f"Version {before + 1} er gemt" in text_of(done)
    assert fields(done.text, place)["title.young"] == ["عنوان جديد"]
    late = send(office, address, form.text, place, {"title.young": "عنوان آخر", "do": "store"})
    assert late.status_code == 409
    for word in ("En anden har gemt", "عنوان جديد", "عنوان آخر"):
        assert word in text_of(late)
    assert get(family, office, f"{TEXTS}/xx").status_code == 404


def test_every_page_is_without_faults_at_three_widths(rated: Family, arabic: Family, tmp_path: Path) -> None:
    family, reader = rated, rated.stranger
    [unit] = reader.units({"leader"})
    family.granted(
        purpose="record_sharing",
        information=["wellbeing", "meeting_minutes", "family"],
        recipients=[{"unit_id": unit, "kind": "school", "name": "Prøveskolen"}],
    )
    shared = f"/barn/{family.child_id}/delt"
    session = signed_in(family, reader)
    until(lambda: _told(family, session, shared, CONTEXT), 60, "what was agreed has come")
    outside = cookie_for(family.house, reader, "Ude Prøve", **{family.child_id: "Forberedelse af et møde"})
    leader = cookie_for(family.house, arabic.leader, "Lea Prøve", **{arabic.child_id: "Ledelse og tilsyn"})
    office = cookie_for(family.house, OFFICE, "Ole Eksempel")
    exchanged = f"/barn/{arabic.child_id}/udveksling"
    noted = signed_in(arabic, arabic.leader)
    page = get(arabic, noted, exchanged).text
    assert "er noteret" in send(noted, family.house.gateway_url, page, exchanged, exchange()).text
    press = "form .actions .button-primary"
    visits = [
        {"name": name, "cookie": cookie, "path": path, **more}
        for name, cookie, path, more in (
            ("shared", outside, "/born/delt-med-os", {}),
            ("shared-child", outside, shared, {}),
            ("shared-closed", outside, f"/barn/{uuid4()}/delt", {}),
            ("exchange", leader, exchanged, {}),
            ("exchange-wrong", leader, exchanged, {"press": press}),
            ("consent-settings", office, SETTINGS, {}),
            ("consent-settings-wrong", office, SETTINGS, {"fill": {"#answer_days": "x"}, "press": press}),
            ("consent-languages", office, TEXTS, {}),
            ("consent-text-da", office, f"{TEXTS}/da", {}),
            ("consent-text-ar", office, f"{TEXTS}/ar", {}),
        )
    ]
    plan = {"address": family.house.gateway_url, "folder": str(tmp_path), "visits": visits}
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.gateway.auditing"],
        cwd=ROOT, input=json.dumps(plan), capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert len(found) == 3 * len(visits)
    assert {name: one["violations"] for name, one in found.items() if one["violations"]} == {}
    assert [name for name, one in found.items() if one["overflows"]] == []
    assert [(name, one["unnamed"]) for name, one in found.items() if one["unnamed"]] == []
    assert [(name, one["contrast"]) for name, one in found.items() if one["contrast"] < 4.5] == []
    for name in ("exchange-wrong", "consent-settings-wrong"):
        assert "Ret dette" in found[f"{name}-320"]["text"]

"""Staff ask for a consent and follow it up, by forms as a browser without scripts sends them."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from services.chassis import clock
from services.chassis.actor import EVERYWHERE, Actor, Grant
from services.gateway.web.consents.paper import LARGEST, LARGEST_BODY
from tests.e2e.consent.family import Family
from tests.e2e.gateway.forms import fields, send
from tests.e2e.signed import browser_of, cookie_for
from tests.support import until

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).resolve().parents[3]
PDF = b"%PDF-1.7 en underskrift"
JPEG = b"\xff\xd8\xff\xe0 et billede"


def signed_in(family: Family, actor: Actor | None = None) -> requests.Session:
    """A browser in which it has been said why she looks the child up."""
    who = actor or family.pedagogue
    session = browser_of(family.house, who)
    name, value = cookie_for(family.house, who, **{family.child_id: "Ledelse og tilsyn"})
    session.cookies.set(name, value, domain="127.0.0.1", path="/")
    return session


def get(family: Family, session: requests.Session, path: str) -> requests.Response:
    return session.get(family.house.gateway_url + path, timeout=60)


def post(family: Family, session: requests.Session, path: str, **more: Any) -> requests.Response:
    """A form's answer, not followed."""
    page = get(family, session, "/log-ud").text
    [token] = set(re.findall(r'name="csrf_token" value="([^"]+)"', page))
    data = {"csrf_token": token, **more.pop("data", {})}
    return session.post(family.house.gateway_url + path, data=data, timeout=60, allow_redirects=False, **more)


def text_of(answer: requests.Response) -> str:
    """What the page says, without its markup."""
    inner = re.sub(r"(?s)^.*<main[^>]*>|</main>.*$", "", answer.text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", inner)).split())


def form(family: Family, **more: Any) -> dict[str, Any]:
    return {
        "purpose": "record_sharing",
        "information": ["wellbeing", "meeting_minutes"],
        "recipients": [f"ppr:{family.district_id}"],
        "legal_basis": "fvl_28",
        "valid_to": (clock.today() + timedelta(days=100)).isoformat(),
        "words": "Vi vil gerne have hjælp til sproget.",
        **more,
    }


def consents(family: Family) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = family.api().get(f"/children/{family.child_id}/consents")["items"]
    return found


# Asking --------------------------------------------------------------------------------------------------


def test_a_request_without_its_parts_names_each_and_keeps_what_was_typed(family: Family) -> None:
    session = signed_in(family)
    place = f"/barn/{family.child_id}/samtykker/nyt"
    page = get(family, session, place)
    assert fields(page.text, "/samtykker/nyt").keys() >= {"valid_to", "words"}
    assert "checked" not in page.text
    answer = send(
        session, family.house.gateway_url, page.text, place, {"valid_to": "", "words": "Det typede"}
    )
    assert answer.status_code == 422
    links = re.findall(r'<li><a href="#([\w.-]+)">', answer.text)
    assert links == ["purpose", "information", "recipients", "legal_basis", "valid_to"]
    assert all(f'id="{link}"' in answer.text for link in links)
    assert "Det typede</textarea>" in answer.text
    before = len(consents(family))
    wrong = send(
        session,
        family.house.gateway_url,
        page.text,
        place,
        form(family, valid_to="ingen dato", recipients=["ppr:" + str(uuid4())], do="send"),
    )
    assert wrong.status_code == 422
    assert set(re.findall(r'<li><a href="#([\w.-]+)">', wrong.text)) == {"recipients", "valid_to"}
    assert len(consents(family)) == before


def test_nobody_is_asked_before_the_preview_has_been_seen(family: Family) -> None:
    session, door = signed_in(family), family.house.gateway_url
    place = f"/barn/{family.child_id}/samtykker/nyt"
    before = len(consents(family))
    page = get(family, session, place)
    chosen = form(family, recipients=[f"ppr:{family.district_id}", f"speech:{family.district_id}"])
    preview = send(session, door, page.text, place, chosen)
    assert preview.status_code == 200
    assert len(consents(family)) == before
    for name in family.names.values():
        assert f"Til {name}" in text_of(preview)
    assert "Vi vil gerne have hjælp til sproget." in text_of(preview)
    back = send(session, door, preview.text, place, {"do": "edit"})
    assert fields(back.text, "/samtykker/nyt")["information"] == ["wellbeing", "meeting_minutes"]
    sent = send(session, door, preview.text, place, {"do": "send"})
    assert "Afventer svar" in text_of(sent)
    assert len(consents(family)) == before + 1
    [made] = [one for one in consents(family) if one["consent_id"] in sent.url]
    [recipient] = made["recipients"]
    assert recipient["unit_id"] == family.district_id
    assert recipient["name"].startswith("PPR og tale-hørekonsulent, ")
    twice = send(session, door, preview.text, place, {"do": "send"})
    assert twice.url == sent.url
    assert len(consents(family)) == before + 1
    again = send(session, door, page.text, place, chosen)
    assert "Der er allerede et samtykke til det samme" in text_of(again)


def test_own_words_are_read_once_more_where_they_name_a_colour_and_refused_with_a_cpr_number(
    family: Family,
) -> None:
    session, door = signed_in(family), family.house.gateway_url
    place = f"/barn/{family.child_id}/samtykker/nyt"
    page = get(family, session, place)
    coloured = send(session, door, page.text, place, form(family, words="Hun er gul. Vi ses."))
    assert "Læs jeres egne ord igennem en gang til" in text_of(coloured)
    numbered = send(session, door, page.text, place, form(family, words="Se 010199-0001."))
    assert numbered.status_code == 422
    assert 'href="#words"' in numbered.text


def test_who_has_no_text_of_her_own_is_marked_for_an_interpreter(turkish: Family) -> None:
    session, door = signed_in(turkish), turkish.house.gateway_url
    place = f"/barn/{turkish.child_id}/samtykker/nyt"
    page = get(turkish, session, place)
    preview = send(session, door, page.text, place, form(turkish))
    assert text_of(preview).count("Skal tolkes: teksten er på dansk") == 2


def test_a_request_that_comes_from_a_meeting_leads_back_to_it(family: Family) -> None:
    meeting = str(uuid4())
    session = signed_in(family)
    page = get(
        family,
        session,
        f"/barn/{family.child_id}/samtykker/nyt"
        f"?moede={meeting}&formaal=specialist_meeting&modtager={family.district_id}",
    )
    assert f'href="/moede/{meeting}"' in page.text
    found = fields(page.text, "/samtykker/nyt")
    assert (found["purpose"], found["moede"]) == (["specialist_meeting"], [meeting])
    assert found["recipients"][0] == f"ppr:{family.district_id}"


# Following up --------------------------------------------------------------------------------------------


def test_the_page_of_a_consent_says_who_has_answered_what_when_and_how(family: Family) -> None:
    consent = family.asked(purpose="cross_professional_course")
    first, second = family.holders
    family.sign(consent, first)
    said = text_of(get(family, signed_in(family), f"/samtykker/{consent['consent_id']}"))
    assert "Delvist besvaret" in said
    assert f"{family.names[first]} Har forældremyndighed Ja" in said
    assert "på sit link" in said
    assert f"{family.names[second]} Har forældremyndighed Har ikke svaret" in said
    assert consent["texts"][0]["text_hash"] in said
    assert "Der blev bedt om samtykke" in said
    again = post(
        family,
        signed_in(family),
        f"/samtykker/{consent['consent_id']}/send-igen",
        data={"version": family.consent(consent["consent_id"])["version"], "hvem": second},
    )
    assert again.status_code == 303
    assert "Sendt igen" in text_of(get(family, signed_in(family), again.headers["Location"]))
    family.sign(consent, second)


def test_a_change_on_an_old_version_shows_the_consent_as_it_now_is(family: Family) -> None:
    consent = family.asked(purpose="cross_professional_course")
    family.sign(consent, family.holders[0], "no")
    answer = post(
        family,
        signed_in(family),
        f"/samtykker/{consent['consent_id']}/send-igen",
        data={"version": consent["version"]},
    )
    assert answer.status_code == 412
    assert "En anden har ændret det" in text_of(answer)
    assert "Afslået" in text_of(answer)


def test_a_withdrawal_on_her_word_is_confirmed_shuts_and_is_followed_until_all_have_acted(
    family: Family,
) -> None:
    consent = family.granted(purpose="record_sharing")
    place = f"/samtykker/{consent['consent_id']}"
    session, door = signed_in(family), family.house.gateway_url
    asked = get(family, session, f"{place}/traek-tilbage?hvem={family.holders[1]}")
    unsaid = send(session, door, asked.text, f"{place}/traek-tilbage", {})
    assert unsaid.status_code == 422
    assert family.consent(consent["consent_id"])["state"] == "granted"
    assert fields(unsaid.text, "/traek-tilbage")["hvem"] == [family.holders[1]]
    done = send(session, door, unsaid.text, f"{place}/traek-tilbage", {"sagt": "1"})
    assert "Trukket tilbage" in text_of(done)
    assert "mundtligt til personalet" in text_of(done)
    assert not any(one["is_valid"] for one in consents(family) if one["consent_id"] == consent["consent_id"])

    def all_have_acted() -> bool:
        said = text_of(get(family, session, place))
        return said.count("Har handlet") >= 2 and "Ikke endnu" not in said

    until(all_have_acted, 90, "everybody has acted on the withdrawal")
    once_more = get(family, session, f"{place}/traek-tilbage")
    assert "ikke noget samtykke at trække tilbage" in text_of(once_more)


def test_a_renewal_keeps_the_old_one_until_the_new_is_given(family: Family) -> None:
    consent = family.granted(purpose="transition_release")
    place = f"/samtykker/{consent['consent_id']}"
    session, door = signed_in(family), family.house.gateway_url
    page = get(family, session, f"{place}/forny")
    late = (clock.today() + timedelta(days=5000)).isoformat()
    wrong = send(session, door, page.text, f"{place}/forny", {"valid_to": late})
    assert wrong.status_code == 422
    assert 'href="#valid_to"' in wrong.text
    assert late in wrong.text
    made = send(session, door, page.text, f"{place}/forny", {})
    assert "Det fornyer et tidligere samtykke" in text_of(made)
    assert "Der er bedt om en fornyelse" in text_of(get(family, session, place))
    newer = family.consent(made.url.rsplit("/", 1)[-1])
    for holder in family.holders:
        family.sign(newer, holder)
    assert "Afløst" in text_of(get(family, session, place))


# Paper ---------------------------------------------------------------------------------------------------


def test_a_paper_is_noted_with_its_scan_and_opened_by_those_who_may(family: Family) -> None:
    consent = family.asked(purpose="cross_professional_course")
    place = f"/samtykker/{consent['consent_id']}"
    session = signed_in(family)
    first, second = family.holders
    given = {"version": consent["version"], "hvem": first, "signed_on": clock.today().isoformat()}

    def noted(scan: bytes, **more: Any) -> requests.Response:
        data = {**given, "answer": "yes", **more}
        return post(family, session, f"{place}/papir", data=data, files={"scan": ("x", scan)})

    for scan, said in (
        (b"", "Vedhæft det scannede papir."),
        (b"\x89PNG et billede", "hverken en PDF eller en JPEG"),
        (PDF + bytes(LARGEST), "må højst fylde 5 MB"),
    ):
        refused = noted(scan)
        assert refused.status_code == 422
        assert said in text_of(refused)
        kept = fields(refused.text, "/papir")
        assert (kept["hvem"], kept["answer"]) == ([first], ["yes"])
    assert family.consent(consent["consent_id"])["signatures"] == []
    assert noted(PDF + bytes(LARGEST - len(PDF))).status_code == 303
    paper = family.consent(consent["consent_id"])
    [signature] = paper["signatures"]
    assert (signature["method"], signature["signatory_id"]) == ("paper", first)
    answer = noted(JPEG, hvem=second, version=paper["version"])
    assert answer.status_code == 303
    page = get(family, session, place)
    assert "på papir" in text_of(page)
    links = re.findall(rf'href="({place}/papir/[\w-]+)"', page.text)
    assert len(links) == 2
    kinds = {}
    for link in links:
        opened = get(family, session, link)
        kinds[opened.headers["Content-Type"]] = opened.content[:5]
        assert opened.headers["Cache-Control"] == "no-store"
        assert family.name.split()[0] not in opened.headers["Content-Disposition"]
        assert get(family, signed_in(family, family.stranger), link).status_code == 404
    assert kinds == {"application/pdf": b"%PDF-", "image/jpeg": JPEG[:5]}
    log = text_of(get(family, signed_in(family, family.leader), f"/barn/{family.child_id}/adgangslog"))
    assert "underskrevet papir" in log


def test_other_systems_send_a_paper_of_the_same_size_as_json(family: Family) -> None:
    consent = family.asked(purpose="cross_professional_course")
    body = {
        "expected_version": consent["version"],
        "signatory_id": family.holders[0],
        "answer": "no",
        "signed_on": clock.today().isoformat(),
        "scan": base64.b64encode(PDF + bytes(LARGEST - len(PDF))).decode(),
    }
    noted = family.api().post(f"/consents/{consent['consent_id']}/papers", body)
    assert noted["state"] == "declined"


def test_a_file_beyond_all_measure_gets_a_kind_page(family: Family) -> None:
    consent = family.asked(purpose="cross_professional_course")
    answer = post(
        family,
        signed_in(family),
        f"/samtykker/{consent['consent_id']}/papir",
        data={"version": "1"},
        files={"scan": ("x.pdf", PDF + bytes(LARGEST_BODY))},
    )
    assert answer.status_code == 413
    assert "Filen er for stor" in text_of(answer)


# Around it -----------------------------------------------------------------------------------------------


def test_the_childs_page_tells_what_is_open_in_a_word_and_the_tab_who_has_access(english: Family) -> None:
    consent = english.granted()
    session = signed_in(english)
    head = text_of(get(english, session, f"/barn/{english.child_id}"))
    assert re.search(r"Givet PPR Prøvedistrikt : En specialist er med på et møde til og med", head)
    tab = text_of(get(english, session, f"/barn/{english.child_id}/samtykker"))
    assert "Hvem har adgang" in tab
    assert "PPR Prøvedistrikt til og med" in tab
    assert "Udvekslet uden samtykke" in tab
    english.withdraw(consent, english.holders[0])
    head = text_of(get(english, session, f"/barn/{english.child_id}"))
    assert "Trukket tilbage PPR Prøvedistrikt" in head
    story = text_of(get(english, session, f"/barn/{english.child_id}/tidslinje"))
    for word in ("Bedt om samtykke", "Svar på samtykke", "Samtykke givet", "Samtykke trukket tilbage"):
        assert word in story


def test_what_was_exchanged_without_consent_stands_on_the_tab(turkish: Family) -> None:
    turkish.api().post(
        f"/children/{turkish.child_id}/exchanges",
        {
            "basis": "ssd",
            "held_on": clock.today().isoformat(),
            "parties": [{"kind": "boernehave", "name": "Børnehaven"}, {"kind": "ppr", "name": "PPR Prøve"}],
            "information": ["language"],
            "necessity": "Vi manglede råd om sproget.",
            "consent_sought": True,
            "parents_told": True,
        },
    )
    tab = text_of(get(turkish, signed_in(turkish), f"/barn/{turkish.child_id}/samtykker"))
    for said in ("Tidlig forebyggende indsats (SSD)", "Første udveksling", "Børnehaven, PPR Prøve"):
        assert said in tab
    assert "Vi manglede råd om sproget." in tab


def test_a_consent_is_a_task_of_who_asked_and_stands_in_the_leaders_list(arabic: Family) -> None:
    consent = arabic.asked()
    place = f"/samtykker/{consent['consent_id']}"
    tasks = get(arabic, signed_in(arabic), "/opgaver").text
    assert f'href="{place}"' in tasks
    assert 'href="/samtykker"' in tasks
    leader = signed_in(arabic, arabic.leader)
    assert f'href="{place}"' not in get(arabic, leader, "/opgaver").text
    assert f'href="{place}"' in get(arabic, leader, "/samtykker").text
    assert f'href="{place}"' not in get(arabic, leader, "/samtykker?vis=mine").text
    assert f'href="{place}"' not in get(arabic, signed_in(arabic, arabic.stranger), "/samtykker").text
    assert 'href="/samtykker"' in get(arabic, leader, "/overblik").text


def test_a_leader_says_why_before_she_sees_a_consent_and_the_log_has_it(arabic: Family) -> None:
    consent = arabic.asked(purpose="cross_professional_course")
    place = f"/samtykker/{consent['consent_id']}"
    leader = replace(arabic.leader, id=str(uuid4()))
    session = browser_of(arabic.house, leader)
    asked = session.get(arabic.house.gateway_url + place, timeout=60, allow_redirects=False)
    assert asked.status_code == 303
    assert f"/barn/{arabic.child_id}/formaal" in asked.headers["Location"]
    page = get(arabic, session, asked.headers["Location"])
    shown = send(
        session,
        arabic.house.gateway_url,
        page.text,
        f"/barn/{arabic.child_id}/formaal",
        {"formaal": "meeting"},
    )
    assert shown.url.endswith(place)
    assert "Afventer svar" in text_of(shown)
    log = text_of(get(arabic, session, f"/barn/{arabic.child_id}/adgangslog"))
    assert "samtykke" in log
    assert "Forberedelse af et møde" in log


def test_each_role_is_shown_no_more_than_is_hers(family: Family) -> None:
    consent = family.asked(purpose="cross_professional_course")
    places = (
        f"/samtykker/{consent['consent_id']}",
        f"/samtykker/{consent['consent_id']}/papir",
        f"/samtykker/{consent['consent_id']}/traek-tilbage",
        f"/samtykker/{consent['consent_id']}/forny",
        f"/barn/{family.child_id}/samtykker",
        f"/barn/{family.child_id}/samtykker/nyt",
    )
    for role in ("specialist", "administration", "operations"):
        unit = family.district_id if role == "specialist" else EVERYWHERE
        session = signed_in(family, Actor(str(uuid4()), "staff", (Grant(role, unit),), "nysgerrig"))
        for place in (*places, "/samtykker"):
            assert (role, place, get(family, session, place).status_code) == (role, place, 403)
    stranger = signed_in(family, family.stranger)
    for place in places:
        answer = get(family, stranger, place)
        assert (place, answer.status_code) == (place, 404)
        assert family.name not in answer.text
    for path, data in (
        ("send-igen", {"version": consent["version"]}),
        ("traek-tilbage", {"hvem": family.holders[0], "sagt": "1"}),
        ("forny", {"version": consent["version"], "valid_to": clock.today().isoformat()}),
        ("papir", {"version": consent["version"]}),
    ):
        answer = post(family, stranger, f"{places[0]}/{path}", data=data)
        assert (path, answer.status_code) == (path, 404)
    assert family.consent(consent["consent_id"])["version"] == consent["version"]


# In a browser --------------------------------------------------------------------------------------------


def run(module: str, plan: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_page_is_without_faults_at_three_widths(family: Family, tmp_path: Path) -> None:
    asked, child = family.asked(purpose="cross_professional_course"), f"/barn/{family.child_id}"
    family.sign(asked, family.holders[0])
    given = family.granted()
    taken = family.granted(purpose="record_sharing")
    family.withdraw(taken, family.holders[0])
    leader = cookie_for(family.house, family.leader, "Lea Prøve", **{family.child_id: "Ledelse og tilsyn"})
    press = "form .actions .button-primary"
    partial, open_, withdrawn = (f"/samtykker/{one['consent_id']}" for one in (asked, given, taken))
    visits = [
        {"name": name, "cookie": leader, "path": path, **more}
        for name, path, more in (
            ("child", child, {}),
            ("tab", f"{child}/samtykker", {}),
            ("new-wrong", f"{child}/samtykker/nyt", {"press": press}),
            ("partial", partial, {}),
            ("open", open_, {}),
            ("withdrawn", withdrawn, {}),
            ("paper-wrong", f"{partial}/papir", {"press": press}),
            ("withdraw-wrong", f"{open_}/traek-tilbage", {"press": press}),
            ("renew", f"{open_}/forny", {}),
            ("waiting", "/samtykker", {}),
        )
    ]
    plan = {"address": family.house.gateway_url, "folder": str(tmp_path), "visits": visits}
    found = run("tests.e2e.gateway.auditing", plan)
    assert len(found) == 3 * len(visits)
    assert {name: one["violations"] for name, one in found.items() if one["violations"]} == {}
    assert [name for name, one in found.items() if one["overflows"]] == []
    assert [(name, one["unnamed"]) for name, one in found.items() if one["unnamed"]] == []
    assert [(name, one["contrast"]) for name, one in found.items() if one["contrast"] < 4.5] == []
    for name in ("new-wrong", "paper-wrong", "withdraw-wrong"):
        assert "Ret dette" in found[f"{name}-320"]["text"]


def test_the_whole_way_works_without_scripts_and_the_preview_runs_from_right_to_left(
    arabic: Family, tmp_path: Path
) -> None:
    plan = {
        "address": arabic.house.gateway_url,
        "cookie": cookie_for(arabic.house, arabic.pedagogue, "Pia Prøve"),
        "child": arabic.child_id,
        "folder": str(tmp_path),
    }
    seen = run("tests.e2e.consent.staff_browser", plan)
    preview, plain = seen["preview"], seen["plain"]
    assert preview["texts"] == [["ar", "rtl"], ["ar", "rtl"]]
    for width in ("1280", "768", "320"):
        assert preview[width]["violations"] == []
        assert not preview[width]["overflows"]
    assert preview["kept"].startswith("Vi vil gerne")
    assert preview["ticked"] == 2
    assert "Afventer svar" in plain["sent"]
    assert "Delvist besvaret" in plain["paper"]
    assert "på papir" in plain["paper"]
    assert "Trukket tilbage" in plain["withdrawn"]

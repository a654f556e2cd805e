"""The administration sets how the model is used; two who do it at once lose nothing; without a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests

from deploy.local.api import Api
from deploy.local.house import House
from services.chassis.actor import Actor, Grant
from tests.e2e.gateway import forms
from tests.e2e.gateway.conftest import Rated
from tests.e2e.signed import browser_of
from tests.support import until

pytestmark = pytest.mark.timeout(120)

OFFICE = Actor(str(uuid4()), "staff", (Grant("administration", "*"),), "administration")
PROFILE = "/administration/profil"
SIGNS = "/administration/tegn"
AGENDA = "/administration/dagsorden"
HOURS = "/administration/moedetider"
ROUNDS = "/administration/runder"


@pytest.fixture
def office(house: House) -> Iterator[requests.Session]:
    with browser_of(house, OFFICE) as session:
        yield session


def page(house: House, office: requests.Session, path: str) -> str:
    answer = office.get(house.gateway_url + path, timeout=30)
    assert answer.status_code == 200, path
    return answer.text


def value(text: str, action: str, name: str) -> str:
    [found] = forms.fields(text, action)[name]
    return found


def test_a_profile_is_stored_as_a_version_that_says_what_it_changed(
    house: House, office: requests.Session
) -> None:
    form = page(house, office, PROFILE)
    before = value(form, PROFILE, "version")
    done = forms.send(
        office, house.gateway_url, form, PROFILE, {"hold_days": "20", "note": "Der skal være tid nok."}
    )
    assert "gælder for runder, der åbnes fra nu af" in done.text
    assert value(done.text, PROFILE, "hold_days") == "20"
    assert value(done.text, PROFILE, "version") == str(int(before) + 1)
    versions = page(house, office, f"{PROFILE}/versioner")
    for word in ("Der skal være tid nok.", "Hold mødet senest", "14 dage", "20 dage"):
        assert word in versions


def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(
    house: House, office: requests.Session
) -> None:
    form = page(house, office, PROFILE)
    wrong = {"hold_days": "mange", "window-dagpleje-0-from": "15-03", "band-1-from": "0", "note": "Prøve"}
    refused = forms.send(office, house.gateway_url, form, PROFILE, wrong)
    assert refused.status_code == 422
    assert 'href="#hold_days"' in refused.text
    for name, typed in wrong.items():
        assert value(refused.text, PROFILE, name) == typed
    late = forms.send(office, house.gateway_url, form, PROFILE, {"window-skole-0-from": "x", "closed": "jul"})
    assert 'href="#closed"' in late.text
    assert 'href="#note"' in late.text


def test_two_who_change_the_profile_at_once_are_shown_each_others_change(
    house: House, office: requests.Session
) -> None:
    first = page(house, office, PROFILE)
    second = page(house, office, PROFILE)
    forms.send(office, house.gateway_url, first, PROFILE, {"invite_working_days": "3", "note": "Først"})
    late = forms.send(
        office, house.gateway_url, second, PROFILE, {"invite_working_days": "4", "note": "Siden"}
    )
    assert late.status_code == 409
    for word in ("En anden har gemt", "3 arbejdsdage", "4 arbejdsdage"):
        assert word in late.text
    assert value(late.text, PROFILE, "note") == "Siden"
    done = forms.send(office, house.gateway_url, late.text, PROFILE, {})
    assert "er gemt" in done.text
    assert value(done.text, PROFILE, "invite_working_days") == "4"


def test_an_age_band_takes_its_signs_along_under_a_new_name_and_asks_before_they_go(
    house: House, office: requests.Session
) -> None:
    form = page(house, office, PROFILE)
    named = forms.send(
        office,
        house.gateway_url,
        form,
        PROFILE,
        {"band-5-code": "13-17", "band-5-to": "17", "note": "Et år til"},
    )
    assert "er gemt" in named.text
    assert "Ser frem mod noget" in page(house, office, f"{SIGNS}?alder=13-17")
    emptied = {"band-5-code": "", "band-5-from": "", "band-5-to": "", "note": "Uden de store"}
    asked = forms.send(office, house.gateway_url, named.text, PROFILE, emptied)
    assert "24 tegn hører til" in asked.text
    gone = forms.send(office, house.gateway_url, named.text, PROFILE, {**emptied, "drop": "1"})
    assert "er gemt" in gone.text
    assert office.get(f"{house.gateway_url}{SIGNS}?alder=13-17", timeout=30).status_code == 404


def test_signs_are_changed_for_one_age_and_keep_their_codes(house: House, office: requests.Session) -> None:
    form = page(house, office, f"{SIGNS}?alder=3-6")
    first = value(form, SIGNS, "code-social-green-0")
    changed = {
        "social-green-0": "Finder ind i legen.",
        "social-green-2": "Ler med de andre.",
        "note": "Klarere",
    }
    done = forms.send(office, house.gateway_url, form, SIGNS, changed)
    assert "er gemt" in done.text
    assert value(done.text, SIGNS, "code-social-green-0") == first
    for word in ("Finder ind i legen.", "Ler med de andre."):
        assert word in done.text
    late = forms.send(office, house.gateway_url, form, SIGNS, {"social-green-0": "Noget tredje", "note": "x"})
    assert late.status_code == 409
    assert "Ler med de andre." in late.text
    assert value(late.text, SIGNS, "social-green-0") == "Noget tredje"
    assert "Finder sjældent ro" in page(house, office, f"{SIGNS}?alder=0-1")


def test_an_agenda_is_put_in_another_order_and_its_versions_are_kept(
    house: House, office: requests.Session
) -> None:
    form = page(house, office, AGENDA)
    version = value(form, AGENDA, "version")
    new = {"heading-11": "Kaffe og ro", "number-11": "1", "heading-1": ""}
    done = forms.send(office, house.gateway_url, form, AGENDA, new)
    assert done.text.index("Kaffe og ro") < done.text.index("Velkommen og formål")
    assert value(done.text, AGENDA, "version") == str(int(version) + 1)
    assert "Forældrenes oplevelse" in done.text, "the version before still says so"
    late = forms.send(office, house.gateway_url, form, AGENDA, {"heading-2": "Andet"})
    assert late.status_code == 409
    assert "Kaffe og ro" in late.text


def test_a_round_is_planned_changed_and_refused_while_another_is_open(
    house: House, office: requests.Session
) -> None:
    listed = page(house, office, ROUNDS)
    assert "Giv runden et navn" in forms.send(office, house.gateway_url, listed, ROUNDS, {"name": " "}).text
    planned = forms.send(office, house.gateway_url, listed, ROUNDS, {"name": "Forår 2031"})
    path = planned.url.removeprefix(house.gateway_url)
    wrong = forms.send(office, house.gateway_url, planned.text, path, {"to-school": "i morgen"})
    assert "Skriv datoen som" in wrong.text
    saved = forms.send(
        office, house.gateway_url, planned.text, path, {"from-school": "15-01-2031", "to-school": "1-3-2031"}
    )
    assert value(saved.text, path, "to-school") == "01-03-2031"
    late = forms.send(office, house.gateway_url, planned.text, path, {"name": "Et andet navn"})
    assert late.status_code == 409
    assert value(late.text, path, "name") == "Et andet navn"
    assert "åben runde for" in page(house, office, f"{path}/aabn")
    dropped = forms.send(office, house.gateway_url, page(house, office, f"{path}/slet"), f"{path}/slet", {})
    assert "Runden er slettet" in dropped.text


def test_coverage_is_shown_and_closing_says_how_many_are_not_rated(
    house: House, rated: Rated, office: requests.Session
) -> None:
    open_round = page(house, office, f"{ROUNDS}/{rated.round_id}")
    assert "børn er vurderet" in open_round
    closing = page(house, office, f"{ROUNDS}/{rated.round_id}/luk")
    assert "er ikke vurderet og bliver det ikke" in closing
    assert "Åben" in page(house, office, f"{ROUNDS}/{rated.round_id}"), "looking has closed nothing"


def test_a_places_meeting_hours_are_its_own_until_they_are_emptied(
    house: House, rated: Rated, office: requests.Session
) -> None:
    path = f"{HOURS}/{rated.institution_id}"
    form = page(house, office, path)
    wrong = forms.send(office, house.gateway_url, form, path, {"own_hours": "1", "monday": "om morgenen"})
    assert "Skriv tiderne som" in wrong.text
    assert value(wrong.text, path, "monday") == "om morgenen"
    own = {"own_hours": "1", "monday": "8-12, 13.30-16", "notice_days": "5"}
    done = forms.send(office, house.gateway_url, form, path, own)
    assert value(done.text, path, "monday") == "08.00-12.00, 13.30-16.00"
    assert value(done.text, path, "notice_days") == "5"
    late = forms.send(office, house.gateway_url, form, path, {"notice_days": "9"})
    assert late.status_code == 409
    assert value(late.text, path, "notice_days") == "9"
    back = forms.send(office, house.gateway_url, done.text, path, {"own_hours": None, "notice_days": ""})
    assert "own_hours" not in forms.fields(back.text, path)
    assert "Følger: 3" in back.text


def test_a_kind_of_institution_has_hours_of_its_own_beside_the_municipalitys(
    house: House, rated: Rated, office: requests.Session
) -> None:
    path = f"{HOURS}/slags/boernehave"
    form = page(house, office, path)
    assert "Følger det indbyggede" in form
    wrong = forms.send(office, house.gateway_url, form, path, {"own_hours": "1", "friday": "sent"})
    assert "Skriv tiderne som" in wrong.text
    refused = forms.send(office, house.gateway_url, form, path, {"notice_days": "99"})
    assert refused.status_code == 422
    assert 'href="#notice_days"' in refused.text
    done = forms.send(
        office, house.gateway_url, form, path, {"own_hours": "1", "friday": "9-11", "answer_days": "7"}
    )
    assert (value(done.text, path, "friday"), value(done.text, path, "answer_days")) == ("09.00-11.00", "7")
    follows = page(house, office, f"{HOURS}/{rated.institution_id}")
    assert "Følger: 7" in follows
    general = page(house, office, HOURS)
    forms.send(office, house.gateway_url, general, HOURS, {"proposals": "2"})
    assert value(page(house, office, path), path, "answer_days") == "7", (
        "the municipality's form leaves it be"
    )
    late = forms.send(office, house.gateway_url, form, path, {"answer_days": "9"})
    assert late.status_code == 409
    cleared = page(house, office, path)
    gone = forms.send(office, house.gateway_url, cleared, path, {"own_hours": None, "answer_days": ""})
    assert value(gone.text, path, "answer_days") == ""
    assert "Følger: 7" not in page(house, office, f"{HOURS}/{rated.institution_id}")
    assert "Følger: 2" in page(house, office, path)
    forms.send(office, house.gateway_url, page(house, office, HOURS), HOURS, {"proposals": ""})


def agreed_about_one_with_paper(house: House, rated: Rated) -> None:
    """A childminder and a leader agree about a child one of whose parents is exempt from digital post."""
    admin = Api.as_role(house, "administration")
    leader = Api.as_role(house, "leader")
    for place in admin.all("/institutions", kind="dagpleje"):
        for group in admin.all(f"/institutions/{place['institution_id']}/groups"):
            base = f"/rounds/{rated.round_id}/groups/{group['group_id']}"
            sheet = leader.get(base)
            for row in sheet["children"] if sheet["raters"] else ():
                adults = leader.get(f"/children/{row['child_id']}")["guardians"]
                if any(one["digital_post_exempt"] and one["custody"] != "none" for one in adults):
                    rater = Actor(sheet["raters"][0], "staff", (Grant("childminder", group["group_id"]),))
                    agree(rated.api(rater), base, row, rater.id)
                    return
    raise AssertionError("no parent of the invented municipality is exempt from digital post")


def agree(api: Api, base: str, row: dict[str, Any], rater: str) -> None:
    item = {
        "child_assessment_id": row["child_assessment_id"],
        "expected_version": row["version"],
        "position": "yellow",
        "reason": "Søger de voksne, når der er mange om ham.",
    }
    own = api.call("PUT", f"{base}/own-ratings", {"items": [item]})
    [item["expected_version"]] = [one["version"] for one in own["saved"]]
    if row["ratings_required"] > 1:
        few = {key: item[key] for key in ("child_assessment_id", "expected_version", "reason")}
        [item["expected_version"]] = [
            one["version"] for one in api.post(f"{base}/start-dialogue", {"items": [few]})["saved"]
        ]
    agreed = {**item, "participants": [rater]}
    assert api.post(f"{base}/joint-ratings", {"items": [agreed]})["errors"] == []


def test_letters_are_shown_for_printing_and_noted_as_sent(
    house: House, rated: Rated, office: requests.Session
) -> None:
    path = "/administration/breve"
    agreed_about_one_with_paper(house, rated)
    until(lambda: rated.api(OFFICE).get("/letters")["items"], 60, "a letter waits to be printed")
    listed = page(house, office, path)
    ids = [part.split('"')[0] for part in listed.split('name="brev" value="')[1:]]
    assert ids
    assert "Ingen breve venter" not in listed
    none = forms.send(office, house.gateway_url, listed, path, {"handling": "vis"})
    assert "Vælg mindst ét brev" in none.text
    shown = forms.send(office, house.gateway_url, listed, path, {"brev": ids[:1], "handling": "vis"})
    assert "Et brev til print" in shown.text
    for word in ("grøn", "gul ", "rød "):
        assert word not in shown.text.split('class="letter"')[1].lower()
    done = forms.send(office, house.gateway_url, shown.text, path, {})
    assert "Et brev er noteret som sendt" in done.text
    assert ids[0] not in page(house, office, path)
    assert ids[0] in page(house, office, f"{path}?vis=sendte")


def test_only_the_administration_is_let_in(house: House) -> None:
    leader = Actor(str(uuid4()), "staff", (Grant("leader", "*"),), "x")
    with browser_of(house, leader) as session:
        for path in (
            PROFILE,
            SIGNS,
            AGENDA,
            HOURS,
            ROUNDS,
            "/administration/breve",
            "/administration/beskeder",
        ):
            assert session.get(house.gateway_url + path, timeout=30).status_code == 403

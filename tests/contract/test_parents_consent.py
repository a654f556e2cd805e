"""The parents' consent pages before the real consent and registry: what they show, take and refuse."""

from __future__ import annotations

import html
import json
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from deploy.local.rabbitmq import RabbitMQ
from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.errors import Forbidden
from services.consent.rendering import LANGUAGES, built_in
from services.gateway.web.parents_consent.words import words
from tests.contract.consent_town import CPR, Issuer, Square, hidden

SUBSTANTIAL = "https://data.gov.dk/concept/core/nsis/Substantial"


@pytest.fixture(scope="module")
def square(broker: RabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Square]:
    name = f"parents-{secrets.token_hex(4)}"
    built = Square.build(broker.create_vhost(name), tmp_path_factory.mktemp("square"))
    yield built
    built.close()
    broker.delete_vhost(name)


@pytest.fixture(scope="module")
def plain(square: Square) -> Iterator[FlaskClient]:
    http = square.door()
    yield http
    http.application.extensions["calls"].close()


@pytest.fixture
def http(plain: FlaskClient) -> FlaskClient:
    """A browser of its own."""
    return plain.application.test_client()


def read(page: str) -> str:
    """What a person reads of a page."""
    text = re.sub(r"<head>.*?</head>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(text))


def say(http: FlaskClient, path: str, choice: str) -> str:
    """Chooses, confirms, and reads the page one is led to."""
    before = http.get(path + "/svar", query_string={"svar": choice}).text
    answer = http.post(path + "/svar", data=hidden(before))
    assert answer.status_code == 303
    return http.get(answer.headers["Location"]).text


# Reading and answering ------------------------------------------------------------------------------


def test_each_reads_the_text_in_her_own_language_and_direction(square: Square, http: FlaskClient) -> None:
    consent = square.request()
    for who, language, direction in (("F1", "ar", "rtl"), ("F2", "da", "ltr")):
        page = http.get(f"/samtykke/{square.token(consent, who)}").text
        assert f'<html lang="{language}"' in page
        assert ('dir="rtl" class' in page) is (direction == "rtl")
        texts, own, seen = built_in(language), words(language), read(page)
        for wanted in (
            texts["title"]["guardian"], texts["intro"]["guardian"], texts["purposes"]["specialist_meeting"],
            texts["information"]["wellbeing"], texts["bases"]["fvl_28"], texts["yes"], texts["no"],
            *texts["rights"]["guardian"], "PPR Åkær", own["ask"]["heading"], own["ask"]["go"], own["private"],
        ):  # fmt: skip
            assert wanted in seen
        assert f"<title>{texts['title']['guardian']} – Trivsel</title>" in page


def test_the_frame_follows_the_language_she_chooses_and_the_text_stays_as_it_was_rendered(
    square: Square, http: FlaskClient
) -> None:
    path = f"/samtykke/{square.token(square.request(), 'F2')}"
    for language in LANGUAGES:
        page = http.get(path, query_string={"sprog": language}).text
        seen = read(page)
        assert f'<html lang="{language}"' in page
        assert words(language)["ask"]["heading"] in seen
        assert built_in("da")["intro"]["guardian"] in seen
        assert (words(language)["other_language"] in seen) is (language != "da")
        for other in set(LANGUAGES) - {language}:
            assert words(other)["ask"]["hint"] not in seen


def test_a_yes_counts_when_it_is_confirmed_and_waits_for_the_other(square: Square, http: FlaskClient) -> None:
    consent = square.request()
    path = f"/samtykke/{square.token(consent, 'F1')}"
    asked = http.get(path).text
    [text_hash] = re.findall(r'name="tekst" value="([0-9a-f]{64})"', asked)
    before = http.get(path + "/svar", query_string={"svar": "yes", "tekst": text_hash}).text
    assert words("ar")["confirm"]["yes"][0] in before
    assert hidden(before)["text_hash"] == text_hash
    assert square.signatures(consent) == []
    after = say(http, path, "yes")
    assert words("ar")["given"]["yes"][0] in after
    assert words("ar")["standing"]["waiting"][1] in after
    assert text_hash[:16] in after
    assert square.signatures(consent) == [("yes", "link", "local")]
    assert 'name="svar"' not in http.get(path).text
    say(http, f"/samtykke/{square.token(consent, 'F2')}", "yes")
    assert words("ar")["standing"]["granted"][0] in http.get(path).text


def test_a_no_ends_it_and_the_other_is_not_told_who_said_it(square: Square, http: FlaskClient) -> None:
    consent = square.request()
    assert "Dit nej er gemt" in say(http, f"/samtykke/{square.token(consent, 'F2')}", "no")
    page = http.get(f"/samtykke/{square.token(consent, 'F1')}").text
    assert words("ar")["standing"]["declined"][0] in page
    assert "/traek-tilbage" not in page


def test_who_chooses_nothing_is_asked_again_and_nothing_is_saved(square: Square, http: FlaskClient) -> None:
    consent = square.request()
    path = f"/samtykke/{square.token(consent, 'F1')}/svar"
    for answer in (http.get(path), http.post(path), http.post(path, data={"answer": "maybe"})):
        assert answer.status_code in (409, 422)
        assert words("ar")["title"]["problem"] in answer.text
    assert square.signatures(consent) == []


def test_another_text_than_the_one_she_read_is_not_signed(square: Square, http: FlaskClient) -> None:
    consent = square.request()
    path = f"/samtykke/{square.token(consent, 'F2')}/svar"
    other = "ab" * 32
    for answer in (
        http.get(path, query_string={"svar": "yes", "tekst": other}),
        http.post(path, data={"answer": "yes", "text_hash": other}),
    ):
        assert answer.status_code == 409
        assert "Teksten er ændret" in answer.text
    assert square.signatures(consent) == []


def test_an_answer_is_given_once(square: Square, http: FlaskClient) -> None:
    consent = square.request()
    path = f"/samtykke/{square.token(consent, 'F2')}"
    form = hidden(http.get(path + "/svar", query_string={"svar": "yes"}).text)
    for _ in range(2):
        assert http.post(path + "/svar", data=form).status_code == 303
    assert square.signatures(consent) == [("yes", "link", "local")]
    turned = http.post(path + "/svar", data=form | {"answer": "no"})
    assert turned.status_code == 409
    assert "Der er allerede svaret" in turned.text


def test_where_we_have_no_text_in_her_language_she_is_told_to_ask_for_an_interpreter(
    square: Square, http: FlaskClient
) -> None:
    page = http.get(f"/samtykke/{square.token(square.request('B3'), 'F3')}").text
    assert '<html lang="da"' in page
    assert words("da")["interpreter"] in read(page)


def test_a_young_person_answers_herself_and_her_parents_are_told(square: Square, http: FlaskClient) -> None:
    consent = square.request("B4")
    path = f"/samtykke/{square.token(consent, 'B4')}"
    page = http.get(path).text
    assert '<html lang="so"' in page
    assert built_in("so")["title"]["young"] in page
    told = http.get(f"/samtykke/{square.token(consent, 'F1')}")
    assert words("ar")["standing"]["informed"][1] in told.text
    assert 'name="svar"' not in told.text
    say(http, path, "yes")
    for who, granted in (("B4", words("so")), ("F1", words("ar"))):
        answer = http.get(f"/samtykke/{square.token(consent, who)}").text
        assert granted["standing"]["granted"][0] in answer
        assert ("/traek-tilbage" in answer) is (who == "B4")
    assert words("so")["access"]["intro"]["young"] in http.get(path + "/adgang").text
    assert http.post(f"/samtykke/{square.token(consent, 'F1')}/traek-tilbage").status_code == 409


def test_a_renewal_says_what_it_takes_the_place_of_and_the_old_page_where_to_go(
    square: Square, http: FlaskClient
) -> None:
    consent = square.request(purpose="transition_release")
    for who in ("F1", "F2"):
        say(http, f"/samtykke/{square.token(consent, who)}", "yes")
    version = square.call("consent.get", square.leader, consent_id=consent)["version"]
    until = (clock.today() + timedelta(days=120)).isoformat()
    newer = square.call(
        "consent.renew", square.leader, consent_id=consent, expected_version=version, valid_to=until
    )["consent_id"]
    assert words("da")["renews"] in http.get(f"/samtykke/{square.token(newer, 'F2')}").text
    for who in ("F1", "F2"):
        say(http, f"/samtykke/{square.token(newer, who)}", "yes")
    old = http.get(f"/samtykke/{square.token(consent, 'F2')}").text
    assert words("da")["standing"]["superseded"][1] in old
    assert "/traek-tilbage" not in old


# Withdrawing ------------------------------------------------------------------------------------------


def test_she_takes_it_back_in_two_steps_and_is_told_what_happens_at_once(
    square: Square, http: FlaskClient
) -> None:
    consent = square.request(purpose="cross_professional_course")
    for who in ("F1", "F2"):
        say(http, f"/samtykke/{square.token(consent, who)}", "yes")
    path = f"/samtykke/{square.token(consent, 'F1')}"
    before = http.get(path + "/traek-tilbage").text
    for point in words("ar")["withdraw"]["points"]:
        assert point in read(before)
    check = {
        "child_id": square.ids["B1"],
        "purpose": "cross_professional_course",
        "recipient_unit": square.ids["I2"],
    }
    assert square.call("consent.check", **check)["allowed"] is True
    answer = http.post(path + "/traek-tilbage")
    assert answer.status_code == 303
    assert square.call("consent.check", **check)["allowed"] is False
    assert words("ar")["given"]["withdrawn"][0] in http.get(answer.headers["Location"]).text
    other = http.get(f"/samtykke/{square.token(consent, 'F2')}").text
    assert "Samtykket er trukket tilbage" in other
    assert square.signatures(consent)[-1][0] == "withdrawn"
    # Again changes nothing, and says how it stands.
    assert http.post(path + "/traek-tilbage").status_code == 303
    assert len(square.signatures(consent)) == 3


def test_what_was_never_given_cannot_be_taken_back(square: Square, http: FlaskClient) -> None:
    consent = square.request()
    path = f"/samtykke/{square.token(consent, 'F2')}/traek-tilbage"
    assert "Dit svar" in http.get(path).text
    assert http.post(path).status_code == 409
    assert square.signatures(consent) == []


# Who has access ---------------------------------------------------------------------------------------


def test_her_link_tells_who_can_read_and_who_could(square: Square, http: FlaskClient) -> None:
    consent = square.request(purpose="record_sharing")
    path = f"/samtykke/{square.token(consent, 'F1')}"
    for who in ("F1", "F2"):
        say(http, f"/samtykke/{square.token(consent, who)}", "yes")
    own = words("ar")["access"]
    now = read(http.get(path + "/adgang").text)
    section = now[now.index(own["now"]) : now.index(own["places"])]
    assert "PPR Åkær" in section
    assert own["purposes"]["record_sharing"] in section
    assert "Spirehuset" in now
    http.post(path + "/traek-tilbage")
    after = read(http.get(path + "/adgang").text)
    assert own["purposes"]["record_sharing"] not in after[: after.index(own["before"])]
    assert own["purposes"]["record_sharing"] in after[after.index(own["before"]) :]
    assert "Gry" not in after  # no employee's name


def test_an_exchange_without_consent_stands_there_once_they_have_been_told(
    square: Square, http: FlaskClient
) -> None:
    path = f"/samtykke/{square.token(square.request('B3'), 'F3')}/adgang"
    parties = [
        {"kind": "boernehave", "name": "Spirehuset", "unit_id": square.ids["I1"]},
        {"kind": "school", "name": "Åskolen", "unit_id": square.ids["I2"]},
    ]
    visitor = square.health_visitor
    for told, information in ((False, "health"), (True, "learning")):
        square.call(
            "consent.register_exchange", visitor, child_id=square.ids["B3"], basis="ssd",
            held_on="2026-06-02", parties=parties, information=[information], necessity="Hjælp tidligt",
            exceptional_reason="Undtagelse" if told else None, consent_sought=True, parents_told=told,
        )  # fmt: skip
    seen = read(http.get(path).text)
    own = words("da")["access"]
    assert own["bases"]["ssd"] in seen
    assert own["information"]["learning"] in seen
    assert own["information"]["health"] not in seen
    assert "Hjælp tidligt" not in seen


# Links that open nothing ------------------------------------------------------------------------------


def test_a_link_that_opens_nothing_says_what_to_do_in_every_language_and_nothing_else(
    square: Square, http: FlaskClient
) -> None:
    consent = square.request()
    good = square.token(consent, "F1")
    cases = {
        good[:-3] + "abc": (404, "unknown"),
        "x.y": (404, "unknown"),
        square.token(consent, "F3"): (404, "unknown"),
        square.token(consent, "F1", days=-1): (410, "expired"),
    }
    for token, (status, kind) in cases.items():
        for path, method in (("", "GET"), ("/adgang", "GET"), ("/traek-tilbage", "POST"), ("/svar", "POST")):
            data = {"answer": "yes", "text_hash": "ab" * 32} if path == "/svar" else {}
            answer = http.open(f"/samtykke/{token}{path}", method=method, data=data)
            assert (answer.status_code, path) == (status, path)
            seen = read(answer.text)
            for language in LANGUAGES:
                assert words(language)["closed"][kind][0] in seen
            assert "PPR" not in seen
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "noindex" in answer.headers["X-Robots-Tag"]
            assert "no-store" in answer.headers["Cache-Control"]
    assert square.signatures(consent) == []


def test_who_asks_too_often_is_told_so_in_her_language(square: Square) -> None:
    http = square.door(RATE_LIMIT_LINKS="2 per hour")
    path = "/samtykke/x.y?sprog=so"
    assert [http.get(path).status_code for _ in range(3)] == [404, 404, 429]
    answer = http.get(path)
    assert '<html lang="so"' in answer.text
    assert f"<h1>{words('so')['closed']['many'][0]}</h1>" in answer.text
    assert int(answer.headers["Retry-After"]) > 0


# Who she is -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    found = Issuer()
    yield found
    found.close()


@pytest.fixture(scope="module")
def guarded(square: Square, issuer: Issuer) -> Iterator[FlaskClient]:
    """A gateway with a provider of parents, in a municipality that demands it for a yes."""
    square.demand("oidc")
    yield square.door(PARENT_OIDC_ISSUER=issuer.url, PARENT_OIDC_CLIENT_SECRET="secret")
    square.demand("link")


@pytest.fixture
def phone(guarded: FlaskClient) -> FlaskClient:
    return guarded.application.test_client()


def signs_in(phone: FlaskClient, issuer: Issuer, path: str, cpr: str, acr: str = SUBSTANTIAL) -> Any:
    """The page she is led to after she has shown the provider who she is."""
    away = phone.get(path + "/log-ind")
    assert away.headers["Location"].startswith(issuer.url)
    for part in ("state=", "nonce=", "code_challenge=", "prompt=login"):
        assert part in away.headers["Location"]
    return phone.get(issuer.back_from(away.headers["Location"], cpr=cpr, acr=acr))


def test_a_yes_goes_by_the_provider_and_comes_back_to_the_same_page(
    square: Square, phone: FlaskClient, issuer: Issuer
) -> None:
    consent = square.request()
    path = f"/samtykke/{square.token(consent, 'F1')}"
    asked = phone.get(path + "/svar", query_string={"svar": "yes"}).text
    assert words("ar")["identity"]["title"] in asked
    assert "MitID" in asked
    assert "<form" not in asked  # no form may lead to another site
    # Without the provider's word nothing is signed, whatever the form says of it.
    forged = {
        "answer": "yes",
        "text_hash": "",
        "identity": json.dumps({"level": "high", "evidence": "ab" * 32}),
    }
    text_hash = re.findall(r'name="tekst" value="(\w+)"', phone.get(path).text)[0]
    answer = phone.post(path + "/svar", data=forged | {"text_hash": text_hash})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(path + "/svar?svar=yes")
    assert square.signatures(consent) == []
    back = signs_in(phone, issuer, path, CPR["F1"])
    assert back.headers["Location"] == path + "/svar?svar=yes"
    assert square.signatures(consent) == []
    confirm = phone.get(back.headers["Location"]).text
    assert words("ar")["identity"]["done"] in confirm
    assert phone.post(path + "/svar", data=hidden(confirm)).status_code == 303
    assert square.signatures(consent) == [("yes", "oidc", "substantial")]
    # The next answer asks anew.
    other = f"/samtykke/{square.token(square.request(purpose='record_sharing'), 'F1')}/svar?svar=yes"
    assert words("ar")["identity"]["title"] in phone.get(other).text


def test_somebody_else_signs_nothing_and_is_told_nothing(
    square: Square, phone: FlaskClient, issuer: Issuer
) -> None:
    consent = square.request()
    path = f"/samtykke/{square.token(consent, 'F1')}"
    page = signs_in(phone, issuer, path, CPR["F2"])
    assert page.status_code == 403
    seen = read(page.text)
    assert words("ar")["identity"]["mismatch"][1] in seen
    for secret in ("Vinther", "Asha", CPR["F2"], CPR["F1"], "PPR"):
        assert secret not in seen
    assert words("ar")["identity"]["title"] in phone.get(path + "/svar?svar=yes").text
    assert square.signatures(consent) == []


def test_what_was_shown_for_one_link_opens_no_other(
    square: Square, phone: FlaskClient, issuer: Issuer
) -> None:
    consent = square.request()
    own, other = (f"/samtykke/{square.token(consent, who)}" for who in ("F1", "F2"))
    signs_in(phone, issuer, own, CPR["F1"])
    assert "Vis, hvem du er" in phone.get(other + "/svar?svar=yes").text


@pytest.mark.parametrize("acr", ["", "urn:dk:mitid:low", "substantially-nothing"])
def test_a_sign_in_that_is_not_sure_enough_signs_nothing(
    square: Square, phone: FlaskClient, issuer: Issuer, acr: str
) -> None:
    path = f"/samtykke/{square.token(square.request(), 'F2')}"
    page = signs_in(phone, issuer, path, CPR["F2"], acr)
    assert page.status_code == 403
    assert "ikke sikkert nok" in page.text


def test_an_answer_of_the_provider_that_was_not_asked_for_is_no_sign_in(
    square: Square, phone: FlaskClient, issuer: Issuer
) -> None:
    path = f"/samtykke/{square.token(square.request(), 'F2')}"
    away = phone.get(path + "/log-ind").headers["Location"]
    back = issuer.back_from(away, cpr=CPR["F2"], acr=SUBSTANTIAL)
    stranger = phone.application.test_client()
    assert stranger.get(back).status_code == 400
    assert phone.get(re.sub(r"state=[^&]+", "state=other", back)).status_code == 400
    assert phone.get("/foraeldre/log-ind/svar?error=access_denied").status_code == 400
    assert "Vis, hvem du er" in phone.get(path + "/svar?svar=yes").text


def test_to_say_no_and_to_take_back_needs_no_sign_in(square: Square, phone: FlaskClient) -> None:
    square.demand("link")
    given = square.request()
    for who in ("F1", "F2"):
        say(phone, f"/samtykke/{square.token(given, who)}", "yes")
    square.demand("oidc")
    assert phone.post(f"/samtykke/{square.token(given, 'F2')}/traek-tilbage").status_code == 303
    assert square.signatures(given)[-1] == ("withdrawn", "link", "local")
    asked = square.request()
    assert "Dit nej er gemt" in say(phone, f"/samtykke/{square.token(asked, 'F2')}", "no")


def test_where_no_provider_is_set_up_she_is_told_how_else_to_answer(
    square: Square, guarded: FlaskClient, http: FlaskClient
) -> None:
    assert guarded
    path = f"/samtykke/{square.token(square.request(), 'F2')}"
    for page in (http.get(path + "/svar?svar=yes"), http.get(path + "/log-ind")):
        assert page.status_code == 503
        assert "svare på papir" in page.text


def test_nobody_finds_out_by_trying_whose_number_it_is(square: Square) -> None:
    person = {"child_id": square.ids["B3"], "person_id": square.ids["F3"], "by": "cpr"}
    own, other = {**person, "value": "038191-0005"}, {**person, "value": "048191-0005"}
    for actor in (Actor.system("notifications"), square.leader):
        with pytest.raises(Forbidden):
            square.call("registry.match_person", actor, **own)
    assert square.call("registry.match_person", **person, value="038191-0005") == {
        "matches": True,
        "wait": False,
    }
    for _ in range(10):
        found = square.call("registry.match_person", **other)
        assert found == {"matches": False, "wait": False}
    # Now not even the right number is answered.
    assert square.call("registry.match_person", **person, value="038191-0005") == {
        "matches": False,
        "wait": True,
    }
    text = square.process.text()
    assert "038191" not in text
    assert "048191" not in text


def test_one_without_custody_or_of_another_child_is_nobody(square: Square) -> None:
    asked = {"person_id": square.ids["F3"], "by": "person", "value": square.ids["F3"]}
    assert square.call("registry.match_person", child_id=square.ids["B1"], **asked)["matches"] is False
    asked = {"person_id": square.ids["F2"], "by": "person", "value": square.ids["F2"].upper()}
    assert square.call("registry.match_person", child_id=square.ids["B1"], **asked)["matches"] is True


def test_the_words_are_the_same_in_all_languages() -> None:
    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {name: shape(part) for name, part in value.items()}
        if isinstance(value, list):
            return [shape(part) for part in value]
        return sorted(re.findall(r"\{\w+\}", str(value)))

    folder = Path(__file__).parents[2] / "services/gateway/web/parents_consent/words"
    assert {path.stem for path in folder.glob("*.json")} == set(LANGUAGES)
    for language in LANGUAGES:
        own, danish = dict(words(language)), dict(words("da"))
        assert shape(own) == shape(danish)

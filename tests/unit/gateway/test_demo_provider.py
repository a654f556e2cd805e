"""The demonstration's identity provider gives its answers to our gateway alone, and each code once."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from deploy.local.identity.parents import Parents
from deploy.local.identity.people import WHOLE_MUNICIPALITY, People
from deploy.local.identity.provider import Provider, app
from services.registry.synth.write import write_municipality

GATEWAY = "http://127.0.0.1:8080"
ISSUER = "http://127.0.0.1:9000"
NOWHERE = "amqp://guest:guest@127.0.0.1:1/"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code",
    "client_id": "trivsel",
    "redirect_uri": f"{GATEWAY}/log-ind/svar",
    "scope": "openid",
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
}
LOCAL = {"base_url": ISSUER}


@pytest.fixture(scope="module")
def provider() -> Provider:
    return Provider(ISSUER, "trivsel", "secret", GATEWAY, ("parents", "other-secret"))


@pytest.fixture
def http(provider: Provider, municipality: Path) -> FlaskClient:
    return app(provider, People(NOWHERE, "k" * 64), Parents(municipality)).test_client()


@pytest.fixture(scope="module")
def municipality(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of an invented municipality, as the local run keeps them."""
    folder = tmp_path_factory.mktemp("municipality")
    write_municipality(folder, children=20, seed=1, today=date(2026, 11, 21))
    return folder


def code(http: FlaskClient, role: str = "leader") -> str:
    answer = http.post("/authorize", data={**ASKED, "role": role}, **LOCAL)
    assert answer.status_code == 303
    found = re.fullmatch(re.escape(f"{GATEWAY}/log-ind/svar?code=") + r"([\w-]+)&state=s", answer.location)
    assert found
    return found[1]


def exchange(http: FlaskClient, **more: str) -> Any:
    form = {"redirect_uri": ASKED["redirect_uri"], "code_verifier": VERIFIER, **more}
    return http.post("/token", data=form, auth=("trivsel", "secret"), **LOCAL)


@pytest.mark.parametrize("role", sorted(WHOLE_MUNICIPALITY))
def test_a_chosen_role_is_told_in_a_signed_token(http: FlaskClient, provider: Provider, role: str) -> None:
    tokens = exchange(http, code=code(http, role)).json
    [key] = jwt.PyJWKSet.from_dict(http.get("/keys", **LOCAL).json).keys
    claims = jwt.decode(tokens["id_token"], key.key, ["RS256"], audience="trivsel", issuer=ISSUER)
    assert claims["nonce"] == "n"
    assert claims["trivsel_grants"] == [{"role": role, "unit": "*"}]
    about = http.get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}, **LOCAL)
    assert about.json["sub"] == claims["sub"]


def test_a_code_is_good_once_and_for_whom_it_was_made(http: FlaskClient) -> None:
    assert exchange(http, code=code(http), code_verifier="w" * 50).status_code == 400
    assert exchange(http, code=code(http), redirect_uri=f"{GATEWAY}/else").status_code == 400
    given = code(http)
    assert exchange(http, code=given).status_code == 200
    assert exchange(http, code=given).status_code == 400
    form = {"redirect_uri": ASKED["redirect_uri"], "code_verifier": VERIFIER, "code": code(http)}
    assert http.post("/token", data=form, auth=("trivsel", "wrong"), **LOCAL).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": f"{GATEWAY}.evil.example/"},
        {"client_id": "other"},
        {"code_challenge": ""},
        {"response_type": "token"},
    ],
)
def test_nobody_else_gets_an_answer(http: FlaskClient, wrong: dict[str, str]) -> None:
    assert http.get("/authorize", query_string={**ASKED, **wrong}, **LOCAL).status_code == 400
    answer = http.post("/authorize", data={**ASKED, **wrong, "role": "leader"}, **LOCAL)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize("chosen", [{}, {"role": "king"}, {"staff_id": "1 or 1"}])
def test_who_chooses_nobody_is_asked_to_choose(http: FlaskClient, chosen: dict[str, str]) -> None:
    page = http.post("/authorize", data={**ASKED, **chosen}, **LOCAL)
    assert page.status_code == 200
    assert "Vælg en rolle" in page.text


def test_its_page_says_what_it_is_and_stands_while_the_registry_is_away(http: FlaskClient) -> None:
    page = http.get("/authorize", query_string=ASKED, **LOCAL)
    assert page.status_code == 200
    assert "KUN TIL DEMO" in page.text
    assert "svarer ikke" in page.text


def test_another_sites_name_for_this_machine_is_refused(http: FlaskClient) -> None:
    place = {"base_url": "http://evil.example"}
    assert http.get("/authorize", query_string=ASKED, **place).status_code == 421


def test_signing_out_leads_back_to_the_gateway_alone(http: FlaskClient) -> None:
    for back in (f"{GATEWAY}/", "https://evil.example/", ""):
        answer = http.get("/end", query_string={"post_logout_redirect_uri": back}, **LOCAL)
        assert answer.location == f"{GATEWAY}/"


# Parents ------------------------------------------------------------------------------------------------

OF_PARENTS = {**ASKED, "client_id": "parents", "redirect_uri": f"{GATEWAY}/foraeldre/log-ind/svar"}


def parent_code(http: FlaskClient) -> str:
    """A code for the first parent of the first institution that has one with a number."""
    found = re.findall(
        r'<option value="(F[^"]+)"', http.get("/authorize", query_string=OF_PARENTS, **LOCAL).text
    )
    answer = http.post("/authorize", data={**OF_PARENTS, "parent": found[0]}, **LOCAL)
    assert answer.status_code == 303
    return str(answer.location.split("code=")[1].split("&")[0])


def test_an_invented_parent_is_told_with_number_and_level_and_no_rights(
    http: FlaskClient, provider: Provider
) -> None:
    form = {"code": parent_code(http), "redirect_uri": OF_PARENTS["redirect_uri"], "code_verifier": VERIFIER}
    tokens = http.post("/token", data=form, auth=("parents", "other-secret"), **LOCAL).json
    [key] = jwt.PyJWKSet.from_dict(http.get("/keys", **LOCAL).json).keys
    claims = jwt.decode(tokens["id_token"], key.key, ["RS256"], audience="parents", issuer=ISSUER)
    assert claims["acr"].endswith("substantial")
    assert int(claims.get("cpr", "008100-0000")[2:4]) > 80  # a month of no calendar
    assert "trivsel_grants" not in claims


def test_a_parents_code_is_nothing_to_the_staffs_client_nor_the_other_way_round(http: FlaskClient) -> None:
    form = {"redirect_uri": OF_PARENTS["redirect_uri"], "code_verifier": VERIFIER}
    mixed = http.post("/token", data={**form, "code": parent_code(http)}, auth=("trivsel", "secret"), **LOCAL)
    assert mixed.status_code == 400
    form["redirect_uri"] = ASKED["redirect_uri"]
    mixed = http.post("/token", data={**form, "code": code(http)}, auth=("parents", "other-secret"), **LOCAL)
    assert mixed.status_code == 400
    answer = http.post("/authorize", data={**OF_PARENTS, "role": "leader"}, **LOCAL)
    assert answer.status_code == 200
    assert "Vælg en forælder" in answer.text


def test_the_parents_page_says_what_it_is_also_where_there_is_nobody_to_choose(
    http: FlaskClient, provider: Provider
) -> None:
    empty = app(provider, People(NOWHERE, "k" * 64)).test_client()
    for client, wanted in ((http, "i stedet for MitID"), (empty, "ingen opdigtede forældre")):
        page = client.get("/authorize", query_string=OF_PARENTS, **LOCAL).text
        assert "KUN TIL DEMO" in page
        assert wanted in page

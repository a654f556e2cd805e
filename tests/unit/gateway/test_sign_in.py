"""The demo sign-in is for one's own machine, and nobody is signed in from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from services.chassis.actor import Actor, issue_token, verify_token
from services.chassis.client import RpcClient
from services.chassis.config import Misconfigured
from services.gateway.app import create_app
from services.gateway.request import COOKIE
from services.gateway.settings import settings
from tests.unit.gateway.conftest import ANNA, KEY, environment

NOWHERE = "amqp://guest:guest@127.0.0.1:1/"


def client_of(**more: str) -> tuple[FlaskClient, RpcClient]:
    client = RpcClient(NOWHERE, timeout=0.5)
    return create_app(settings({**environment(NOWHERE), **more}), client).test_client(), client


@pytest.fixture
def local() -> Iterator[FlaskClient]:
    http, client = client_of(LOCAL_SIGN_IN="1")
    yield http
    client.close()


@pytest.fixture
def public() -> Iterator[FlaskClient]:
    http, client = client_of(PUBLIC_URL="https://trivsel.example.org")
    yield http
    client.close()


def test_the_door_is_shut_unless_it_is_opened() -> None:
    http, client = client_of()
    assert http.get("/log-ind").status_code == 404
    assert http.post("/log-ind", data={"role": "leader"}).status_code == 404
    client.close()


@pytest.mark.parametrize(
    "address", ["https://trivsel.example.org", "http://10.0.0.7:8080", "http://localhost.evil.example"]
)
def test_it_cannot_be_opened_where_others_could_reach_it(address: str) -> None:
    with pytest.raises(Misconfigured, match="misconfigured") as refused:
        settings({**environment(NOWHERE), "LOCAL_SIGN_IN": "1", "PUBLIC_URL": address})
    assert "LOCAL_SIGN_IN" in refused.value.fields


def test_a_role_signs_in_with_a_cookie_that_scripts_cannot_read(local: FlaskClient) -> None:
    answer = local.post("/log-ind", data={"role": "leader"})
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    actor = verify_token(local.get_cookie(COOKIE).value, KEY)
    assert [(grant.role, grant.unit) for grant in actor.grants] == [("leader", "*")]


def test_a_token_of_ours_signs_in_and_one_of_anybody_elses_does_not(local: FlaskClient) -> None:
    assert local.post("/log-ind", data={"token": issue_token(ANNA, KEY, 60)}).status_code == 303
    forged = issue_token(ANNA, "x" * 64, 60)
    refused = local.post("/log-ind", data={"token": forged})
    assert refused.status_code == 401
    assert forged not in refused.text


@pytest.mark.parametrize("form", [{}, {"role": "king"}, {"staff_id": "1 or 1"}, {"staff_id": "", "role": ""}])
def test_who_chooses_nobody_is_asked_to_choose(local: FlaskClient, form: dict[str, str]) -> None:
    answer = local.post("/log-ind", data=form)
    assert answer.status_code == 401
    assert "Vælg en medarbejder" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_sites_form_signs_nobody_in(local: FlaskClient, headers: dict[str, str]) -> None:
    answer = local.post("/log-ind", data={"role": "leader"}, headers=headers)
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_signing_out_leaves_no_cookie(local: FlaskClient) -> None:
    local.post("/log-ind", data={"role": "leader"})
    assert local.post("/log-ud").status_code == 303
    assert local.get_cookie(COOKIE) is None


def test_without_a_session_the_pages_lead_to_the_sign_in(local: FlaskClient) -> None:
    for path in ("/born", f"/barn/{ANNA.id}/tidslinje"):
        answer = local.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/log-ind"


def test_where_there_is_no_demo_sign_in_a_page_asks_to_sign_in_and_tells_nothing(public: FlaskClient) -> None:
    answer = public.get(f"/barn/{ANNA.id}/tidslinje")
    assert answer.status_code == 401
    assert "ikke logget ind" in answer.text


def test_an_expired_session_is_no_session(local: FlaskClient) -> None:
    local.set_cookie(COOKIE, issue_token(Actor("x", "staff"), KEY, -1))
    assert local.get("/born").status_code == 303


def test_at_a_public_address_the_browser_is_held_to_https(public: FlaskClient) -> None:
    assert "max-age" in public.get("/").headers["Strict-Transport-Security"]


def test_a_public_start_page_tells_nothing_of_the_inside(public: FlaskClient) -> None:
    text = public.get("/").text
    for word in ("RabbitMQ", "Postkasse", "Målinger", "Svarer"):
        assert word not in text


def test_the_start_page_says_which_parts_do_not_answer(local: FlaskClient) -> None:
    assert local.get("/").text.count("Svarer ikke") == 4


def test_a_service_that_is_away_leaves_the_sign_in_page_standing(local: FlaskClient) -> None:
    answer = local.get("/log-ind")
    assert answer.status_code == 200
    assert "Rolle" in answer.text

"""Who asks too often is told to wait, kindly, and nobody else is."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from services.chassis.actor import Actor, issue_token
from services.chassis.client import RpcClient
from services.gateway.app import create_app
from services.gateway.sessions import COOKIE, Session, seal
from services.gateway.settings import settings
from tests.unit.gateway.conftest import ANNA, KEY, environment

NOWHERE = "amqp://guest:guest@127.0.0.1:1/"
BENTE = Actor("9d3c2a64-6c1d-4a53-9f64-1f7b0c3e52a6", "staff", ANNA.grants, "test")
Asks = Callable[[FlaskClient], int]


def door() -> FlaskClient:
    few = {f"RATE_LIMIT_{name}": "3 per hour" for name in ("API", "SIGN_IN", "LINKS", "SEARCH")}
    chosen = settings({**environment(NOWHERE), "PUBLIC_URL": "http://localhost", **few})
    return create_app(chosen, RpcClient(NOWHERE, timeout=0.1)).test_client()


def calls_api(http: FlaskClient) -> int:
    token = issue_token(ANNA, KEY, 60)
    return http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code


def opens_link(http: FlaskClient) -> int:
    return http.get("/svar/x.y").status_code


def signs_in(http: FlaskClient) -> int:
    return http.get("/log-ind").status_code


def searches(http: FlaskClient) -> int:
    http.set_cookie(COOKIE, seal(Session.begin(ANNA), KEY))
    token = re.search(r'name="csrf_token" value="([^"]+)"', http.get("/born").text)
    assert token
    return http.post("/born", data={"csrf_token": token[1], "text": "Alma"}).status_code


@pytest.mark.parametrize("ask", [calls_api, opens_link, signs_in, searches])
def test_after_the_limit_one_is_asked_to_wait(ask: Asks) -> None:
    http = door()
    answers = [ask(http) for _ in range(5)]
    assert 429 not in answers[:3]
    assert answers[3:] == [429, 429]


def test_a_program_is_told_how_long_to_wait() -> None:
    http = door()
    for _ in range(3):
        calls_api(http)
    token = issue_token(ANNA, KEY, 60)
    answer = http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == "too-many-requests"
    assert 0 < int(answer.headers["Retry-After"]) <= 3601  # the window ends on a whole second


def test_a_parent_gets_a_kind_page() -> None:
    http = door()
    for _ in range(3):
        opens_link(http)
    answer = http.get("/svar/x.y")
    assert answer.mimetype == "text/html"
    assert "Prøv igen om" in answer.text
    assert int(answer.headers["Retry-After"]) > 0


def test_one_persons_loop_does_not_shut_out_another() -> None:
    http = door()
    assert [calls_api(http) for _ in range(4)][-1] == 429
    token = issue_token(BENTE, KEY, 60)
    assert http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code != 429

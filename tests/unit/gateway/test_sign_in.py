"""Sign-in against an identity provider that is none of ours, and what becomes of a session."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from flask import Flask, url_for
from flask.testing import FlaskClient

from deploy.local.processes import accepts, free_ports
from services.chassis.actor import Grant
from services.chassis.client import RpcClient
from services.chassis.config import Misconfigured
from services.gateway.app import create_app
from services.gateway.sessions import COOKIE, Session, seal, unseal
from services.gateway.settings import settings
from services.gateway.web.sign_in import home
from tests.support.waiting import until
from tests.unit.gateway.conftest import ANNA, KEY, environment

NOWHERE = "amqp://guest:guest@127.0.0.1:1/"
HERE = "http://localhost"
UNIT = "3f1c9f63-3b0e-4f6e-9a55-2f3f7a9b1c11"
RIGHTS = {"trivsel_grants": [{"role": "leader", "unit": UNIT}], "name": "Anna Prøve"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The address of the independent provider, in a process of its own."""
    [port] = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)],
        env={**os.environ, "NO_COLOR": "1"},
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: process.poll() is None and accepts(port), 20, "the provider listens")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def door(**more: str) -> FlaskClient:
    chosen = settings({**environment(NOWHERE), "PUBLIC_URL": HERE, **more})
    return create_app(chosen, RpcClient(NOWHERE, timeout=0.3)).test_client()


@pytest.fixture(scope="module")
def app(issuer: str) -> Flask:
    return door(OIDC_ISSUER=issuer, OIDC_CLIENT_SECRET="secret").application


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    """A browser of its own."""
    return app.test_client()


def leave(http: FlaskClient, path: str = "/log-ind") -> str:
    """The provider's page that the browser is sent to."""
    answer = http.get(path)
    while answer.headers["Location"].startswith("/"):
        answer = http.get(answer.headers["Location"])
    return str(answer.headers["Location"])


def choose(place: str, issuer: str, person: str, told: dict[str, Any]) -> str:
    """The person signs in at the provider; the path she comes back to."""
    assert requests.put(f"{issuer}/users/{person}", json=told, timeout=5).status_code == 204
    answer = requests.post(place, data={"sub": person}, allow_redirects=False, timeout=5)
    back = answer.headers["Location"]
    assert back.startswith(f"{HERE}/log-ind/svar?")
    return back.removeprefix(HERE)


def sign_in(http: FlaskClient, issuer: str, path: str = "/log-ind", told: Any = None) -> Any:
    return http.get(choose(leave(http, path), issuer, ANNA.id, RIGHTS if told is None else told))


def home_of(http: FlaskClient) -> str:
    """The path of a signed-in person's first page."""
    with http.application.test_request_context():
        return url_for(home())


def held(http: FlaskClient) -> Session | None:
    cookie = http.get_cookie(COOKIE)
    return unseal(cookie.value, KEY) if cookie else None


def carry(http: FlaskClient, session: Session) -> None:
    http.set_cookie(COOKIE, seal(session, KEY))


# In -----------------------------------------------------------------------------------------------------


def test_who_signs_in_at_the_municipality_has_her_roles_and_units_here(
    http: FlaskClient, issuer: str
) -> None:
    answer = sign_in(http, issuer)
    assert answer.status_code == 303
    session = held(http)
    assert session is not None
    assert (session.actor.id, session.actor.kind) == (ANNA.id, "staff")
    assert session.actor.grants == (Grant("leader", UNIT),)
    assert session.name == "Anna Prøve"


def test_the_cookie_is_sealed_and_no_script_may_read_it(http: FlaskClient, issuer: str) -> None:
    answer = sign_in(http, issuer)
    [cookie] = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith(COOKIE)]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age" not in cookie
    for word in ("Anna", ANNA.id, UNIT, "leader"):
        assert word not in cookie


def test_the_request_carries_state_nonce_and_a_challenge(http: FlaskClient) -> None:
    place = leave(http)
    for part in ("state=", "nonce=", "code_challenge=", "code_challenge_method=S256", "response_type=code"):
        assert part in place


def test_one_comes_back_to_where_one_was(http: FlaskClient, issuer: str) -> None:
    answer = sign_in(http, issuer, "/born?enhed=alt")
    assert answer.headers["Location"] == "/born?enhed=alt"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/%0d%0aX: y\r\nZ: 1",
        "/" + "a" * 3000,
    ],
)
def test_nobody_is_led_to_another_site(http: FlaskClient, issuer: str, elsewhere: str) -> None:
    place = http.get("/log-ind", query_string={"videre": elsewhere}).headers["Location"]
    answer = http.get(choose(place, issuer, ANNA.id, RIGHTS))
    assert answer.headers["Location"] == home_of(http)


def test_an_answer_that_was_not_asked_for_lets_nobody_in(http: FlaskClient, issuer: str) -> None:
    back = choose(leave(http), issuer, ANNA.id, RIGHTS)
    stranger = http.application.test_client()
    assert stranger.get(back).status_code == 400
    assert held(stranger) is None
    altered = re.sub("state=[^&]+", "state=other", back)
    assert http.get(altered).status_code == 400
    assert held(http) is None


def test_an_answer_is_good_once(http: FlaskClient, issuer: str) -> None:
    back = choose(leave(http), issuer, ANNA.id, RIGHTS)
    assert http.get(back).status_code == 303
    assert http.get(back).status_code == 400


def test_who_says_no_at_the_provider_is_not_signed_in(http: FlaskClient, issuer: str) -> None:
    place = leave(http)
    answer = requests.post(place, data={"action": "deny"}, allow_redirects=False, timeout=5)
    told = http.get(answer.headers["Location"].removeprefix(HERE))
    assert told.status_code == 400
    assert held(http) is None


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"trivsel_grants": []},
        {"trivsel_grants": "leader"},
        {"trivsel_grants": [{"role": "system", "unit": "*"}]},
        {"trivsel_grants": [{"role": "leader", "unit": "everything"}]},
        {"trivsel_grants": [{"role": "leader"}]},
        {"trivsel_grants": [["leader", "*"], 7, None]},
    ],
)
def test_a_person_without_a_right_that_is_known_here_is_turned_away_kindly(
    http: FlaskClient, issuer: str, told: dict[str, Any]
) -> None:
    answer = sign_in(http, issuer, told=told)
    assert answer.status_code == 403
    assert "ikke givet dig en rolle" in answer.text
    assert held(http) is None


def test_a_provider_that_is_away_is_told_of(issuer: str) -> None:
    http = door(OIDC_ISSUER="http://127.0.0.1:1")
    answer = http.get("/log-ind")
    assert answer.status_code == 503
    assert "login svarer ikke" in answer.text


def test_without_a_provider_a_page_says_so_and_shows_nothing() -> None:
    http = door()
    answer = http.get(f"/barn/{ANNA.id}/tidslinje")
    assert answer.status_code == 401
    assert "ikke logget ind" in answer.text


# The session --------------------------------------------------------------------------------------------


def test_a_session_ends_when_it_is_not_used_and_after_a_working_day(http: FlaskClient) -> None:
    now = int(time.time())
    for began, used, live in (
        (0, 0, True),
        (0, 1900, False),
        (8 * 3600 + 60, 0, False),
        (7 * 3600, 60, True),
    ):
        carry(http, replace(Session.begin(ANNA), began=now - began, used=now - used))
        answer = http.get("/born")
        assert (answer.status_code == 200) is live, (began, used)
        if not live:
            assert answer.headers["Location"] == "/log-ind?videre=/born"


def test_use_keeps_a_session_alive_but_not_beyond_its_day(http: FlaskClient) -> None:
    now = int(time.time())
    carry(http, replace(Session.begin(ANNA), began=now - 3600, used=now - 1200))
    http.get("/born")
    session = held(http)
    assert session is not None
    assert session.used >= now
    assert session.began == now - 3600


@pytest.mark.parametrize("cookie", ["", "x", "a" * 4000, seal(Session.begin(ANNA), "another" * 8)])
def test_a_cookie_that_is_none_of_ours_is_nobody(http: FlaskClient, cookie: str) -> None:
    http.set_cookie(COOKIE, cookie)
    assert http.get("/born").status_code == 303


def test_a_bearer_token_is_no_session_and_a_session_opens_no_api(http: FlaskClient) -> None:
    carry(http, Session.begin(ANNA))
    assert http.get("/api/v1/rounds").status_code == 401


def test_the_oldest_purposes_give_way_before_a_cookie_grows_too_large() -> None:
    session = Session.begin(ANNA)
    for number in range(40):
        session = session.looking_for(f"{number:08d}-0000-4000-8000-000000000000", os.urandom(100).hex())
    sealed = seal(session, KEY)
    assert len(sealed) <= 3900
    back = unseal(sealed, KEY)
    assert back is not None
    assert list(back.purposes)[-1].startswith("00000039")


# What was typed -------------------------------------------------------------------------------------------


def form_token(text: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert found
    return found[1]


def expired(http: FlaskClient) -> str:
    """A form is open when the session ends; gives the form's token."""
    carry(http, Session.begin(ANNA))
    token = form_token(http.get("/born").text)
    carry(http, replace(Session.begin(ANNA), used=0))
    return token


def test_what_was_typed_is_there_again_after_signing_in(http: FlaskClient, issuer: str) -> None:
    token = expired(http)
    answer = http.post("/born", data={"csrf_token": token, "text": "Æble\n<b> & 'mere'", "x": "1"})
    assert answer.status_code == 401
    assert "ikke tabt" in answer.text
    assert "Æble" not in answer.text
    assert sign_in(http, issuer).headers["Location"] == "/log-ind/fortsaet"
    page = http.get("/log-ind/fortsaet").text
    assert 'action="/born"' in page
    assert "Æble\n&lt;b&gt; &amp; &#39;mere&#39;" in page
    assert 'textarea name="csrf_token"' not in page


def test_what_was_typed_is_not_given_to_somebody_else(http: FlaskClient, issuer: str) -> None:
    token = expired(http)
    http.post("/born", data={"csrf_token": token, "text": "Æble"})
    other = "9d3c2a64-6c1d-4a53-9f64-1f7b0c3e52a6"
    answer = http.get(choose(leave(http), issuer, other, RIGHTS))
    assert answer.headers["Location"] == home_of(http)
    assert http.get("/log-ind/fortsaet").status_code == 303
    assert "Æble" not in sign_in(http, issuer).headers["Location"]
    assert http.get("/log-ind/fortsaet").status_code == 303


def test_her_other_windows_forms_are_still_good_when_she_is_back(http: FlaskClient, issuer: str) -> None:
    token = expired(http)
    sign_in(http, issuer, "/log-ind?igen=1")
    assert http.post("/born", data={"csrf_token": token, "text": "Alma"}).status_code == 200


def test_autosave_after_the_end_of_a_session_leaves_the_page_as_it_is(http: FlaskClient) -> None:
    token = expired(http)
    answer = http.post("/born", headers={"HX-Request": "true", "X-CSRFToken": token}, data={"text": "Alma"})
    assert answer.status_code == 401
    assert answer.headers["HX-Trigger"] == "session-expired"
    assert answer.headers["HX-Reswap"] == "none"


# Forms ------------------------------------------------------------------------------------------------------


def test_a_form_without_its_token_does_nothing(http: FlaskClient) -> None:
    carry(http, Session.begin(ANNA))
    for data in ({"text": "Alma"}, {"text": "Alma", "csrf_token": "x"}):
        answer = http.post("/born", data=data)
        assert answer.status_code == 400
        assert "for gammel" in answer.text
    assert http.post("/log-ud").status_code == 400
    assert held(http) is not None


# Out --------------------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_and_shows_the_way_out_of_the_provider(
    http: FlaskClient, issuer: str
) -> None:
    sign_in(http, issuer)
    token = form_token(http.get("/").text)
    answer = http.post("/log-ud", data={"csrf_token": token})
    assert answer.status_code == 303
    assert held(http) is None
    page = http.get("/log-ud").text
    assert f"{issuer}/oauth2/end_session?" in page
    assert http.get("/born").status_code == 303


# Where it may stand -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["https://trivsel.example.org", "http://10.0.0.7:8080", "http://localhost.evil.example"]
)
def test_a_demonstration_cannot_stand_where_others_could_reach_it(address: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        settings({**environment(NOWHERE), "DEMONSTRATION": "1", "PUBLIC_URL": address})
    assert "DEMONSTRATION" in refused.value.fields


@pytest.mark.parametrize(
    ("issuer_address", "public"),
    [
        ("http://login.kommune.example", "https://trivsel.example.org"),
        ("http://127.0.0.1:9000", "https://trivsel.example.org"),
    ],
)
def test_a_provider_in_the_clear_or_on_this_machine_signs_nobody_in_to_a_public_address(
    issuer_address: str, public: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        settings({**environment(NOWHERE), "OIDC_ISSUER": issuer_address, "PUBLIC_URL": public})
    assert "OIDC_ISSUER" in refused.value.fields


def test_at_a_public_address_the_browser_is_held_to_https_and_cookies_are_secure() -> None:
    http = door(PUBLIC_URL="https://trivsel.example.org")
    carry(http, replace(Session.begin(ANNA), used=int(time.time()) - 120))
    answer = http.get("/")
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert all("Secure" in each for each in answer.headers.getlist("Set-Cookie"))
    assert answer.headers.getlist("Set-Cookie")


def test_a_public_start_page_tells_nothing_of_the_inside() -> None:
    text = door(PUBLIC_URL="https://trivsel.example.org").get("/").text
    for word in ("RabbitMQ", "Postkasse", "Målinger", "Svarer", "DEMO"):
        assert word not in text


def test_the_start_page_of_a_demonstration_says_which_parts_do_not_answer() -> None:
    assert door(DEMONSTRATION="1", PUBLIC_URL=HERE).get("/").text.count("Svarer ikke") == 4

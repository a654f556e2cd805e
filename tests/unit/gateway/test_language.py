"""Danish is the source; English is there when it is chosen, and says as much."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from services.chassis.client import RpcClient
from services.gateway.api.problems import ALL
from services.gateway.app import create_app
from services.gateway.settings import settings
from services.gateway.web.language import COOKIE, TRANSLATIONS, catalogue
from services.gateway.web.problem_words import TITLES
from tests.unit.gateway.conftest import environment
from tests.unit.gateway.test_sign_in import NOWHERE, form_token

HOLES = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(settings(environment(NOWHERE)), RpcClient(NOWHERE, timeout=0.1))


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    return app.test_client()


def test_pages_are_danish_whatever_the_browser_is_set_to(http: FlaskClient) -> None:
    page = http.get("/log-ud", headers={"Accept-Language": "en-US,en"}).text
    assert '<html lang="da"' in page
    assert "Du er logget ud" in page


def test_english_is_chosen_on_the_page_and_remembered(http: FlaskClient) -> None:
    token = form_token(http.get("/log-ud").text)
    answer = http.post("/sprog", data={"csrf_token": token, "sprog": "en", "tilbage": "/log-ud"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/log-ud")
    page = http.get("/log-ud").text
    assert '<html lang="en"' in page
    assert "You are signed out" in page


@pytest.mark.parametrize("sprog", ["", "de", "en; Path=/", "../en"])
def test_a_language_that_is_not_there_changes_nothing(http: FlaskClient, sprog: str) -> None:
    token = form_token(http.get("/log-ud").text)
    http.post("/sprog", data={"csrf_token": token, "sprog": sprog, "tilbage": "https://evil.example/"})
    assert http.get_cookie(COOKIE) is None
    assert '<html lang="da"' in http.get("/log-ud").text


def test_a_translation_fills_the_same_holes_as_its_source() -> None:
    with (TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po").open("rb") as written:
        catalogue = read_po(written, locale="en")
    for message in catalogue:
        if not message.id:
            continue
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [message.string] if isinstance(message.string, str) else list(message.string)
        wanted = {hole for source in sources for hole in HOLES.findall(source)}
        for text in filter(None, said):
            assert set(HOLES.findall(text)) <= wanted, message.id
        if said[-1]:
            assert set(HOLES.findall(said[-1])) == set(HOLES.findall(sources[-1])), message.id


def test_every_kind_of_problem_has_a_title_in_english() -> None:
    for kind in ALL.values():
        assert kind.title in TITLES
        assert catalogue("en").gettext(kind.title) != kind.title

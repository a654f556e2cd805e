"""What is made small on its way to a browser, and what is not because its length could tell something."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.client import RpcClient
from services.gateway.app import create_app
from services.gateway.settings import settings
from services.gateway.web.form_token import mask, unmask
from tests.unit.gateway.conftest import environment

NOWHERE = "amqp://guest:guest@127.0.0.1:1/"
STYLES = "/static/css/base.css?v=1"


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    client = RpcClient(NOWHERE)
    made = create_app(settings(environment(NOWHERE)), client)
    yield made
    made.extensions["calls"].close()
    client.close()


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    return app.test_client()


def ask(
    http: FlaskClient, path: str, site: str | None = None, encodings: str = "gzip, br"
) -> tuple[bytes, str]:
    headers = {"Accept-Encoding": encodings} | ({"Sec-Fetch-Site": site} if site else {})
    answer = http.get(path, headers=headers)
    assert answer.status_code == 200
    assert "Accept-Encoding" in answer.headers["Vary"]
    return answer.data, answer.headers.get("Content-Encoding", "")


@pytest.mark.parametrize("path", [STYLES, "/static/js/autosave.js", "/api/v1/openapi.json", "/api/v1/"])
def test_assets_and_the_apis_document_are_small_for_whoever_can_read_them_so(
    http: FlaskClient, path: str
) -> None:
    plain, encoding = ask(http, path, "cross-site", "identity")
    assert encoding == ""
    small, encoding = ask(http, path, "cross-site")
    assert encoding == "gzip"
    assert len(small) < len(plain)
    if not path.endswith("/"):  # a page has a form token, new in every answer
        assert gzip.decompress(small) == plain


@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_a_page_that_another_site_may_have_asked_for_keeps_its_length(
    http: FlaskClient, site: str | None
) -> None:
    assert ask(http, "/log-ud", site)[1] == ""


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_page_that_a_person_asked_for_is_small(http: FlaskClient, site: str) -> None:
    small, encoding = ask(http, "/log-ud", site)
    assert encoding == "gzip"
    assert b"</html>" in gzip.decompress(small)


def test_what_the_browser_holds_is_not_sent_again(http: FlaskClient) -> None:
    first = http.get(STYLES, headers={"Accept-Encoding": "gzip"})
    assert first.headers["ETag"].startswith("W/")
    for tag in (first.headers["ETag"], first.headers["ETag"].removeprefix("W/")):
        again = http.get(STYLES, headers={"Accept-Encoding": "gzip", "If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")


def test_an_asset_that_is_asked_for_again_is_whole(http: FlaskClient) -> None:
    assert ask(http, STYLES)[0] == ask(http, STYLES)[0]


def test_who_takes_no_gzip_gets_none(http: FlaskClient) -> None:
    assert ask(http, STYLES, encodings="gzip;q=0, identity")[1] == ""


def test_a_part_of_a_file_is_of_the_file_itself(http: FlaskClient) -> None:
    answer = http.get(STYLES, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"})
    assert answer.status_code in (200, 206)
    if answer.status_code == 206:
        assert "Content-Encoding" not in answer.headers


# The form token --------------------------------------------------------------------------------------


@given(st.text())
def test_a_mask_comes_off_again(token: str) -> None:
    assert unmask(mask(token)) == token


@given(st.text())
def test_what_has_no_mask_is_no_token_and_no_fault(sent: str) -> None:
    assert isinstance(unmask(sent), str)


def test_a_page_shows_the_token_otherwise_each_time_and_takes_it_every_time(http: FlaskClient) -> None:
    tokens = [re.findall(r'name="csrf_token" value="([^"]+)"', http.get("/log-ud").text) for _ in range(3)]
    assert len({token for found in tokens for token in found}) == 3
    for found in tokens:
        answer = http.post("/sprog", data={"csrf_token": found[0], "sprog": "da", "tilbage": "/log-ud"})
        assert answer.status_code == 303
    assert http.post("/sprog", data={"csrf_token": "x" * 40, "sprog": "da"}).status_code == 400

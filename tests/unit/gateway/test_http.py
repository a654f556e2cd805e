"""What HTTP promises, kept over a real bus before a real service."""

from __future__ import annotations

import io
import json
import logging
from urllib.parse import quote
from uuid import uuid4

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from services.chassis import logs
from services.chassis.actor import Actor, Grant
from tests.unit.gateway.conftest import ANNA, Bearer

SECRET = "Asta Vinterberg 010199-0001"


@pytest.fixture
def book(http: FlaskClient, bearer: Bearer) -> str:
    """The address of a book that nobody has changed."""
    path = f"/api/v1/books/{uuid4()}"
    assert http.put(path, json={"title": "Den første"}, headers=bearer()).status_code == 201
    return path


def problem(answer: TestResponse, status: int, code: str) -> dict[str, object]:
    """The problem document of an answer that is one."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    document = json.loads(answer.data)
    assert document["status"] == status
    assert document["code"] == code
    assert document["type"].startswith("/api/v1/#problem-")
    assert document["correlation_id"] == answer.headers["X-Correlation-Id"]
    assert {"title", "detail"} <= document.keys()
    assert "Error" not in answer.text
    return document


# Who asks ----------------------------------------------------------------------------------------------


def test_who_asks_and_why_reaches_the_service(http: FlaskClient, bearer: Bearer, book: str) -> None:
    found = http.get(book, headers={**bearer(), "X-Purpose": "forberedelse af møde"}).json
    assert found["asked_by"] == ANNA.id
    assert found["purpose"] == "forberedelse af møde"


def test_the_purpose_in_the_token_stands_when_no_other_is_given(
    http: FlaskClient, bearer: Bearer, book: str
) -> None:
    assert http.get(book, headers=bearer()).json["purpose"] == "test"


def test_a_purpose_that_is_no_readable_text_is_refused(http: FlaskClient, bearer: Bearer, book: str) -> None:
    for purpose in ("x" * 201, "\x7f", " "):
        problem(http.get(book, headers={**bearer(), "X-Purpose": purpose}), 400, "bad-request")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x.y.z", "Basic YTpi", "Bearer " + "a" * 5000])
def test_nobody_gets_in_without_a_token_of_ours(http: FlaskClient, book: str, header: str | None) -> None:
    answer = http.get(book, headers={} if header is None else {"Authorization": header})
    problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_token_says_to_sign_in_again(http: FlaskClient, bearer: Bearer, book: str) -> None:
    assert "Log ind igen" in str(problem(http.get(book, headers=bearer(seconds=-1)), 401, "token-expired"))


def test_a_cookie_never_opens_the_api(http: FlaskClient, bearer: Bearer, book: str) -> None:
    http.set_cookie("trivsel_session", bearer()["Authorization"].removeprefix("Bearer "))
    problem(http.get(book), 401, "unauthenticated")


def test_a_refusal_of_the_service_is_the_callers_answer(http: FlaskClient, bearer: Bearer) -> None:
    problem(http.post("/api/v1/misbehave", json={"how": "forbidden"}, headers=bearer()), 403, "forbidden")


# Versions ----------------------------------------------------------------------------------------------


def test_a_book_is_renamed_on_the_version_that_was_read(http: FlaskClient, bearer: Bearer, book: str) -> None:
    tag = http.get(book, headers=bearer()).headers["ETag"]
    renamed = http.patch(book, json={"title": "Den anden"}, headers={**bearer(), "If-Match": tag})
    assert renamed.status_code == 200
    assert renamed.json["version"] == 2
    assert renamed.headers["ETag"] != tag


def test_two_who_rename_at_once_get_one_change_and_one_conflict(
    http: FlaskClient, bearer: Bearer, book: str
) -> None:
    tag = http.get(book, headers=bearer()).headers["ETag"]
    first = http.patch(book, json={"title": "Min"}, headers={**bearer(), "If-Match": tag})
    second = http.patch(book, json={"title": "Din"}, headers={**bearer(), "If-Match": tag})
    assert first.status_code == 200
    assert problem(second, 412, "version-mismatch")["version"] == 2
    assert http.get(book, headers=bearer()).json["title"] == "Min"


def test_a_bare_version_in_if_match_will_do(http: FlaskClient, bearer: Bearer, book: str) -> None:
    answer = http.patch(book, json={"title": "Min"}, headers={**bearer(), "If-Match": '"1"'})
    assert answer.status_code == 200


def test_a_change_without_a_version_is_not_made(http: FlaskClient, bearer: Bearer, book: str) -> None:
    problem(http.patch(book, json={"title": "Ny"}, headers=bearer()), 428, "precondition-required")
    assert http.get(book, headers=bearer()).json["version"] == 1


def test_who_holds_the_newest_gets_no_body_again(http: FlaskClient, bearer: Bearer, book: str) -> None:
    tag = http.get(book, headers=bearer()).headers["ETag"]
    again = http.get(book, headers={**bearer(), "If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""
    http.patch(book, json={"title": "Ny"}, headers={**bearer(), "If-Match": tag})
    assert http.get(book, headers={**bearer(), "If-None-Match": tag}).status_code == 200


def test_another_person_who_sees_the_object_otherwise_gets_no_304(
    http: FlaskClient, bearer: Bearer, book: str
) -> None:
    tag = http.get(book, headers=bearer()).headers["ETag"]
    other = Actor(str(uuid4()), "staff", (Grant("leader", "*"),))
    assert http.get(book, headers={**bearer(other), "If-None-Match": tag}).status_code == 200


def test_what_is_made_has_a_place(http: FlaskClient, bearer: Bearer) -> None:
    path = f"/api/v1/books/{uuid4()}"
    made = http.put(path, json={"title": "Ny"}, headers=bearer())
    assert made.status_code == 201
    assert made.headers["Location"] == path


# Pages -------------------------------------------------------------------------------------------------


def test_following_the_links_gives_every_book_once(http: FlaskClient, bearer: Bearer) -> None:
    made = set()
    for _ in range(7):
        path = f"/api/v1/books/{uuid4()}"
        http.put(path, json={"title": "x"}, headers=bearer())
        made.add(path.rsplit("/", 1)[1])
    seen: list[str] = []
    link: str | None = "/api/v1/books?limit=3"
    while link:
        page = http.get(link, headers=bearer())
        seen += [item["book_id"] for item in page.json["items"]]
        header = page.headers.get("Link", "")
        assert ("next" in header) == bool(page.json["next"])
        link = header.removeprefix("<").split(">")[0] or None
    assert made <= set(seen)
    assert len(seen) == len(set(seen))


# What cannot be -----------------------------------------------------------------------------------------


def test_an_unknown_address_is_not_found(http: FlaskClient, bearer: Bearer) -> None:
    for path in ("/api/v1/nothing", "/api/v1/books/not-a-key", "/api/nothing"):
        problem(http.get(path, headers=bearer()), 404, "route-unknown")


def test_an_unknown_book_is_not_found(http: FlaskClient, bearer: Bearer) -> None:
    problem(http.get(f"/api/v1/books/{uuid4()}", headers=bearer()), 404, "not-found")


def test_a_wrong_method_is_told_the_right_ones(http: FlaskClient, bearer: Bearer, book: str) -> None:
    answer = http.delete(book, headers=bearer())
    problem(answer, 405, "method-not-allowed")
    assert {"GET", "PUT", "PATCH"} <= set(answer.headers["Allow"].split(", "))


def test_a_body_that_is_not_json_by_name_is_refused(http: FlaskClient, bearer: Bearer, book: str) -> None:
    answer = http.put(
        book, data="title=x", content_type="application/x-www-form-urlencoded", headers=bearer()
    )
    problem(answer, 415, "unsupported-media-type")


def test_broken_json_is_refused_with_its_place(http: FlaskClient, bearer: Bearer, book: str) -> None:
    answer = http.put(book, data='{"title": }', content_type="application/json", headers=bearer())
    assert "linje 1, tegn 11" in str(problem(answer, 400, "bad-request")["detail"])


def test_a_body_over_the_limit_is_refused(http: FlaskClient, bearer: Bearer, book: str) -> None:
    body = io.BytesIO(b'{"title": "' + b"x" * 1_100_000 + b'"}')
    problem(http.put(book, data=body, content_type="application/json", headers=bearer()), 413, "too-large")


def test_a_field_that_is_wrong_is_named_with_its_mend(http: FlaskClient, bearer: Bearer) -> None:
    answer = http.put(f"/api/v1/books/{uuid4()}", json={"title": "", "colour": 1}, headers=bearer())
    fields = problem(answer, 422, "invalid")["fields"]
    assert isinstance(fields, dict)
    assert fields.keys() == {"title", "colour"}
    assert "Feltet kendes ikke" in fields["colour"]


# When something is wrong with us --------------------------------------------------------------------------


def test_a_fault_in_a_service_tells_nothing_of_how_it_works(http: FlaskClient, bearer: Bearer) -> None:
    answer = http.post("/api/v1/misbehave", json={"how": "breaks"}, headers=bearer())
    problem(answer, 500, "internal")
    for secret in (SECRET, "Asta", "RuntimeError", "Traceback", "services."):
        assert secret not in answer.text


def test_a_write_that_is_not_answered_in_time_says_that_its_outcome_is_unknown(
    http: FlaskClient, bearer: Bearer
) -> None:
    write = problem(
        http.post("/api/v1/misbehave", json={"how": "slow"}, headers=bearer()), 504, "outcome-unknown"
    )
    read = problem(http.get("/api/v1/misbehave?how=slow", headers=bearer()), 504, "outcome-unknown")
    assert "gemt" in str(write["detail"])
    assert "gemt" not in str(read["detail"])


def test_a_service_that_is_away_is_unavailable_for_a_while(http: FlaskClient, bearer: Bearer) -> None:
    answer = http.get("/api/v1/nobody?how=x", headers=bearer())
    problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


# What every answer carries, and what the log does not --------------------------------------------------


def test_every_answer_carries_safe_headers_and_is_kept_by_nobody(
    http: FlaskClient, bearer: Bearer, book: str
) -> None:
    for answer in (
        http.get(book, headers=bearer()),
        http.get("/api/v1/nothing"),
        http.get("/"),
        http.get("/intet"),
        http.get("/livez"),
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert any(word in answer.headers["Cache-Control"] for word in ("no-store", "private"))
        assert answer.headers["X-Correlation-Id"]


def test_the_callers_correlation_id_is_kept_when_it_is_one(
    http: FlaskClient, bearer: Bearer, book: str
) -> None:
    own = str(uuid4())
    assert http.get(book, headers={**bearer(), "X-Correlation-Id": own}).headers["X-Correlation-Id"] == own
    for other in ("x", "../../etc/passwd", "0" * 36):
        given_back = http.get(book, headers={**bearer(), "X-Correlation-Id": other}).headers[
            "X-Correlation-Id"
        ]
        assert given_back != other


def test_the_log_names_the_route_and_never_what_was_asked(
    http: FlaskClient, bearer: Bearer, book: str
) -> None:
    written = io.StringIO()
    logs.configure("INFO", stream=written)
    try:
        token = "hemmeligt-link-abc"
        http.get(f"{book}?navn=Asta", headers=bearer())
        http.get(f"/svar/{token}?gemt=Asta")
        http.get(f"/api/v1/Asta/{token}")
        http.get(f"/barn/{uuid4()}/tidslinje?vis=Asta")
    finally:
        logging.getLogger().handlers.clear()
        structlog.reset_defaults()
    said = written.getvalue()
    assert "/api/v1/books/<uuid:book_id>" in said
    assert "/svar/<token>" in said
    for secret in ("Asta", token, book.rsplit("/", 1)[1], "navn"):
        assert secret not in said
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line for line in lines if line.get("actor_id") == ANNA.id]


# Whatever comes --------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "PUT", "PATCH", "POST", "DELETE", "HEAD", "OPTIONS", "TRACE"]),
    path=st.sampled_from(["/books", f"/books/{ANNA.id}", "/books/%00", "/books/" + "9" * 40, "/misbehave/x"])
    | st.text(max_size=10).map(lambda text: "/" + quote(text, errors="replace")),
    body=st.none()
    | st.binary(max_size=40)
    | st.dictionaries(st.text(max_size=5), st.integers()).map(lambda found: json.dumps(found).encode()),
    kind=st.sampled_from(["application/json", "application/json; charset=utf-8", "text/plain", ""]),
    if_match=st.none() | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    query=st.dictionaries(st.text(max_size=6), st.text(max_size=6), max_size=3),
)
def test_whatever_is_asked_the_answer_is_ours_and_never_a_fault(
    app: Flask,
    bearer: Bearer,
    method: str,
    path: str,
    body: bytes | None,
    kind: str,
    if_match: str | None,
    query: dict[str, str],
) -> None:
    headers = bearer()
    if if_match is not None:
        headers["If-Match"] = if_match
    answer = app.test_client().open(
        f"/api/v1{path}", method=method, data=body, content_type=kind, headers=headers, query_string=query
    )
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and method != "HEAD":
        assert answer.mimetype == "application/problem+json"
        assert json.loads(answer.data)["detail"]

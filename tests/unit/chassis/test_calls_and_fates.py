"""What comes over the wire from strangers, and what is made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from services.chassis import calls, fates
from services.chassis.context import Context
from services.chassis.errors import (
    BY_CODE,
    Conflict,
    Invalid,
    NotYet,
    Permanent,
    TrivselError,
)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
OWN = st.sampled_from(
    [
        calls.TOKEN,
        calls.CORRELATION,
        calls.TRACEPARENT,
        calls.TIMEOUT_MS,
        fates.ATTEMPT,
        fates.OUTAGE,
        "traceparent",
    ]
)
HEADERS = st.dictionaries(OWN | st.text(), ANYTHING)


@given(HEADERS)
def test_any_header_is_read_or_left_out(headers: dict[str, Any]) -> None:
    context = calls.context_of(headers)
    assert context.correlation_id
    assert context.traceparent is not None
    patience = calls.patience(headers)
    assert patience is None or 0 < patience <= 3600


@given(HEADERS | ANYTHING)
def test_attempts_are_a_small_number_whatever_a_sender_writes(headers: Any) -> None:
    found = fates.own_headers(_Message(headers))  # type: ignore[arg-type]
    assert 0 <= found[fates.ATTEMPT] <= 10_000
    assert 0 <= found[fates.OUTAGE] <= 10_000
    assert set(found) <= {fates.ATTEMPT, fates.OUTAGE, "traceparent", "correlation-id"}


@given(st.binary() | st.text() | st.from_regex(r'\{"args": .*, "kwargs": .*\}', fullmatch=True))
def test_any_body_is_a_request_or_invalid(body: Any) -> None:
    try:
        found: Any = calls.arguments(body)
    except Invalid as error:
        found = {"refused": error.code}
    assert isinstance(found, dict)
    assert found.get("refused", "malformed-call") == "malformed-call" or "refused" in str(body)


def test_a_request_comes_back_as_it_was_sent() -> None:
    assert calls.arguments(calls.request({"word": "hej", "number": 7})) == {"word": "hej", "number": 7}
    context = Context.new()
    back = calls.context_of(calls.headers("token", context, 2.0))
    assert (back.correlation_id, back.traceparent) == (context.correlation_id, context.traceparent)
    assert calls.patience(calls.headers(None, context, 2.0)) == pytest.approx(2.0)


@pytest.mark.parametrize("kind", sorted(BY_CODE.values(), key=lambda kind: kind.code))
def test_an_error_reaches_the_caller_as_the_same_kind(kind: type[TrivselError]) -> None:
    with pytest.raises(kind) as caught:
        calls.outcome(calls.failure(kind("Fordi.", fields={"felt": "Ret det."})))
    assert (caught.value.detail, caught.value.fields) == ("Fordi.", {"felt": "Ret det."})


def test_what_a_stock_service_says_of_its_error_goes_no_further() -> None:
    body = {"exc_type": "ValueError", "exc_path": "x.ValueError", "exc_args": ["Asta"], "value": "Asta"}
    with pytest.raises(TrivselError) as caught:
        calls.outcome(json.dumps({"result": None, "error": body}))
    assert "Asta" not in json.dumps(caught.value.problem())


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (NotYet("child-unknown"), "child-unknown"),
        (Permanent("schema-invalid"), "schema-invalid"),
        (Conflict("Asta kom først"), "conflict"),
        (OperationalError("select Asta", {}, Exception("Asta")), "outage"),
        (ValueError("Asta"), "unexpected"),
    ],
)
def test_the_reason_of_a_failure_is_a_code_and_never_its_words(failure: Exception, code: str) -> None:
    assert fates.reason_of(failure) == code


class _Message:
    """Only what is read of a message."""

    def __init__(self, headers: Any) -> None:
        self.headers = headers

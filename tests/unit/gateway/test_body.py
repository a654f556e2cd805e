"""What a request's body may be, and where it is said to break."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.api.body import DEPTH, read_json
from services.gateway.api.problems import BadRequest

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(
    st.dictionaries(
        TEXT,
        JSON,
        max_size=5,
    )
)
def test_a_json_object_comes_through_as_it_was(document: dict[str, object]) -> None:
    assert read_json(json.dumps(document).encode()) == document


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_as_a_bad_request(raw: bytes) -> None:
    with suppress(BadRequest):  # any other exception fails the test
        assert isinstance(read_json(raw), dict)


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert read_json(b"\xef\xbb\xbf{}") == {}


def test_malformed_json_is_refused_with_line_and_column() -> None:
    with pytest.raises(BadRequest) as refused:
        read_json(b'{\n  "position": ,\n}')
    assert "linje 2, tegn 15" in refused.value.detail


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b'{"a": 1, "a": 2}', "samme felt to gange"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b"[1, 2]", "JSON-objekt"),
        (b"3", "JSON-objekt"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b'{"a": "\\ud83d"}', "surrogatpar"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"\\u0000": 1}', "NUL"),
        (b'{"a": ' + b"9" * 5000 + b"}", "for langt"),
        (b'{"a": ' + b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1) + b"}", "for dybt"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "for dybt"),
    ],
)
def test_what_json_only_seems_to_be_is_refused_by_name(raw: bytes, word: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_json(raw)
    assert word in refused.value.detail


def test_a_refusal_never_repeats_what_was_sent() -> None:
    for raw in (b'{"cpr": "010120-0000",}', b'{"010120-0000": 1, "010120-0000": 2}', b"010120-0000"):
        with pytest.raises(BadRequest) as refused:
            read_json(raw)
        assert "010120" not in str(refused.value.problem())

"""What a client holds, and on which version it writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.api.etags import etag, expected_version, is_fresh
from services.gateway.api.problems import BadRequest


@given(st.integers(0, 10**18 - 1), st.binary())
def test_a_tag_leads_back_to_the_version_it_was_made_of(version: int, body: bytes) -> None:
    assert expected_version(etag({"version": version}, body)) == version


@given(st.integers(0, 1000))
def test_a_bare_version_may_be_typed_by_hand(version: int) -> None:
    assert expected_version(str(version)) == expected_version(f'"{version}"') == version


def test_the_same_version_seen_with_other_eyes_is_another_representation() -> None:
    assert etag({"version": 1}, b"mine") != etag({"version": 1}, b"all of ours")


@pytest.mark.parametrize(
    "given_", ["*", "", "abc", '"-.0123456789abcdef"', '"1", "2"', "-1", '"1.xyz"', "9" * 40]
)
def test_what_names_no_version_is_refused_with_the_mend(given_: str) -> None:
    with pytest.raises(BadRequest) as refused:
        expected_version(given_)
    assert "ETag" in refused.value.detail


def test_a_client_that_holds_the_tag_among_others_is_fresh() -> None:
    tag = etag({"version": 2}, b"x")
    assert is_fresh(f'W/"0.aaaaaaaaaaaaaaaa", {tag}', tag)
    assert is_fresh("*", tag)
    assert not is_fresh('"1.aaaaaaaaaaaaaaaa"', tag)
    assert not is_fresh(None, tag)


def test_a_list_and_a_truth_value_have_no_version() -> None:
    for document in ({"items": []}, [], {"version": True}, {"version": "7"}):
        with pytest.raises(BadRequest):
            expected_version(etag(document, b"body"))

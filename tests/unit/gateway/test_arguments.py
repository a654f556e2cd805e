"""From path, query, body and If-Match to the one object an RPC takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from services.chassis.schemas import Page, Takes, Uid, fields
from services.gateway.api.arguments import arguments
from services.gateway.api.operation import Operation
from services.gateway.api.problems import BadRequest, PreconditionRequired

ROUND = "5b0c2a64-6c1d-4a53-9f64-1f7b0c3e52a6"


class Listing(Page):
    mine = fields.Boolean()
    states = fields.List(fields.String())
    group_id = Uid()


class Changing(Takes):
    round_id = Uid(required=True)
    expected_version = fields.Integer(required=True)
    name = fields.String()


LIST = Operation("GET", "/things", "registry.things", "", Listing, None)
CHANGE = Operation("PATCH", "/rounds/<uuid:round_id>", "assessment.change_round", "", Changing, None)


def query(*pairs: tuple[str, str]) -> MultiDict[str, str]:
    return MultiDict(pairs)


def test_a_query_gives_numbers_truths_and_lists_their_type_again() -> None:
    found = arguments(
        LIST,
        {},
        query(("limit", "25"), ("mine", "true"), ("states", "invited,held"), ("states", "closed")),
        {},
        None,
    )
    assert found == {"limit": 25, "mine": True, "states": ["invited", "held", "closed"]}


def test_what_is_no_number_is_left_for_the_service_to_name() -> None:
    assert arguments(LIST, {}, query(("limit", "mange")), {}, None) == {"limit": "mange"}


def test_a_parameter_given_twice_is_refused_by_its_name() -> None:
    with pytest.raises(BadRequest) as refused:
        arguments(LIST, {}, query(("group_id", "a"), ("group_id", "b")), {}, None)
    assert refused.value.fields == {"group_id": "Angiv parameteren kun én gang."}


def test_if_match_becomes_the_version_the_service_compares() -> None:
    found = arguments(CHANGE, {"round_id": ROUND}, query(), {"name": "Forår"}, '"7.0123456789abcdef"')
    assert found == {"round_id": ROUND, "expected_version": 7, "name": "Forår"}


def test_a_change_without_a_version_is_asked_for_one() -> None:
    with pytest.raises(PreconditionRequired) as refused:
        arguments(CHANGE, {"round_id": ROUND}, query(), {"name": "Forår"}, None)
    assert refused.value.status == 428
    assert "expected_version" in refused.value.fields


def test_the_version_may_stand_in_the_body_instead() -> None:
    assert (
        arguments(CHANGE, {"round_id": ROUND}, query(), {"expected_version": 3}, None)["expected_version"]
        == 3
    )


def test_two_versions_that_differ_are_refused() -> None:
    with pytest.raises(BadRequest):
        arguments(CHANGE, {"round_id": ROUND}, query(), {"expected_version": 3}, '"4"')


def test_the_body_cannot_speak_of_another_object_than_the_path() -> None:
    with pytest.raises(BadRequest) as refused:
        arguments(CHANGE, {"round_id": ROUND}, query(), {"round_id": "an other", "expected_version": 1}, None)
    assert "round_id" in refused.value.fields


def test_if_match_where_nothing_has_a_version_is_refused() -> None:
    with pytest.raises(BadRequest):
        arguments(LIST, {}, query(), {}, '"1"')


@given(
    st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=5),
    st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=5), max_size=4),
    st.none() | st.text(max_size=12),
)
def test_any_request_becomes_data_or_a_bad_request(
    pairs: list[tuple[str, str]], body: dict[str, Any], if_match: str | None
) -> None:
    for operation, path in ((LIST, {}), (CHANGE, {"round_id": ROUND})):
        try:
            found = arguments(operation, path, MultiDict(pairs), body, if_match)
        except (BadRequest, PreconditionRequired):
            continue  # any other exception fails the test
        else:
            assert all(found[name] == value for name, value in path.items())

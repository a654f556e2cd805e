"""Wrong input is answered in Danish, by the field's name and its mend, and survives the way over the bus."""

from __future__ import annotations

from typing import Any

import pytest

from services.chassis import errors
from services.chassis.schemas import Page, Takes, Uid, fields, load, validate


class Part(Takes):
    reason = fields.String(required=True)


class Whole(Takes):
    child_id = Uid(required=True)
    count = fields.Integer(validate=validate.Range(min=1, max=9))
    day = fields.Date()
    word = fields.String(validate=validate.Length(max=3))
    choice = fields.String(validate=validate.OneOf(["a", "b"]))
    own = fields.String(validate=validate.Length(max=3, error="Højst tre tegn."))
    parts = fields.List(fields.Nested(Part))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, {"child_id": "Skal udfyldes."}),
        ({"child_id": None}, {"child_id": "Må ikke være tom."}),
        ({"child_id": "7"}, {"child_id": "Skal være en gyldig nøgle (UUID)."}),
        ({"count": 0}, {"count": "Skal være mindst 1 og højst 9."}),
        ({"count": 10}, {"count": "Skal være mindst 1 og højst 9."}),
        ({"count": "x"}, {"count": "Skal være et helt tal."}),
        ({"day": "31/12"}, {"day": "Skal være en dato som 2026-11-30."}),
        ({"word": "long"}, {"word": "Må højst være 3 lang."}),
        ({"own": "long"}, {"own": "Højst tre tegn."}),
        ({"choice": "c"}, {"choice": "Vælg en af: a, b."}),
        ({"parts": [{"reason": "x"}, {}]}, {"parts.1.reason": "Skal udfyldes."}),
        ({"parts": {}}, {"parts": "Skal være en liste."}),
        ({"parts": [7]}, {"parts.0": "Skal være et objekt."}),
        ({"nonsense": 1}, {"nonsense": "Feltet kendes ikke. Fjern det, eller ret navnet."}),
    ],
)
def test_each_wrong_field_is_named_with_its_mend(data: dict[str, Any], expected: dict[str, str]) -> None:
    given = {"child_id": "00000000-0000-4000-8000-000000000001", **data} if data else data
    with pytest.raises(errors.Invalid) as wrong:
        load(Whole(), given)
    assert wrong.value.fields == expected


@pytest.mark.parametrize("data", [[1], "text", 7])
def test_a_body_that_is_no_object_is_said_to_be_none(data: object) -> None:
    with pytest.raises(errors.Invalid) as wrong:
        load(Whole(), data)
    assert wrong.value.fields == {"body": "Skal være et objekt."}


def test_a_page_has_its_limits() -> None:
    assert load(Page(), None) == {"after": None, "limit": 100}
    with pytest.raises(errors.Invalid):
        load(Page(), {"limit": 1001})


@pytest.mark.parametrize("kind", [*errors.BY_CODE.values()])
def test_an_error_is_the_same_on_both_sides_of_the_bus(kind: type[errors.TrivselError]) -> None:
    sent = kind("Tekst", fields={"a": "Ret det."}, extra={"version": 4})
    got = errors.from_problem(sent.problem())
    assert type(got) is kind
    assert (got.detail, got.fields, got.extra, got.status) == (
        "Tekst",
        {"a": "Ret det."},
        {"version": 4},
        sent.status,
    )


def test_an_error_of_a_code_not_known_here_keeps_its_kind_by_status() -> None:
    got = errors.from_problem({"code": "slot-taken", "status": 409, "detail": "Tiden er optaget."})
    assert isinstance(got, errors.Conflict)
    assert got.code == "slot-taken"

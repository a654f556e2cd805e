"""What the services hid stays hidden on the leader's overview."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.web import numbers
from services.gateway.web.numbers import POSITIONS, Spread

COUNT = st.none() | st.integers(0, 40)


@st.composite
def spreads(draw: st.DrawFn) -> Spread:
    """As a service tells it: whole, or with some hidden, with or without the total."""
    counts = [draw(st.integers(0, 40)) for _ in POSITIONS]
    hidden = draw(st.sets(st.sampled_from(range(3))))
    total = None if hidden and draw(st.booleans()) else sum(counts)
    return Spread(total, *(None if place in hidden else count for place, count in enumerate(counts)))


@given(spreads())
def test_a_bar_draws_no_piece_for_a_hidden_number(spread: Spread) -> None:
    drawn = {piece.kind for piece in spread.pieces}
    assert not {name for name in POSITIONS if getattr(spread, name) is None} & drawn
    if spread.pieces:
        assert abs(sum(piece.width for piece in spread.pieces) - 100) < 0.1
    if spread.total is None:
        assert [piece.kind for piece in spread.pieces] == ["hidden"]


@given(st.lists(spreads(), max_size=6))
def test_a_sum_over_something_hidden_is_hidden(some: list[Spread]) -> None:
    found = numbers.add(some)
    for name in ("total", *POSITIONS):
        values = [getattr(one, name) for one in some]
        assert getattr(found, name) == (None if None in values else sum(values))


def item(place: str, **more: Any) -> dict[str, Any]:
    return {"group_id": place, "total": 10, "assessed": 8, "overdue": 1, "absent": 0, "exempt": 0, **more}


def test_units_without_a_joint_rating_have_nobody_and_not_something_hidden() -> None:
    [row] = numbers.rows([item("a")], [], "group_id", {"a": "Blå"}, {})
    assert (row.name, row.percent, row.spread) == ("Blå", 80, numbers.NONE)
    [row] = numbers.rows([item("a")], None, "group_id", {}, {})
    assert row.spread is None


def test_a_whole_is_what_the_service_tells_of_it() -> None:
    rows = numbers.rows([item("a"), item("b")], None, "group_id", {}, {})
    told = Spread(None, None, None, None)
    found = numbers.whole(rows, told)
    assert (found.total, found.assessed, found.overdue, found.spread) == (20, 16, 2, told)


def test_a_hundred_percent_means_that_nobody_is_missing() -> None:
    [row] = numbers.rows([item("a", total=1000, assessed=999)], None, "group_id", {}, {})
    assert row.percent == 99

"""In which order the relay lets events go."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.relay import _Result

AGGREGATES = st.sampled_from(["a", "b", "c", "d"])


def rows(aggregates: list[str]) -> list[dict[str, Any]]:
    """Outbox rows in their order, one for each aggregate named."""
    return [
        {"seq": seq, "aggregate_type": "thing", "aggregate_id": aggregate}
        for seq, aggregate in enumerate(aggregates)
    ]


@given(st.lists(AGGREGATES, max_size=40))
def test_every_event_leaves_once_and_none_beside_another_of_its_aggregate(aggregates: list[str]) -> None:
    batches = list(_Result().rounds(rows(aggregates)))
    assert sorted(row["seq"] for batch in batches for row in batch) == list(range(len(aggregates)))
    for batch in batches:
        ids = [row["aggregate_id"] for row in batch]
        assert len(set(ids)) == len(ids)


@given(st.lists(AGGREGATES, max_size=40), st.sets(st.integers(0, 39)))
def test_after_a_failure_nothing_of_that_aggregate_leaves_and_all_others_do(
    aggregates: list[str], failing: set[int]
) -> None:
    result = _Result()
    left: list[dict[str, Any]] = []
    failed_at: dict[str, int] = {}
    for batch in result.rounds(rows(aggregates)):
        for row in batch:
            left.append(row)
            if row["seq"] in failing:
                result.failed.add(("thing", row["aggregate_id"]))
                failed_at[row["aggregate_id"]] = row["seq"]
    for row in rows(aggregates):
        stopped = failed_at.get(row["aggregate_id"], len(aggregates))
        assert (row in left) == (row["seq"] <= stopped)
    for aggregate in set(aggregates):
        order = [row["seq"] for row in left if row["aggregate_id"] == aggregate]
        assert order == sorted(order)

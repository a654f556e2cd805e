"""Small numbers tell of nobody."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from services.assessment.domain.numbers import Counts, suppress, suppress_all

SMALL = st.integers(0, 14)


def test_large_numbers_are_shown() -> None:
    assert suppress(40, 12, 5, 5) == (57, 40, 12, 5)


def test_nobody_is_not_a_small_number() -> None:
    assert suppress(40, 0, 0, 5) == (40, 40, 0, 0)


def test_a_small_number_takes_the_next_smallest_with_it() -> None:
    assert suppress(40, 12, 2, 5) == (54, 40, None, None)


def test_where_all_is_small_the_total_is_hidden_too() -> None:
    assert suppress(2, 1, 0, 5) == (None, None, None, None)


def test_without_a_limit_everything_is_shown() -> None:
    assert suppress_all([(2, 1, 0)], 0) == [(3, 2, 1, 0)]


def test_a_unit_with_something_hidden_is_never_alone() -> None:
    shown = suppress_all([(40, 12, 2), (30, 10, 6), (90, 10, 5)], 5)
    assert [None in counts for counts in shown] == [True, True, False]
    assert shown[1] == (None, None, None, None)


def test_what_is_hidden_along_with_a_unit_adds_to_every_sum() -> None:
    shown = suppress_all([(40, 12, 1), (20, 0, 0), (30, 10, 6)], 5)
    assert [counts[0] for counts in shown] == [53, 20, None]


@cache
def possible_by_publication() -> dict[Counts, list[tuple[int, ...]]]:
    found: dict[Counts, list[tuple[int, ...]]] = defaultdict(list)
    for counts in product(range(25), repeat=3):
        found[suppress(*counts, 5)].append(counts)
    return found


@given(SMALL, SMALL, SMALL)
def test_no_small_number_can_be_found_from_what_is_shown(green: int, yellow: int, red: int) -> None:
    possible = possible_by_publication()[suppress(green, yellow, red, 5)]
    for index, count in enumerate((green, yellow, red)):
        if 0 < count < 5:
            assert len({counts[index] for counts in possible}) > 1

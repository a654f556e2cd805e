"""Small numbers of meetings tell of nobody."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from services.meetings.domain.numbers import BELOW, hide_small

COUNTS = st.lists(st.integers(0, 9), min_size=1, max_size=4)


def test_large_numbers_and_nobody_are_shown() -> None:
    assert hide_small([7, 0, 12]) == ([7, 0, 12], 19)


def test_one_small_number_takes_the_sum_with_it() -> None:
    assert hide_small([7, 2, 12]) == ([7, None, 12], None)


def test_several_small_numbers_leave_a_sum_from_which_none_is_found() -> None:
    assert hide_small([7, 2, 3]) == ([7, None, None], 12)
    assert hide_small([7, 1, 1]) == ([7, None, None], None)


@given(COUNTS)
def test_whatever_is_shown_each_hidden_number_could_be_another(counts: list[int]) -> None:
    shown, total = hide_small(counts)
    hidden = [index for index, count in enumerate(shown) if count is None]
    assert [counts[index] for index in hidden] == [count for count in counts if 0 < count < BELOW]
    if not hidden or total is None:
        return
    rest = total - sum(count for count in shown if count is not None)
    fits = [some for some in product(range(1, BELOW), repeat=len(hidden)) if sum(some) == rest]
    for place in range(len(hidden)):
        assert len({some[place] for some in fits}) > 1

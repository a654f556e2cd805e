"""Small numbers of meetings across institutions: shown so that none tells of somebody."""

from __future__ import annotations

from collections.abc import Sequence

BELOW = 5
"""Counts below this are not shown across institutions (research: cells under five)."""


def hide_small(counts: Sequence[int], below: int = BELOW) -> tuple[list[int | None], int | None]:
    """The counts of several institutions and their sum, with ``None`` for what is too small to show.

    Nobody at all is not a small number. Where what is hidden could be found from the sum, the
    sum is hidden too.
    """
    hidden = [index for index, count in enumerate(counts) if 0 < count < below]
    shown: list[int | None] = [None if index in hidden else count for index, count in enumerate(counts)]
    total = sum(counts)
    if not hidden:
        return shown, total
    rest = sum(counts[index] for index in hidden)
    if len(hidden) < 2 or not len(hidden) < rest < len(hidden) * (below - 1):
        return shown, None
    return shown, total

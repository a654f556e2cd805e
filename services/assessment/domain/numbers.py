"""Small numbers: what may be shown of a distribution without telling of somebody."""

from __future__ import annotations

from collections.abc import Sequence

_COMPANIONS = (1, 2, 0)
"""In which order counts are hidden along with a small one: yellow, red, green."""

Counts = tuple[int | None, int | None, int | None, int | None]


def suppress(green: int, yellow: int, red: int, below: int) -> Counts:
    """Total, green, yellow and red, with ``None`` for what is too small to show.

    A count from 1 to ``below - 1`` is hidden. One hidden alone could be found from the total, so others are
    hidden with it, until what is hidden adds up to enough that no count can be told from it; where it never
    does, the total is hidden too. Which are hidden with it is fixed: choosing by size would tell of the size.
    """
    counts = [green, yellow, red]
    hidden = [index for index in range(3) if 0 < counts[index] < below]
    if not hidden:
        return (sum(counts), green, yellow, red)
    rest = [index for index in _COMPANIONS if index not in hidden]
    while rest and (len(hidden) < 2 or sum(counts[index] for index in hidden) < 2 * below):
        hidden.append(rest.pop(0))
    shown: list[int | None] = [None if index in hidden else counts[index] for index in range(3)]
    enough = sum(counts[index] for index in hidden) >= 2 * below
    return (sum(counts) if enough else None, shown[0], shown[1], shown[2])


def suppress_all(rows: Sequence[tuple[int, int, int]], below: int) -> list[Counts]:
    """As :func:`suppress`, for units whose sum may be known as well; all numbers with ``below`` 0.

    A single unit with something hidden could be found from the sum, so the smallest other is hidden whole:
    one with both yellow and red where there is one, since a unit that adds nothing to a sum hides nothing.
    """
    shown = [suppress(green, yellow, red, below) for green, yellow, red in rows]
    hidden = [index for index, counts in enumerate(shown) if None in counts]
    totals = [green + yellow + red for green, yellow, red in rows]
    others = [index for index, total in enumerate(totals) if index not in hidden and total]
    if len(hidden) == 1 and others:
        smallest = min(others, key=lambda index: (0 in rows[index][1:], totals[index]))
        shown[smallest] = (None, None, None, None)
    return shown

"""Concerns per second, from joint ratings submitted in groups to meetings and notices committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from bench.measure import Figure
from bench.ours import Ours
from bench.servers import servers
from bench.sides import FastStreamPeer, Limit, NamekoPlain, Side

SIDES: tuple[type[Side], ...] = (Ours, NamekoPlain, FastStreamPeer, Limit)
TARGETS = (("nameko_plain", 3.0), ("faststream", 1.5), ("limit", 0.25))


def chain(say: Callable[[str], None], concerns: int, repetitions: int) -> dict[str, Figure]:
    """All sides up at the same time, each measured in turn, again and again: what else the machine does then
    hits all alike. The first round of each warms it and is not counted; then PostgreSQL looks at its tables.
    """
    speeds: dict[str, list[float]] = {side.name: [] for side in SIDES}
    with servers() as both, ExitStack() as stack:
        sides = [stack.enter_context(side(both)) for side in SIDES]
        for side in sides:
            side.prepare(concerns * (repetitions + 1))
        for repetition, side in _turns(sides, repetitions + 1):
            before = sum(side.cpu_seconds().values())
            elapsed = side.run(concerns)
            used = sum(side.cpu_seconds().values()) - before
            say(
                f"{side.name}: {concerns / elapsed:,.0f} concerns/s, {1000 * used / concerns:.2f} ms of "
                f"processor each{' (warming up)' if repetition == 0 else ''}"
            )
            if repetition == 0:
                side.look_at_tables()
            else:
                speeds[side.name].append(concerns / elapsed)
    return {name: Figure(tuple(values)) for name, values in speeds.items()}


def _turns(sides: list[Side], rounds: int) -> Iterator[tuple[int, Side]]:
    """Each side once a round, in an order that turns, so that nobody always comes after the same other."""
    for number in range(rounds):
        turn = number % len(sides)
        for side in [*sides[turn:], *sides[:turn]]:
            yield number, side

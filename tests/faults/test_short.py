"""The short form of the fault suite: each kind of fault once or twice. All of it: `make faults`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.suite import Scenario, Stage, load_scenarios, stage

CHOSEN = {
    "sqlite": (
        "services killed at random moments",
        "killed after effect, before acknowledgement",
        "consent killed between a withdrawal and its telling",
    ),
    "postgresql": (
        "services killed at random moments",
        "poisoned messages among good ones",
        "to the broker: reset in the midst of a frame",
        "to the database: connections reset",
        "killed before commit",
        "killed after publish, before mark",
        "active relay killed, the other takes over",
    ),
}
"""What takes seconds and not minutes, of every kind."""


BUSY_READY_S = 90.0
"""That nothing is lost or doubled holds on any machine. That all is ready within 15 seconds is measured by
`make faults`, on a machine that does nothing else."""


@pytest.fixture(scope="module")
def servers(scratch: Path) -> Iterator[Stage]:
    with stage(scratch / "faults", ready_s=BUSY_READY_S) as one:
        yield one


def chosen() -> list[tuple[Scenario, str]]:
    every = {each.name: each for each in load_scenarios()}
    order = list(every)
    return [
        (every[name], engine) for engine, names in CHOSEN.items() for name in sorted(names, key=order.index)
    ]


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("one", "engine"), chosen(), ids=lambda value: value if isinstance(value, str) else value.name
)
def test_nothing_is_lost_and_nothing_doubled(one: Scenario, engine: str, servers: Stage) -> None:
    record = servers.run(one, engine, short=True, children=1200)
    assert not record.problem, record.problem
    assert (record.lost, record.doubled) == (0, 0)

"""`make run`, seen from outside: it starts everything, goes on with its data, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import until
from tests.support.running import Running, alive

CHILDREN = "120"
UP = "Ctrl-C stops everything"

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def folder(scratch: Path) -> Path:
    """The first test invents a municipality here, the others go on with it."""
    return scratch / "run"


@pytest.fixture
def run(folder: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(*options: str) -> Running:
        started.append(Running(folder, "--children", CHILDREN, *options))
        return started[-1]

    yield start
    for each in started:
        each.close()


def test_ctrl_c_ends_everything_within_ten_seconds(run: Callable[..., Running]) -> None:
    house = run()
    house.says("Inventing a municipality")
    house.says("Opened a round")
    url = house.says("Trivsel ").split()[-1]
    house.says(UP)
    with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
        assert answer.status == 200
    family = house.family()
    assert len(family) > 6
    begun = time.monotonic()
    house.process.send_signal(signal.SIGINT)
    assert house.ends(10) == 0
    assert time.monotonic() - begun < 10
    until(lambda: not alive(family), 2)


def test_a_second_run_goes_on_with_the_same_data_until_one_of_its_processes_dies(
    run: Callable[..., Running],
) -> None:
    house = run()
    house.says(f"Going on with the {CHILDREN} children")
    house.says(UP)
    assert "Opened a round" not in house.output

    beside = run()
    beside.says("Trivsel runs already in")
    assert beside.ends(10) == 1

    family = house.family()
    os.kill(house.child("run", "meetings"), signal.SIGKILL)
    assert house.ends(15) == 1
    assert "meetings has ended by itself" in house.output
    until(lambda: not alive(family), 2)


def test_nothing_survives_even_when_the_run_itself_is_killed(run: Callable[..., Running]) -> None:
    house = run()
    house.says("Starting mailbox")
    until(lambda: len(house.family()) > 4, 30)
    family = house.family()
    house.process.kill()
    house.process.wait()
    until(lambda: not alive(family), 15)


def test_more_processes_of_a_service_than_sqlite_can_take_are_refused(run: Callable[..., Running]) -> None:
    house = run("--replicas", "2")
    house.says("need PostgreSQL")
    assert house.ends(15) == 1

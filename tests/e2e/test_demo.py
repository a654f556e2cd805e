"""The whole chain through its own doors: nothing lost, doubled or leaked, on both engines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import until
from tests.support.running import Running, alive

pytestmark = pytest.mark.timeout(400)


@pytest.mark.parametrize("options", [[], ["--postgresql", "--replicas", "2"]], ids=["sqlite", "two-replicas"])
def test_a_whole_round_reaches_every_parent_once_and_nobody_else(scratch: Path, options: list[str]) -> None:
    folder = scratch / f"demo-{len(options)}"
    house = Running(folder, "--demo", "--children", "250", "--answers", "8", *options)
    try:
        house.says("Checking every invariant", 300)
        family = house.family()
        code = house.ends(60)
    finally:
        house.close()
    numbers = json.loads((folder / "demo.json").read_text())
    assert (code, numbers["lost"], numbers["doubled"], numbers["leaked"]) == (0, 0, 0, 0), house.output
    assert numbers["children"] >= 200
    assert numbers["ratings"] >= 0.95 * numbers["children"]
    assert numbers["concerns"] > 20
    assert numbers["notices"] >= numbers["concerns"] - numbers["withheld"]
    assert numbers["answers"] > 0
    assert numbers["latency_ms"]["p50"] is not None
    until(lambda: not alive(family), 5)

"""Nobody needs colours to read a position: shape and word tell it too, and stand out from their ground."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
SURROUNDINGS = ("light", "dark", "paper")


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.e2e.gateway.colours_browser"],
        cwd=ROOT, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("where", SURROUNDINGS)
def test_each_position_has_a_shape_and_a_word_of_its_own(seen: dict[str, Any], where: str) -> None:
    assert seen[where]["words"] == [["green", "●", "Grøn"], ["yellow", "▲", "Gul"], ["red", "■", "Rød"]]


@pytest.mark.parametrize("where", SURROUNDINGS)
def test_without_colour_the_shapes_still_differ(seen: dict[str, Any], where: str) -> None:
    assert len(seen[where]["shapes apart"]) == 3
    assert min(seen[where]["shapes apart"]) > 0.03


@pytest.mark.parametrize("where", SURROUNDINGS)
def test_without_colour_what_is_chosen_differs_from_what_is_not(seen: dict[str, Any], where: str) -> None:
    assert min(seen[where]["chosen apart"]) > 0.005


@pytest.mark.parametrize("where", SURROUNDINGS)
def test_words_shapes_and_edges_stand_out(seen: dict[str, Any], where: str) -> None:
    assert len(seen[where]["text"]) == 3 + 9 + 3
    assert min(seen[where]["text"]) >= 4.5  # WCAG 1.4.3
    assert min(seen[where]["shapes"]) >= 3  # WCAG 1.4.11
    assert min(seen[where]["edges"]) >= 3

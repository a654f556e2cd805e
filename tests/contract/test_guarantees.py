"""What docs/guarantees.md promises is held by tests that exist."""

from __future__ import annotations

import re
from pathlib import Path


def test_every_promise_names_tests_that_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", Path("docs/guarantees.md").read_text(encoding="utf-8")))
    written = "\n".join(path.read_text(encoding="utf-8") for path in Path("tests").rglob("test_*.py"))
    existing = set(re.findall(r"def (test_\w+)\(", written))
    assert len(named) > 20
    assert named <= existing

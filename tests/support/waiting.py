"""Waiting for what happens elsewhere. Never a fixed sleep: poll to a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def until(condition: Callable[[], Result], seconds: float = 10.0, what: str = "") -> Result:
    """Call ``condition`` until it gives something true, and return that.

    An AssertionError raised by ``condition`` counts as "not yet", so that it may assert; the last one is
    shown when the time is up. Under monkey-patching the pause lets the greenlets of services run.
    """
    deadline = time.monotonic() + seconds
    problem: AssertionError | None = None
    while True:
        try:
            if result := condition():
                return result
            problem = None
        except AssertionError as error:
            problem = error
        if time.monotonic() > deadline:
            name = what or getattr(condition, "__name__", "the condition")
            raise AssertionError(f"{name}: not within {seconds:g} s") from problem
        time.sleep(0.01)

"""Waking what else would wait for its next turn: a job after a commit, the relay after an event.

A wake-up is a hint within this process. Whatever waits also looks by itself from time to time, so a
lost one costs time and nothing else.
"""

from __future__ import annotations

import threading
from weakref import WeakSet

_sleepers: dict[str, WeakSet[Sleeper]] = {}


class Sleeper:
    """Somebody who sleeps until woken or until the time is up."""

    def __init__(self, *names: str) -> None:
        self._event = threading.Event()
        for name in names:
            _sleepers.setdefault(name, WeakSet()).add(self)

    def wake(self) -> None:
        self._event.set()

    def sleep(self, seconds: float) -> bool:
        """Whether it was woken before ``seconds`` had passed. A wake-up while awake counts."""
        woken = self._event.wait(seconds)
        self._event.clear()
        return woken


def wake(name: str) -> None:
    """Wakes the job called ``name`` (its method's name, or ``service.method``) in this process."""
    for sleeper in list(_sleepers.get(name, ())):
        sleeper.wake()

"""Throws away what has served its time: published events and old notes of the inbox, a little at a time."""

from __future__ import annotations

import threading
from datetime import timedelta

from services.chassis import inbox, outbox
from services.chassis.database import Database
from services.chassis.logs import logger
from services.chassis.relay import Relay
from services.chassis.wakeups import Sleeper

log = logger("housekeeping")

EVERY_SECONDS = 600.0
PORTION = 2000
"""Rows deleted in one transaction; between two of them others get their turn."""
_BREATH = 0.05


class Housekeeping:
    """Runs beside the active relay of a database, so that replicas do not do it all at once."""

    def __init__(self, database: Database, relay: Relay, outbox_days: int, inbox_days: int) -> None:
        self._database = database
        self._relay = relay
        self._outbox_keep = timedelta(days=outbox_days)
        self._inbox_keep = timedelta(days=inbox_days)
        self._sleeper = Sleeper()
        self._stopping = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name=f"{self._relay.service}-housekeeping", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        self._sleeper.wake()

    def tidy(self) -> int:
        """Deletes all that is old enough; returns how many rows."""
        gone = 0
        for forget, keep in ((outbox.forget, self._outbox_keep), (inbox.forget, self._inbox_keep)):
            while not self._stopping.is_set():
                portion = forget(self._database, keep, PORTION)
                gone += portion
                if portion < PORTION:
                    break
                self._sleeper.sleep(_BREATH)
        return gone

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._sleeper.sleep(EVERY_SECONDS)
            if self._stopping.is_set() or not self._relay.active:
                continue
            try:
                log.info("tidied", service=self._relay.service, rows=self.tidy())
            except Exception:
                log.exception("tidy_failed", service=self._relay.service)

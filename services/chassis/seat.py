"""The one seat for an active relay of a database, which a process takes, holds and loses.

PostgreSQL gives it as an advisory lock of a session, which also listens for commits of other processes;
when the session ends, so does the hold. (A pooler that shares sessions between clients must therefore
not stand in between.) SQLite gives it as a lock on a file beside the database's.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from services.chassis import outbox
from services.chassis.database import Database
from services.chassis.logs import logger

log = logger("relay")

LOCK = 7_208_402
"""The PostgreSQL advisory lock that is the seat."""
_LISTEN_SECONDS = 0.5
_CHECK_SECONDS = 5.0


class Seat(Protocol):
    """``taken`` becomes false by itself when the hold is lost."""

    taken: bool

    def take(self) -> bool:
        """Whether the seat is ours now."""

    def leave(self) -> None:
        """Gives it up."""


def seat_for(database: Database, wake: Callable[[], None]) -> Seat:
    """The seat of ``database``; ``wake`` is called when another process has committed events."""
    if not database.is_sqlite:
        return _PostgresSeat(database, wake)
    path = database.engine.url.database
    return _FileSeat(f"{path}.relay" if path and path != ":memory:" else None)


class _FileSeat:
    def __init__(self, path: str | None) -> None:
        self.taken = False
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        if self._path is not None:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                return False
            self._file = descriptor
        self.taken = True
        return True

    def leave(self) -> None:
        self.taken = False
        if self._file is not None:
            os.close(self._file)
            self._file = None


class _PostgresSeat:
    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self.taken = False
        self._url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._wake = wake
        self._connection: Any = None
        self._listener: threading.Thread | None = None
        self._leaving = threading.Event()

    def take(self) -> bool:
        import psycopg

        if self._connection is None:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=5,
                keepalives_idle=5,
                keepalives_interval=5,
                keepalives_count=2,
                application_name="trivsel-relay",
            )
        try:
            found = self._connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
            if not found or not found[0]:
                return False
            self._connection.execute(f"LISTEN {outbox.CHANNEL}")
        except BaseException:
            self._close()
            raise
        self.taken = True
        self._leaving.clear()
        self._listener = threading.Thread(target=self._listen, args=(self._connection,), daemon=True)
        self._listener.start()
        return True

    def leave(self) -> None:
        self.taken = False
        self._leaving.set()
        if self._listener is not None:
            # libpq closes its socket behind eventlet's back: nobody may be waiting on it then.
            self._listener.join()
            self._listener = None
        self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _listen(self, connection: Any) -> None:
        checked = time.monotonic()
        try:
            while not self._leaving.is_set():
                for _ in connection.notifies(timeout=_LISTEN_SECONDS):
                    self._wake()
                if time.monotonic() - checked > _CHECK_SECONDS:
                    # Nothing heard may mean nobody there.
                    checked = time.monotonic()
                    connection.execute("SELECT 1")
        except Exception as error:
            log.warning("seat_lost", error=type(error).__name__)
            self.taken = False
            self._listener = None
            self._close()
            self._wake()

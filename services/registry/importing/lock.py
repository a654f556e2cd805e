"""One import at a time: two would each see the other's half and end what the other brought.

The lock goes with the process that holds it, however that ends.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from services.chassis.database import Database

_LOCK = 7_208_402
"""PostgreSQL's advisory lock; one more than that of the migrations."""


class AlreadyRunning(Exception):
    """Another import is at work on this registry."""


@contextmanager
def only_import(database: Database) -> Iterator[None]:
    """Holds the place of the one import, or raises :class:`AlreadyRunning`."""
    if not database.is_sqlite:
        with database.engine.connect() as connection:
            if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}):
                raise AlreadyRunning
            connection.commit()  # the lock is the session's: no transaction stays open beside the import
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
                connection.commit()
        return
    path = database.engine.url.database
    if not path or path == ":memory:":
        yield
        return
    with Path(f"{path}.import-lock").open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning from error
        yield

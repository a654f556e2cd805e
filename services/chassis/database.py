"""A service's database: SQLite for the embedded run, PostgreSQL in production, one behaviour.

All work goes through a unit of work: one transaction that holds the change, the events that tell
of it, and the note of who read what. Nothing slow happens inside one, because on SQLite it holds
the only writer's place and on PostgreSQL a lock that others wait for; :func:`outside_transaction`
stands guard in everything that publishes, calls or sends.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import orjson
from sqlalchemy import Engine, MetaData, create_engine, event, make_url, text
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import QueuePool

from services.chassis import clock, inbox, outbox
from services.chassis.actor import Actor
from services.chassis.bulk import insert_all, insert_new, upsert
from services.chassis.catalogue import Event
from services.chassis.columns import Id, Moment
from services.chassis.context import Context
from services.chassis.inbox import Handler
from services.chassis.received import Batch
from services.chassis.tables import declarative_base_for

__all__ = [
    "Database",
    "Id",
    "Moment",
    "UnitOfWork",
    "declarative_base_for",
    "insert_all",
    "insert_new",
    "outside_transaction",
    "upsert",
]

RESTED_S = 1.0
"""A connection that was used within so many seconds is taken to live."""
SQLITE_BUSY_MS = 50
SQLITE_PATIENCE_S = 20.0

_inside: ContextVar[bool] = ContextVar("inside_unit_of_work", default=False)


class InsideTransaction(RuntimeError):
    """Something slow, or a second transaction, was begun while a unit of work was open."""


def outside_transaction() -> None:
    """Refuses to go on when a unit of work is open here. Called by all that does I/O."""
    if _inside.get():
        raise InsideTransaction("this must wait until the unit of work has ended")


_NOTIFY = text(f"NOTIFY {outbox.CHANNEL}")


class UnitOfWork:
    """One transaction of one service. Made by :meth:`Database.unit_of_work` only."""

    def __init__(self, session: Session, context: Context, municipality: str) -> None:
        self.session = session
        self.context = context
        self._municipality = municipality
        self._events: list[dict[str, Any]] = []
        self._accesses: list[dict[str, Any]] = []
        self._after: list[Callable[[], object]] = []

    def emit(
        self,
        kind: type[Event],
        *,
        subject: str,
        version: int,
        data: dict[str, Any],
        context: Context | None = None,
    ) -> str:
        """Puts an event in the outbox and returns its id. It leaves when the transaction has.

        ``subject`` is the aggregate's id and ``version`` its new version, of which there can be only
        one event. ``context`` is the work it belongs to, where one transaction serves several.
        """
        row = outbox.row(kind, subject, version, data, context or self.context, self._municipality)
        self._events.append(row)
        return str(row["id"])

    def log_access(self, actor: Actor, *, action: str, kind: str, subjects: Sequence[str]) -> None:
        """Notes that ``actor`` did ``action`` to ``kind`` of each of ``subjects``, and for what purpose."""
        at = clock.now()
        self._accesses += [
            {
                "at": at,
                "actor_id": actor.id,
                "actor_kind": actor.kind,
                "purpose": actor.purpose,
                "action": action,
                "kind": kind,
                "subject": subject,
                "correlation_id": self.context.correlation_id,
            }
            for subject in subjects
        ]

    def after_commit(self, call: Callable[[], object]) -> None:
        """Calls ``call`` once the transaction has been committed, and never if it is not."""
        self._after.append(call)

    def _write_notes(self, metadata: MetaData, *, notify: bool = True) -> bool:
        self.session.flush()
        if self._accesses:
            insert_all(self.session, metadata.tables["access_log"], self._accesses)
        if self._events:
            insert_all(self.session, metadata.tables["outbox"], self._events)
            if notify and self.session.get_bind().dialect.name == "postgresql":
                self.session.execute(_NOTIFY)
        return bool(self._events)


class Database:
    """The engine and the rules of one service's database.

    ``municipality`` is the CVR number that every event carries. ``on_events`` holds what is to be
    woken when events were committed: the relay. ``is_relayed_here`` says whether the relay of this very
    process publishes them; else the process whose relay does is told.
    """

    def __init__(
        self,
        url: str,
        base: type[DeclarativeBase],
        *,
        municipality: str = "00000000",
        pool_size: int = 20,
    ) -> None:
        self.base = base
        self.metadata = base.metadata
        self.municipality = municipality
        self.on_events: list[Callable[[], object]] = []
        self.is_relayed_here: Callable[[], bool] = lambda: False
        self.engine = _engine(url, pool_size)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def unit_of_work(self, context: Context | None = None) -> Iterator[UnitOfWork]:
        """One transaction: committed when the block ends well, rolled back when it raises."""
        outside_transaction()
        uow: UnitOfWork
        with Session(self.engine, expire_on_commit=False, autoflush=True) as session:
            uow = UnitOfWork(session, context or Context.new(), self.municipality)
            token = _inside.set(True)
            try:
                session.connection()
                yield uow
                told = uow._write_notes(self.metadata, notify=not self.is_relayed_here())
                session.commit()
            except BaseException:
                session.rollback()
                raise
            finally:
                _inside.reset(token)
        if told:
            for wake in self.on_events:
                wake()
        for call in uow._after:
            call()

    def handle(self, batch: Batch, handler: Handler) -> None:
        """Runs ``handler`` on the events of ``batch`` that are new here: see :mod:`.inbox`."""
        inbox.handle(self, batch, handler)

    def close(self) -> None:
        """Lets go of every connection."""
        self.engine.dispose()


def _engine(url: str, pool_size: int) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    require_cooperative_waiting()
    engine = create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=10,
        hide_parameters=True,  # an error quotes its statement, never the person in it
        json_deserializer=orjson.loads,
    )
    _ask_after_a_rest(engine)
    return engine


def _ask_after_a_rest(engine: Engine) -> None:
    """Asks a connection that has rested whether it still lives; SQLAlchemy's own way asks at every use."""

    @event.listens_for(engine, "checkin")
    def _rests(connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _asked(connection: Any, record: Any, proxy: Any) -> None:
        if time.monotonic() - record.info.get("rests_since", time.monotonic()) < RESTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool takes another, and all that are as old as this one are thrown away.
            raise InvalidatePoolError from error


def require_cooperative_waiting() -> None:
    """Refuses psycopg's C wait function under eventlet: it would stop every greenlet for each query."""
    patcher = sys.modules.get("eventlet.patcher")
    if patcher is None or not patcher.is_monkey_patched("select"):
        return
    import psycopg.waiting

    if getattr(psycopg.waiting.wait, "__name__", "") == "wait_c":
        raise RuntimeError(
            "psycopg waits in C, which eventlet cannot interrupt: set PSYCOPG_WAIT_FUNC=wait_selector "
            f"before psycopg is imported (it is {os.environ.get('PSYCOPG_WAIT_FUNC')!r})"
        )


def _sqlite(url: str) -> Engine:
    # One connection: a second writer in this process would block the whole eventlet hub in C,
    # and the first could never commit. Waiting for the pool is cooperative.
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=60,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": SQLITE_BUSY_MS / 1000, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        _begin_immediate(connection)

    return engine


def _begin_immediate(connection: Any) -> None:
    """Takes the writer's place, patiently: another process may hold it for a while."""
    give_up = time.monotonic() + SQLITE_PATIENCE_S
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        except OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() > give_up:
                raise
            time.sleep(random.uniform(0.005, 0.03))  # noqa: S311 - spreads contenders, guards nothing

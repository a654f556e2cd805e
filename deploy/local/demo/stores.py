"""The services' own databases, read with their own models."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, Select, create_engine, event, func, select

from deploy.local.house import SERVICES, House
from services.chassis import discovery


class Stores:
    """One engine a service, for reading. The services write meanwhile, undisturbed."""

    def __init__(self, house: House) -> None:
        self._engines: dict[str, Engine] = {}
        for service in SERVICES:
            engine = create_engine(house.database_url(service))
            if engine.dialect.name == "sqlite":
                event.listen(engine, "connect", _only_read)
            self._engines[service] = engine

    @property
    def engine(self) -> str:
        """What they run on: sqlite or postgresql."""
        return " and ".join(sorted({engine.dialect.name for engine in self._engines.values()}))

    def rows(self, service: str, statement: Select[*tuple[Any, ...]]) -> list[Any]:
        """All rows of a query."""
        with self._engines[service].connect() as connection:
            return list(connection.execute(statement).all())

    def count(self, service: str, statement: Select[*tuple[Any, ...]]) -> int:
        """How many rows a query gives."""
        with self._engines[service].connect() as connection:
            return int(
                connection.execute(select(func.count()).select_from(statement.subquery())).scalar_one()
            )

    def table(self, service: str, name: str) -> Any:
        """One of the tables that every service has: outbox, inbox, access_log."""
        return discovery.room(service, "models").Base.metadata.tables[name]

    def each(self) -> Iterable[str]:
        """The services' names."""
        return self._engines

    def close(self) -> None:
        """Let go of every connection."""
        for engine in self._engines.values():
            engine.dispose()


def _only_read(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA busy_timeout=10000")

"""Each service's schema has its own history, under ``services/<name>/migrations``.

The alembic environment is the same for all and stands here, so a service's folder holds its
``versions`` alone.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

ENVIRONMENT = Path(__file__).parent / "alembic"
VERSION_TABLE = "schema_version"
LOCK = 7_208_401
"""The PostgreSQL advisory lock under which one migration job at a time runs."""


def upgrade(service: str, url: str, revision: str = "head") -> None:
    """Brings the service's database to ``revision``; doing it again changes nothing."""
    _run(service, url, lambda config: command.upgrade(config, revision))


def downgrade(service: str, url: str, revision: str = "base") -> None:
    """Takes the service's database back to ``revision``."""
    _run(service, url, lambda config: command.downgrade(config, revision))


def revise(service: str, url: str, message: str) -> None:
    """Writes the next revision from the difference between models and database (a developer's tool)."""
    _run(service, url, lambda config: command.revision(config, message, autogenerate=True))


def is_current(service: str, connection: Connection) -> bool:
    """Whether the database is at the newest revision that this code knows."""
    found = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_heads()
    return set(found) == set(ScriptDirectory.from_config(_config(service)).get_heads())


def is_behind(service: str, connection: Connection) -> bool:
    """Whether the database lacks a revision that this code needs.

    One that this code does not know yet is fine: during a rollout the database is migrated first, and
    replicas of the release before go on beside it.
    """
    found = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_heads()
    script = ScriptDirectory.from_config(_config(service))
    known = {revision.revision for revision in script.walk_revisions()}
    return set(found) <= known and set(found) != set(script.get_heads())


def revision(connection: Connection) -> str | None:
    """The revision at which the database is; None when it has none."""
    found = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_heads()
    return ", ".join(sorted(found)) or None


def difference(service: str, connection: Connection) -> list[object]:
    """What the models say that the database does not; empty when they agree."""
    context = MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE, "compare_type": True, "render_as_batch": True}
    )
    return list(compare_metadata(context, metadata(service)))


def metadata(service: str) -> MetaData:
    """The tables of a service as its models declare them."""
    models = importlib.import_module(f"services.{service}.models")
    found: MetaData = models.Base.metadata
    return found


def _config(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ENVIRONMENT))
    package = importlib.import_module(f"services.{service}")
    versions = Path(str(package.__file__)).parent / "migrations" / "versions"
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "os")
    return config


def _run(service: str, url: str, action: Callable[[Config], object]) -> None:
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed)
    config = _config(service)
    try:
        with _patiently(engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            config.attributes["connection"] = connection
            config.attributes["metadata"] = metadata(service)
            action(config)
    finally:
        engine.dispose()


@contextmanager
def _patiently(engine: Engine, seconds: float = 30.0) -> Iterator[Connection]:
    """A transaction, once the database answers: it may be starting at the same time as we are."""
    give_up = time.monotonic() + seconds
    while True:
        try:
            engine.connect().close()
            break
        except OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.3)
    with engine.begin() as connection:
        yield connection

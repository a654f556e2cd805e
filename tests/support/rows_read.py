"""How many rows PostgreSQL looks at for a question: what a plan costs, whatever the machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

_READ = text("SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables")


def rows_read(session: Session, ask: Callable[[], Any]) -> Counter[str]:
    """By table, while ``ask`` runs in this transaction."""
    before = _so_far(session)
    ask()
    return _so_far(session) - before


def _so_far(session: Session) -> Counter[str]:
    return Counter({row[0]: row[1] for row in session.execute(_READ)})


def keep_one_plan(engine: Engine) -> None:
    """Analyses all tables, and from now on lets the server plan a prepared question once for whatever is
    asked with it, as it does by its own choice with many."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        name = connection.scalar(text("SELECT quote_ident(current_database())"))
        connection.execute(text(f"ALTER DATABASE {name} SET plan_cache_mode = force_generic_plan"))
    engine.dispose()


BEFORE_IT_IS_PREPARED = 6
"""Times a question is asked before psycopg leaves its plan to the server."""

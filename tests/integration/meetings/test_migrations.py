"""The schema's history and the models tell the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import MetaData, Table, create_engine, select
from sqlalchemy.orm import Session

from services.chassis import migrations
from services.meetings import models


def test_the_models_are_what_the_migrations_build(database_url: str) -> None:
    migrations.upgrade("meetings", database_url)
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert migrations.is_current("meetings", connection)
        assert migrations.difference("meetings", connection) == []
    engine.dispose()


def test_the_migrations_go_up_down_and_up_again(database_url: str) -> None:
    migrations.upgrade("meetings", database_url)
    migrations.downgrade("meetings", database_url)
    migrations.upgrade("meetings", database_url)
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert migrations.is_current("meetings", connection)
    engine.dispose()


def test_a_task_from_before_learns_which_transition_it_is_about(database_url: str) -> None:
    migrations.upgrade("meetings", database_url, "0004")
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    tasks, transition = Table("tasks", MetaData(), autoload_with=engine), str(uuid4())
    now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    common = {
        "version": 1,
        "child_id": UUID(transition),
        "institution_id": UUID(transition),
        "group_id": UUID(transition),
        "due": now.date(),
        "state": "open",
        "created_at": now if engine.dialect.name == "postgresql" else now.replace(tzinfo=None),
    }
    rows = [
        {**common, "task_id": uuid4(), "kind": kind, "once": f"{kind}:{transition}:{once}"}
        for kind, once in (("transition", ""), ("receive_transition", "4"), ("plan_meeting", ""))
    ]
    with engine.begin() as connection:
        for row in rows:
            connection.execute(tasks.insert(), _as_stored(engine.dialect.name, row))
    migrations.upgrade("meetings", database_url)
    with Session(engine) as session:
        found = {task.kind: task.transition_id for task in session.scalars(select(models.Task))}
    engine.dispose()
    assert found == {"transition": transition, "receive_transition": transition, "plan_meeting": None}


def _as_stored(engine: str, row: dict[str, Any]) -> dict[str, Any]:
    """SQLite has ids as their 32 digits."""
    if engine == "postgresql":
        return row
    return {name: value.hex if isinstance(value, UUID) else value for name, value in row.items()}

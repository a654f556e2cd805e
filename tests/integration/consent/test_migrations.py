"""The schema's history and the models tell the same."""

from __future__ import annotations

from sqlalchemy import create_engine

from services.chassis import migrations


def test_the_models_are_what_the_migrations_build(database_url: str) -> None:
    migrations.upgrade("consent", database_url)
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert migrations.is_current("consent", connection)
        assert migrations.difference("consent", connection) == []
    engine.dispose()


def test_the_migrations_go_up_down_and_up_again(database_url: str) -> None:
    migrations.upgrade("consent", database_url)
    migrations.downgrade("consent", database_url)
    migrations.upgrade("consent", database_url)
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert migrations.is_current("consent", connection)
    engine.dispose()

"""The tables by migration are the tables of the models, forwards and back."""

from __future__ import annotations

from sqlalchemy import create_engine, inspect, make_url

from services.chassis import migrations


def test_migrations_lead_to_the_models_and_back_and_there_again(database_url: str) -> None:
    url = make_url(database_url)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    try:
        for _ in range(2):
            migrations.upgrade("notifications", database_url)
            with engine.connect() as connection:
                assert migrations.difference("notifications", connection) == []
                assert migrations.is_current("notifications", connection)
                assert "notice" in inspect(connection).get_table_names()
            migrations.downgrade("notifications", database_url)
            with engine.connect() as connection:
                assert set(inspect(connection).get_table_names()) <= {migrations.VERSION_TABLE}
    finally:
        engine.dispose()

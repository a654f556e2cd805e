"""The schema's history ends where the models are, on both engines, there and back."""

from __future__ import annotations

from sqlalchemy import create_engine, inspect, make_url

from services.chassis import migrations


def test_the_migrations_lead_to_the_models_and_back_again(database_url: str) -> None:
    parsed = make_url(database_url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed)
    try:
        for _ in range(2):
            migrations.upgrade("registry", database_url)
            with engine.connect() as connection:
                assert migrations.difference("registry", connection) == []
                assert migrations.is_current("registry", connection)
            migrations.downgrade("registry", database_url)
            assert set(inspect(engine).get_table_names()) <= {migrations.VERSION_TABLE}
    finally:
        engine.dispose()

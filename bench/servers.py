"""The broker and the database server that everything is measured on: one of each, private, and durable."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.postgresql import PostgreSQL
from deploy.local.rabbitmq import RabbitMQ

RESULTS = Path(os.environ.get("RUN_DIR", ".run")).resolve()
"""Where `bench.json` goes."""


@dataclass(frozen=True)
class Servers:
    """What a side is given."""

    broker: RabbitMQ
    postgresql: PostgreSQL
    folder: Path

    def databases(self, side: str, *services: str) -> dict[str, str]:
        """An empty database for each service, as environment variables."""
        return {
            f"{service.upper()}_DATABASE_URL": self.postgresql.create_database(f"{side}_{service}")
            for service in services
        }


@contextmanager
def servers() -> Iterator[Servers]:
    """Both, fresh, in a folder of their own that goes again. PostgreSQL syncs to disk, as in production."""
    folder = Path(tempfile.mkdtemp(prefix="trivsel-bench-"))
    folder.chmod(0o755)
    try:
        with (
            RabbitMQ(folder / "rabbitmq", name="bench", memory_mb=4096) as broker,
            PostgreSQL(folder / "postgresql") as postgresql,
        ):
            yield Servers(broker, postgresql, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

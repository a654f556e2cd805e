"""A session a worker, as nameko-sqlalchemy gives it (its own release is from 2019)."""

from __future__ import annotations

import os
from typing import Any
from weakref import WeakKeyDictionary

from nameko.extensions import DependencyProvider
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker


class DatabaseSession(DependencyProvider):
    """Opens a session when a worker asks, and closes it when the worker ends."""

    def __init__(self, name: str) -> None:
        self.name = name

    def setup(self) -> None:
        self.engine = create_engine(os.environ[f"{self.name.upper()}_DATABASE_URL"], pool_size=20)
        self.factory = sessionmaker(self.engine)
        self.sessions: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()

    def stop(self) -> None:
        self.engine.dispose()

    def get_dependency(self, worker_ctx: Any) -> Session:
        self.sessions[worker_ctx] = session = self.factory()
        return session

    def worker_teardown(self, worker_ctx: Any) -> None:
        session = self.sessions.pop(worker_ctx, None)
        if session is not None:
            session.close()

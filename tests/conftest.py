"""Fixtures every test may ask for: a private broker, database servers, fresh places in them."""

from __future__ import annotations

import os

# As in every process of ours: psycopg must wait in a way that greenlets can take turns in, and the patching
# comes before anything else is imported.
os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"
import eventlet

eventlet.monkey_patch()

import secrets
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from deploy.local.postgresql import PostgreSQL
from deploy.local.rabbitmq import RabbitMQ
from tests.support import servers

# A busy machine makes an example slow now and then; that says nothing about the code.
hypothesis.settings.register_profile("trivsel", deadline=None)
hypothesis.settings.load_profile("trivsel")

SLOW_FOLDERS = {"faults": "faults", "e2e": "e2e"}


def pytest_configure(config: pytest.Config) -> None:
    """End in order also when we are told to by SIGTERM: fixtures then stop their servers."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt("SIGTERM")

    signal.signal(signal.SIGTERM, interrupted)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the folder they live in, so that ``-m faults`` works without a mark in each file."""
    for item in items:
        for part in item.path.parts:
            if part in SLOW_FOLDERS:
                item.add_marker(SLOW_FOLDERS[part])


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder of this session that other accounts can reach."""
    with servers.scratch_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def broker(scratch: Path) -> Iterator[RabbitMQ]:
    """The session's RabbitMQ. Who stops it must start it again; ask `own_broker` for one to break."""
    node = RabbitMQ(scratch / "rabbitmq", name="tests", memory_mb=512)
    try:
        yield node.start()
    finally:
        node.kill()  # nobody needs its messages
        node.close()


@pytest.fixture
def amqp_uri(broker: RabbitMQ) -> Iterator[str]:
    """The AMQP URI of a virtual host that is this test's alone."""
    name = f"test-{secrets.token_hex(6)}"
    if not broker.running:
        broker.start()
    yield broker.create_vhost(name)
    if broker.running:
        broker.delete_vhost(name)


@pytest.fixture(scope="session")
def postgresql(scratch: Path) -> Iterator[PostgreSQL]:
    """The session's PostgreSQL server."""
    server = PostgreSQL(scratch / "postgresql", durable=False)
    try:
        yield server.start()
    finally:
        server.kill()


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that is this test's alone."""
    name = f"test_{secrets.token_hex(6)}"
    yield postgresql.create_database(name)
    if postgresql.running:
        postgresql.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite database in a file that is this test's alone."""
    return f"sqlite:///{tmp_path}/test-{secrets.token_hex(4)}.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database on each engine in turn.

    A test that needs one engine only asks for ``sqlite_url`` or ``postgresql_url``, or restricts with
    ``@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)``.
    """
    return request.getfixturevalue(f"{request.param}_url")

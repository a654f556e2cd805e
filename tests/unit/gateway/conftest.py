"""The gateway's application before a real service on a real broker."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from deploy.local.rabbitmq import RabbitMQ
from services.chassis.actor import Actor, Grant, issue_token
from services.chassis.client import RpcClient
from services.chassis.errors import TrivselError
from services.gateway.app import create_app
from services.gateway.settings import settings
from tests.support.waiting import until
from tests.unit.gateway import shelf

KEY = secrets.token_hex(32)
ANNA = Actor("5b0c2a64-6c1d-4a53-9f64-1f7b0c3e52a6", "staff", (Grant("pedagogue", "*"),), "test")

Bearer = Callable[..., dict[str, str]]


def environment(amqp_uri: str) -> dict[str, str]:
    return {"AMQP_URI": amqp_uri, "ACTOR_TOKEN_KEY": KEY, "LINK_TOKEN_KEY": KEY}


@pytest.fixture(scope="module")
def bus(broker: RabbitMQ) -> Iterator[str]:
    name = f"gateway-{secrets.token_hex(4)}"
    yield broker.create_vhost(name)
    broker.delete_vhost(name)


@pytest.fixture(scope="module")
def shelf_service(bus: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shelf service in a process of its own; gives the address of its bus."""
    url = f"sqlite:///{tmp_path_factory.mktemp('shelf')}/shelf.sqlite"
    engine = create_engine(url)
    shelf.Base.metadata.create_all(engine)
    engine.dispose()
    process = subprocess.Popen(
        [sys.executable, "-m", "services.chassis", "run", "tests.unit.gateway.shelf:Shelf"],
        env={**os.environ, **environment(bus), "SHELF_DATABASE_URL": url, "GRACE_SECONDS": "2"},
        cwd=Path(__file__).resolve().parents[3],
        stderr=subprocess.DEVNULL,
    )
    client = RpcClient(bus, issue_token(ANNA, KEY, 600), timeout=1.0)
    try:
        until(lambda: process.poll() is None and _answers(client), 30, "the shelf answers")
        yield bus
    finally:
        client.close()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(client: RpcClient) -> bool:
    try:
        client.call("shelf.list", {})
    except TrivselError:
        return False
    return True


@pytest.fixture(scope="module")
def app(shelf_service: str) -> Iterator[Flask]:
    client = RpcClient(shelf_service)
    made = create_app(settings(environment(shelf_service)), client, shelf.OPERATIONS)
    yield made
    made.extensions["calls"].close()
    client.close()


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def bearer() -> Bearer:
    """The header that says who asks: Anna, unless another actor is given."""

    def header(actor: Actor = ANNA, seconds: int = 60) -> dict[str, str]:
        return {"Authorization": f"Bearer {issue_token(actor, KEY, seconds)}"}

    return header

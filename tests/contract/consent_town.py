"""Consent and registry on a real broker with a small invented town, and the gateway before them."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import requests
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from deploy.local.processes import accepts, free_ports
from services.chassis import clock, migrations
from services.chassis.actor import Actor, Grant, issue_token
from services.chassis.client import RpcClient
from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.chassis.links import sign_link
from services.gateway.app import create_app
from services.gateway.settings import settings
from services.registry.importing.run import run_import
from services.registry.models import Base
from services.registry.secrets import Vault
from tests.integration.registry.town import Town, child, custody, enrolled
from tests.support.process import ServiceProcess
from tests.support.waiting import until

KEY = "a-key-of-the-tests-and-of-nobody-else-0123456789"
HERE = "http://localhost"
CPR = {"F1": "018190-0003", "F2": "028191-0004"}
"""Numbers of no calendar: month plus 80."""
PURPOSE = "consent-answer"


@dataclass
class Square:
    """The town's two services and its people by their source ids.

    ``F1`` reads Arabic, ``F2`` Danish, ``F3`` Turkish; ``B4`` is sixteen and reads Somali.
    """

    amqp_uri: str
    process: ServiceProcess
    registry_url: str
    gateway: RpcClient
    ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    def build(cls, amqp_uri: str, folder: Path) -> Square:
        urls = {name: f"sqlite:///{folder}/{name}.db" for name in ("consent", "registry")}
        for name, url in urls.items():
            migrations.upgrade(name, url)
        town = Town(folder / "town")
        town.guardians[0] |= {"language": "ar", "interpreter": "", "cpr": CPR["F1"]}
        town.guardians[1] |= {"language": "da", "cpr": CPR["F2"]}
        town.guardians[2] |= {"cpr": "038191-0005", "language": "tr"}
        town.children.append(child("B4", "2010-02-01", email="b4@post.example", languages="so"))
        town.custody += [custody("B4", "F1", "joint"), custody("B4", "F2", "joint")]
        town.enrolments.append(enrolled("B4", "G2", "2026-08-01"))
        database = Database(urls["registry"], Base)
        run_import(
            database, Vault(KEY), town.write(), today=clock.today(), reject=lambda _row: None, full=True
        )
        database.close()
        environment = {
            "AMQP_URI": amqp_uri,
            **{f"{name.upper()}_DATABASE_URL": url for name, url in urls.items()},
            **{f"{name}_KEY": KEY for name in ("ACTOR_TOKEN", "LINK_TOKEN", "CONSENT", "CPR")},
        }
        process = ServiceProcess(list(urls), environment, folder / "services.log").start(seconds=60)
        client = RpcClient(amqp_uri, issue_token(Actor.system("gateway"), KEY, 3600), name="tests")
        built = cls(amqp_uri, process, urls["registry"], client)
        built._know_people()
        return built

    def _know_people(self) -> None:
        engine = create_engine(self.registry_url)
        with engine.connect() as connection:
            for table in ("child", "guardian", "institution", "staff"):
                for source_id, id_ in connection.execute(text(f"SELECT source_id, id FROM {table}")):
                    self.ids[source_id] = str(UUID(str(id_)))  # SQLite's are without hyphens
        engine.dispose()

    def close(self) -> None:
        self.gateway.close()
        self.process.kill()

    # --- calls ------------------------------------------------------------------------------------

    def call(self, operation: str, actor: Actor | None = None, **data: Any) -> Any:
        token: dict[str, Any] = {"token": issue_token(actor, KEY, 60)} if actor else {}
        return self.gateway.call(operation, data, timeout=20, **token)

    @property
    def leader(self) -> Actor:
        return Actor(self.ids["M2"], "staff", (Grant("leader", self.ids["I1"]),), "trivsel")

    @property
    def health_visitor(self) -> Actor:
        return Actor(self.ids["M4"], "staff", (Grant("health_visitor", self.ids["I3"]),), "trivsel")

    @property
    def teacher(self) -> Actor:
        return Actor(self.ids["M3"], "staff", (Grant("teacher", self.ids["I2"]),), "trivsel")

    def staff_of(self, child: str) -> Actor:
        """One of those who work with the child."""
        return {"B3": self.health_visitor, "B4": self.teacher}.get(child, self.leader)

    def request(self, child: str = "B1", purpose: str = "specialist_meeting") -> str:
        """The id of a consent that both parents are asked for."""
        parts = {
            "purpose": purpose,
            "information": ["wellbeing", "meeting_minutes"],
            "recipients": [{"unit_id": self.ids["I2"], "kind": "ppr", "name": "PPR Åkær"}],
            "legal_basis": "fvl_28",
            "valid_to": (clock.today() + timedelta(days=90)).isoformat(),
        }

        actor = self.staff_of(child)

        def asked() -> Any:
            try:
                return self.call("consent.request", actor, child_id=self.ids[child], **parts)
            except NotFound:  # the child's record is on its way
                return None

        return str(until(asked, 60, "consent knows the child")["consent_id"])

    def token(self, consent_id: str, who: str, days: float = 90) -> str:
        ends = clock.now() + timedelta(days=days)
        return sign_link(PURPOSE, consent_id, self.ids[who], {}, ends, KEY)

    def signatures(self, consent_id: str) -> list[tuple[str, str, str]]:
        found = self.call("consent.get", self.leader, consent_id=consent_id)["signatures"]
        return [(one["answer"], one["method"], one["assurance"]) for one in found]

    def demand(self, assurance: str) -> None:
        """What a yes by link must rest on, from now on."""
        office = Actor(self.ids["M5"], "staff", (Grant("administration", "*"),), "trivsel")
        version = self.call("consent.get_settings", office)["version"]
        self.call("consent.store_settings", office, expected_version=version, values={"assurance": assurance})

    # --- the gateway ------------------------------------------------------------------------------

    def door(self, **more: str) -> FlaskClient:
        environment = {"AMQP_URI": self.amqp_uri, "ACTOR_TOKEN_KEY": KEY, "LINK_TOKEN_KEY": KEY}
        chosen = settings({**environment, "PUBLIC_URL": HERE, **more})
        return create_app(chosen, RpcClient(self.amqp_uri, timeout=20)).test_client()


class Issuer:
    """An identity provider that is none of ours, in a process of its own."""

    def __init__(self) -> None:
        [port] = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)],
            env={**os.environ, "NO_COLOR": "1"},
            stderr=subprocess.DEVNULL,
        )
        until(lambda: self._process.poll() is None and accepts(port), 30, "the provider listens")

    def back_from(self, place: str, **claims: Any) -> str:
        """Somebody of these claims signs in there; the path she comes back to."""
        sub = secrets.token_hex(8)
        assert requests.put(f"{self.url}/users/{sub}", json=claims, timeout=20).status_code == 204
        answer = requests.post(place, data={"sub": sub}, allow_redirects=False, timeout=20)
        back = answer.headers["Location"]
        assert back.startswith(f"{HERE}/foraeldre/log-ind/svar?")
        return back.removeprefix(HERE)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


def hidden(page: str) -> dict[str, str]:
    """The fields of the page's form that nobody sees."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))

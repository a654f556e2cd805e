"""What a running service has at hand: its settings, database, publisher and client."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.chassis.actor import Actor, issue_token
from services.chassis.amqp import Publisher
from services.chassis.client import RpcClient
from services.chassis.config import Settings
from services.chassis.database import Database
from services.chassis.health import Checks
from services.chassis.relay import Relay
from services.chassis.topology import Plan, ladder

SYSTEM_TOKEN_SECONDS = 60


@dataclass(slots=True)
class Runtime:
    """One service's share of the process. Made by the runner; tests may make their own."""

    settings: Settings
    plan: Plan
    database: Database
    publisher: Publisher
    client: RpcClient
    ladder: tuple[int, ...] = field(default_factory=ladder)
    relay: Relay | None = None
    checks: Checks | None = None

    @property
    def service(self) -> str:
        return self.plan.service

    def own_token(self) -> str:
        """A fresh token of the service itself, for calls on its own account."""
        return issue_token(Actor.system(self.service), self.settings.actor_key, SYSTEM_TOKEN_SECONDS)

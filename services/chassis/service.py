"""What a service is made of. Its ``service.py`` needs this module and nothing of nameko::

class MeetingsService(Service):
    name = "meetings"
    base = models.Base
    catalogue = events.CATALOGUE

    @subscribe("assessment", "concern.raised", reads=schemas.ConcernRaised)
    def require_focus_meetings(self, batch: Batch) -> None:
        self.db.handle(batch, handlers.require_focus_meetings)

    @rpc(takes=schemas.ProposeTimes, returns=schemas.Meeting)
    def propose_times(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return handlers.propose_times(uow, call.actor, **call.data)

    @job(every=5.0)
    def invite_required(self) -> None:
        handlers.invite_required(self.db)
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, ClassVar

from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR, DependencyProvider
from sqlalchemy.orm import DeclarativeBase

from services.chassis import operating
from services.chassis.catalogue import Event
from services.chassis.client import RpcClient
from services.chassis.database import Database
from services.chassis.jobs import job
from services.chassis.received import Batch
from services.chassis.rpc import Call, Rpc, rpc
from services.chassis.runtime import Runtime
from services.chassis.subscriptions import Subscribe, subscribe
from services.chassis.topology import Plan, Subscription
from services.chassis.wakeups import wake

__all__ = ["Batch", "Call", "Service", "job", "rpc", "subscribe", "wake"]


class _FromRuntime(DependencyProvider):  # type: ignore[misc]
    """Gives each instance of the service its runtime; made beforehand, so it cannot fail here."""

    def get_dependency(self, worker_ctx: Any) -> Runtime:
        found: Runtime = self.container.runtime
        return found


class Service:
    """The base of every service. Each call, batch and run of a job gets an instance of its own."""

    name: ClassVar[str]
    base: ClassVar[type[DeclarativeBase]]
    catalogue: ClassVar[Sequence[type[Event]]] = ()

    runtime: Any = _FromRuntime()

    @classmethod
    def own_settings(cls) -> Any | None:
        """The settings this service alone has, an ``environ.config`` object; read before anything starts.

        :class:`~services.chassis.config.Misconfigured` ends the process with the variable's name.
        """
        return None

    @property
    def db(self) -> Database:
        """The service's own database."""
        found: Database = self.runtime.database
        return found

    @property
    def remote(self) -> RpcClient:
        """Calls to other services, on the service's own account."""
        found: RpcClient = self.runtime.client
        return found

    # What operations ask of every service ----------------------------------------------------------

    @rpc(takes=operating.Nothing, returns=operating.State)
    def health(self, call: Call) -> dict[str, Any]:
        return operating.state(self.runtime, call.actor)

    @rpc(takes=operating.ListDeadLetters, returns=operating.MaskedLetters)
    def dead_letters(self, call: Call) -> dict[str, Any]:
        return operating.dead_letters(self.runtime, call.actor, **call.data)

    @rpc(takes=operating.ReplayDeadLetters, returns=operating.Settled)
    def replay_dead_letters(self, call: Call) -> dict[str, Any]:
        return operating.replay(self.runtime, call.actor, call.context, **call.data)

    @rpc(takes=operating.DiscardDeadLetters, returns=operating.Settled)
    def discard_dead_letters(self, call: Call) -> dict[str, Any]:
        return operating.discard(self.runtime, call.actor, call.context, **call.data)


def plan_of(service: type[Service]) -> Plan:
    """What a service declares on the broker, read from its entrypoints and its catalogue."""
    subscriptions, answers = [], False
    for method, function in inspect.getmembers(service, inspect.isfunction):
        for entrypoint in getattr(function, ENTRYPOINT_EXTENSIONS_ATTR, ()):
            if isinstance(entrypoint, Subscribe):
                subscriptions.append(
                    Subscription(
                        service.name, method, entrypoint.source, entrypoint.event, entrypoint.version
                    )
                )
            answers = answers or isinstance(entrypoint, Rpc)
    return Plan(service.name, tuple(service.catalogue), tuple(subscriptions), answers)

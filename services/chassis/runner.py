"""Runs services in this process, from their settings to their last acknowledgement.

Imported only after eventlet has patched the standard library (see :mod:`services.chassis.cli`).
"""

from __future__ import annotations

import gc
import os
import re
import signal
import sys
import time
from collections.abc import Sequence
from functools import partial
from types import FrameType
from typing import Any

import eventlet
from eventlet.patcher import original
from sqlalchemy import text

from services.chassis import config, discovery, health, logs, migrations, topology
from services.chassis.amqp import BROKER_ERRORS, Publisher
from services.chassis.client import RpcClient
from services.chassis.consumers import HardenedQueueConsumer
from services.chassis.container import RUNTIMES, Container
from services.chassis.database import Database
from services.chassis.exits import DIED, GRACE_OVER
from services.chassis.housekeeping import Housekeeping
from services.chassis.inbox import OUTAGES
from services.chassis.relay import Relay
from services.chassis.runtime import Runtime
from services.chassis.service import Service, plan_of

log = logs.logger("runner")

_TICK = 0.1
_BROKER_PAUSES = (0.2, 0.5, 1.0, 2.0)


class Runner:
    """A process with one or more services. :meth:`run` returns its exit code."""

    def __init__(self, classes: Sequence[type[Service]], settings: config.Settings) -> None:
        self._settings = settings
        self._own_settings = [own for cls in classes if (own := cls.own_settings()) is not None]
        self._classes = classes
        self._stop_asked = 0
        self._checks = health.Checks()
        self._publisher = Publisher(settings.amqp_uri, f"trivsel-{os.getpid()}")
        self._runtimes = {cls.name: self._runtime(cls) for cls in classes}
        self._relays = [
            Relay(name, runtime.database, settings.amqp_uri) for name, runtime in self._runtimes.items()
        ]
        for relay in self._relays:
            runtime = self._runtimes[relay.service]
            runtime.relay, runtime.checks = relay, self._checks
        self._keepers = [
            Housekeeping(
                self._runtimes[relay.service].database, relay, settings.outbox_days, settings.inbox_days
            )
            for relay in self._relays
        ]
        self._containers: list[Container] = []

    def run(self) -> int:
        """Starts, serves until SIGTERM or SIGINT, drains, and says with which code to exit."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        log.info("starting", services=sorted(self._runtimes), settings=self._summary())
        log.info("health_listening", host=self._settings.health_host, port=self._serve_health())
        if not (self._declare() and self._await_schemas()):
            return 0
        try:
            waiters = self._start()
            log.info("started", services=sorted(self._runtimes))
            code = self._serve(waiters)
        except Exception as error:
            log.critical("start_failed", exc_info=error)
            code = DIED
        self._stop()
        log.info("stopped", code=code)
        return code

    def _summary(self) -> dict[str, str]:
        shown = _shown(self._settings)
        for own in self._own_settings:
            shown |= _shown(own)
        return shown

    def _runtime(self, cls: type[Service]) -> Runtime:
        settings = self._settings
        runtime = Runtime(
            settings=settings,
            plan=plan_of(cls),
            database=Database(
                config.database_url(cls.name),
                cls.base,
                municipality=settings.municipality,
                pool_size=settings.max_workers + 8,
            ),
            publisher=self._publisher,
            client=RpcClient(settings.amqp_uri, name=cls.name),
        )
        runtime.client = RpcClient(settings.amqp_uri, runtime.own_token, name=cls.name)
        return runtime

    def _serve_health(self) -> int:
        settings = self._settings
        try:
            return health.serve(settings.health_host, settings.health_port, self._checks).server_port
        except OSError as error:
            where = f"{settings.health_host}:{settings.health_port}"
            raise config.Misconfigured(
                f"HEALTH_HOST and HEALTH_PORT: cannot listen on {where}: {error.strerror}"
            ) from error

    def _declare(self) -> bool:
        """Declares what these services need, once the broker is there; false when told to stop before."""
        tries = 0
        while not self._stop_asked:
            try:
                topology.declare(self._settings.amqp_uri, [each.plan for each in self._runtimes.values()])
                return True
            except BROKER_ERRORS as error:
                log.warning("broker_unreachable", error=type(error).__name__)
                time.sleep(_BROKER_PAUSES[min(tries, len(_BROKER_PAUSES) - 1)])
                tries += 1
        return False

    def _await_schemas(self) -> bool:
        """Waits until each database is there and migrated; false when told to stop before.

        A handler that meets a missing table would fail through no fault of its event.
        """
        migrated = discovery.names("migrations")
        waiting = [cls for cls in self._classes if cls.__module__ == f"services.{cls.name}.service"]
        waiting = [cls for cls in waiting if cls.name in migrated]
        while waiting and not self._stop_asked:
            waiting = [cls for cls in waiting if not self._is_migrated(cls.name)]
            if waiting:
                time.sleep(1.0)
        return not self._stop_asked

    def _is_migrated(self, service: str) -> bool:
        try:
            with self._runtimes[service].database.engine.connect() as connection:
                behind = migrations.is_behind(service, connection)
        except OUTAGES as error:
            log.warning("database_unreachable", service=service, error=type(error).__name__)
            return False
        if behind:
            log.warning("database_not_migrated", service=service, mend=f"trivsel migrate {service}")
        return not behind

    def _start(self) -> list[Any]:
        nameko = {
            "AMQP_URI": self._settings.amqp_uri,
            "HEARTBEAT": 20,
            "max_workers": self._settings.max_workers,
            RUNTIMES: self._runtimes,
        }
        self._containers = [Container(cls, nameko) for cls in self._classes]
        for relay, keeper in zip(self._relays, self._keepers, strict=True):
            relay.start()
            keeper.start()
        starting = [eventlet.spawn(container.start) for container in self._containers]
        while not all(each.dead for each in starting) and not self._stop_asked:
            eventlet.sleep(_TICK)
        for each in starting:
            if each.dead:
                each.wait()
        self._add_checks()
        # What has been made by now stays: the collector need not look through it at every turn.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)
        self._checks.started = True
        return [eventlet.spawn(container.wait) for container in self._containers]

    def _add_checks(self) -> None:
        for container, relay in zip(self._containers, self._relays, strict=True):
            name = container.service_name
            self._checks.add(name, "database", partial(_database_answers, container.runtime.database))
            self._checks.add(name, "broker", partial(_broker_answers, self._publisher))
            self._checks.add(name, "publishing", partial(_broker_takes, self._publisher), vital=False)
            self._checks.add(name, "relay", partial(_relay_is_well, relay), vital=False)
            consumer = container.shared_extensions.get(HardenedQueueConsumer)
            if consumer is not None:
                self._checks.add(name, "consumers", partial(_consumer_is_connected, consumer))

    def _serve(self, waiters: Sequence[Any]) -> int:
        while not self._stop_asked:
            for waiter in waiters:
                if waiter.dead:
                    return self._why_dead(waiter)
            eventlet.sleep(_TICK)
        return 0

    def _why_dead(self, waiter: Any) -> int:
        try:
            waiter.wait()
        except Exception as error:
            log.critical("service_died", exc_info=error)
        return DIED

    def _stop(self) -> None:
        log.info("stopping", seconds=self._settings.grace_seconds)
        self._checks.stopping = True
        _exit_anyway_after(self._settings.grace_seconds)
        for stopping in [eventlet.spawn(container.stop) for container in self._containers]:
            stopping.wait()
        for keeper in self._keepers:
            keeper.stop()
        for stopping in [eventlet.spawn(relay.stop) for relay in self._relays]:
            stopping.wait()
        self._publisher.close()
        self._checks.close()
        for runtime in self._runtimes.values():
            runtime.client.close()
            runtime.database.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # A signal handler runs in the hub's own turn and must not switch; a flag is all it may set.
        self._stop_asked += 1
        if self._stop_asked > 2:
            os._exit(128 + number)


def _shown(settings: Any) -> dict[str, str]:
    """The summary without user names in addresses: the log would take them for e-mail addresses."""
    return {name: re.sub(r"//[^/@]*@", "//", value) for name, value in config.summary(settings).items()}


def _exit_anyway_after(seconds: float) -> None:
    """Ends the process when draining has taken too long, even if a greenlet holds the hub."""
    timer = original("threading").Timer(seconds, _exit_now)
    timer.daemon = True
    timer.start()


def _exit_now() -> None:
    sys.stderr.write('{"event": "grace_over", "level": "error", "part": "runner"}\n')
    sys.stderr.flush()
    os._exit(GRACE_OVER)


def _database_answers(database: Database) -> str:
    with database.unit_of_work() as uow:
        uow.session.execute(text("SELECT 1"))
    return health.OK


def _broker_answers(publisher: Publisher) -> str:
    publisher.link()
    return health.OK


def _broker_takes(publisher: Publisher) -> str:
    return "broker-blocked" if publisher.blocked else health.OK


def _relay_is_well(relay: Relay) -> str:
    return relay.trouble or health.OK


def _consumer_is_connected(consumer: HardenedQueueConsumer) -> str:
    return health.OK if consumer.connected else "disconnected"

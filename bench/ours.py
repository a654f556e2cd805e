"""Our side: the services as they are, each in a process of its own, with all their guarantees.

Two settings make it the same job as the peers': meetings waits for staff to invite, as a municipality may
choose, and the notices are stored but not handed to a mail server.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from bench.servers import Servers
from bench.sides import AT_A_TIME, Side, in_parallel
from deploy.local.fleet import Fleet
from services.chassis.actor import issue_token
from services.chassis.client import RpcClient
from services.chassis.errors import OutcomeUnknown, Unavailable
from tests.support import population

PATIENCE_S = 120.0


class Ours(Side):
    """Trivsel."""

    name = "ours"

    def __init__(
        self,
        servers: Servers,
        *,
        replicas: int | Mapping[str, int] = 1,
        automatic: bool = False,
        programs: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(servers)
        self.automatic = automatic
        folder = servers.folder / self.name
        folder.mkdir(exist_ok=True)
        environment = {
            name: value
            for name, value in self.environment.items()
            if name.endswith(("_URL", "_URI", "PYTHONPATH"))
        }
        environment |= {"LOG_LEVEL": "WARNING"}
        self.fleet = Fleet(
            folder,
            environment,
            services=self.services,
            replicas=replicas,
            programs={**PROGRAMS, **(programs or {})},
        )
        self.client: RpcClient | None = None

    def close(self) -> None:
        if self.client is not None:
            self.client.close()
        self.fleet.close()
        super().close()

    def processes(self) -> dict[str, int]:
        return {name: member.pid for name, member in self.fleet.members.items()}

    def prepare(self, children: int) -> None:
        self.fleet.prepare()
        urls = {service: self.environment[f"{service.upper()}_DATABASE_URL"] for service in self.services}
        population.settle(urls, children, automatic=self.automatic)
        self.fleet.start()
        self.fleet.wait_ready(60)
        key = self.fleet.environment["ACTOR_TOKEN_KEY"]
        token = issue_token(population.leader(), key, 24 * 3600)
        self.client = RpcClient(self.environment["AMQP_URI"], token, timeout=30, name="bench")

    def rate(self, first: int, count: int) -> float:
        groups = range(first // population.GROUP, (first + count) // population.GROUP)
        started = time.perf_counter()
        in_parallel([(group,) for group in groups], self.submit, AT_A_TIME)
        return started

    def submit(self, group: int) -> None:
        """One group of twenty, each with a concern."""
        first = group * population.GROUP
        self.submit_ratings(
            group, [population.joint_rating(number) for number in range(first, first + population.GROUP)]
        )

    def submit_ratings(self, group: int, ratings: list[dict[str, object]]) -> None:
        """One group's joint ratings, until they are taken: as a colleague who presses the button again."""
        assert self.client is not None
        data = {"round_id": population.ROUND, "group_id": population.group_id(group), "items": ratings}
        give_up = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self.client.call("assessment.finalise_group", data)
                break
            except (Unavailable, OutcomeUnknown):
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.2)
        if answer["errors"]:
            raise AssertionError(answer["errors"][0])

    def meetings(self) -> int:
        return self._count("meetings", "SELECT count(*) FROM meetings")

    def notices(self) -> int:
        return self._count("notifications", "SELECT count(*) FROM notice WHERE about = 'concern'")


PROGRAMS = {"notifications": "bench.without_sending:NotificationsWithoutSending"}
"""Services that are run in a form of the benchmark's own."""

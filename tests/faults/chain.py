"""The chain under a fault: real processes, real servers, a load that goes on, and an oracle that knows what
must come of it.

What was acknowledged to the one who submitted it is what counts: each such rating must have its concern,
each concern its one open meeting and one notice for each custody holder, whatever was killed on the way.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from amqp.exceptions import AMQPError
from kombu import Connection
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import DBAPIError

from deploy.local.fleet import CHAIN, Fleet, service_of
from deploy.local.postgresql import PostgreSQL
from deploy.local.processes import LocalError, wait_until
from deploy.local.rabbitmq import RabbitMQ
from services.assessment import models as assessment
from services.chassis import topology
from services.chassis.actor import issue_token
from services.chassis.client import RpcClient
from services.chassis.errors import TrivselError
from services.meetings import models as meetings
from services.notifications import models as notifications
from tests.faults.consents import Consents
from tests.faults.proxy import Proxy
from tests.support import population

LADDER = "200,500,1000,2000,4000"
"""The retry ladder in milliseconds: the same rungs as in production, quicker."""
READY_S = 15.0
"""So soon after a fault's end every service must be ready again."""
PAUSE_S = 0.2
"""Between two groups that are submitted while something breaks."""
PATIENCE_S = 120.0
EXCUSED = 3.0
"""What takes longer than it may is excused by a busy machine up to so many times an unharmed restart."""
QUIET_S = 60.0
GREEN_EVERY, WITHHELD_EVERY = 10, 17
"""Every tenth child is rated green, every seventeenth withheld: they must have no effects."""


class Broken(AssertionError):
    """An invariant does not hold. The text says which."""


@dataclass
class Verdict:
    """What became of what was submitted."""

    ratings: int = 0
    concerns: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "; ".join([*self.lost[:5], *self.doubled[:5]]) or "nothing lost, nothing doubled"


class Chain:
    """Assessment, meetings and notifications on servers that a test may break.

    ``proxied`` names what stands between services and servers: ``broker``, ``database``, or a service, whose
    own connection to the broker is then through a proxy of its own.
    """

    def __init__(
        self,
        folder: Path,
        broker: RabbitMQ,
        postgresql: PostgreSQL | None,
        *,
        children: int = 2000,
        replicas: int = 1,
        proxied: tuple[str, ...] = (),
        programs: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        amqp_uri: str | None = None,
        ready_s: float = READY_S,
        services: Sequence[str] = CHAIN,
        consents: int = 0,
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.broker = broker
        self.postgresql = postgresql
        self.services = tuple(services)
        self.children = children
        self.consents = Consents(self, consents) if consents else None
        self.ready_s = ready_s
        self.name = folder.name
        self.direct = {"AMQP_URI": amqp_uri or broker.create_vhost(self.name), **self._databases()}
        self.proxies: dict[str, Proxy] = {}
        environment = {
            **self.direct,
            **self._through_proxies(proxied),
            "RETRY_LADDER_MS": LADDER,
            "LOG_LEVEL": "INFO",
            "FAULTS_FOLDER": str(folder),
            **(settings or {}),
        }
        self.fleet = Fleet(
            folder,
            environment,
            services=self.services,
            replicas=replicas,
            direct=self.direct,
            programs={"notifications": "tests.faults.variants:QuietNotifications", **(programs or {})},
        )
        for name in self.fleet.members:
            if (proxy := self.proxies.get(service_of(name))) is not None:
                uri = self.direct["AMQP_URI"].replace(f":{broker.port}/", f":{proxy.port}/")
                self.fleet.set(name, AMQP_URI=uri)
        self.engines: dict[str, Engine] = {}
        self.submitted: dict[int, str] = {}
        self.client: RpcClient | None = None
        self.next_group = 0
        self.dead = self.without = 0
        self._load: threading.Thread | None = None
        self._loading = False
        self.load_errors = 0
        self._unharmed = (-1000.0, 0.0)
        self.excuses: list[tuple[float, float]] = []
        """Recoveries that took too long, each with an unharmed restart's seconds at that moment."""

    def _databases(self) -> dict[str, str]:
        urls = {}
        for service in self.services:
            if self.postgresql is not None:
                url = self.postgresql.create_database(f"{self.name}_{service}".replace("-", "_"))
            else:
                url = f"sqlite:///{self.folder}/{service}.sqlite"
            urls[f"{service.upper()}_DATABASE_URL"] = url
        return urls

    def _through_proxies(self, proxied: tuple[str, ...]) -> dict[str, str]:
        changed: dict[str, str] = {}
        for what in proxied:
            if what == "database":
                assert self.postgresql is not None
                proxy = self.proxies[what] = Proxy(self.postgresql.port).start()
                for name, url in self.direct.items():
                    if name.endswith("DATABASE_URL"):
                        changed[name] = url.replace(f":{self.postgresql.port}/", f":{proxy.port}/")
            else:
                proxy = self.proxies[what] = Proxy(self.broker.port).start()
                if what == "broker":
                    changed["AMQP_URI"] = self.direct["AMQP_URI"].replace(
                        f":{self.broker.port}/", f":{proxy.port}/"
                    )
        return changed

    # -- life -----------------------------------------------------------------------------------------

    def start(self) -> Chain:
        """Tables, queues, children, services; returns when all are ready."""
        self.fleet.prepare()
        urls = {service: self.url(service) for service in self.services}
        more = self.consents.children if self.consents else ()
        population.settle(urls, self.children + len(more), automatic=True)
        if more:
            population.await_consents(urls["meetings"], more)
        self.fleet.start()
        self.fleet.wait_ready(60)
        token = issue_token(population.leader(), self.fleet.environment["ACTOR_TOKEN_KEY"], 24 * 3600)
        self.client = RpcClient(self.direct["AMQP_URI"], token, timeout=5, name="faults")
        if self.consents is not None:
            self.consents.open()
        return self

    def close(self) -> None:
        """End all of it."""
        self.stop_load()
        if self.client is not None:
            self.client.close()
        for engine in self.engines.values():
            engine.dispose()
        self.fleet.close()
        for proxy in self.proxies.values():
            proxy.close()
        if self.broker.running and f"/{self.name}" in self.direct["AMQP_URI"]:
            with contextlib.suppress(OSError):  # a node that a test has broken goes with all that is in it
                self.broker.delete_vhost(self.name)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, service: str) -> str:
        """SQLAlchemy's URL of a service's database, past any proxy."""
        return self.direct[f"{service.upper()}_DATABASE_URL"]

    # -- load -----------------------------------------------------------------------------------------

    def submit(self, groups: int = 1) -> list[int]:
        """Rate the next groups, each until it is acknowledged; gives the children's numbers."""
        numbers: list[int] = []
        for _ in range(groups):
            group, self.next_group = self.next_group, self.next_group + 1
            if (group + 1) * population.GROUP > self.children:
                raise LocalError(f"{self.children} children are too few for this load")
            numbers += self._submit(group)
        return numbers

    def next_raised(self, many: int) -> list[int]:
        """The first children of the next group whose rating raises a concern that parents are told of."""
        first = self.next_group * population.GROUP
        kinds = {number: self._kind(number) for number in range(first, first + population.GROUP)}
        raised = [n for n, kind in kinds.items() if kind == {"position": "yellow"}]
        return raised[:many]

    def _submit(self, group: int, seconds: float = 90.0) -> list[int]:
        """As a colleague's browser: no answer, so she presses the button again."""
        assert self.client is not None
        numbers = range(group * population.GROUP, (group + 1) * population.GROUP)
        items = [population.joint_rating(number, **self._kind(number)) for number in numbers]
        data = {"round_id": population.ROUND, "group_id": population.group_id(group), "items": items}
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = self.client.call("assessment.finalise_group", data)
                break
            except TrivselError:
                self.load_errors += 1
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        if answer["errors"]:
            raise Broken(f"an entry was refused: {answer['errors'][0]['code']}")
        for number in numbers:
            kind = self._kind(number)
            self.submitted[number] = (
                "withheld"
                if kind.get("suspects_parents")
                else "green"
                if kind["position"] == "green"
                else "raised"
            )
        return list(numbers)

    @staticmethod
    def _kind(number: int) -> dict[str, Any]:
        if number % WITHHELD_EVERY == 1:
            return {"position": "red", "suspects_parents": True}
        return {"position": "green" if number % GREEN_EVERY == 0 else "yellow"}

    def start_load(self, pause: float = PAUSE_S) -> None:
        """Submit group after group in the background, ``pause`` seconds apart."""
        self._loading = True
        self._problem: BaseException | None = None

        def load() -> None:
            try:
                while self._loading and (self.next_group + 1) * population.GROUP <= self.children:
                    self.submit()
                    time.sleep(pause)
                self._loading = False  # there are no more children: nobody may wait for new work
            except BaseException as error:
                self._problem = error

        self._load = threading.Thread(target=load, daemon=True)
        self._load.start()

    def stop_load(self) -> None:
        """End the load; what it had begun is submitted to the end."""
        self._loading = False
        if self._load is not None:
            self._load.join()
            self._load = None
            if self._problem is not None:
                raise self._problem

    @contextlib.contextmanager
    def under_load(self, pause: float = PAUSE_S) -> Iterator[None]:
        """While the block runs, groups are submitted."""
        self.start_load(pause)
        try:
            yield
        finally:
            self.stop_load()

    # -- what must hold -------------------------------------------------------------------------------

    def settled(self, seconds: float = QUIET_S) -> Verdict:
        """Wait until all that was submitted has had its effects and the bus is quiet; `Broken` if not.

        ``dead`` of the chain is how many dead letters must be there, ``without`` how many concerns therefore
        lack an effect.
        """
        deadline = time.monotonic() + seconds
        while True:
            left = self._left()
            late = time.monotonic() > deadline
            if not left or late:
                # Also when nothing is left a message may be in somebody's hands: look until all is there.
                verdict = self.judge()
                if late or verdict.doubled:
                    break
                if len(verdict.lost) <= self.without and sum(self.dead_letters().values()) >= self.dead:
                    break
            time.sleep(0.2)
        verdict.lost += left
        letters = self.dead_letters()
        if sum(letters.values()) != self.dead:
            verdict.doubled.append(f"dead letters {letters}, expected {self.dead}")
        self._check_order(verdict)
        if len(verdict.lost) != self.without or verdict.doubled:
            raise Broken(str(verdict))
        return verdict

    def judge(self) -> Verdict:
        """Compare what was submitted with what the databases hold now."""
        verdict = Verdict(ratings=len(self.submitted))
        concern, meeting, notice = assessment.Concern, meetings.Meeting, notifications.Notice
        ratings = Counter(
            row.child_id for row in self._rows("assessment", select(assessment.JointRating.child_id))
        )
        concerns = {
            row.child_id: row
            for row in self._rows(
                "assessment",
                select(concern.id, concern.child_id, concern.state).where(concern.settled_at.is_(None)),
            )
        }
        required: dict[str, list[str]] = defaultdict(list)
        for row in self._rows(
            "meetings",
            select(meeting.child_id, meeting.concern_id).where(meeting.state.not_in(("closed", "cancelled"))),
        ):
            required[row.child_id].append(row.concern_id)
        told: dict[str, Counter[str]] = defaultdict(Counter)
        for row in self._rows(
            "notifications",
            select(notice.child_id, notice.guardian_id).where(
                notice.about == "concern", notice.state != "suppressed"
            ),
        ):
            told[row.child_id][row.guardian_id] += 1
        for number, kind in self.submitted.items():
            child = population.child_id(number)
            if ratings[child] != 1:
                (verdict.doubled if ratings[child] else verdict.lost).append(f"child {number}: joint rating")
            faults = _compare(kind, concerns.get(child), required[child], told[child], number)
            verdict.concerns += kind != "green"
            verdict.lost += [f"child {number}: {what}" for what, doubled in faults if not doubled]
            verdict.doubled += [f"child {number}: {what}" for what, doubled in faults if doubled]
        if self.consents is not None:
            self.consents.judge(verdict)
        return verdict

    def _left(self) -> list[str]:
        """What is still under way."""
        left = [
            f"{waiting} events of {service} are not published"
            for service in self.services
            if (waiting := self.count(service, "outbox", "published_at IS NULL"))
        ]
        try:
            left += [f"{many} messages in {queue}" for queue, many in self.depths().items() if many]
        except (OSError, AMQPError) as error:
            left.append(f"the broker: {type(error).__name__}")
        return left

    def dead_letters(self) -> dict[str, int]:
        """Dead letters by service, where there are any."""
        names = {topology.dead_letters(service): service for service in self.services}
        found = self.depths(list(names))
        return {names[queue]: many for queue, many in found.items() if many}

    def depths(self, queues: list[str] | None = None) -> dict[str, int]:
        """Messages ready in queues, asked of the broker itself: its statistics lag."""
        if queues is None:
            rungs = [int(rung) for rung in LADDER.split(",")]
            queues = [topology.rung(service, rung) for service in self.services for rung in rungs]
            queues += [
                "meetings.require_focus_meetings",
                "notifications.tell_of_concern",
                "notifications.invite",
            ]
        found = {}
        with Connection(self.direct["AMQP_URI"], connect_timeout=5) as connection:
            channel = connection.channel()
            for queue in queues:
                try:
                    found[queue] = channel.queue_declare(queue, passive=True).message_count
                except connection.channel_errors:
                    channel = connection.channel()
        return found

    def _check_order(self, verdict: Verdict) -> None:
        """No event of an aggregate was published before an earlier one of it."""
        overtaken = (
            "outbox a JOIN outbox b ON a.aggregate_type = b.aggregate_type"
            " AND a.aggregate_id = b.aggregate_id AND a.aggregate_version < b.aggregate_version"
            " AND a.published_at > b.published_at"
        )
        for service in self.services:
            if many := self.count(service, overtaken):
                verdict.doubled.append(f"{many} events of {service} overtook an earlier one")

    def count(self, service: str, table: str, where: str = "1 = 1") -> int:
        """Rows of a table of a service."""
        return int(self._rows(service, text(f"SELECT count(*) FROM {table} WHERE {where}"))[0][0])

    def _engine(self, service: str) -> Engine:
        if service not in self.engines:
            self.engines[service] = create_engine(self.url(service), pool_pre_ping=True)
        return self.engines[service]

    def _rows(self, service: str, query: Any) -> Sequence[Any]:
        """Rows past any proxy. A server that is just being killed or started is waited for."""
        deadline = time.monotonic() + 30
        while True:
            try:
                with self._engine(service).connect() as connection:
                    return connection.execute(query).all()
            except DBAPIError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    # -- faults ---------------------------------------------------------------------------------------

    def recovered(self, seconds: float | None = None) -> float:
        """Wait until every service is ready and, under load, has done something new; gives the seconds.

        To say that one is ready is one thing; a consumer whose connection is dead and does not know it says
        it too. `Broken` when it takes longer than ``seconds`` (``ready_s``), and longer than this machine
        excuses: see :meth:`weighed`.
        """
        started = time.monotonic()
        limit = seconds or self.ready_s
        before = self._work_done() if self._loading else []
        self.fleet.wait_ready(max(limit, PATIENCE_S))
        if before:
            self.wait(
                lambda: (
                    not self._loading
                    or all(now > then for now, then in zip(self._work_done(), before, strict=True))
                ),
                started + max(limit, PATIENCE_S) - time.monotonic(),
                f"new work by every service after {time.monotonic() - started:.1f} s (before: {before})",
            )
        return self.weighed(time.monotonic() - started, limit)

    def weighed(self, took: float, limit: float) -> float:
        """The seconds that something took, if it took no longer than the limit, or is excused: else `Broken`.

        A machine that is busy with other things is slow to start anything: what took too long is measured
        by how long services that nothing has befallen take to start here and now, and both are recorded.
        """
        if took <= limit:
            return took
        measured, unharmed = self._unharmed
        if time.monotonic() - measured > 60:
            self.fleet.stop()
            self.fleet.start()
            unharmed = self.fleet.wait_ready(120)
            self._unharmed = time.monotonic(), unharmed
        self.excuses.append((round(took, 1), round(unharmed, 1)))
        if took > EXCUSED * unharmed:
            raise Broken(
                f"ready again after {took:.1f} s, not within {limit:g} s; an unharmed restart takes "
                f"{unharmed:.1f} s at this moment"
            )
        return took

    def _work_done(self) -> list[int]:
        return [
            self.count("assessment", "outbox", "published_at IS NOT NULL"),
            self.count("meetings", "inbox"),
            self.count("notifications", "inbox"),
        ]

    @contextlib.contextmanager
    def in_other_forms(self, programs: Mapping[str, str]) -> Iterator[None]:
        """While the block runs, these services run as another class each; after an error they stay so."""
        names = {f"{service}-1": program for service, program in programs.items()}
        own = {name: self.fleet.members[name].command[-1] for name in names}
        for forms in (names, own):
            if forms:
                self.fleet.stop(*forms)
                for name, program in forms.items():
                    self.fleet.become(name, program)
                self.fleet.start(*forms)
                self.fleet.wait_ready(120)
            if forms is names:
                yield

    def unhear(self, service: str) -> None:
        """As if nobody had heard the confirm of the service's last event: it is to be published again."""
        last = "SELECT max(seq) FROM outbox WHERE published_at IS NOT NULL"
        with self._engine(service).begin() as connection:
            connection.execute(text(f"UPDATE outbox SET published_at = NULL WHERE seq = ({last})"))

    def tell(self, name: str, what: object) -> None:
        """Say something to the variants of services, by a file."""
        beside = self.folder / f"{name}.new"
        beside.write_text(json.dumps(what))
        beside.replace(self.folder / name)

    def wait(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Poll; `Broken` when it does not come."""
        try:
            wait_until(condition, seconds, what)
        except LocalError as error:
            raise Broken(str(error)) from None

    def logged(self, name: str, event: str) -> int:
        """How often a process has logged an event."""
        log = self.folder / "logs" / f"{name}.log"
        return log.read_text(errors="replace").count(f'"event": "{event}"') if log.exists() else 0


def _compare(
    kind: str, concern: Any, required: list[str], told: Counter[str], number: int
) -> list[tuple[str, bool]]:
    """What is wrong with the effects of one rating, and whether it is too much rather than too little."""
    if kind == "green":
        return [("effects of a green rating", True)] if concern or required or told else []
    if concern is None or concern.state != kind:
        return [(f"no concern that is {kind}", False)]
    if kind == "withheld":
        return [("effects of a withheld concern", True)] if required or told else []
    faults = []
    if len(required) != 1:
        faults.append((f"{len(required)} open meetings", bool(required)))
    elif required[0] != concern.id:
        faults.append(("a meeting for another concern", True))
    holders = set(population.guardian_ids(number))
    if set(told) - holders:
        faults.append(("somebody without custody is told", True))
    if holders - set(told):
        faults.append(("a custody holder is not told", False))
    if any(many > 1 for many in told.values()):
        faults.append(("a custody holder is told twice", True))
    return faults

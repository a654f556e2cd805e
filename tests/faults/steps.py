"""SIGKILL at each named step of an event's way, brought about from outside.

A lock on a table stops a transaction before its commit; a proxy that swallows one direction keeps a publish,
a confirm or an acknowledgement from arriving. No service knows that it is being tested.
"""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import make_url

from tests.faults.chain import Chain
from tests.faults.suite import scenario


@contextmanager
def gate(chain: Chain, service: str, table: str) -> Iterator[None]:
    """Within this block no transaction of the service can write ``table``, and so none commits."""
    url = make_url(chain.url(service))
    if url.get_backend_name() == "sqlite":
        connection = sqlite3.connect(str(url.database), isolation_level=None, timeout=10)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.rollback()
            connection.close()
        return
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as held:
        held.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield
        held.rollback()


def someone_waits(chain: Chain, service: str, table: str) -> bool:
    """Does a transaction stand before the gate? On SQLite it has not even begun, and nobody can tell."""
    if chain.postgresql is None:
        return True
    return bool(chain.count(service, "pg_locks", f"NOT granted AND relation = '{table}'::regclass"))


class Background:
    """Something asked of the chain whose answer may be a while in coming."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self.problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(ask,), daemon=True)
        self._thread.start()

    def _run(self, ask: Callable[[], object]) -> None:
        try:
            ask()
        except BaseException as error:
            self.problem = error

    def wait(self) -> None:
        self._thread.join()
        if self.problem is not None:
            raise self.problem


def again(chain: Chain, service: str) -> float:
    """Kill the service, let everything pass, start it again."""
    chain.fleet.kill(f"{service}-1")
    chain.proxies[service].heal()
    chain.fleet.start()
    return chain.recovered()


@scenario("killed before commit", rig="steps", times=3, short=2, kills=True)
def before_commit(chain: Chain, times: int, chance: random.Random) -> float:
    worst = 0.0
    for turn in range(times):
        service, table = (("assessment", "outbox"), ("meetings", "outbox"), ("notifications", "notice"))[
            turn % 3
        ]
        with gate(chain, service, table):
            submission = Background(chain.submit)
            chain.wait(lambda: someone_waits(chain, service, table), 30, "a transaction before the gate")  # noqa: B023
            if chain.postgresql is None and service != "assessment":
                events = chain.count(service, "inbox")
                chain.wait(lambda: chain.count(service, "inbox") == events, 1, "nothing")  # noqa: B023
            chain.fleet.kill(f"{service}-1")
        worst = max(worst, again(chain, service))
        submission.wait()
        chain.settled()
    return worst


@scenario("killed after commit, before publish", rig="steps", times=3, short=1, kills=True)
def after_commit(chain: Chain, times: int, chance: random.Random) -> float:
    worst = 0.0
    for _ in range(times):
        chain.proxies["assessment"].blackhole("up")
        submission = Background(chain.submit)
        chain.wait(
            lambda: chain.count("assessment", "outbox", "published_at IS NULL"), 30, "events that wait"
        )
        worst = max(worst, again(chain, "assessment"))
        submission.wait()
        chain.settled()
    return worst


@scenario("killed after publish, before mark", rig="steps", times=3, short=1, kills=True)
def after_publish(chain: Chain, times: int, chance: random.Random) -> float:
    worst = 0.0
    for _ in range(times):
        before = chain.count("meetings", "meetings")
        with gate(chain, "assessment", "outbox"):
            submission = Background(chain.submit)
            chain.wait(
                lambda: someone_waits(chain, "assessment", "outbox"), 30, "a transaction before the gate"
            )
            if chain.postgresql is None:
                threading.Event().wait(
                    0.3
                )  # on SQLite nobody can tell; the call is there by then or comes again
            chain.proxies["assessment"].blackhole("down")
        # The broker has the events, their consumers have handled them, and the relay has heard no confirm.
        chain.wait(
            lambda: chain.count("meetings", "meetings") > before,  # noqa: B023
            30,
            "the effect of what was published",
        )
        assert chain.count("assessment", "outbox", "published_at IS NULL")
        worst = max(worst, again(chain, "assessment"))
        submission.wait()
        chain.settled()
    return worst


@scenario("killed after effect, before acknowledgement", rig="steps", times=4, short=2, kills=True)
def after_effect(chain: Chain, times: int, chance: random.Random) -> float:
    worst = 0.0
    for turn in range(times):
        service, table = (("meetings", "meetings"), ("notifications", "notice"))[turn % 2]
        before = chain.count(service, table)
        chain.proxies[service].blackhole("up")
        chain.submit()
        chain.wait(lambda: chain.count(service, table) > before, 30, "the effect")  # noqa: B023
        worst = max(worst, again(chain, service))
        chain.settled()
    return worst

"""How long a concern takes from the commit of its joint rating to the commits of its meeting and notices.

PostgreSQL says when each row was committed (track_commit_timestamp), so what is measured is what anybody
could see, not what a service believes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

import psycopg

from bench.measure import percentile
from bench.ours import Ours
from bench.servers import servers
from deploy.local.processes import wait_until
from tests.support import population

RATES = (20, 100, 300)
SECONDS = 20


def latency(say: Callable[[str], None], rates: tuple[int, ...] = RATES) -> dict[str, dict[str, float]]:
    """Percentiles in milliseconds at each rate of concerns a second, submitted in groups of twenty."""
    with servers() as both:
        with psycopg.connect(both.postgresql.url().replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        both.postgresql.stop()
        both.postgresql.start()
        warm = 400
        sizes = {rate: rate * SECONDS // population.GROUP * population.GROUP for rate in rates}
        with Ours(both) as ours:
            ours.prepare(warm + sum(sizes.values()))
            ours.run(warm)
            found = {}
            for rate, children in sizes.items():
                first = ours.rated
                _offer(ours, first, children, rate)
                ours.rated += children
                wait_until(lambda: ours.meetings() >= ours.rated, 120, "all meetings")
                expected = sum(len(population.guardian_ids(n)) for n in range(ours.rated))
                wait_until(lambda wanted=expected: ours.notices() >= wanted, 120, "all notices")  # type: ignore[misc]
                values = _latencies(ours, range(first, first + children))
                found[str(rate)] = {
                    "p50": round(percentile(values, 0.5), 1),
                    "p99": round(percentile(values, 0.99), 1),
                    "p999": round(percentile(values, 0.999), 1),
                }
                say(f"{rate} a second: {found[str(rate)]}")
            return found


def _offer(ours: Ours, first: int, children: int, rate: int) -> None:
    """Submits at a steady rate whatever becomes of it: who waits for answers measures a kinder world."""
    begin = time.monotonic() + 0.1
    threads = []
    for number in range(children // population.GROUP):
        time.sleep(max(0.0, begin + number * population.GROUP / rate - time.monotonic()))
        group = first // population.GROUP + number
        threads.append(threading.Thread(target=ours.submit, args=(group,), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join()


def _latencies(ours: Ours, numbers: range) -> list[float]:
    wanted = {population.child_id(number) for number in numbers}
    rated = _commits(ours, "assessment", "joint_rating")
    done: dict[str, datetime] = {}
    for service, table in (("meetings", "meetings"), ("notifications", "notice")):
        for child, at in _commits(ours, service, table).items():
            done[child] = max(at, done.get(child, at))
    return [(done[child] - rated[child]).total_seconds() * 1000 for child in wanted]


def _commits(ours: Ours, service: str, table: str) -> dict[str, datetime]:
    """When the last row of each child was committed."""
    query = f"SELECT child_id::text, max(pg_xact_commit_timestamp(xmin)) FROM {table} GROUP BY 1"  # noqa: S608
    with psycopg.connect(ours._dsn(service)) as connection:
        return dict(connection.execute(query).fetchall())

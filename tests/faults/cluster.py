"""A cluster of three nodes behind a load balancer; the queues' leader is killed, or stands still."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from deploy.local.cluster import Cluster
from tests.faults.chain import Chain
from tests.faults.proxy import Proxy
from tests.faults.suite import Record

QUEUE = "meetings.require_focus_meetings"
STANDSTILL_S = 15.0


def killed(chain: Chain, cluster: Cluster, chance: random.Random) -> float:
    """The others elect a new leader; all goes on before the killed one is back."""
    leader = cluster.leader(chain.name, QUEUE)
    leader.kill()
    recovery = chain.recovered(30)
    leader.start()
    return recovery


def paused(chain: Chain, cluster: Cluster, chance: random.Random) -> float:
    """It stands still, keeps its connections open and answers nobody; then it goes on as if nothing were."""
    leader = cluster.leader(chain.name, QUEUE)
    leader.pause()
    time.sleep(STANDSTILL_S)
    leader.resume()
    return chain.recovered(30)


FAULTS = {"cluster of three: leader killed": killed, "cluster of three: leader paused": paused}


def run_cluster(names: Iterable[str], seed: int, times: int = 2) -> Iterator[Record]:
    """Those of the scenarios, on a cluster of their own and SQLite."""
    folder = Path(tempfile.mkdtemp(prefix="trivsel-cluster-"))
    try:
        with Cluster(folder / "nodes") as cluster, Proxy(*(node.port for node in cluster.nodes)) as balancer:
            first = cluster.nodes[0]
            first.create_vhost("cluster")
            uri = first.amqp_uri("cluster").replace(f":{first.port}/", f":{balancer.port}/")
            with Chain(folder / "cluster", first, None, children=8000, amqp_uri=uri) as chain:
                for name in names:
                    yield _run(name, FAULTS[name], chain, cluster, times, seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(
    name: str,
    fault: Callable[[Chain, Cluster, random.Random], float],
    chain: Chain,
    cluster: Cluster,
    times: int,
    seed: int,
) -> Record:
    record = Record(name, "sqlite", times)
    chance = random.Random(f"{seed} {name}")
    started = time.monotonic()
    record.excuses = chain.excuses = []
    try:
        with chain.under_load(0.2):
            for _ in range(times):
                time.sleep(chance.uniform(0.5, 2))
                record.recovery_s = max(record.recovery_s, round(fault(chain, cluster, chance), 2))
                # Three nodes bear the loss of one. Who is back is one of three again once its queues are.
                chain.wait(lambda: cluster.whole(chain.name), 90, "the cluster whole again")
        chain.settled(120)
        record.kills = times if fault is killed else 0
    except Exception:
        record.problem = traceback.format_exc()
        verdict = chain.judge()
        record.lost, record.doubled = len(verdict.lost), len(verdict.doubled)
        chain._loading = False
    record.seconds = round(time.monotonic() - started, 1)
    return record

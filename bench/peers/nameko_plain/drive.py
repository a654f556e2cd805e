"""Submits groups as nameko's documentation does from outside: a standalone proxy, several calls under way.

python -m bench.peers.nameko_plain.drive FIRST COUNT
"""

from __future__ import annotations

import os
import sys
from collections import deque
from typing import Any

from nameko.standalone.rpc import ClusterRpcProxy

from bench.peers.rows import groups, rating

AT_A_TIME = 8


def main(first: int, count: int) -> None:
    under_way: deque[Any] = deque()
    with ClusterRpcProxy({"AMQP_URI": os.environ["AMQP_URI"]}) as proxy:
        print("begin", flush=True)  # noqa: T201 - the runner's clock starts here
        for group, children in groups(first, count):
            if len(under_way) == AT_A_TIME:
                under_way.popleft().result()
            ratings = [rating(child) for child in children]
            under_way.append(proxy.assessment.submit.call_async(str(group), ratings))
        while under_way:
            under_way.popleft().result()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

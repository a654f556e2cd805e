"""The gateway as a process: its health while it is busy, and how it ends."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.chassis.actor import issue_token
from tests.support import until
from tests.unit.gateway.conftest import ANNA, KEY, environment

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Gateway:
    """A running gateway with two threads."""

    process: subprocess.Popen[str]
    port: int
    health_port: int

    def get(self, path: str, port: int | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=20)
        connection.request("GET", path, headers={"Authorization": f"Bearer {issue_token(ANNA, KEY, 60)}"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def under_way(self) -> int:
        _, text = self.get("/metrics", self.health_port)
        [line] = [
            line for line in text.splitlines() if line.startswith("trivsel_gateway_requests_under_way ")
        ]
        return int(float(line.split()[1]))


@pytest.fixture
def gateway(shelf_service: str) -> Iterator[Gateway]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.unit.gateway.serving"],
        env={
            **os.environ, **environment(shelf_service),
            "GATEWAY_PORT": "0", "GATEWAY_THREADS": "2", "GRACE_SECONDS": "8",
        },
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    assert process.stdout
    port, health_port = process.stdout.readline().split()
    yield Gateway(process, int(port), int(health_port))
    process.kill()
    process.wait()


def test_health_answers_at_once_while_every_thread_waits(gateway: Gateway) -> None:
    with ThreadPoolExecutor(4) as pool:
        naps = [pool.submit(gateway.get, "/api/v1/nap?seconds=2") for _ in range(4)]
        until(lambda: gateway.under_way() == 2, 5, "both threads are busy")
        for path in ("/livez", "/readyz", "/metrics"):
            began = time.perf_counter()
            status, _ = gateway.get(path, gateway.health_port)
            assert (status, path) == (200, path)
            assert time.perf_counter() - began < 0.1
        assert [nap.result()[0] for nap in naps] == [200] * 4


def test_a_request_under_way_is_answered_before_the_end(gateway: Gateway) -> None:
    with ThreadPoolExecutor(1) as pool:
        nap = pool.submit(gateway.get, "/api/v1/nap?seconds=1.5")
        until(lambda: gateway.under_way() == 1, 5, "the request is under way")
        gateway.process.send_signal(signal.SIGTERM)
        status, text = nap.result()
    assert status == 200
    assert "udsovet" in text
    assert gateway.process.wait(5) == 0


def test_an_idle_gateway_ends_at_once(gateway: Gateway) -> None:
    assert gateway.get("/livez")[0] == 200
    began = time.perf_counter()
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.process.wait(5) == 0
    assert time.perf_counter() - began < 6  # it does not wait out its grace of 8 s


def test_without_a_broker_it_lives_but_is_not_ready(tmp_path: Path) -> None:
    settings = {**environment("amqp://guest:guest@127.0.0.1:1/"), "GATEWAY_PORT": "0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.unit.gateway.serving"],
        env={**os.environ, **settings},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    port, health_port = process.stdout.readline().split()
    found = Gateway(process, int(port), int(health_port))
    try:
        assert found.get("/livez", found.health_port)[0] == 200
        status, text = found.get("/readyz", found.health_port)
        assert (status, '"bus": false' in text) == (503, True)
        assert found.get("/api/v1/nap?seconds=0")[0] == 503
    finally:
        process.kill()
        process.wait()


def test_a_setting_that_is_wrong_is_named(tmp_path: Path) -> None:
    wrong = {
        **environment("amqp://guest:guest@127.0.0.1:1/"),
        "DEMONSTRATION": "1",
        "PUBLIC_URL": "https://trivsel.example.org",
    }
    done = subprocess.run(
        [sys.executable, "-m", "services.gateway"],
        env={**os.environ, **wrong},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert "DEMONSTRATION" in done.stderr
    assert KEY not in done.stderr

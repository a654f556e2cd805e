"""Waking sleepers, and what the health report makes of its checks."""

from __future__ import annotations

import time

from services.chassis.health import Checks
from services.chassis.wakeups import Sleeper, wake
from tests.support.waiting import until


def test_a_wake_up_while_awake_is_not_lost() -> None:
    sleeper = Sleeper("tests.nap")
    wake("tests.nap")
    assert sleeper.sleep(5.0)
    assert not sleeper.sleep(0.01)


def test_waking_nobody_does_no_harm() -> None:
    wake("tests.nobody-sleeps-by-this-name")


def test_a_vital_check_that_fails_makes_unready_and_another_only_degraded() -> None:
    checks = Checks()
    found = {"database": "ok", "relay": "ok"}
    checks.add("probe", "database", lambda: found["database"])
    checks.add("probe", "relay", lambda: found["relay"], vital=False)
    assert checks.report()[1]["status"] == "starting"
    checks.started = True
    until(lambda: checks.report() == (True, {"status": "ready", "services": {"probe": dict(found)}}), 5)
    found["relay"] = "broker-blocked"
    until(lambda: checks.report()[1]["status"] == "degraded", 5)
    assert checks.report()[0]
    found["database"] = "down"
    until(lambda: checks.report()[1]["status"] == "unready", 5)
    checks.stopping = True
    assert checks.report()[1]["status"] == "stopping"
    checks.close()


def test_a_check_that_raises_or_hangs_is_told_by_a_code_and_delays_nobody() -> None:
    checks = Checks()
    checks.started = True

    def broken() -> str:
        raise RuntimeError("Asta Vinterberg")

    def hangs() -> str:
        until(lambda: checks._closed.is_set(), 30)
        return "ok"

    checks.add("probe", "broken", broken)
    checks.add("probe", "hangs", hangs)
    until(lambda: checks.report()[1]["services"]["probe"]["broken"] == "down", 5)
    started = time.monotonic()
    assert checks.report()[1]["services"]["probe"]["hangs"] == "unchecked"
    assert time.monotonic() - started < 0.1
    checks.close()

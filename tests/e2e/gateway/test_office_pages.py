"""The pages of administration and operations in a real browser: no fault of accessibility at three widths."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from services.chassis.actor import Actor, Grant
from tests.e2e.gateway.conftest import Rated
from tests.e2e.signed import cookie_for
from tests.support.bus import Bus
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.timeout(300)

OFFICE = Actor(str(uuid4()), "staff", (Grant("administration", "*"),), "administration")
OPERATOR = Actor(str(uuid4()), "staff", (Grant("operations", "*"),), "drift")
SAVE = "form p.actions .button-primary[type=submit]:not([name])"


def test_every_page_is_without_faults_at_three_widths(rated: Rated) -> None:
    bus = Bus(rated.house.environment["AMQP_URI"])
    headers = {"origin-queue": "no.such.queue", "reason": "exhausted", "dead-at": "2026-11-21T20:00:00+00:00"}
    bus.publish("", "consent.dlq", b"{}", headers, message_id=str(uuid4()))
    until(lambda: bus.count("consent.dlq") >= 1)
    bus.close()
    office = cookie_for(rated.house, OFFICE, "Ole Eksempel")
    operator = cookie_for(rated.house, OPERATOR, "Ida Prøve")
    round_ = f"/administration/runder/{rated.round_id}"
    place = f"/administration/moedetider/{rated.institution_id}"
    visits = [
        {"name": name, "cookie": office, "path": path, **more}
        for name, path, more in (
            ("index", "/administration", {}),
            ("profile", "/administration/profil", {}),
            ("profile-wrong", "/administration/profil", {"fill": {"#hold_days": "x"}, "press": SAVE}),
            ("versions", "/administration/profil/versioner", {}),
            ("signs", "/administration/tegn", {}),
            ("agenda", "/administration/dagsorden", {}),
            ("rounds", "/administration/runder", {}),
            ("rounds-wrong", "/administration/runder", {"press": SAVE}),
            ("round", round_, {}),
            ("round-closing", f"{round_}/luk", {}),
            ("hours", "/administration/moedetider", {}),
            ("hours-kind", "/administration/moedetider/slags/school", {}),
            ("hours-wrong", place, {"fill": {"#notice_days": "99"}, "press": SAVE}),
            ("letters", "/administration/breve", {}),
            ("failed", "/administration/beskeder", {}),
        )
    ] + [
        {"name": name, "cookie": operator, "path": path, **more}
        for name, path, more in (
            ("operations", "/drift", {}),
            ("stranded", "/drift/consent/strandede", {}),
            ("stranded-none", "/drift/registry/strandede", {}),
            ("stranded-unchosen", "/drift/consent/strandede", {"press": "button[value=genkoer]"}),
        )
    ]
    plan = {"address": rated.house.gateway_url, "visits": visits}
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.gateway.auditing"],
        cwd=ROOT, input=json.dumps(plan), capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert len(found) == 3 * len(visits)
    assert {name: one["violations"] for name, one in found.items() if one["violations"]} == {}
    assert [name for name, one in found.items() if one["overflows"]] == []
    assert [(name, one["unnamed"]) for name, one in found.items() if one["unnamed"]] == []
    assert [(name, one["contrast"]) for name, one in found.items() if one["contrast"] < 4.5] == []
    for name in ("profile-wrong", "rounds-wrong", "hours-wrong", "stranded-unchosen"):
        assert "Ret dette" in found[f"{name}-320"]["text"] or "ikke valgt" in found[f"{name}-320"]["text"]

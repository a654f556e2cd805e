"""What the OpenAPI document promises holds for data that fits it and for data that does not, whoever asks.

schemathesis makes the data from the document as it is served and holds each answer against it: no fault of
the server, no status, type, header or body that the document does not name, nothing accepted that it
forbids. The last module of its house by name, since an administration that sends anything changes much.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

import pytest

from services.chassis.actor import EVERYWHERE, Actor, Grant, issue_token
from services.gateway.api.table import OPERATIONS
from tests.e2e.gateway.conftest import Rated

pytestmark = pytest.mark.timeout(1800)

REJECTION = "negative_data_rejection"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
)
SEED = 20251103
ITEM_BY_ITEM = [each.id for each in OPERATIONS if each.gives and "errors" in each.gives._declared_fields]
"""Operations that take what is right of a list and tell of the rest in their answer, as the document says."""


def actor(rated: Rated, role: str) -> Actor:
    units = {"pedagogue": rated.group_id, "leader": rated.institution_id}
    return Actor(str(uuid4()), "staff", (Grant(role, units.get(role, EVERYWHERE)),), "prøve")


def held_against(rated: Rated, role: str, examples: int, phases: str, folder: Path) -> None:
    """Asks so often for each operation, as nobody when there is no role."""
    whole = [f"--exclude-operation-id={each}" for each in ITEM_BY_ITEM]
    hold(rated, role, examples, phases, folder, (*CHECKS, REJECTION), whole)
    hold(
        rated, role, examples, phases, folder, CHECKS, [each.replace("exclude", "include") for each in whole]
    )


def hold(
    rated: Rated, role: str, examples: int, phases: str, folder: Path, checks: Iterable[str], which: list[str]
) -> None:
    key = rated.house.environment["ACTOR_TOKEN_KEY"]
    token = issue_token(actor(rated, role), key, 3600) if role else ""
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli",
         "run", f"{rated.house.gateway_url}/api/v1/openapi.json", *which,
         *(("--header", f"Authorization: Bearer {token}") if token else ()),
         "--phases", phases, "--mode", "all", "--max-examples", str(examples), "--seed", str(SEED),
         "--checks", ",".join(checks), "--continue-on-failure", "--no-shrink", "--workers", "2",
         "--request-timeout", "60", "--warnings", "off", "--suppress-health-check", "all", "--no-color"],
        cwd=folder, env={**os.environ, "COLUMNS": "140"}, capture_output=True, text=True,
    )  # fmt: skip
    told = done.stdout.partition("= FAILURES")[2] or done.stdout[-4000:]
    assert done.returncode == 0, told[:6000] + done.stderr[-2000:]


@pytest.mark.parametrize("role", ["leader", "pedagogue", "administration", ""])
def test_every_answer_is_one_that_the_document_names(rated: Rated, tmp_path: Path, role: str) -> None:
    held_against(rated, role, 2 if role == "leader" else 1, "fuzzing", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "role", ["leader", "pedagogue", "specialist", "health_visitor", "administration", "operations", ""]
)
def test_every_edge_of_what_the_document_allows_is_one_that_we_stand(
    rated: Rated, tmp_path: Path, role: str
) -> None:
    held_against(rated, role, 20, "examples,coverage,fuzzing", tmp_path)

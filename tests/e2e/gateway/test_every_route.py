"""Every route, asked for by nobody and by each role of another institution, with objects that are not hers.

The routes come from the application's own map, so a page that somebody adds is asked for here at once; one
without an entry in the table of roles does not even let the gateway start.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from werkzeug.routing import AnyConverter, IntegerConverter, Rule, UUIDConverter

from deploy.local.api import Api
from services.chassis import clock
from services.chassis.actor import EVERYWHERE, Actor, Grant, issue_token
from services.chassis.client import RpcClient
from services.gateway.app import create_app
from services.gateway.settings import settings
from services.gateway.web.roles import EVERYBODY, MENU, PUBLIC, may_see, missing, roles_of
from tests.e2e.gateway.conftest import Rated
from tests.e2e.signed import browser_of
from tests.support import until

pytestmark = pytest.mark.timeout(300)

KEY = "k" * 64
APP = create_app(
    settings({"AMQP_URI": "amqp://guest:guest@127.0.0.1:1/", "ACTOR_TOKEN_KEY": KEY, "LINK_TOKEN_KEY": KEY}),
    RpcClient("amqp://guest:guest@127.0.0.1:1/"),
)
RULES = sorted(APP.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))
CALLS = [(rule, method) for rule in RULES for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
OF_THE_MUNICIPALITY = {"round_id", "institution_id"}
"""Arguments that name something open to every colleague."""
NOTHING_OF_A_CHILD = {"purpose.question", "group.signs"}
"""Pages whose address names a child or a group, and that show nothing of them."""
WITHOUT_TOKEN = {"api.openapi_document", "api.page"}


def ids_in(rule: Rule) -> set[str]:
    """The arguments of a route that name an object."""
    return {name for name in rule.arguments if isinstance(rule._converters[name], UUIDConverter)}


@dataclass(frozen=True)
class Objects:
    """What there is of the rated institution, by the name that routes give it."""

    ids: dict[str, str]
    name: str
    unit: str

    def path(self, rule: Rule, method: str) -> str:
        values: dict[str, Any] = {}
        for name in rule.arguments:
            known = self.ids.get(name)
            if name == "round_id" and method != "GET" and ids_in(rule) == {"round_id"}:
                known = None  # a round is everybody's: nobody may end it while others test
            if isinstance(rule._converters[name], UUIDConverter):
                values[name] = UUID(known) if known else uuid4()
            elif isinstance(rule._converters[name], AnyConverter):
                values[name] = min(rule._converters[name].items)
            elif isinstance(rule._converters[name], IntegerConverter):
                values[name] = 1
            else:
                values[name] = {"filename": "css/base.css", "token": "x.y"}.get(name, "x")
        with APP.test_request_context():
            built = rule.build(values)
        assert built is not None
        return str(built[1])

    def is_told_in(self, text: str) -> bool:
        """Whether the child's name stands there, in a sentence or as an object's members."""
        first, last = self.name.split(" ", 1)
        if self.name in text:
            return True
        try:
            return any(
                one.get("first_name") == first and one.get("last_name") == last
                for one in _objects(json.loads(text))
            )
        except ValueError:
            return False


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


@pytest.fixture(scope="module")
def objects(rated: Rated) -> Objects:
    own, admin = rated.api(rated.pedagogue), Api.as_role(rated.house, "administration")
    child = own.get(f"/children/{rated.red}")

    def summoned() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = own.get("/meetings", child_id=rated.red)["items"]
        return [one for one in found if one["state"] != "required"]

    [meeting, *_] = until(summoned, 60, "the family has been summoned")
    told = [
        signed_on_paper(own, rated.red),
        own.get(f"/meetings/{meeting['meeting_id']}"),
        own.get(f"/children/{rated.red}/assessments"),
        own.get(f"/children/{rated.red}/notices"),
        own.get(f"/children/{rated.red}/timeline"),
    ]
    others = [
        one["institution_id"]
        for one in admin.all("/institutions")
        if one["institution_id"] != rated.institution_id
    ]
    ids = {
        name: value
        for found in told
        for one in _objects(found)
        for name, value in one.items()
        if name.endswith("_id") and isinstance(value, str)
    }
    ids |= {
        "child_id": rated.red,
        "round_id": rated.round_id,
        "group_id": rated.group_id,
        "institution_id": rated.institution_id,
        "meeting_id": meeting["meeting_id"],
    }
    assert {"notice_id", "rating_id", "child_assessment_id", "consent_id", "scan_id"} <= ids.keys()
    return Objects(ids, f"{child['first_name']} {child['last_name']}", others[0])


def signed_on_paper(own: Api, child_id: str) -> dict[str, Any]:
    """A consent about the child that one of her parents has answered on paper."""
    asked = own.post(
        f"/children/{child_id}/consents",
        {
            "purpose": "record_sharing",
            "information": ["language"],
            "recipients": [{"unit_id": str(uuid4()), "kind": "ppr", "name": "PPR Prøve"}],
            "legal_basis": "fvl_28",
            "valid_to": (clock.today() + timedelta(days=30)).isoformat(),
        },
    )
    [who, *_] = [one["signatory_id"] for one in asked["signatories"] if one["part"] == "signs"]
    paper = {
        "expected_version": asked["version"],
        "signatory_id": who,
        "answer": "yes",
        "signed_on": clock.today().isoformat(),
        "scan": base64.b64encode(b"%PDF-1.7").decode(),
    }
    found: dict[str, Any] = own.post(f"/consents/{asked['consent_id']}/papers", paper)
    return found


def stranger(objects: Objects, role: str) -> Actor:
    return Actor(str(uuid4()), "staff", (Grant(role, objects.unit),), "nysgerrig")


def ask(session: requests.Session, address: str, method: str, **more: Any) -> requests.Response:
    return session.request(method, address, allow_redirects=False, timeout=30, **more)


def token_of(session: requests.Session, house_url: str) -> str:
    found = re.search(
        r'name="csrf_token" value="([^"]+)"', session.get(f"{house_url}/log-ud", timeout=30).text
    )
    assert found
    return found[1]


def pages() -> list[tuple[Rule, str]]:
    return [(rule, method) for rule, method in CALLS if roles_of(rule.endpoint) is not PUBLIC]


def api() -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule, method in CALLS
        if rule.endpoint.startswith("api.")
        and rule.endpoint not in WITHOUT_TOKEN
        and "token" not in rule.arguments
    ]


def is_about_somebody(rule: Rule) -> bool:
    return bool(ids_in(rule) - OF_THE_MUNICIPALITY)


def test_every_route_has_its_roles() -> None:
    assert missing(APP.view_functions) == []
    assert len(CALLS) > 80
    assert pages()
    assert api()


def test_the_table_of_roles_names_no_role_that_nobody_can_have() -> None:
    for rule in RULES:
        roles = roles_of(rule.endpoint)
        assert roles
        assert roles is PUBLIC or roles <= EVERYBODY


def test_nobody_gets_past_the_door(rated: Rated, objects: Objects) -> None:
    door = rated.house.gateway_url
    for rule, method in pages():
        session = requests.Session()
        data = {"csrf_token": token_of(session, door)} if method == "POST" else None
        answer = ask(session, door + objects.path(rule, method), method, data=data)
        if method == "GET":
            assert (rule.rule, answer.status_code) == (rule.rule, 303)
            assert answer.headers["Location"].startswith("/log-ind?videre=/")
        else:
            assert (rule.rule, answer.status_code) == (rule.rule, 401)
        assert not objects.is_told_in(answer.text)
    for rule, method in api():
        answer = ask(requests.Session(), door + objects.path(rule, method), method, json={})
        assert (rule.rule, answer.status_code) == (rule.rule, 401)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_no_page_shows_or_changes_what_belongs_to_another_institution(
    rated: Rated, objects: Objects, role: str
) -> None:
    door, actor = rated.house.gateway_url, stranger(objects, role)
    session = browser_of(rated.house, actor)
    token = token_of(session, door)
    before = fingerprint(rated, objects)
    for rule, method in pages():
        data = {"csrf_token": token} if method == "POST" else None
        answer = ask(session, door + objects.path(rule, method), method, data=data)
        seen = (rule.rule, method, answer.status_code)
        assert answer.status_code < 500, seen
        assert not objects.is_told_in(answer.text), seen
        if not may_see(actor, rule.endpoint):
            assert answer.status_code == 403, seen
        elif is_about_somebody(rule) and method == "GET" and rule.endpoint not in NOTHING_OF_A_CHILD:
            assert answer.status_code in (403, 404), seen
    assert fingerprint(rated, objects) == before


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_no_call_gives_or_changes_what_belongs_to_another_institution(
    rated: Rated, objects: Objects, role: str
) -> None:
    door, actor = rated.house.gateway_url, stranger(objects, role)
    session = requests.Session()
    session.headers["Authorization"] = (
        f"Bearer {issue_token(actor, rated.house.environment['ACTOR_TOKEN_KEY'], 600)}"
    )
    before = fingerprint(rated, objects)
    for rule, method in api():
        body = None if method == "GET" else {}
        answer = ask(session, door + objects.path(rule, method), method, json=body)
        seen = (rule.rule, method, answer.status_code, answer.text[:200])
        assert answer.status_code < 500, seen
        assert not objects.is_told_in(answer.text), seen
        if is_about_somebody(rule):
            assert answer.status_code >= 400 or is_empty(answer), seen
    assert fingerprint(rated, objects) == before


def is_empty(answer: requests.Response) -> bool:
    """A list that holds nothing tells nothing."""
    return bool(answer.status_code == 200 and answer.json().get("items") == [])


def fingerprint(rated: Rated, objects: Objects) -> Any:
    """What a stranger could have changed: the story of the child, her meeting, and her consents."""
    own = rated.api(rated.pedagogue)
    story = own.get(f"/children/{rated.red}/timeline")["items"]
    meeting = own.get(f"/meetings/{objects.ids['meeting_id']}")
    consent = own.get(f"/consents/{objects.ids['consent_id']}")
    return (
        [(one["at"], one["kind"]) for one in story if one["service"] != "notifications"],
        meeting["version"],
        meeting["state"],
        consent["version"],
        consent["state"],
        len(own.get(f"/children/{rated.red}/consents")["items"]),
    )


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_each_roles_own_menu_leads_to_pages_that_open(rated: Rated, role: str) -> None:
    unit = EVERYWHERE if role in ("administration", "operations") else rated.institution_id
    actor = Actor(str(uuid4()), "staff", (Grant(role, unit),))
    session = browser_of(rated.house, actor)
    for item in MENU:
        if item.endpoint in APP.view_functions and may_see(actor, item.endpoint):
            with APP.test_request_context():
                path = APP.url_map.bind("").build(item.endpoint)
            answer = ask(session, rated.house.gateway_url + path, "GET")
            assert (item.endpoint, answer.status_code) == (item.endpoint, 200)


# Why somebody looks -----------------------------------------------------------------------------------------


def test_a_pedagogue_is_not_asked_why_she_looks_at_her_own_group(rated: Rated) -> None:
    session = browser_of(rated.house, rated.pedagogue)
    answer = ask(session, f"{rated.house.gateway_url}/barn/{rated.red}/tidslinje", "GET")
    assert answer.status_code == 200


def test_a_leader_is_asked_once_and_her_answer_stands_in_the_access_log(rated: Rated) -> None:
    door = rated.house.gateway_url
    leader = Actor(str(uuid4()), "staff", (Grant("leader", rated.institution_id),))
    session = browser_of(rated.house, leader)
    page = f"{door}/barn/{rated.red}/tidslinje"
    asked = ask(session, page, "GET")
    assert asked.status_code == 303
    place = door + asked.headers["Location"]
    form = {"csrf_token": token_of(session, door), "videre": "//evil.example/", "formaal": "other"}
    without = ask(session, place.split("?")[0], "POST", data=form)
    assert without.status_code == 422
    given = ask(
        session,
        place.split("?")[0],
        "POST",
        data={**form, "formaal": "supervision", "videre": f"/barn/{rated.red}/tidslinje"},
    )
    assert (given.status_code, given.headers["Location"]) == (303, f"/barn/{rated.red}/tidslinje")
    assert ask(session, page, "GET").status_code == 200
    assert ask(session, page, "GET").status_code == 200
    other = ask(session, f"{door}/barn/{rated.yellow}/tidslinje", "GET")
    assert other.status_code == 303
    assert purposes(rated, leader.id) == {"Ledelse og tilsyn"}


def purposes(rated: Rated, actor_id: str) -> set[str]:
    """What the registry's access log says of why she read."""
    from sqlalchemy import create_engine, text

    engine = create_engine(rated.house.database_url("registry"))
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT DISTINCT purpose FROM access_log WHERE actor_id = :actor"), {"actor": actor_id}
        )
        found = {row[0] for row in rows}
    engine.dispose()
    return found

"""Operations see every service and no child, and put right what stranded; all without a script."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
import requests
from sqlalchemy import create_engine, text

from deploy.local.house import House
from services.chassis.actor import Actor, Grant
from tests.e2e.gateway import forms
from tests.e2e.gateway.conftest import Rated
from tests.e2e.signed import browser_of
from tests.support.bus import Bus, encoded
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(120)

OPERATOR = Actor(str(uuid4()), "staff", (Grant("operations", "*"),), "drift")
LEADER = Actor(str(uuid4()), "staff", (Grant("leader", "*"),), "drift")
DLQ = "meetings.dlq"
HOME = "/drift/meetings/strandede"


@pytest.fixture
def operator(house: House) -> Iterator[requests.Session]:
    with browser_of(house, OPERATOR) as session:
        yield session


@pytest.fixture
def bus(house: House) -> Iterator[Bus]:
    found = Bus(house.environment["AMQP_URI"])
    found.empty(DLQ)  # of what a test left behind that did not come to its end
    yield found
    found.close()


def strand(bus: Bus, child_id: str, queue: str = "no.such.queue") -> None:
    """An event about a child, such as no retry could help."""
    event = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "type": "dk.trivsel.assessment.concern.raised.v1",
        "subject": child_id,
        "data": {"child_id": child_id, "position": "red", "reason": "Står alene", "invite_by": "2026-12-01"},
    }
    headers = {"origin-queue": queue, "reason": "exhausted", "event-id": event["id"]}
    bus.publish("", DLQ, encoded(event), headers, message_id=str(uuid4()))


def test_every_service_and_queue_is_shown_and_no_child(
    house: House, rated: Rated, operator: requests.Session, bus: Bus
) -> None:
    strand(bus, rated.red)
    until(lambda: bus.count(DLQ) == 1)
    pages = [operator.get(house.gateway_url + path, timeout=30).text for path in ("/drift", HOME)]
    for word in ("Stamdata", "Vurdering", "Møder", "Beskeder", "Samtykke", "meetings.require_focus_meetings"):
        assert word in pages[0]
    assert "1 strandede hændelser" in pages[0]
    assert "Alle forsøg er brugt" in pages[1]
    known = rated.api(rated.pedagogue).get(f"/children/{rated.red}")
    for secret in (rated.red, rated.red[:8], known["last_name"], "Står alene", "red"):
        assert all(secret not in page.replace("expired", "") for page in pages), secret
    forms.send(operator, house.gateway_url, pages[1], HOME, {"alle": "1", "handling": "kasser"})
    [mark] = forms.fields(choose(house, operator), f"{HOME}/kasser")["mark"]
    assert mark
    clear(house, operator)


def choose(house: House, operator: requests.Session, action: str = "kasser") -> str:
    """The page that says what will happen to all that are stranded."""
    page = operator.get(house.gateway_url + HOME, timeout=30).text
    answer = forms.send(operator, house.gateway_url, page, HOME, {"alle": "1", "handling": action})
    return answer.text


def clear(house: House, operator: requests.Session) -> None:
    data = {"begrundelse": "Ryddet efter prøven"}
    answer = forms.send(operator, house.gateway_url, choose(house, operator), f"{HOME}/kasser", data)
    assert "kasseret" in answer.text


def test_nothing_is_thrown_away_without_a_choice_a_look_and_a_reason(
    house: House, rated: Rated, operator: requests.Session, bus: Bus
) -> None:
    for _number in range(2):
        strand(bus, rated.red)
    until(lambda: bus.count(DLQ) == 2)
    page = operator.get(house.gateway_url + HOME, timeout=30).text
    assert (
        "Vælg mindst én" in forms.send(operator, house.gateway_url, page, HOME, {"handling": "kasser"}).text
    )
    asked = choose(house, operator)
    assert "Kassér 2 hændelser" in asked
    assert bus.count(DLQ) == 2
    refused = forms.send(operator, house.gateway_url, asked, f"{HOME}/kasser", {"begrundelse": " "})
    assert "Skriv hvorfor" in refused.text
    until(lambda: bus.count(DLQ) == 2)
    done = forms.send(
        operator, house.gateway_url, refused.text, f"{HOME}/kasser", {"begrundelse": "Prøvet og opgivet"}
    )
    assert "2 hændelser er kasseret" in done.text
    assert bus.count(DLQ) == 0
    engine = create_engine(house.environment["MEETINGS_DATABASE_URL"])
    with engine.connect() as connection:
        query = text("SELECT action, purpose FROM access_log WHERE actor_id = :id AND kind = 'dead-letter'")
        noted = connection.execute(query, {"id": OPERATOR.id}).all()
    engine.dispose()
    assert [tuple(row) for row in noted if row.purpose == "Prøvet og opgivet"] == [
        ("delete", "Prøvet og opgivet")
    ] * 2


def test_what_is_sent_back_to_a_queue_that_is_gone_stays(
    house: House, rated: Rated, operator: requests.Session, bus: Bus
) -> None:
    strand(bus, rated.red)
    until(lambda: bus.count(DLQ) == 1)
    asked = choose(house, operator, "genkoer")
    answer = forms.send(operator, house.gateway_url, asked, f"{HOME}/genkoer", {})
    assert "1 blev liggende" in answer.text
    until(lambda: bus.count(DLQ) == 1)
    clear(house, operator)


def test_others_are_not_led_to_operations_nor_let_in(house: House) -> None:
    with browser_of(house, LEADER) as session:
        for path in ("/drift", HOME):
            assert session.get(house.gateway_url + path, timeout=30).status_code == 403
        assert "/drift" not in session.get(house.gateway_url + "/", timeout=30).text


def test_an_unknown_service_is_not_found(house: House, operator: requests.Session) -> None:
    assert operator.get(f"{house.gateway_url}/drift/nobody/strandede", timeout=30).status_code == 404

"""The legal rules that need a database to be kept, each by the number it has in the domain brief."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from services import assessment
from services.chassis import clock
from services.chassis.errors import Conflict, Invalid
from services.chassis.schemas import load
from services.consent import handlers, models, queries, schemas
from services.consent.domain.requests import MENDS
from tests.integration.consent.town import KEY, SYSTEM, Town, key


def exchange(town: Town, child: str, **more: Any) -> Any:
    facts = {
        "child_id": child,
        "basis": "ssd",
        "held_on": clock.today(),
        "parties": [
            {"unit_id": town.institution, "kind": "boernehave", "name": "Børnehuset Eksempel"},
            {"unit_id": None, "kind": "school", "name": "Eksempelskolen"},
        ],
        "information": ["wellbeing"],
        "necessity": "Nødvendigt for det tidlige forebyggende samarbejde.",
        "consent_sought": True,
        "parents_told": True,
    } | more
    return town.call(handlers.register_exchange, **facts)


def test_lr_1_a_rating_asks_no_consent() -> None:
    """Where ratings are written and rules decided, nothing knows of consents; only reading for others does.
    That a child is rated whose parents refused is tested with assessment itself."""
    home = Path(assessment.__file__).parent
    files = [*(home / "handlers").glob("*.py"), *(home / "domain").glob("*.py"), home / "policy.py"]
    assert len(files) > 10
    knowing = {file.name for file in files if "consent" in file.read_text(encoding="utf-8").lower()}
    assert knowing <= {"consents.py", "__init__.py"}


def test_lr_2_parents_are_told_of_what_is_asked_and_see_who_has_access(town: Town) -> None:
    consent = town.granted()
    child = consent["child_id"]
    exchange(town, child)
    exchange(
        town,
        child,
        basis="ssp",
        parties=[
            {"unit_id": None, "kind": "school", "name": "Eksempelskolen"},
            {"unit_id": None, "kind": "police", "name": "Politiet"},
        ],
        parents_told=False,
    )
    for who in town.children[child]:
        seen = town.call(handlers.who_has_access, SYSTEM, token=town.token(consent, who), link_key=KEY)
        shown = schemas.WhoHasAccess().dump(seen)
        assert shown["institution_ids"] == [town.institution]
        assert [one["recipients"][0]["name"] for one in shown["open"]] == ["PPR Midt"]
        # What parents have not been told of is not told here first, and no employee is named.
        assert [one["basis"] for one in shown["exchanges"]] == ["ssd"]
        assert town.leader not in str(shown)
    town.withdraw(consent, town.children[child][0])
    seen = town.call(
        handlers.who_has_access, SYSTEM, token=town.token(consent, town.children[child][1]), link_key=KEY
    )
    assert (len(seen["open"]), len(seen["closed"])) == (0, 1)


def test_lr_3_no_cross_professional_course_begins_on_one_signature_of_two(town: Town) -> None:
    child = town.enrol()
    consent = town.request(child, purpose="cross_professional_course")
    town.sign(consent, town.children[child][0])
    assert not town.check(child, purpose="cross_professional_course")["allowed"]
    assert town.told("granted") == []


def test_lr_5_after_a_withdrawal_the_next_read_fails_and_history_is_kept(town: Town) -> None:
    consent = town.granted()
    child = consent["child_id"]
    specialist = town.staff("specialist", town.ppr, key())
    assert town.check(child, specialist)["allowed"]
    town.withdraw(consent, town.children[child][1])
    assert not town.check(child, specialist)["allowed"]
    assert len(town.get(consent["consent_id"])["signatures"]) == 3
    acting = {one.subscriber for one in town.rows(models.Acknowledgement)}
    assert acting == {"assessment", "meetings", "notifications"}


@pytest.mark.parametrize("part", sorted(MENDS))
def test_lr_6_a_blanket_consent_is_refused_by_name(town: Town, part: str) -> None:
    child = town.enrol()
    given = {name: value for name, value in town.parts().items() if name != part}
    data = load(schemas.Request(), {"child_id": child, **given, **_text(given)})
    with pytest.raises(Invalid) as refused:
        town.call(handlers.request, **data)
    assert (refused.value.status, refused.value.code) == (422, "blanket-consent")
    assert refused.value.fields == {part: MENDS[part]}
    assert town.rows(models.Consent) == []


def _text(given: dict[str, Any]) -> dict[str, Any]:
    return {"valid_to": given["valid_to"].isoformat()} if "valid_to" in given else {}


def test_lr_7_the_third_exchange_is_refused_and_each_is_logged(
    town: Town, monday: time_machine.Traveller
) -> None:
    child = town.enrol()
    assert exchange(town, child)["sequence"] == 1
    monday.shift(timedelta(days=20))
    assert exchange(town, child, exceptional_reason="Familien er flyttet.")["sequence"] == 2
    with pytest.raises(Invalid) as refused:
        exchange(town, child, exceptional_reason="En gang til.")
    assert refused.value.code == "third-exchange"
    listed = town.call(handlers.list_exchanges, child_id=child)["items"]
    assert [one.sequence for one in listed] == [2, 1]
    steps = [one["detail"] for one in _timeline(town, child)]
    assert steps == ["ssd_2", "ssd_1"]
    assert town.log().count((town.leader, "add", "exchange", child)) == 2


def _timeline(town: Town, child: str) -> list[dict[str, Any]]:
    found = schemas.Timeline().dump(town.call(queries.timeline, child_id=child))
    return [one for one in found["items"] if one["kind"] == "exchange"]


def test_lr_7b_where_the_line_between_authorities_goes_is_a_setting(town: Town) -> None:
    child = town.enrol()
    administration = town.staff("administration", "*", key())
    values = {"authorities": {"school": "children"}}
    town.call(handlers.store_settings, administration, expected_version=0, values=values)
    with pytest.raises(Invalid) as refused:
        exchange(town, child)
    assert refused.value.code == "same-authority"


def test_lr_8_ssp_is_refused_for_investigation(town: Town) -> None:
    parties = [
        {"unit_id": None, "kind": "school", "name": "Eksempelskolen"},
        {"unit_id": None, "kind": "police", "name": "Politiet"},
    ]
    with pytest.raises(Invalid) as refused:
        exchange(town, town.enrol(), basis="ssp", parties=parties, for_investigation=True)
    assert refused.value.code == "not-for-investigation"


@pytest.mark.parametrize("policy", ["never", "written_consent", "statutory", "opt_out"])
def test_lr_9_a_release_follows_each_policy(town: Town, policy: str) -> None:
    administration = town.staff("administration", "*", key())
    town.call(handlers.store_settings, administration, expected_version=0, values={"release_policy": policy})
    child, school = town.enrol(), key()

    def decide(**more: Any) -> tuple[bool, str]:
        facts = {
            "child_id": child,
            "sender": "boernehave",
            "receiver": "school",
            "recipient_unit": school,
            "parents_told": True,
        } | more
        found = town.call(queries.release, SYSTEM, **facts)
        return found["allowed"], found["reason"]

    before = {
        "never": (False, "never"),
        "written_consent": (False, "consent_missing"),
        "statutory": (True, "statutory"),
        "opt_out": (True, "no_objection"),
    }
    assert decide() == before[policy]
    asked = {
        "purpose": "transition_release",
        "information": ["transition_form"],
        "recipients": [{"unit_id": school, "kind": "school", "name": "Eksempelskolen"}],
    }
    consent = town.granted(child, **asked)
    with_consent = {"written_consent": (True, "consent")}
    assert decide() == with_consent.get(policy, before[policy])
    town.withdraw(consent, town.children[child][0])
    objected = {"opt_out": (False, "objection")}
    assert decide() == objected.get(policy, before[policy])
    assert decide(parents_told=False, recipient_unit=key()) == (
        (False, "parents_not_told") if policy == "opt_out" else before[policy]
    )


def test_no_answer_comes_after_the_end(town: Town, monday: time_machine.Traveller) -> None:
    child = town.enrol()
    consent = town.request(child)
    anna = town.children[child][0]
    monday.shift(timedelta(days=14))
    with pytest.raises(Conflict) as refused:
        town.sign(consent, anna)
    assert refused.value.code == "too-late"

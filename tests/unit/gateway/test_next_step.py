"""What comes next for a child, and what waits for a leader."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.gateway.web.next_step import next_steps
from services.gateway.web.waiting import matters

TODAY = date(2026, 11, 21)


def meeting(state: str, **more: Any) -> dict[str, Any]:
    return {
        "meeting_id": "m", "concern_id": "c", "child_id": "b", "group_id": "g", "state": state,
        "invite_by": "2026-11-24", "hold_by": "2026-12-05", "starts_at": None, "answer_by": None,
        "follow_up_on": None, "unbooked": state in ("required", "invited", "declined", "no_show"), "late": [],
        **more,
    }  # fmt: skip


def concern(**more: Any) -> dict[str, Any]:
    return {
        "concern_id": "c", "child_id": "b", "group_id": "g", "state": "raised", "settled_at": None,
        "hold_by": "2026-12-05", **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "more", "title", "urgent"),
    [
        ("required", {}, "Invitér forældrene til fokusmøde", False),
        ("required", {"invite_by": "2026-11-20"}, "Invitér forældrene til fokusmøde", True),
        ("invited", {}, "Vent på forældrenes svar", False),
        ("confirmed", {"starts_at": "2026-11-30T09:00:00+00:00"}, "Hold fokusmødet", False),
        ("held", {}, "Gør mødet færdigt", False),
        ("follow_up_due", {"follow_up_on": "2026-11-01"}, "Følg op på fokusmødet", True),
        ("declined", {}, "Forældrene takkede nej", True),
        ("no_show", {}, "Forældrene kom ikke", True),
    ],
)
def test_each_state_of_a_meeting_has_its_next_step(
    state: str, more: dict[str, Any], title: str, urgent: bool
) -> None:
    [step] = next_steps([], [concern()], [meeting(state, **more)], TODAY)
    assert (step.title, step.urgent, step.meeting_id) == (title, urgent, "m")


def test_an_ended_meeting_and_a_settled_concern_ask_for_nothing() -> None:
    assert next_steps([], [concern(settled_at="2026-11-01")], [meeting("closed")], TODAY) == []
    assert next_steps([], [concern()], [meeting("closed")], TODAY) == []


def test_a_withheld_concern_comes_first_and_says_whom_to_talk_to() -> None:
    steps = next_steps([], [concern(state="withheld")], [meeting("held", concern_id="x")], TODAY)
    assert steps[0].title == "Forældrene kontaktes ikke"
    assert "leder" in steps[0].text


def test_a_concern_that_led_to_no_meeting_is_not_lost() -> None:
    [step] = next_steps([], [concern()], [], TODAY)
    assert step.title == "Der er en bekymring uden fokusmøde"
    [matter] = matters([], [concern()], [])
    assert (matter.what, matter.child_id) == ("Bekymring uden fokusmøde", "b")
    assert matters([], [concern()], ["c"]) == []


def test_a_leaders_matters_stand_late_ones_first() -> None:
    late = meeting("confirmed", late=["hold"], child_id="late")
    follow = meeting("follow_up_due", late=["follow_up"], follow_up_on="2026-11-01", child_id="follow")
    fine = meeting("confirmed", child_id="fine")
    waits = meeting("required", child_id="waits")
    found = matters([fine, waits, late, follow], [concern(state="withheld", child_id="with")], ["c"])
    assert [one.child_id for one in found] == ["follow", "late", "waits", "with"]
    assert found[0].due == date(2026, 11, 1)
    assert found[1].late == ("Fristen for at holde mødet er overskredet",)


def test_a_filter_on_a_group_holds_for_concerns_too() -> None:
    assert matters([], [concern(group_id="other")], [], group_id="g") == []

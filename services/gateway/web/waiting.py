"""What waits or is late about the children whom a leader answers for: one row a child and matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from services.gateway.timeline import day_of
from services.gateway.web.language import N_
from services.gateway.web.words import Told

UNBOOKED: Mapping[str, str] = Told(
    {
        "required": N_("Fokusmøde uden invitation"),
        "invited": N_("Invitation uden aftalt tid"),
        "declined": N_("Forældrene takkede nej"),
        "no_show": N_("Forældrene kom ikke til mødet"),
    }
)
LATE: Mapping[str, str] = Told(
    {
        "invite": N_("Fristen for at invitere er overskredet"),
        "hold": N_("Fristen for at holde mødet er overskredet"),
        "follow_up": N_("Opfølgningen er forfalden"),
    }
)


@dataclass(frozen=True)
class Matter:
    """What a leader should see to. ``late`` says which deadlines have passed."""

    child_id: str
    group_id: str
    what: str
    due: date | None
    late: tuple[str, ...] = ()
    meeting_id: str | None = None
    state: str = ""


def matters(
    meetings: Iterable[Mapping[str, Any]],
    concerns: Iterable[Mapping[str, Any]],
    known: Iterable[str],
    group_id: str | None = None,
) -> list[Matter]:
    """Meetings without a time or late, concerns without a meeting, and those withheld; the most urgent first.

    ``known`` are the concerns that have led to a meeting.
    """
    found = [_of_meeting(one) for one in meetings if one["unbooked"] or one["late"]]
    has_meeting = set(known)
    for one in concerns:
        if group_id is not None and one["group_id"] != group_id:
            continue
        due = day_of(one["hold_by"]) if one.get("hold_by") else None
        if one["state"] == "withheld":
            found.append(
                Matter(one["child_id"], one["group_id"], _("Forældrene kontaktes ikke: din opgave"), due)
            )
        elif one["concern_id"] not in has_meeting:
            found.append(Matter(one["child_id"], one["group_id"], _("Bekymring uden fokusmøde"), due))
    return sorted(found, key=lambda matter: (not matter.late, matter.due or date.min, matter.child_id))


def _of_meeting(meeting: Mapping[str, Any]) -> Matter:
    state, late = str(meeting["state"]), tuple(meeting["late"])
    what = UNBOOKED.get(state)
    if what is None:
        what = _("Opfølgning på fokusmøde") if "follow_up" in late else _("Fokusmøde, der ikke er holdt")
    due = meeting["hold_by"]
    if "follow_up" in late:
        due = meeting["follow_up_on"]
    elif state == "required":
        due = meeting["invite_by"]
    return Matter(
        meeting["child_id"],
        meeting["group_id"],
        what,
        day_of(due) if due else None,
        tuple(LATE[code] for code in late if code in LATE),
        meeting["meeting_id"],
        state,
    )

"""What a joint rating will set going, told to people before it does: who is written to, and who is not.

Assessment rehearses its own rules and says what comes of them; this puts it in words, for each
custody holder and without a position.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from babel import Locale
from flask_babel import gettext as _

from services.chassis.errors import TrivselError
from services.gateway.web import sheets
from services.gateway.web.acting import ask
from services.gateway.web.language import language
from services.gateway.web.words import TRACKS

LIVE = ("required", "invited", "declined", "no_show", "confirmed")
"""States of a meeting that is still to be held: no second one is made for the same concern."""


@dataclass
class Holder:
    """One custody holder and how she is written to."""

    name: str
    relation: str
    channel: str
    reachable: bool
    interpreter: str


@dataclass
class Consequence:
    """What happens about one child on one track. `kind`: raised, withheld or settled."""

    child_id: str
    name: str
    kind: str
    track: str
    notices: bool = False
    invites: bool = False
    by_staff: bool = False
    invite_by: str = ""
    hold_by: str = ""
    holders: list[Holder] = field(default_factory=list)
    consider_notification: bool = False


@dataclass(frozen=True)
class Around:
    """What is known of the families and meetings. `meetings` are child and track of those to come; `by_staff`
    says that the institution sends its invitations itself."""

    holders: Mapping[str, Sequence[Mapping[str, Any]]]
    meetings: frozenset[tuple[str, str]] = frozenset()
    by_staff: bool = False


def of(
    saved: Iterable[Mapping[str, Any]],
    names: Mapping[str, str],
    open_before: Mapping[str, Iterable[Mapping[str, Any]]],
    group_id: str,
    institution_id: str,
) -> list[Consequence]:
    """The consequences of what would be saved. `open_before` are the concerns that stand now, by child."""
    saved = list(saved)
    touched = [one["child_id"] for one in saved if one.get("concerns")]
    if not touched:
        return []
    holders = sheets.quietly("registry.custody_holders", child_ids=touched)
    meetings = sheets.quietly("meetings.list_meetings", group_id=group_id, states=list(LIVE), limit=1000)
    around = Around(
        {one["child_id"]: one["guardians"] for one in holders},
        frozenset((one["child_id"], one["track"]) for one in meetings),
        _by_staff(institution_id),
    )
    return told(saved, names, open_before, around)


def told(
    saved: Iterable[Mapping[str, Any]],
    names: Mapping[str, str],
    open_before: Mapping[str, Iterable[Mapping[str, Any]]],
    around: Around,
) -> list[Consequence]:
    """The same in words alone, from what is known."""
    found = []
    for one in saved:
        child_id = one["child_id"]
        before = {each["track"]: each["state"] for each in open_before.get(child_id, ())}
        for effect in one.get("concerns") or ():
            raised = effect["state"] == "raised"
            found.append(
                Consequence(
                    child_id=child_id,
                    name=names.get(child_id, ""),
                    kind=effect["state"],
                    track=TRACKS.get(effect["track"], effect["track"]),
                    notices=raised and before.get(effect["track"]) != "raised",
                    invites=raised and (child_id, effect["track"]) not in around.meetings,
                    by_staff=around.by_staff,
                    invite_by=sheets.deadline(effect["invite_by"]) if effect.get("invite_by") else "",
                    hold_by=sheets.deadline(effect["hold_by"]) if effect.get("hold_by") else "",
                    holders=[_holder(adult) for adult in around.holders.get(child_id, ())],
                    consider_notification=bool(one.get("consider_notification")),
                )
            )
    return found


def _by_staff(institution_id: str) -> bool:
    """Whether the institution sends its invitations itself instead of having them sent at once."""
    try:
        settings = ask("meetings.get_settings", institution_id=institution_id)
    except TrivselError:
        return False
    return settings["effective"].get("invitation") == "by_staff"


def _holder(adult: Mapping[str, Any]) -> Holder:
    custody = _("ene forældremyndighed") if adult["custody"] == "sole" else _("fælles forældremyndighed")
    letter = adult["digital_post_exempt"]
    return Holder(
        name=f"{adult['first_name']} {adult['last_name']}",
        relation=custody + (", " + _("barnet bor her") if adult["lives_with"] else ""),
        channel=_("brev") if letter else _("e-mail"),
        reachable=bool(letter or adult["has_email"]),
        interpreter=_tongue(adult["language"]) if adult["interpreter"] else "",
    )


def _tongue(code: str) -> str:
    return str(Locale.parse(language()).languages.get(code, code))

"""What each kind of task asks of a person: what, why, and where she does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class Asked:
    """`place` names where the task is done: plan, meeting, transition or child. `rank` orders tasks of the
    same day, the gravest first. `by_hand`: nothing in the house settles it, so a person says when it is done.
    """

    what: Any
    why: Any
    place: str
    button: Any
    rank: int = 5
    by_hand: bool = True


_PLAN, _OPEN, _SEE, _PASS = _l("Planlæg mødet"), _l("Åbn mødet"), _l("Se barnet"), _l("Se overgangen")

ASKED: Mapping[str, Asked] = {
    "concern_withheld": Asked(
        _l("Tag stilling til en tilbageholdt forældrekontakt"),
        _l("Der er mistanke mod en forælder. Ingen forælder må kontaktes, før I har underrettet."),
        "child",
        _SEE,
        rank=0,
    ),
    "concern_settled": Asked(
        _l("Hold mødet, eller aflys det"),
        _l("Bekymringen er bortfaldet, efter at forældrene blev inviteret."),
        "meeting",
        _OPEN,
    ),
    "plan_meeting": Asked(
        _l("Planlæg mødet"),
        _l("Forældrene venter på en invitation."),
        "plan",
        _PLAN,
        rank=2,
        by_hand=False,
    ),
    "no_free_time": Asked(
        _l("Find en tid til mødet"),
        _l("Der blev ikke fundet en fælles ledig tid inden fristen."),
        "plan",
        _PLAN,
        rank=2,
        by_hand=False,
    ),
    "no_staff": Asked(
        _l("Find en, der kan holde mødet"),
        _l("Ingen medarbejder er knyttet til barnets gruppe."),
        "plan",
        _PLAN,
        rank=2,
        by_hand=False,
    ),
    "no_custody_holder": Asked(
        _l("Find ud af, hvem der skal inviteres"),
        _l("Barnet har ingen kendt forældremyndighedsindehaver."),
        "child",
        _SEE,
        rank=2,
    ),
    "no_answer": Asked(
        _l("Kontakt forældrene"),
        _l("De har ikke svaret på invitationen i tide."),
        "plan",
        _PLAN,
        rank=2,
        by_hand=False,
    ),
    "times_wanted": Asked(
        _l("Foreslå forældrene andre tider"),
        _l("De kan ikke på de tider, de har fået."),
        "plan",
        _PLAN,
        rank=2,
        by_hand=False,
    ),
    "declined": Asked(
        _l("Tal med forældrene om mødet"),
        _l("De har takket nej til at deltage."),
        "plan",
        _PLAN,
        rank=2,
        by_hand=False,
    ),
    "parent_cannot": Asked(
        _l("Tag stilling til mødetidspunktet"),
        _l("En forælder kan ikke på den tid, der er aftalt."),
        "meeting",
        _OPEN,
        rank=3,
    ),
    "book_interpreter": Asked(
        _l("Bestil en tolk"),
        _l("En forælder har brug for tolk til mødet."),
        "meeting",
        _OPEN,
        rank=3,
    ),
    "child_moved": Asked(
        _l("Overdrag mødet"),
        _l("Barnet er flyttet til en anden institution, før mødet blev holdt."),
        "meeting",
        _OPEN,
    ),
    "invite_overdue": Asked(
        _l("Invitér forældrene nu"),
        _l("Fristen for at invitere er overskredet."),
        "plan",
        _PLAN,
        rank=1,
        by_hand=False,
    ),
    "hold_overdue": Asked(
        _l("Få mødet holdt"),
        _l("Fristen for at holde mødet er overskredet."),
        "meeting",
        _OPEN,
        rank=1,
    ),
    "send_minutes": Asked(
        _l("Send referatet til forældrene"),
        _l("Mødet er holdt."),
        "meeting",
        _OPEN,
        by_hand=False,
    ),
    "follow_up": Asked(_l("Følg op sammen med forældrene"), _l("Det aftalte I på mødet."), "meeting", _OPEN),
    "consent_granted": Asked(
        _l("Hold det møde, der ventede på samtykke"), _l("Samtykket er givet."), "meeting", _OPEN, rank=3
    ),
    "consent_declined": Asked(
        _l("Aftal med forældrene, hvad I gør i stedet"),
        _l("Samtykket er ikke givet."),
        "meeting",
        _OPEN,
        rank=3,
    ),
    "consent_withdrawn": Asked(
        _l("Tal med forældrene, før I går videre"),
        _l("Samtykket, som mødet hviler på, er trukket tilbage."),
        "meeting",
        _OPEN,
        rank=2,
    ),
    "transition": Asked(
        _l("Forbered overgangen"),
        _l("Barnet skifter institution, og der er en åben bekymring. Udfyld skemaet, og tilbyd et møde."),
        "transition",
        _PASS,
    ),
    "transition_reviewed": Asked(
        _l("Giv overgangsskemaet videre"),
        _l("En forælder har svaret på skemaet. Se, hvad der står, og giv det videre."),
        "transition",
        _PASS,
        by_hand=False,
    ),
    "join_meeting": Asked(
        _l("Deltag i sammenhængsmødet"),
        _l("Barnet begynder hos jer. Mødet er med forældrene og det sted, barnet kommer fra."),
        "meeting",
        _OPEN,
        rank=3,
        by_hand=False,
    ),
    "transition_blocked": Asked(
        _l("Se på overgangsskemaet"),
        _l("Det må ikke gives videre, som det står nu."),
        "transition",
        _PASS,
        rank=3,
    ),
    "receive_transition": Asked(
        _l("Tag imod overgangen"),
        _l("Et skema er givet videre til jer, og ansvaret følger med."),
        "transition",
        _PASS,
        rank=3,
        by_hand=False,
    ),
    "agreement": Asked(_l("Gør det, du tog på dig"), _l("Det aftalte I på mødet."), "meeting", _OPEN),
}
OTHER = Asked(_l("Se på opgaven"), _l("Den hører til et barn, du arbejder med."), "child", _SEE)

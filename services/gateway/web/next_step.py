"""What comes next for a child, from its meetings, concerns and rounds: one sentence and its day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from services.gateway.timeline import day_of, moment_of
from services.gateway.web import danish

ENDED = ("closed", "cancelled")


@dataclass(frozen=True)
class Step:
    """Something to do or to wait for; ``due`` is its last day, and ``urgent`` that it will not wait."""

    title: str
    text: str
    due: date | None = None
    urgent: bool = False
    meeting_id: str | None = None
    state: str = ""
    transition_id: str | None = None


def next_steps(
    assessments: Sequence[Mapping[str, Any]],
    concerns: Sequence[Mapping[str, Any]],
    meetings: Sequence[Mapping[str, Any]],
    today: date,
    transitions: Sequence[Mapping[str, Any]] = (),
) -> list[Step]:
    """What waits, the most urgent first; empty when nothing does."""
    found = [
        replace(_of_meeting(meeting, today), state=str(meeting["state"]))
        for meeting in meetings
        if meeting["state"] not in ENDED
    ]
    found += [_of_transition(one, today) for one in transitions if one["state"] in _PASSING]
    open_ = [concern for concern in concerns if not concern.get("settled_at")]
    found += [_withheld() for concern in open_ if concern["state"] == "withheld"]
    known = {meeting.get("concern_id") for meeting in meetings}
    found += [
        _without_meeting(concern, today)
        for concern in open_
        if concern["state"] == "raised" and concern["concern_id"] not in known
    ]
    if assessments and assessments[0]["state"] in _ROUND and not found:
        found.append(_ROUND[assessments[0]["state"]])
    return sorted(found, key=lambda step: (not step.urgent, step.due or date.max))


_ROUND = {
    "not_started": Step("Barnet mangler at blive vurderet", "Runden er åben, og ingen har vurderet endnu."),
    "own_rating": Step("Egne vurderinger er i gang", "Når alle har vurderet, drøfter I barnet sammen."),
    "ready_for_dialogue": Step("Klar til fælles drøftelse", "Alle egne vurderinger er inde."),
}


def _withheld() -> Step:
    return Step(
        "Forældrene kontaktes ikke",
        "Vurderingen er markeret, så forældrene ikke må kontaktes. Lederen har opgaven. Tal med din leder.",
        urgent=True,
    )


def _without_meeting(concern: Mapping[str, Any], today: date) -> Step:
    due = day_of(concern["hold_by"]) if concern.get("hold_by") else None
    return Step(
        "Der er en bekymring uden fokusmøde",
        "Mødet oprettes af sig selv. Sker det ikke inden i morgen, så kontakt systemets drift.",
        due,
        urgent=due is not None and due < today,
    )


_PASSING = {
    "open": ("Forbered overgangen", "Udfyld skemaet til det nye sted, og tilbyd et møde med begge steder."),
    "filled": ("Vis forældrene overgangsskemaet", "De skal læse det, før det kan gives videre."),
    "parent_reviewed": ("Giv overgangsskemaet videre", "Forældrene har svaret."),
    "blocked": ("Se på overgangsskemaet", "Det må ikke gives videre, som det står nu."),
    "released": ("Overgangen venter på det nye sted", "I har ansvaret, til de har taget imod."),
}


def _of_transition(one: Mapping[str, Any], today: date) -> Step:
    starts = day_of(one["starts_on"])
    title, text = _PASSING[str(one["state"])]
    if one["side"] == "receiver":
        title, text = (
            ("Tag imod overgangen", "Skemaet er givet videre til jer, og ansvaret følger med.")
            if one["state"] == "released"
            else ("En overgang er på vej hertil", "Det sted, barnet kommer fra, har ansvaret indtil da.")
        )
    return Step(title, text, starts, starts <= today, transition_id=str(one["transition_id"]))


_THE = {
    "focus": "fokusmødet",
    "follow_up": "det opfølgende møde",
    "specialist": "mødet med specialisten",
    "transition": "sammenhængsmødet",
}


def _of_meeting(meeting: Mapping[str, Any], today: date) -> Step:
    state = str(meeting["state"])
    invite_by, hold_by = day_of(meeting["invite_by"]), day_of(meeting["hold_by"])
    about = {"meeting_id": str(meeting["meeting_id"])}
    the = _THE.get(str(meeting.get("kind", "focus")), "mødet")
    if meeting.get("suspended_at") and state in ("required", "invited", "confirmed"):
        return Step(
            "Et møde er sat i bero",
            "Samtykket, det hviler på, gælder ikke mere. Tal med forældrene, før I går videre.",
            hold_by,
            urgent=True,
            meeting_id=about["meeting_id"],
        )
    match state:
        case "invited":
            return Step(
                "Vent på forældrenes svar",
                f"De har fået forslag til tider{_answer_by(meeting)}.",
                hold_by,
                urgent=hold_by < today,
                meeting_id=about["meeting_id"],
            )
        case "confirmed":
            starts = moment_of(meeting["starts_at"])
            past = danish.local(starts).date() < today
            title = "Mødet er afholdt? Notér det, og skriv referat" if past else f"Hold {the}"
            return Step(
                title,
                f"Aftalt til {danish.moment(starts)}.",
                danish.local(starts).date(),
                past,
                about["meeting_id"],
            )
        case "held":
            return Step(
                "Gør mødet færdigt",
                "Del referatet med forældrene, og aftal opfølgning eller afslut.",
                hold_by,
                meeting_id=about["meeting_id"],
            )
        case "follow_up_due":
            on = day_of(meeting["follow_up_on"]) if meeting.get("follow_up_on") else hold_by
            return Step(f"Følg op på {the}", "Som I aftalte på mødet.", on, on < today, about["meeting_id"])
        case "declined":
            return Step(
                "Forældrene takkede nej",
                "Ring til dem, og find en anden vej.",
                hold_by,
                True,
                about["meeting_id"],
            )
        case "no_show":
            return Step("Forældrene kom ikke", "Aftal en ny tid med dem.", hold_by, True, about["meeting_id"])
    if meeting.get("kind") == "specialist" and not meeting.get("consent_id"):
        return Step(
            "Mødet med specialisten venter på samtykke",
            "Forældrene inviteres, når samtykket er givet.",
            hold_by,
            urgent=hold_by < today,
            meeting_id=about["meeting_id"],
        )
    return Step(
        "Invitér forældrene til fokusmøde" if the == _THE["focus"] else f"Invitér forældrene til {the}",
        "Find tider, og send invitationen.",
        invite_by,
        urgent=invite_by < today,
        meeting_id=about["meeting_id"],
    )


def _answer_by(meeting: Mapping[str, Any]) -> str:
    if not meeting.get("answer_by"):
        return ""
    by: datetime = moment_of(meeting["answer_by"])
    return f" og kan svare til og med {danish.day(by)}"

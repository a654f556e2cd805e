"""What comes next for a child, from its meetings, concerns and rounds: one sentence and its day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from services.gateway.timeline import day_of, moment_of
from services.gateway.web import danish
from services.gateway.web.language import N_, language

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
        title, text = _ROUND[assessments[0]["state"]]
        found.append(Step(_(title), _(text)))
    return sorted(found, key=lambda step: (not step.urgent, step.due or date.max))


_ROUND = {
    "not_started": (
        N_("Barnet mangler at blive vurderet"),
        N_("Runden er åben, og ingen har vurderet endnu."),
    ),
    "own_rating": (
        N_("Egne vurderinger er i gang"),
        N_("Når alle har vurderet, drøfter I barnet sammen."),
    ),
    "ready_for_dialogue": (N_("Klar til fælles drøftelse"), N_("Alle egne vurderinger er inde.")),
}


def _withheld() -> Step:
    return Step(
        _("Forældrene kontaktes ikke"),
        _(
            "Vurderingen er markeret, så forældrene ikke må kontaktes. "
            "Lederen har opgaven. Tal med din leder."
        ),
        urgent=True,
    )


def _without_meeting(concern: Mapping[str, Any], today: date) -> Step:
    due = day_of(concern["hold_by"]) if concern.get("hold_by") else None
    return Step(
        _("Der er en bekymring uden fokusmøde"),
        _("Mødet oprettes af sig selv. Sker det ikke inden i morgen, så kontakt systemets drift."),
        due,
        urgent=due is not None and due < today,
    )


_PASSING = {
    "open": (
        N_("Forbered overgangen"),
        N_("Udfyld skemaet til det nye sted, og tilbyd et møde med begge steder."),
    ),
    "filled": (N_("Vis forældrene overgangsskemaet"), N_("De skal læse det, før det kan gives videre.")),
    "parent_reviewed": (N_("Giv overgangsskemaet videre"), N_("Forældrene har svaret.")),
    "blocked": (N_("Se på overgangsskemaet"), N_("Det må ikke gives videre, som det står nu.")),
    "released": (N_("Overgangen venter på det nye sted"), N_("I har ansvaret, til de har taget imod.")),
}


def _of_transition(one: Mapping[str, Any], today: date) -> Step:
    starts = day_of(one["starts_on"])
    title, text = _PASSING[str(one["state"])]
    if one["side"] == "receiver":
        title, text = (
            (N_("Tag imod overgangen"), N_("Skemaet er givet videre til jer, og ansvaret følger med."))
            if one["state"] == "released"
            else (
                N_("En overgang er på vej hertil"),
                N_("Det sted, barnet kommer fra, har ansvaret indtil da."),
            )
        )
    return Step(_(title), _(text), starts, starts <= today, transition_id=str(one["transition_id"]))


_THE = {
    "focus": N_("fokusmødet"),
    "follow_up": N_("det opfølgende møde"),
    "specialist": N_("mødet med specialisten"),
    "transition": N_("sammenhængsmødet"),
}


_OTHER = N_("mødet")


def _of_meeting(meeting: Mapping[str, Any], today: date) -> Step:
    state = str(meeting["state"])
    invite_by, hold_by = day_of(meeting["invite_by"]), day_of(meeting["hold_by"])
    about = {"meeting_id": str(meeting["meeting_id"])}
    kind = str(meeting.get("kind", "focus"))
    the = _(_THE.get(kind, _OTHER))
    if meeting.get("suspended_at") and state in ("required", "invited", "confirmed"):
        return Step(
            _("Et møde er sat i bero"),
            _("Samtykket, det hviler på, gælder ikke mere. Tal med forældrene, før I går videre."),
            hold_by,
            urgent=True,
            meeting_id=about["meeting_id"],
        )
    match state:
        case "invited":
            return Step(
                _("Vent på forældrenes svar"),
                _answer_by(meeting),
                hold_by,
                urgent=hold_by < today,
                meeting_id=about["meeting_id"],
            )
        case "confirmed":
            starts = moment_of(meeting["starts_at"])
            past = danish.local(starts).date() < today
            title = (
                _("Mødet er afholdt? Notér det, og skriv referat")
                if past
                else _("Hold %(meeting)s", meeting=the)
            )
            return Step(
                title,
                _("Aftalt til %(when)s.", when=danish.moment(starts, language())),
                danish.local(starts).date(),
                past,
                about["meeting_id"],
            )
        case "held":
            return Step(
                _("Gør mødet færdigt"),
                _("Del referatet med forældrene, og aftal opfølgning eller afslut."),
                hold_by,
                meeting_id=about["meeting_id"],
            )
        case "follow_up_due":
            on = day_of(meeting["follow_up_on"]) if meeting.get("follow_up_on") else hold_by
            return Step(
                _("Følg op på %(meeting)s", meeting=the),
                _("Som I aftalte på mødet."),
                on,
                on < today,
                about["meeting_id"],
            )
        case "declined":
            return Step(
                _("Forældrene takkede nej"),
                _("Ring til dem, og find en anden vej."),
                hold_by,
                True,
                about["meeting_id"],
            )
        case "no_show":
            return Step(
                _("Forældrene kom ikke"), _("Aftal en ny tid med dem."), hold_by, True, about["meeting_id"]
            )
    if meeting.get("kind") == "specialist" and not meeting.get("consent_id"):
        return Step(
            _("Mødet med specialisten venter på samtykke"),
            _("Forældrene inviteres, når samtykket er givet."),
            hold_by,
            urgent=hold_by < today,
            meeting_id=about["meeting_id"],
        )
    return Step(
        _("Invitér forældrene til fokusmøde")
        if kind == "focus"
        else _("Invitér forældrene til %(meeting)s", meeting=the),
        _("Find tider, og send invitationen."),
        invite_by,
        urgent=invite_by < today,
        meeting_id=about["meeting_id"],
    )


def _answer_by(meeting: Mapping[str, Any]) -> str:
    if not meeting.get("answer_by"):
        return _("De har fået forslag til tider.")
    by: datetime = moment_of(meeting["answer_by"])
    return _("De har fået forslag til tider og kan svare til og med %(day)s.", day=danish.day(by, language()))

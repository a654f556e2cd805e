"""Codes in Danish words, for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.gateway.web import danish
from services.gateway.web.consent_words import PURPOSES

KINDS: Mapping[str, str] = {
    "dagpleje": "dagpleje",
    "vuggestue": "vuggestue",
    "boernehave": "børnehave",
    "school": "skole",
    "health_visiting": "sundhedspleje",
}
ROLES: Mapping[str, str] = {
    "pedagogue": "pædagog",
    "childminder": "dagplejer",
    "teacher": "lærer",
    "health_visitor": "sundhedsplejerske",
    "leader": "leder",
    "specialist": "specialist",
    "administration": "administration",
    "operations": "drift",
}
SERVICES: Mapping[str, tuple[str, str]] = {
    "registry": ("Stamdata", "Børn, forældre, institutioner og medarbejdere"),
    "assessment": ("Vurdering", "Runder og vurderinger af børnenes trivsel"),
    "meetings": ("Møder", "Fokusmøder, tider, svar og aftaler"),
    "notifications": ("Beskeder", "Det, der sendes til forældrene"),
    "consent": ("Samtykke", "Hvad der må deles, med hvem, og hvem der har sagt ja"),
}
POSITIONS: Mapping[str, tuple[str, str]] = {
    "green": ("●", "Grøn"),
    "yellow": ("▲", "Gul"),
    "red": ("■", "Rød"),
}
"""Shape and word; the colour itself is the stylesheet's."""
TRACKS: Mapping[str, str] = {"institution": "dagtilbud og skole", "home": "hjemmet"}
CHANNELS: Mapping[str, str] = {"email": "e-mail", "letter": "brev"}
ABOUT: Mapping[str, str] = {
    "concern": "Orientering",
    "invitation": "Invitation",
    "confirmation": "Bekræftelse",
    "cancellation": "Aflysning",
    "minutes": "Referat",
    "transition": "Overgangsskema",
    "consent": "Samtykke",
    "withdrawal": "Tilbagetrukket samtykke",
}


@dataclass(frozen=True)
class Word:
    """How an event is told: icon, Danish words, whether the system did it, and its part in a concern's way.

    `role` is the step it takes (`services.gateway.timeline.STEPS`); `by` chooses among roles by one of the
    event's codes. `ends` says why a chain stops there. `rank` orders events of the same moment.
    """

    icon: str
    text: str
    system: bool = False
    role: str | None = None
    by: tuple[str, Mapping[str, str]] | None = None
    ends: str | None = None
    attention: bool = False
    rank: int = 5

    def role_of(self, facts: Mapping[str, Any]) -> str | None:
        if self.by is None:
            return self.role
        name, roles = self.by
        return roles.get(str(facts.get(name)))


FURTHER: Mapping[str, str] = {
    "follow_up": "Opfølgende møde",
    "specialist": "Møde med specialist",
    "transition": "Sammenhængsmøde",
}
"""What meetings are called that follow a focus meeting, or go with a change of institution."""

_NOTICES = {"concern": "notice", "invitation": "invitation"}

WORDS: Mapping[tuple[str, str], Word] = {
    ("registry", "born"): Word("child", "Født"),
    ("registry", "enrolled"): Word("child", "Indmeldt"),
    ("registry", "left"): Word("child", "Udmeldt"),
    ("assessment", "listed"): Word("rating", "Kom med i runden", system=True),
    ("assessment", "own_rating"): Word("rating", "Egen vurdering", rank=1),
    ("assessment", "left"): Word("rating", "Ikke længere med i runden", system=True),
    ("assessment", "absent"): Word("rating", "Fraværende i runden"),
    ("assessment", "exempt"): Word("rating", "Undtaget fra runden"),
    ("assessment", "joint_rating"): Word("rating", "Fælles vurdering", role="rating", rank=2),
    ("assessment", "joint_rating_revised"): Word("rating", "Fælles vurdering revideret", rank=2),
    ("assessment", "concern_raised"): Word("concern", "Bekymring meldt", role="concern", rank=3),
    ("assessment", "concern_withheld"): Word(
        "shield",
        "Bekymring: forældrene kontaktes ikke",
        ends="Forældrene kontaktes ikke; lederen handler",
        role="concern",
        attention=True,
        rank=3,
    ),
    ("assessment", "concern_settled"): Word("done", "Bekymring bortfaldet", ends="Bortfaldet", rank=3),
    ("meetings", "required"): Word("meeting", "Fokusmøde oprettet", system=True, role="meeting", rank=4),
    ("meetings", "invited"): Word("meeting", "Tider foreslået forældrene", system=True, role="invited"),
    ("meetings", "answered"): Word("answer", "Forælder svarede", role="answer"),
    ("meetings", "confirmed"): Word("confirmed", "Fokusmøde aftalt", role="confirmed", rank=6),
    ("meetings", "rescheduled"): Word("confirmed", "Fokusmøde flyttet"),
    ("meetings", "declined"): Word("cancelled", "Forældrene takkede nej", attention=True),
    ("meetings", "cancelled"): Word("cancelled", "Fokusmøde aflyst", ends="Mødet er aflyst"),
    ("meetings", "held"): Word("done", "Fokusmøde holdt"),
    ("meetings", "no_show"): Word("cancelled", "Forældrene kom ikke", attention=True),
    ("meetings", "minutes_sent"): Word("mail", "Referatet givet til forældrene"),
    ("meetings", "follow_up"): Word("task", "Opfølgning aftalt"),
    ("meetings", "closed"): Word("done", "Fokusmøde afsluttet"),
    ("meetings", "overdue"): Word("deadline", "Frist overskredet", attention=True),
    ("consent", "requested"): Word("answer", "Bedt om samtykke"),
    ("consent", "sent_again"): Word("mail", "Samtykke sendt igen"),
    ("consent", "reminded"): Word("mail", "Påmindelse om samtykke sendt", system=True),
    ("consent", "signed"): Word("answer", "Svar på samtykke", rank=6),
    ("consent", "partial"): Word("answer", "Samtykke delvist besvaret", system=True, rank=7),
    ("consent", "granted"): Word("done", "Samtykke givet", rank=7),
    ("consent", "declined"): Word("cancelled", "Samtykke afslået", attention=True, rank=7),
    ("consent", "withdrawn"): Word("withdrawn", "Samtykke trukket tilbage", attention=True),
    ("consent", "expired"): Word("expired", "Samtykke udløbet", system=True),
    ("consent", "superseded"): Word("superseded", "Samtykke afløst af et nyere", system=True, rank=8),
    ("consent", "renewal_requested"): Word("answer", "Bedt om fornyelse af samtykke", rank=4),
    ("consent", "custody_changed"): Word("child", "Hvem der skal samtykke, er ændret", system=True),
    ("consent", "exchange"): Word("shield", "Udveksling uden samtykke", attention=True),
    ("meetings", "consent_granted"): Word("done", "Samtykke til mødet er på plads", system=True),
    ("meetings", "suspended"): Word("cancelled", "Møde sat i bero", attention=True),
    ("meetings", "transition_opened"): Word("child", "Overgang til et nyt sted oprettet", system=True),
    ("meetings", "transition_filled"): Word("task", "Overgangsskema skrevet"),
    ("meetings", "transition_shown"): Word("mail", "Overgangsskema vist for forældrene"),
    ("meetings", "transition_seen"): Word("answer", "Forælder svarede på overgangsskemaet"),
    ("meetings", "transition_reviewed"): Word("answer", "Forældrene læste overgangsskemaet med personalet"),
    ("meetings", "transition_released"): Word("confirmed", "Overgangsskema givet videre"),
    ("meetings", "transition_blocked"): Word(
        "cancelled", "Overgangsskema må ikke gives videre", attention=True
    ),
    ("meetings", "transition_cancelled"): Word("cancelled", "Overgangen bortfaldt"),
    ("meetings", "transition_received"): Word("done", "Det nye sted har taget imod"),
    ("notifications", "notice.intended"): Word("mail", "Besked på vej", system=True),
    ("notifications", "notice.sent"): Word(
        "mail", "Besked sendt", system=True, by=("about", _NOTICES), rank=7
    ),
    ("notifications", "notice.printed"): Word(
        "mail", "Brev sendt", system=True, by=("about", _NOTICES), rank=7
    ),
    ("notifications", "notice.failed"): Word(
        "failed", "Besked kunne ikke leveres", system=True, attention=True
    ),
    ("notifications", "notice.suppressed"): Word("cancelled", "Besked standset", system=True),
    ("notifications", "notice.to_print"): Word("mail", "Brev klar til print", system=True),
}

_ANSWERS = {
    "accepted": "Valgte en af tiderne",
    "other_times": "Bad om andre tider",
    "declined": "Ønsker ikke at deltage",
}
_NOT_PASSED = {
    "never": "Kommunen giver ikke skemaer videre",
    "consent_missing": "Samtykket mangler",
    "law_does_not_cover": "Loven dækker ikke skiftet",
    "objection": "En forælder har sagt nej",
    "parents_not_told": "Ikke alle forældre har læst det",
    "consent_withdrawn": "Samtykket er trukket tilbage",
    "consent_declined": "Der er sagt nej til samtykket",
    "consent_expired": "Samtykket er udløbet",
}
_DETAILS: Mapping[str, Mapping[str, str]] = {
    "transition_seen": {"objects": "Siger nej til, at det gives videre"},
    "transition_blocked": _NOT_PASSED,
    "suspended": {
        "declined": "Der er sagt nej til samtykket",
        "withdrawn": "Samtykket er trukket tilbage",
        "expired": "Samtykket er udløbet",
    },
    "signed": {"yes": "Der blev sagt ja", "no": "Der blev sagt nej"},
    "expired": {"unanswered": "Ikke alle svarede i tide", "validity": "Perioden er slut"},
    "exchange": {
        "ssd_1": "Tidlig forebyggende indsats (SSD): første udveksling",
        "ssd_2": "Tidlig forebyggende indsats (SSD): opfølgning",
    },
    "answered": _ANSWERS,
    "overdue": {"invite": "Forældrene skulle være inviteret", "hold": "Mødet skulle være holdt"},
    "cancelled": {
        "settled": "Bekymringen er bortfaldet",
        "withheld": "Forældrene må ikke kontaktes",
        "parents_declined": "Forældrene ønsker ikke at deltage",
        "no_longer_needed": "Der er ikke længere brug for det",
        "other_meeting": "Et andet møde træder i stedet",
        "moved": "Barnet er flyttet",
    },
    "closed": {
        "thriving": "Barnet trives",
        "continue_here": "Indsatsen fortsætter i institutionen",
        "further_meeting": "Der holdes et møde mere",
        "more_fields": "Flere fagligheder inddrages",
    },
}

_NOT_DELIVERED = {
    "no_address": "Vi kender ingen e-mailadresse",
    "unknown_recipient": "Modtageren kendes ikke længere",
    "too_late": "Det var for sent at sende den",
    "recipient_refused": "Modtagerens mailserver afviste den",
    "message_refused": "Modtagerens mailserver afviste den",
    "bad_address": "E-mailadressen er ikke gyldig",
    "withheld": "Forældrene må ikke kontaktes",
    "settled": "Bekymringen er bortfaldet",
    "replaced": "En nyere besked trådte i stedet",
    "cancelled": "Mødet er aflyst",
}


def details(entry: Any) -> list[str]:
    """What more there is to say of an event, in words; codes that nobody has words for are left out."""
    facts = entry.facts
    found: list[str] = []
    if entry.service == "assessment" and (track := TRACKS.get(str(facts.get("track")))):
        found.append(f"Spor: {track}")
    if facts.get("round_name") and entry.kind in (
        "listed",
        "joint_rating",
        "joint_rating_revised",
        "own_rating",
    ):
        found.append(str(facts["round_name"]))
    if entry.service == "consent" and (purpose := PURPOSES.get(str(facts.get("purpose")))):
        found.append(str(purpose))
    if about := ABOUT.get(str(facts.get("about"))):
        channel = CHANNELS.get(str(facts.get("channel")))
        whom = "en forælder" if entry.times == 1 else f"{entry.times} forældre"
        found.append(f"{about} til {whom}" + (f" med {channel}" if channel else ""))
    if said := _DETAILS.get(entry.kind, {}).get(str(facts.get("detail"))):
        found.append(said)
    if entry.kind == "exchange" and str(facts.get("detail", "")).startswith("ssp"):
        found.append("Forebyggelse af kriminalitet (SSP)")
    if entry.kind == "follow_up" and facts.get("detail"):
        found.append(f"Den {_day(facts['detail'])}")
    if entry.service == "notifications" and (why := _NOT_DELIVERED.get(str(facts.get("code")))):
        found.append(why)
    if facts.get("invite_by") and facts.get("hold_by"):
        found.append(f"Inviter senest {_day(facts['invite_by'])}, hold mødet senest {_day(facts['hold_by'])}")
    return found


def _day(value: Any) -> str:
    return danish.day(date.fromisoformat(str(value)))

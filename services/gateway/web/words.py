"""Codes in words, for people: Danish as it stands here, English from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from services.gateway.web import danish
from services.gateway.web.consent_words import PURPOSES
from services.gateway.web.language import N_, language


class Told(Mapping[str, Any]):
    """Words by code, each time in the language of whoever asks; plain text, wherever it is used."""

    def __init__(self, words: Mapping[str, str | tuple[str, str]]) -> None:
        self._words = words

    def __getitem__(self, code: str) -> Any:
        found = self._words[code]
        return _(found) if isinstance(found, str) else (_(found[0]), _(found[1]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


KINDS: Mapping[str, str] = Told(
    {
        "dagpleje": N_("dagpleje"),
        "vuggestue": N_("vuggestue"),
        "boernehave": N_("børnehave"),
        "school": N_("skole"),
        "health_visiting": N_("sundhedspleje"),
    }
)
ROLES: Mapping[str, str] = Told(
    {
        "pedagogue": N_("pædagog"),
        "childminder": N_("dagplejer"),
        "teacher": N_("lærer"),
        "health_visitor": N_("sundhedsplejerske"),
        "leader": N_("leder"),
        "specialist": N_("specialist"),
        "administration": N_("administration"),
        "operations": N_("drift"),
    }
)
SERVICES: Mapping[str, tuple[str, str]] = Told(
    {
        "registry": (N_("Stamdata"), N_("Børn, forældre, institutioner og medarbejdere")),
        "assessment": (N_("Vurdering"), N_("Runder og vurderinger af børnenes trivsel")),
        "meetings": (N_("Møder"), N_("Fokusmøder, tider, svar og aftaler")),
        "notifications": (N_("Beskeder"), N_("Det, der sendes til forældrene")),
        "consent": (N_("Samtykke"), N_("Hvad der må deles, med hvem, og hvem der har sagt ja")),
    }
)
POSITIONS: Mapping[str, tuple[str, str]] = Told(
    {
        "green": ("●", N_("Grøn")),
        "yellow": ("▲", N_("Gul")),
        "red": ("■", N_("Rød")),
    }
)
"""Shape and word; the colour itself is the stylesheet's."""
TRACKS: Mapping[str, str] = Told({"institution": N_("dagtilbud og skole"), "home": N_("hjemmet")})
CHANNELS: Mapping[str, str] = Told({"email": N_("e-mail"), "letter": N_("brev")})
ABOUT: Mapping[str, str] = Told(
    {
        "concern": N_("Orientering"),
        "invitation": N_("Invitation"),
        "confirmation": N_("Bekræftelse"),
        "cancellation": N_("Aflysning"),
        "minutes": N_("Referat"),
        "transition": N_("Overgangsskema"),
        "consent": N_("Samtykke"),
        "withdrawal": N_("Tilbagetrukket samtykke"),
    }
)


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


FURTHER: Mapping[str, str] = Told(
    {
        "follow_up": N_("Opfølgende møde"),
        "specialist": N_("Møde med specialist"),
        "transition": N_("Sammenhængsmøde"),
    }
)
"""What meetings are called that follow a focus meeting, or go with a change of institution."""

_NOTICES = {"concern": "notice", "invitation": "invitation"}

WORDS: Mapping[tuple[str, str], Word] = {
    ("registry", "born"): Word("child", N_("Født")),
    ("registry", "enrolled"): Word("child", N_("Indmeldt")),
    ("registry", "left"): Word("child", N_("Udmeldt")),
    ("assessment", "listed"): Word("rating", N_("Kom med i runden"), system=True),
    ("assessment", "own_rating"): Word("rating", N_("Egen vurdering"), rank=1),
    ("assessment", "left"): Word("rating", N_("Ikke længere med i runden"), system=True),
    ("assessment", "absent"): Word("rating", N_("Fraværende i runden")),
    ("assessment", "exempt"): Word("rating", N_("Undtaget fra runden")),
    ("assessment", "joint_rating"): Word("rating", N_("Fælles vurdering"), role="rating", rank=2),
    ("assessment", "joint_rating_revised"): Word("rating", N_("Fælles vurdering revideret"), rank=2),
    ("assessment", "concern_raised"): Word("concern", N_("Bekymring meldt"), role="concern", rank=3),
    ("assessment", "concern_withheld"): Word(
        "shield",
        N_("Bekymring: forældrene kontaktes ikke"),
        ends=N_("Forældrene kontaktes ikke; lederen handler"),
        role="concern",
        attention=True,
        rank=3,
    ),
    ("assessment", "concern_settled"): Word(
        "done", N_("Bekymring bortfaldet"), ends=N_("Bortfaldet"), rank=3
    ),
    ("meetings", "required"): Word("meeting", N_("Fokusmøde oprettet"), system=True, role="meeting", rank=4),
    ("meetings", "invited"): Word("meeting", N_("Tider foreslået forældrene"), system=True, role="invited"),
    ("meetings", "answered"): Word("answer", N_("Forælder svarede"), role="answer"),
    ("meetings", "confirmed"): Word("confirmed", N_("Fokusmøde aftalt"), role="confirmed", rank=6),
    ("meetings", "rescheduled"): Word("confirmed", N_("Fokusmøde flyttet")),
    ("meetings", "declined"): Word("cancelled", N_("Forældrene takkede nej"), attention=True),
    ("meetings", "cancelled"): Word("cancelled", N_("Fokusmøde aflyst"), ends=N_("Mødet er aflyst")),
    ("meetings", "held"): Word("done", N_("Fokusmøde holdt")),
    ("meetings", "no_show"): Word("cancelled", N_("Forældrene kom ikke"), attention=True),
    ("meetings", "minutes_sent"): Word("mail", N_("Referatet givet til forældrene")),
    ("meetings", "follow_up"): Word("task", N_("Opfølgning aftalt")),
    ("meetings", "closed"): Word("done", N_("Fokusmøde afsluttet")),
    ("meetings", "overdue"): Word("deadline", N_("Frist overskredet"), attention=True),
    ("consent", "requested"): Word("answer", N_("Bedt om samtykke")),
    ("consent", "sent_again"): Word("mail", N_("Samtykke sendt igen")),
    ("consent", "reminded"): Word("mail", N_("Påmindelse om samtykke sendt"), system=True),
    ("consent", "signed"): Word("answer", N_("Svar på samtykke"), rank=6),
    ("consent", "partial"): Word("answer", N_("Samtykke delvist besvaret"), system=True, rank=7),
    ("consent", "granted"): Word("done", N_("Samtykke givet"), rank=7),
    ("consent", "declined"): Word("cancelled", N_("Samtykke afslået"), attention=True, rank=7),
    ("consent", "withdrawn"): Word("withdrawn", N_("Samtykke trukket tilbage"), attention=True),
    ("consent", "expired"): Word("expired", N_("Samtykke udløbet"), system=True),
    ("consent", "superseded"): Word("superseded", N_("Samtykke afløst af et nyere"), system=True, rank=8),
    ("consent", "renewal_requested"): Word("answer", N_("Bedt om fornyelse af samtykke"), rank=4),
    ("consent", "custody_changed"): Word("child", N_("Hvem der skal samtykke, er ændret"), system=True),
    ("consent", "exchange"): Word("shield", N_("Udveksling uden samtykke"), attention=True),
    ("meetings", "consent_granted"): Word("done", N_("Samtykke til mødet er på plads"), system=True),
    ("meetings", "suspended"): Word("cancelled", N_("Møde sat i bero"), attention=True),
    ("meetings", "transition_opened"): Word("child", N_("Overgang til et nyt sted oprettet"), system=True),
    ("meetings", "transition_filled"): Word("task", N_("Overgangsskema skrevet")),
    ("meetings", "transition_shown"): Word("mail", N_("Overgangsskema vist for forældrene")),
    ("meetings", "transition_seen"): Word("answer", N_("Forælder svarede på overgangsskemaet")),
    ("meetings", "transition_reviewed"): Word(
        "answer", N_("Forældrene læste overgangsskemaet med personalet")
    ),
    ("meetings", "transition_released"): Word("confirmed", N_("Overgangsskema givet videre")),
    ("meetings", "transition_blocked"): Word(
        "cancelled", N_("Overgangsskema må ikke gives videre"), attention=True
    ),
    ("meetings", "transition_cancelled"): Word("cancelled", N_("Overgangen bortfaldt")),
    ("meetings", "transition_received"): Word("done", N_("Det nye sted har taget imod")),
    ("notifications", "notice.intended"): Word("mail", N_("Besked på vej"), system=True),
    ("notifications", "notice.sent"): Word(
        "mail", N_("Besked sendt"), system=True, by=("about", _NOTICES), rank=7
    ),
    ("notifications", "notice.printed"): Word(
        "mail", N_("Brev sendt"), system=True, by=("about", _NOTICES), rank=7
    ),
    ("notifications", "notice.failed"): Word(
        "failed", N_("Besked kunne ikke leveres"), system=True, attention=True
    ),
    ("notifications", "notice.suppressed"): Word("cancelled", N_("Besked standset"), system=True),
    ("notifications", "notice.to_print"): Word("mail", N_("Brev klar til print"), system=True),
}

_ANSWERS = Told(
    {
        "accepted": N_("Valgte en af tiderne"),
        "other_times": N_("Bad om andre tider"),
        "declined": N_("Ønsker ikke at deltage"),
    }
)
_NOT_PASSED = Told(
    {
        "never": N_("Kommunen giver ikke skemaer videre"),
        "consent_missing": N_("Samtykket mangler"),
        "law_does_not_cover": N_("Loven dækker ikke skiftet"),
        "objection": N_("En forælder har sagt nej"),
        "parents_not_told": N_("Ikke alle forældre har læst det"),
        "consent_withdrawn": N_("Samtykket er trukket tilbage"),
        "consent_declined": N_("Der er sagt nej til samtykket"),
        "consent_expired": N_("Samtykket er udløbet"),
    }
)
_DETAILS: Mapping[str, Mapping[str, str]] = {
    "transition_seen": {"objects": N_("Siger nej til, at det gives videre")},
    "transition_blocked": _NOT_PASSED,
    "suspended": {
        "declined": N_("Der er sagt nej til samtykket"),
        "withdrawn": N_("Samtykket er trukket tilbage"),
        "expired": N_("Samtykket er udløbet"),
    },
    "signed": {"yes": N_("Der blev sagt ja"), "no": N_("Der blev sagt nej")},
    "expired": {"unanswered": N_("Ikke alle svarede i tide"), "validity": N_("Perioden er slut")},
    "exchange": {
        "ssd_1": N_("Tidlig forebyggende indsats (SSD): første udveksling"),
        "ssd_2": N_("Tidlig forebyggende indsats (SSD): opfølgning"),
    },
    "answered": _ANSWERS,
    "overdue": {"invite": N_("Forældrene skulle være inviteret"), "hold": N_("Mødet skulle være holdt")},
    "cancelled": {
        "settled": N_("Bekymringen er bortfaldet"),
        "withheld": N_("Forældrene må ikke kontaktes"),
        "parents_declined": N_("Forældrene ønsker ikke at deltage"),
        "no_longer_needed": N_("Der er ikke længere brug for det"),
        "other_meeting": N_("Et andet møde træder i stedet"),
        "moved": N_("Barnet er flyttet"),
    },
    "closed": {
        "thriving": N_("Barnet trives"),
        "continue_here": N_("Indsatsen fortsætter i institutionen"),
        "further_meeting": N_("Der holdes et møde mere"),
        "more_fields": N_("Flere fagligheder inddrages"),
    },
}

_NOT_DELIVERED = Told(
    {
        "no_address": N_("Vi kender ingen e-mailadresse"),
        "unknown_recipient": N_("Modtageren kendes ikke længere"),
        "too_late": N_("Det var for sent at sende den"),
        "recipient_refused": N_("Modtagerens mailserver afviste den"),
        "message_refused": N_("Modtagerens mailserver afviste den"),
        "bad_address": N_("E-mailadressen er ikke gyldig"),
        "withheld": N_("Forældrene må ikke kontaktes"),
        "settled": N_("Bekymringen er bortfaldet"),
        "replaced": N_("En nyere besked trådte i stedet"),
        "cancelled": N_("Mødet er aflyst"),
    }
)


def details(entry: Any) -> list[str]:
    """What more there is to say of an event, in words; codes that nobody has words for are left out."""
    facts = entry.facts
    found: list[str] = []
    if entry.service == "assessment" and (track := TRACKS.get(str(facts.get("track")))):
        found.append(_("Spor: %(track)s", track=track))
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
        whom = ngettext("en forælder", "%(num)d forældre", entry.times)
        found.append(
            _("%(about)s til %(whom)s med %(channel)s", about=about, whom=whom, channel=channel)
            if channel
            else _("%(about)s til %(whom)s", about=about, whom=whom)
        )
    if said := _DETAILS.get(entry.kind, {}).get(str(facts.get("detail"))):
        found.append(_(said))
    if entry.kind == "exchange" and str(facts.get("detail", "")).startswith("ssp"):
        found.append(_("Forebyggelse af kriminalitet (SSP)"))
    if entry.kind == "follow_up" and facts.get("detail"):
        found.append(_("Den %(day)s", day=_day(facts["detail"])))
    if entry.service == "notifications" and (why := _NOT_DELIVERED.get(str(facts.get("code")))):
        found.append(why)
    if facts.get("invite_by") and facts.get("hold_by"):
        found.append(
            _(
                "Inviter senest %(invite)s, hold mødet senest %(hold)s",
                invite=_day(facts["invite_by"]),
                hold=_day(facts["hold_by"]),
            )
        )
    return found


def _day(value: Any) -> str:
    return danish.day(date.fromisoformat(str(value)), language())

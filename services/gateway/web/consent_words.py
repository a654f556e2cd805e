"""What the codes of consents are called, for those who ask for them and follow them up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class State:
    """A state as it is shown: a line drawing, a word and what it means; `tone` colours it besides."""

    icon: str
    word: Any
    means: Any
    tone: str = ""


STATES: Mapping[str, State] = {
    "requested": State(
        "deadline", _l("Afventer svar"), _l("Ingen har svaret endnu. Intet må deles på dette samtykke.")
    ),
    "partial": State(
        "answer", _l("Delvist besvaret"), _l("Ikke alle har svaret. Intet må deles, før alle har sagt ja.")
    ),
    "granted": State(
        "done", _l("Givet"), _l("Alle, der skal, har sagt ja. Det, der står her, må deles."), "done"
    ),
    "declined": State(
        "cancelled",
        _l("Afslået"),
        _l("En har sagt nej. Intet må deles. Vil I spørge igen, skal det være et nyt samtykke."),
        "attention",
    ),
    "withdrawn": State(
        "withdrawn",
        _l("Trukket tilbage"),
        _l("Intet må længere deles. Det, der blev delt, mens samtykket gjaldt, var lovligt."),
        "attention",
    ),
    "expired": State("expired", _l("Udløbet"), _l("Intet må længere deles.")),
    "superseded": State("superseded", _l("Afløst"), _l("Et nyere samtykke er trådt i stedet.")),
}
UNKNOWN = State("deadline", _l("Ukendt"), "")

UNANSWERED = _l("Ikke alle svarede i tide. Intet må deles.")
"""What an expired consent means that nobody answered in time."""

PURPOSES: Mapping[str, Any] = {
    "specialist_meeting": _l("En specialist er med på et møde"),
    "record_sharing": _l("Et bestemt sted læser det, vi har skrevet"),
    "transition_release": _l("Overgangsskemaet gives videre til det nye sted"),
    "cross_professional_course": _l("Flere fagligheder arbejder sammen i et forløb"),
}
PURPOSE_HINTS: Mapping[str, Any] = {
    "specialist_meeting": _l("Specialisten kan læse mødet, så længe samtykket gælder."),
    "record_sharing": _l("Stedet kan læse det, du vælger herunder, så længe samtykket gælder."),
    "transition_release": _l("Har én modtager: det nye sted."),
    "cross_professional_course": _l("Forløbet kan begynde, når alle har sagt ja."),
}
INFORMATION: Mapping[str, Any] = {
    "wellbeing": _l("Hvordan det går med trivslen i hverdagen"),
    "meeting_minutes": _l("Referater og aftaler fra møder"),
    "transition_form": _l("Overgangsskemaet"),
    "language": _l("Sprog og sprogvurdering"),
    "learning": _l("Læring og skolegang"),
    "health": _l("Helbred"),
    "family": _l("Familiens forhold"),
}
LEGAL_BASES: Mapping[str, tuple[Any, Any]] = {
    "fvl_28": (
        _l("Forvaltningslovens § 28"),
        _l("Fortrolige oplysninger gives videre til en anden myndighed."),
    ),
    "gdpr_6_1_a": (
        _l("Databeskyttelsesforordningens artikel 6, stk. 1, litra a"),
        _l("Samtykke til almindelige oplysninger."),
    ),
    "gdpr_9_2_a": (
        _l("Databeskyttelsesforordningens artikel 9, stk. 2, litra a"),
        _l("Udtrykkeligt samtykke til følsomme oplysninger, fx om helbred."),
    ),
}
SERVICES: Mapping[str, Any] = {
    "ppr": _l("PPR"),
    "speech": _l("Tale-hørekonsulent"),
    "family_adviser": _l("Familierådgiver"),
    "psychologist": _l("Psykolog"),
}
"""Specialist services, each of a district."""

ANSWERS: Mapping[str, tuple[str, Any, str]] = {
    "none": ("deadline", _l("Har ikke svaret"), ""),
    "yes": ("done", _l("Ja"), "done"),
    "no": ("cancelled", _l("Nej"), "attention"),
    "withdrawn": ("withdrawn", _l("Trukket tilbage"), "attention"),
}
METHODS: Mapping[str, Any] = {
    "link": _l("på sit link"),
    "oidc": _l("på sit link, med bekræftet identitet"),
    "paper": _l("på papir"),
    "word": _l("mundtligt til personalet"),
}
ASSURANCES: Mapping[str, Any] = {
    "low": _l("sikringsniveau lav"),
    "substantial": _l("sikringsniveau betydelig"),
    "high": _l("sikringsniveau høj"),
}
SUBSCRIBERS: Mapping[str, tuple[Any, Any]] = {
    "assessment": (_l("Vurdering"), _l("lukker for delte vurderinger")),
    "meetings": (_l("Møder"), _l("lukker for specialister og steder, og stiller møder i bero")),
    "notifications": (_l("Beskeder"), _l("giver dem besked, der var spurgt")),
}
ATTENTION: Mapping[str, tuple[Any, Any]] = {
    "waiting": (_l("Følg op på et samtykke"), _l("Ikke alle har svaret.")),
    "soon_over": (_l("Forny samtykket, eller lad det udløbe"), _l("Samtykket gælder snart ikke længere.")),
    "declined": (_l("Aftal med forældrene, hvad I gør i stedet"), _l("Der er sagt nej til et samtykke.")),
    "withdrawn": (_l("Tal med familien, før I går videre"), _l("Et samtykke er trukket tilbage.")),
}
"""Why a consent waits for somebody: what to do, and why."""

STEPS: Mapping[str, Any] = {
    "requested": _l("Der blev bedt om samtykke"),
    "sent_again": _l("Sendt igen"),
    "reminded": _l("Påmindelse sendt"),
    "partial": _l("Delvist besvaret"),
    "granted": _l("Givet: alle har sagt ja"),
    "declined": _l("Afslået"),
    "withdrawn": _l("Trukket tilbage"),
    "expired": _l("Udløbet"),
    "superseded": _l("Afløst af et nyere samtykke"),
    "renewal_requested": _l("Der blev bedt om fornyelse"),
    "custody_changed": _l("Forældremyndigheden eller alderen er ændret"),
}
STEP_DETAILS: Mapping[tuple[str, str], Any] = {
    ("signed", "yes"): _l("En sagde ja"),
    ("signed", "no"): _l("En sagde nej"),
    ("expired", "unanswered"): _l("Ikke alle svarede i tide"),
    ("expired", "validity"): _l("Perioden er slut"),
    ("custody_changed", "added"): _l("En mere skal spørges"),
    ("custody_changed", "removed"): _l("En har ikke længere noget at sige"),
    ("custody_changed", "part"): _l("En har fået en anden rolle"),
}
BASES: Mapping[str, Any] = {
    "ssd": _l("Tidlig forebyggende indsats (SSD)"),
    "ssp": _l("Forebyggelse af kriminalitet (SSP)"),
}
"""Why something was exchanged without a consent."""


def state_of(code: str, end_reason: str | None = None) -> State:
    """How a state is shown, one that nobody has words for yet included."""
    found = STATES.get(code, UNKNOWN)
    if code == "expired" and end_reason == "unanswered":
        return State(found.icon, found.word, UNANSWERED, found.tone)
    return found


def words(codes: Any, table: Mapping[str, Any]) -> list[str]:
    """The codes of a list in words, those unknown as they are."""
    return [str(table.get(code, code)) for code in codes]

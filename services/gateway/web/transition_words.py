"""What codes of a child's change of institution are called, for those who hand over and receive."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

FIELDS: Mapping[str, tuple[str, str]] = {
    "family": (_("Familien"), _("Hvem bor barnet sammen med, og hvem er vigtige i hverdagen?")),
    "social": (_("Sammen med andre"), _("Hvem søger barnet, og hvad hjælper i fællesskabet?")),
    "language": (_("Sprog"), _("Hvordan forstår og udtrykker barnet sig, og på hvilke sprog?")),
    "motor": (_("Krop og bevægelse"), _("Hvad kan barnet, og hvad øver det sig på?")),
    "play": (_("Leg"), _("Hvad leger barnet, hvor og med hvem?")),
    "reactions_to_change": (_("Når noget er nyt"), _("Hvad sker der ved skift, og hvad hjælper?")),
    "special_attention": (
        _("Det skal I være opmærksomme på"),
        _("Konkrete situationer, og hvad I gør, når det er svært."),
    ),
    "resources": (_("Det, barnet er god til"), _("Styrker, interesser, og hvad der gør barnet glad.")),
    "other_professionals": (_("Andre, der hjælper"), _("Hvilke fagligheder er med, og hvad har I aftalt?")),
}
"""The form's headings, each with a line of help."""

STATES: Mapping[str, str] = {
    "open": _("Skemaet skal udfyldes"),
    "filled": _("Forældrene skal læse skemaet"),
    "parent_reviewed": _("Klar til at blive givet videre"),
    "blocked": _("Må ikke gives videre"),
    "released": _("Givet videre, ikke taget imod"),
    "received": _("Taget imod"),
    "cancelled": _("Skal ikke skifte alligevel"),
}
"""As the sender sees it."""

RECEIVER_STATES: Mapping[str, str] = {
    "open": _("På vej"),
    "filled": _("På vej"),
    "parent_reviewed": _("På vej"),
    "blocked": _("På vej"),
    "released": _("Klar til at tage imod"),
    "received": _("Taget imod"),
    "cancelled": _("Kommer ikke alligevel"),
}
"""As the receiver sees it: how far the sender is with the parents is between them."""

STEPS: tuple[str, ...] = (_("Skemaet"), _("Forældrene"), _("Givet videre"), _("Taget imod"))
STEP_OF: Mapping[str, int] = {
    "open": 1,
    "filled": 2,
    "parent_reviewed": 3,
    "blocked": 3,
    "released": 4,
    "received": 5,
    "cancelled": 5,
}

REASONS: Mapping[str, tuple[str, str]] = {
    "never": (
        _("Kommunen giver ikke skemaer videre."),
        _("Hold et sammenhængsmøde i stedet. Der kan I fortælle det, forældrene er med til at fortælle."),
    ),
    "consent_missing": (
        _("Der er ikke et samtykke, der gælder."),
        _("Bed forældrene om samtykke til at give skemaet videre til det nye sted."),
    ),
    "law_does_not_cover": (
        _("Loven dækker ikke et skift mellem de to steder."),
        _("Bed forældrene om samtykke til at give skemaet videre."),
    ),
    "objection": (
        _("En forælder har sagt, at skemaet ikke må gives videre."),
        _("Tal med forælderen. Svarer hun noget andet på sit link, kan du prøve igen."),
    ),
    "parents_not_told": (
        _("Ikke alle med forældremyndighed har læst skemaet."),
        _("Vis det for dem, eller notér, at I har læst det sammen."),
    ),
    "consent_withdrawn": (
        _("Samtykket er trukket tilbage, så det nye sted kan ikke længere læse skemaet."),
        _("Tal med forældrene. Siger de ja igen, så bed om et nyt samtykke."),
    ),
    "consent_declined": (
        _("Der er sagt nej til samtykket."),
        _("Tal med forældrene om, hvad I gør i stedet."),
    ),
    "consent_expired": (_("Samtykket er udløbet."), _("Bed om et nyt samtykke.")),
}
"""Why a form may not be passed on, and what mends it."""

ASK_CONSENT = frozenset(
    {"consent_missing", "law_does_not_cover", "consent_withdrawn", "consent_declined", "consent_expired"}
)
"""Reasons that a new consent would mend."""

POLICIES: Mapping[str, str] = {
    "never": _("Skemaer gives ikke videre"),
    "written_consent": _("Med skriftligt samtykke"),
    "statutory": _("Efter loven (dagtilbudsloven § 3 a)"),
    "opt_out": _("Når forældrene har læst det, og ingen har sagt nej"),
}

"""What codes of meetings are called, for those who plan and hold them."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

STATES: Mapping[str, str] = {
    "required": _("Skal planlægges"),
    "invited": _("Forældrene er inviteret"),
    "confirmed": _("Mødet er aftalt"),
    "held": _("Mødet er holdt"),
    "follow_up_due": _("Opfølgning er aftalt"),
    "closed": _("Afsluttet"),
    "declined": _("Forældrene har takket nej"),
    "no_show": _("Forældrene kom ikke"),
    "cancelled": _("Aflyst"),
}
KINDS: Mapping[str, str] = {
    "focus": _("Fokusmøde"),
    "follow_up": _("Opfølgende møde"),
    "specialist": _("Møde med specialist"),
    "transition": _("Sammenhængsmøde"),
}
ROLES: Mapping[str, tuple[str, str]] = {
    "facilitator": (_("Facilitator"), _("Leder mødet og sørger for, at alle kommer til orde.")),
    "timekeeper": (_("Tidsholder"), _("Holder øje med tiden og siger til.")),
    "minutes": (_("Referent"), _("Skriver referatet under mødet.")),
    "sender": (_("Afsender"), _("Sender referatet til forældrene bagefter.")),
    "contact": (_("Kontaktperson"), _("Den, familien kan spørge mellem møderne.")),
}
PLACES: Mapping[str, str] = {"institution": _("I institutionen"), "online": _("Online")}
ANSWERS: Mapping[str, str] = {
    "none": _("Har ikke svaret"),
    "accepted": _("Har valgt en tid"),
    "other_times": _("Beder om andre tider"),
    "declined": _("Ønsker ikke at deltage"),
}
CANCEL_REASONS: Mapping[str, str] = {
    "parents_declined": _("Forældrene ønsker ikke at deltage"),
    "no_longer_needed": _("Der er ikke længere brug for mødet"),
    "other_meeting": _("Et andet møde træder i stedet"),
    "moved": _("Barnet er flyttet"),
    "other": _("Andet"),
}
OUTCOMES: Mapping[str, str] = {
    "thriving": _("Barnet trives"),
    "continue_here": _("Indsatsen fortsætter her hos os"),
    "further_meeting": _("Der holdes et møde mere"),
    "more_fields": _("Flere fagligheder inddrages"),
    "other": _("Andet"),
}
AGREEMENT_STATES: Mapping[str, str] = {
    "open": _("I gang"),
    "done": _("Gjort"),
    "dropped": _("Bortfaldet"),
}
CUSTODY: Mapping[str, str] = {
    "joint": _("Fælles forældremyndighed"),
    "sole": _("Eneforældremyndighed"),
}
LANGUAGES: Mapping[str, str] = {
    "ar": _("arabisk"),
    "so": _("somali"),
    "tr": _("tyrkisk"),
    "pl": _("polsk"),
    "uk": _("ukrainsk"),
    "en": _("engelsk"),
    "fa": _("farsi"),
    "ro": _("rumænsk"),
    "ur": _("urdu"),
    "vi": _("vietnamesisk"),
    "de": _("tysk"),
    "bs": _("bosnisk"),
    "ti": _("tigrinya"),
    "ku": _("kurdisk"),
    "ta": _("tamil"),
    "kl": _("grønlandsk"),
    "da": _("dansk"),
}
AGES: Mapping[str, str] = {
    "adult": _("Tolken er fyldt 18 år"),
    "unproblematic": _("Sagen er uproblematisk, så en yngre end 18 år må tolke"),
}


def language_options(*also: str | None) -> list[tuple[str, str]]:
    """Languages to choose an interpreter for, besides Danish; `also` are codes that must be among them."""
    known = [(code, str(name)) for code, name in LANGUAGES.items() if code != "da"]
    return known + [(code, code) for code in sorted({code for code in also if code} - set(LANGUAGES))]


def language(code: str | None) -> str:
    return str(LANGUAGES.get(code or "", code or ""))

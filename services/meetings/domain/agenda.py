"""The first version of the agenda templates, which a municipality then edits as data.

The order follows the domain brief's section 5: what works is asked before what is hard, and the
child's surroundings are looked at before the child.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict


class Item(TypedDict):
    """A point of an agenda: a stable code, its heading and a line of help, both Danish."""

    code: str
    heading: str
    hint: str


FOCUS: tuple[Item, ...] = (
    {
        "code": "purpose",
        "heading": "Velkommen og formål",
        "hint": "Hvem er til stede, og hvad vil vi gerne nå sammen i dag?",
    },
    {
        "code": "parents_view",
        "heading": "Forældrenes oplevelse",
        "hint": "Hvordan oplever I jeres barns hverdag, hjemme og her?",
    },
    {
        "code": "what_works",
        "heading": "Det, der fungerer godt",
        "hint": "Hvornår og sammen med hvem har barnet det godt?",
    },
    {
        "code": "observations",
        "heading": "Det, personalet har lagt mærke til",
        "hint": "Beskriv konkrete situationer frem for egenskaber ved barnet.",
    },
    {
        "code": "context",
        "heading": "Barnets omgivelser",
        "hint": "Hvad i rammer, rutiner og relationer spiller ind?",
    },
    {
        "code": "changes_institution",
        "heading": "Små og store ændringer her",
        "hint": "Hvad gør vi anderledes i hverdagen fra i morgen?",
    },
    {
        "code": "changes_home",
        "heading": "Små og store ændringer hjemme",
        "hint": "Hvad har familien lyst og mulighed for at prøve?",
    },
    {
        "code": "agreements",
        "heading": "Aftaler",
        "hint": "Hvem gør hvad, og hvornår?",
    },
    {
        "code": "other_fields",
        "heading": "Behov for andre fagligheder",
        "hint": "Skal vi invitere for eksempel en talehørekonsulent eller en psykolog næste gang?",
    },
    {
        "code": "follow_up",
        "heading": "Opfølgning",
        "hint": "Hvilken dag ser vi sammen på, hvordan det går?",
    },
    {
        "code": "evaluation",
        "heading": "Hvordan var mødet?",
        "hint": "Hvad var godt, og hvad kan vi gøre bedre næste gang?",
    },
)

FOLLOW_UP: tuple[Item, ...] = (
    {
        "code": "purpose",
        "heading": "Velkommen og siden sidst",
        "hint": "Hvad aftalte vi sidst, og hvad vil vi gerne nå i dag?",
    },
    {
        "code": "parents_view",
        "heading": "Forældrenes oplevelse",
        "hint": "Hvad har I lagt mærke til hjemme, siden vi sås?",
    },
    {
        "code": "what_works",
        "heading": "Det, der er blevet bedre",
        "hint": "Hvad har hjulpet, og hvordan holder vi fast i det?",
    },
    {
        "code": "agreements_before",
        "heading": "Det, vi aftalte sidst",
        "hint": "Gå aftalerne igennem én for én: Er det gjort, og gjorde det en forskel?",
    },
    {
        "code": "observations",
        "heading": "Det, der stadig er svært",
        "hint": "Beskriv konkrete situationer og det, der gik forud for dem.",
    },
    {
        "code": "desired",
        "heading": "Det, vi gerne vil nå",
        "hint": "Hvilken udvikling ønsker vi, og hvad er det første skridt?",
    },
    {"code": "agreements", "heading": "Aftaler", "hint": "Hvem gør hvad, og hvornår?"},
    {
        "code": "right_people",
        "heading": "Er de rette med?",
        "hint": "Mangler der nogen, eller kan vi klare os med færre?",
    },
    {
        "code": "follow_up",
        "heading": "Næste opfølgning",
        "hint": "Hvilken dag ser vi sammen på, hvordan det går, eller slutter vi her?",
    },
)
"""After the domain brief's follow-up agenda: what helps is asked before what is still hard."""

SPECIALIST: tuple[Item, ...] = (
    {
        "code": "purpose",
        "heading": "Velkommen, og hvem er vi?",
        "hint": "Alle siger, hvem de er, og hvad de er med til. Hvad dækker samtykket?",
    },
    {
        "code": "parents_view",
        "heading": "Forældrenes oplevelse",
        "hint": "Hvad er vigtigst for jer at få talt om i dag?",
    },
    {
        "code": "child_view",
        "heading": "Barnets egne ord",
        "hint": "Hvad siger og viser barnet selv?",
    },
    {
        "code": "what_works",
        "heading": "Det, der fungerer, og det, vi har prøvet",
        "hint": "Hvad har hjulpet, og hvad har ikke?",
    },
    {
        "code": "context",
        "heading": "Barnets omgivelser",
        "hint": "Hvad i rammer, rutiner og relationer spiller ind hjemme og her?",
    },
    {
        "code": "specialist_view",
        "heading": "Specialistens blik",
        "hint": "Hvad ser du, og hvad kan vi prøve? Tal i hverdagsord.",
    },
    {
        "code": "agreements",
        "heading": "Aftaler",
        "hint": "Hvem gør hvad, og hvornår? Ingen pålægger andre en opgave; den, der gør det, siger ja.",
    },
    {
        "code": "sharing",
        "heading": "Hvad må deles bagefter?",
        "hint": "Skal specialisten vide mere senere, så aftal det nu, og bed om samtykke til det.",
    },
    {
        "code": "follow_up",
        "heading": "Opfølgning",
        "hint": "Hvilken dag ser vi sammen på, hvordan det går?",
    },
)

TRANSITION: tuple[Item, ...] = (
    {
        "code": "purpose",
        "heading": "Velkommen og formål",
        "hint": "Hvem er her fra det gamle og det nye sted, og hvad skal overgangen føre til?",
    },
    {
        "code": "parents_view",
        "heading": "Forældrenes ønsker og spørgsmål",
        "hint": "Hvad skal det nye sted vide fra første dag? Hvad er I spændte på?",
    },
    {
        "code": "child_view",
        "heading": "Barnets egne ord om skiftet",
        "hint": "Hvad glæder barnet sig til, og hvad er svært at sige farvel til?",
    },
    {
        "code": "what_works",
        "heading": "Det, der fungerer nu",
        "hint": "Hvilke rutiner, legekammerater og voksne gør en forskel?",
    },
    {
        "code": "what_helps",
        "heading": "Det, der hjælper, når det er svært",
        "hint": "Hvad gør I her, som det nye sted kan tage med?",
    },
    {
        "code": "form",
        "heading": "Overgangsskemaet",
        "hint": "Gå det igennem sammen. Hvad skal rettes, og hvad må gives videre?",
    },
    {
        "code": "first_days",
        "heading": "De første dage",
        "hint": "Besøg, indkøring, en fast voksen, en ven at følges med?",
    },
    {"code": "agreements", "heading": "Aftaler", "hint": "Hvem gør hvad, og hvornår, på hvert sted?"},
    {
        "code": "handing_over",
        "heading": "Hvem har ansvaret hvornår?",
        "hint": "Det gamle sted har ansvaret, til det nye har taget imod. Hvem kan forældrene kontakte?",
    },
    {
        "code": "follow_up",
        "heading": "Opfølgning",
        "hint": "Hvilken dag efter starten ser vi sammen på, hvordan det går?",
    },
)

BUILT_IN: Mapping[str, tuple[Item, ...]] = {
    "focus": FOCUS,
    "follow_up": FOLLOW_UP,
    "specialist": SPECIALIST,
    "transition": TRANSITION,
}
"""The first version of each kind of meeting's template."""

ROLES = ("facilitator", "timekeeper", "minutes", "sender", "contact")
"""The roles that must be filled before a meeting is held: who leads it, keeps the time, writes the
minutes, sends them, and whom the family can ask."""

"""The first version of the agenda templates, which a municipality then edits as data.

The order follows the domain brief's section 5: what works is asked before what is hard, and the
child's surroundings are looked at before the child.
"""

from __future__ import annotations

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

ROLES = ("facilitator", "timekeeper", "minutes", "sender", "contact")
"""The roles that must be filled before a meeting is held: who leads it, keeps the time, writes the
minutes, sends them, and whom the family can ask."""

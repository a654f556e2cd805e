"""What parents read, in plain words. No colour, no reason, no name: those belong to the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LANGUAGES: tuple[tuple[str, str], ...] = (
    ("ar", "العربية"),
    ("en", "English"),
    ("fa", "فارسی"),
    ("pl", "Polski"),
    ("ro", "Română"),
    ("so", "Soomaali"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ur", "اردو"),
    ("vi", "Tiếng Việt"),
)
"""Languages an interpreter can be asked for here; others are told in one's own points."""

TEXTS: Mapping[str, Mapping[str, Any]] = {
    "da": {
        "title": "Invitation til samtale",
        "lead": "Vi vil gerne tale med jer om, hvordan jeres barn har det, og hvad vi sammen kan gøre.",
        "place": "Sted",
        "online": "Online",
        "answer_by": "Svar senest",
        "choose": "Hvornår passer det jer?",
        "choose_hint": "Vælg én tid. Vælger du en tid, er mødet aftalt.",
        "other": "Ingen af tiderne passer",
        "other_hint": "Vi foreslår andre tider. Skriv gerne, hvornår det passer bedst.",
        "cannot": "Kan du ikke komme?",
        "cannot_time": "Tiden passer mig ikke",
        "cannot_hint": "Så ringer eller skriver institutionen til dig.",
        "cannot_wishes": "Udfyldes kun, hvis tiden ikke passer.",
        "decline": "Jeg ønsker ikke at deltage",
        "decline_hint": "Du kan altid kontakte institutionen, hvis du ombestemmer dig.",
        "wishes": "Hvornår passer det bedst?",
        "wishes_hint": "Udfyldes kun, hvis ingen af tiderne passer.",
        "points": "Hvad vil du gerne tale om?",
        "points_hint": "Frivilligt. Dem, der holder mødet, kan læse det.",
        "interpreter": "Jeg vil gerne have en tolk",
        "interpreter_language": "Tolk på",
        "other_language": "Er sproget ikke på listen, så skriv det herunder.",
        "send": "Send svar",
        "save": "Gem",
        "wrong": "Svaret blev ikke gemt",
        "pick": "Vælg en af tiderne, eller at ingen af dem passer.",
        "again": "Prøv igen, eller kontakt institutionen.",
        "agenda": "Det taler vi om",
        "about": "Hvad handler det om?",
        "about_points": (
            "Vi tager os tid til at se på, hvordan alle børn har det. "
            "Nu vil vi gerne høre, hvordan I oplever det.",
            "På mødet taler vi om, hvad der fungerer godt, og hvad vi sammen kan gøre anderledes.",
            "I behøver ikke forberede jer, men I må gerne skrive herunder, hvad I vil tale om.",
        ),
        "after": "Hvad sker der nu?",
        "after_points": (
            "Du får en bekræftelse på det tidspunkt, der er aftalt.",
            "Kan du ikke komme alligevel, så skriv det her på siden eller ring til institutionen.",
            "Efter mødet får du et referat med det, vi aftaler.",
        ),
        "calendar": "Læg mødet i min kalender",
        "interpreter_heading": "Har du brug for tolk?",
        "interpreter_hint": "Vi bestiller og betaler tolken, som er voksen. Børn skal ikke tolke.",
        "accessibility": "Tilgængelighedserklæring",
        "private": "Linket er kun til dig. Send det ikke videre.",
        "minutes": {
            "title": "Referat af vores møde",
            "lead": "Her er det, vi talte om, og det, vi aftalte.",
            "when": "Tid",
            "place": "Sted",
            "point": "Punkt",
            "agreements": "Det har vi aftalt",
            "due": "senest",
            "next": "Vi ses igen og følger op",
            "page": "Side",
            "pdf": "Hent som PDF",
            "wrong": "Har vi misforstået noget? Ring eller skriv til institutionen, så retter vi det.",
            "original": "",
        },
        "given": {
            "confirmed": ("Tak. Mødet er aftalt.", "Du får en bekræftelse, som du kan lægge i din kalender."),
            "already_confirmed": (
                "Mødet er allerede aftalt.",
                "En anden forælder nåede at vælge en tid. Passer den ikke, så kontakt institutionen.",
            ),
            "new_times": ("Tak. Du får andre tider.", "Vi sender et nyt forslag, så snart vi kan."),
            "noted": ("Tak. Dit svar er gemt.", "Du kan rette det her på siden, så længe linket virker."),
        },
        "states": {
            "answered": ("Du har svaret.", "Der er ikke aftalt en tid endnu. Du får besked."),
            "too_late": (
                "Det er for sent at vælge en af tiderne.",
                "Du får en ny besked, eller du kan kontakte institutionen.",
            ),
            "confirmed": ("Mødet er aftalt.", "Du har fået en bekræftelse, som du kan lægge i din kalender."),
            "cancelled": ("Mødet er aflyst.", "Har du spørgsmål, så kontakt institutionen."),
            "over": ("Mødet er forbi.", "Har du spørgsmål, så kontakt institutionen."),
        },
        "closed": {
            "expired": (
                "Linket virker ikke længere",
                "Tiden for at svare er gået, eller der er sendt en nyere besked. "
                "Brug linket i den nyeste besked, eller kontakt institutionen.",
            ),
            "minutes_expired": (
                "Linket virker ikke længere",
                "Enten er referatet rettet, så du har fået en nyere besked, eller også er tiden gået. "
                "Kontakt institutionen, hvis du gerne vil have referatet igen.",
            ),
            "unknown": (
                "Linket virker ikke",
                "Måske mangler en del af adressen. Prøv at trykke på linket i beskeden igen, "
                "eller kontakt institutionen.",
            ),
            "later": (
                "Siden kan ikke vises lige nu",
                "Det er ikke din fejl. Prøv igen om lidt. Dit svar er ikke nødvendigvis gemt.",
            ),
        },
    },
    "en": {
        "title": "Invitation to a conversation",
        "lead": "We would like to talk with you about how your child is doing, and what we can do together.",
        "place": "Place",
        "online": "Online",
        "answer_by": "Please answer by",
        "choose": "When does it suit you?",
        "choose_hint": "Choose one time. When you choose a time, the meeting is agreed.",
        "other": "None of the times suit me",
        "other_hint": "We will suggest other times. Please tell us what suits you best.",
        "cannot": "Can you not come?",
        "cannot_time": "The time does not suit me",
        "cannot_hint": "The institution will then call or write to you.",
        "cannot_wishes": "Only if the time does not suit you.",
        "decline": "I do not wish to take part",
        "decline_hint": "You can always contact the institution if you change your mind.",
        "wishes": "When does it suit you best?",
        "wishes_hint": "Only if none of the times suit you.",
        "points": "What would you like to talk about?",
        "points_hint": "Optional. Those who hold the meeting can read it.",
        "interpreter": "I would like an interpreter",
        "interpreter_language": "Interpreter for",
        "other_language": "If the language is not on the list, write it below.",
        "send": "Send answer",
        "save": "Save",
        "wrong": "Your answer was not saved",
        "pick": "Choose one of the times, or that none of them suit you.",
        "again": "The time is taken, or you have already answered. Try again, or contact the institution.",
        "agenda": "What we will talk about",
        "about": "What is it about?",
        "about_points": (
            "We take time to look at how all the children are doing. "
            "Now we would like to hear how you see it.",
            "At the meeting we talk about what works well, and what we can do differently together.",
            "You do not need to prepare, but please write below what you would like to talk about.",
        ),
        "after": "What happens now?",
        "after_points": (
            "You will get a confirmation of the time that has been agreed.",
            "If you cannot come after all, write it on this page or call the institution.",
            "After the meeting you will get minutes with what we agree.",
        ),
        "calendar": "Put the meeting in my calendar",
        "interpreter_heading": "Do you need an interpreter?",
        "interpreter_hint": "We order and pay for an adult interpreter. Children should not interpret.",
        "accessibility": "Accessibility statement (in Danish)",
        "private": "The link is for you only. Please do not pass it on.",
        "minutes": {
            "title": "Minutes of our meeting",
            "lead": "This is what we talked about and what we agreed.",
            "when": "Time",
            "place": "Place",
            "point": "Point",
            "agreements": "What we have agreed",
            "due": "by",
            "next": "We meet again and follow up",
            "page": "Page",
            "pdf": "Download as PDF",
            "wrong": "Have we misunderstood something? Tell the institution, and we will put it right.",
            "original": "The minutes are in the language they were written in. "
            "Ask the institution if you would like them translated or read aloud.",
        },
        "given": {
            "confirmed": (
                "Thank you. The meeting is agreed.",
                "You will get a confirmation for your calendar.",
            ),
            "already_confirmed": (
                "The meeting is already agreed.",
                "Another parent chose a time first. If it does not suit you, contact the institution.",
            ),
            "new_times": (
                "Thank you. You will get other times.",
                "We will send new suggestions as soon as we can.",
            ),
            "noted": (
                "Thank you. Your answer is saved.",
                "You can change it here as long as the link works.",
            ),
        },
        "states": {
            "answered": ("You have answered.", "No time has been agreed yet. You will hear from us."),
            "too_late": (
                "It is too late to choose one of the times.",
                "You will get a new message, or you can contact the institution.",
            ),
            "confirmed": (
                "The meeting is agreed.",
                "You have been sent a confirmation for your calendar.",
            ),
            "cancelled": ("The meeting is cancelled.", "If you have questions, contact the institution."),
            "over": ("The meeting is over.", "If you have questions, contact the institution."),
        },
        "closed": {
            "expired": (
                "The link no longer works",
                "The time to answer has passed, or a newer message has been sent. "
                "Use the link in the newest message, or contact the institution.",
            ),
            "minutes_expired": (
                "The link no longer works",
                "Either the minutes have been changed, and you have a newer message, or the time has passed. "
                "Contact the institution if you would like the minutes again.",
            ),
            "unknown": (
                "The link does not work",
                "A part of the address may be missing. Try the link in the message again, "
                "or contact the institution.",
            ),
            "later": (
                "The page cannot be shown right now",
                "It is not your fault. Try again in a little while. Your answer may not have been saved.",
            ),
        },
    },
}

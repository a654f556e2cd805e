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

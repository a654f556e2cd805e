"""The languages that parents are written to in.

A further language is a row here and a folder of templates. Until it has both, who reads it gets the
Danish text with the English below, in one message.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """``date``, ``day`` and ``clock`` (an end time) are CLDR patterns; ``direction`` is ltr or rtl."""

    code: str
    date: str
    day: str
    clock: str
    direction: str = "ltr"


DANISH = Language("da", date="EEEE 'den' d. MMMM y 'kl.' HH.mm", day="EEEE 'den' d. MMMM y", clock="HH.mm")
ENGLISH = Language("en", date="EEEE d MMMM y 'at' HH:mm", day="EEEE d MMMM y", clock="HH:mm")

LANGUAGES = {language.code: language for language in (DANISH, ENGLISH)}


ARABIC = Language("ar", date="EEEE d MMMM y, HH:mm", day="EEEE d MMMM y", clock="HH:mm", direction="rtl")
POLISH = Language("pl", date="EEEE, d MMMM y, HH:mm", day="EEEE, d MMMM y", clock="HH:mm")
SOMALI = Language("so", date="EEEE d MMMM y, HH:mm", day="EEEE d MMMM y", clock="HH:mm")

FURTHER = {language.code: language for language in (ARABIC, POLISH, SOMALI)}
"""Languages that some messages have and others not."""


def languages_for(code: str | None, *, further: bool = False) -> tuple[Language, ...]:
    """The languages a message is written in for somebody who reads ``code``, in order.

    ``code`` is a BCP 47 tag; ``en-GB`` reads English. Who has no language noted reads Danish. ``further``:
    the message also has the further languages.
    """
    if not code:
        return (DANISH,)
    having = {**LANGUAGES, **FURTHER} if further else LANGUAGES
    known = having.get(code.strip().lower().replace("_", "-").split("-")[0])
    return (known,) if known else (DANISH, ENGLISH)

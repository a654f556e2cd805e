"""Times, spans and telephone numbers as Danes write them: “3. november 2025 kl. 13.30”, “12 34 56 78”."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from babel.dates import format_date, format_time

from services.chassis.clock import COPENHAGEN


def local(moment: datetime) -> datetime:
    """The moment on a clock in Denmark."""
    return moment.astimezone(COPENHAGEN)


def day(value: date | datetime, language: str = "da") -> str:
    """“3. november 2025”; in English “3 November 2025”."""
    return format_date(_day(value), "d. MMMM y" if language == "da" else "d MMMM y", locale=language)


def weekday(value: date | datetime, language: str = "da") -> str:
    return format_date(_day(value), "EEEE", locale=language)


def week(value: date | datetime) -> int:
    """The ISO week, which is Denmark's."""
    return _day(value).isocalendar().week


def clock(moment: datetime, language: str = "da") -> str:
    """“13.30”; in English “13:30”."""
    return format_time(local(moment), "HH.mm" if language == "da" else "HH:mm", locale=language)


def moment(value: datetime, language: str = "da") -> str:
    """“3. november 2025 kl. 13.30”."""
    return f"{day(value, language)} {'kl.' if language == 'da' else 'at'} {clock(value, language)}"


def span(length: timedelta) -> str:
    """How long, in the unit a person would use: “40 ms”, “0,3 sek.”, “12 minutter”, “3 dage”."""
    seconds = max(length.total_seconds(), 0.0)
    if seconds < 0.1:
        return f"{round(seconds * 1000)} ms"
    if seconds < 10:
        return f"{seconds:.1f}".replace(".", ",") + " sek."
    for size, one, many in ((86_400, "dag", "dage"), (3_600, "time", "timer"), (60, "minut", "minutter")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {one if count == 1 else many}"
    return f"{int(seconds)} sek."


_DANISH_NUMBER = re.compile(r"(?:\+45|0045)?([2-9]\d{7})")


def phone(number: str | None) -> str:
    """“12 34 56 78”, with or without the country's code; another country's number stands as it was given."""
    found = _DANISH_NUMBER.fullmatch(_digits(number))
    return " ".join(re.findall("..", found[1])) if found else (number or "").strip()


def callable_phone(number: str | None) -> str:
    """The number as a telephone takes it in a link: “+4512345678”."""
    digits = _digits(number)
    found = _DANISH_NUMBER.fullmatch(digits)
    return f"+45{found[1]}" if found else digits


def _digits(number: str | None) -> str:
    return re.sub(r"[\s().-]", "", number or "")


def _day(value: date | datetime) -> date:
    return local(value).date() if isinstance(value, datetime) else value

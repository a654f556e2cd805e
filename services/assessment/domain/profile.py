"""The model profile: how one municipality uses the model. Data that is versioned, not code.

Every round keeps the version with which it was opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.assessment.domain.calendar import DeadlineRules

_LEAP_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Window:
    """A window of rating: first and last day, both included."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class KindRules:
    """How the institutions of one kind rate; ``windows`` are pairs of MM-DD that come each year."""

    min_own_ratings: int
    windows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Whole years, ``first`` included, ``end`` not."""

    code: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Profile:
    """One version of a municipality's model profile."""

    version: int
    kinds: Mapping[str, KindRules]
    place_order: tuple[str, ...]
    age_bands: tuple[AgeBand, ...]
    school_grades: frozenset[int]
    deadlines: DeadlineRules
    closed_days: frozenset[str]
    small_numbers_below: int

    @classmethod
    def read(cls, version: int, settings: Mapping[str, Any]) -> Profile:
        """The profile in stored ``settings``, which have been checked when they were stored."""
        limits = settings["deadlines"]
        return cls(
            version=version,
            kinds={
                kind["kind"]: KindRules(
                    kind["min_own_ratings"],
                    tuple((window["from"], window["to"]) for window in kind["windows"]),
                )
                for kind in settings["kinds"]
            },
            place_order=tuple(settings["place_order"]),
            age_bands=tuple(
                AgeBand(band["code"], band["from"], band["to"]) for band in settings["age_bands"]
            ),
            school_grades=frozenset(settings["school_grades"]),
            deadlines=DeadlineRules(
                limits["invite_working_days"], limits["hold_days"], limits["follow_up_months"]
            ),
            closed_days=frozenset(settings.get("closed_days", ())),
            small_numbers_below=settings.get("small_numbers_below", 5),
        )

    def age_band(self, born: date | None, on: date) -> str | None:
        """The code of the band of a child's age on a day; none for the unborn and those grown out of all."""
        if born is None or born > on:
            return None
        years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
        return next((band.code for band in self.age_bands if band.first <= years < band.end), None)

    def min_own_ratings(self, kind: str) -> int:
        """How many own ratings a joint rating rests on in institutions of this kind."""
        return self.kinds[kind].min_own_ratings

    def next_window(self, kind: str, today: date) -> Window:
        """The window of this kind that is running, or else the next to come."""
        runs = (
            window
            for first, last in self.kinds[kind].windows
            for year in (today.year - 1, today.year, today.year + 1)
            if (window := _in_year(first, last, year)).last >= today
        )
        return min(runs, key=lambda window: window.first)


def _in_year(first: str, last: str, year: int) -> Window:
    """A yearly window as it begins in ``year``; one that ends before it begins runs past New Year."""
    return Window(_day(first, year), _day(last, year if first <= last else year + 1))


def _day(text: str, year: int) -> date:
    month, day = (int(part) for part in text.split("-"))
    try:
        return date(year, month, day)
    except ValueError:  # 29 February in a common year
        return date(year, month, day - 1)


def settings_faults(settings: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a profile that has the right shape, by field, with the mend."""
    faults: dict[str, str] = {}
    kinds = [kind["kind"] for kind in settings["kinds"]]
    for index, kind in enumerate(settings["kinds"]):
        if kinds.index(kind["kind"]) != index:
            faults[f"settings.kinds.{index}.kind"] = "Står der to gange. Slet den ene."
        faults |= _window_faults(f"settings.kinds.{index}.windows", kind["windows"])
    if sorted(settings["place_order"]) != sorted(set(kinds)):
        faults["settings.place_order"] = "Skal nævne hver institutionstype i profilen netop én gang."
    end = 0
    codes: set[str] = set()
    for index, band in enumerate(settings["age_bands"]):
        where = f"settings.age_bands.{index}"
        if band["code"] in codes:
            faults[f"{where}.code"] = "Står der to gange. Giv trinnet sin egen kode."
        codes.add(band["code"])
        if band["from"] < end:
            faults[f"{where}.from"] = "Overlapper trinnet før. Skriv trinnene i rækkefølge uden overlap."
        if band["to"] <= band["from"]:
            faults[f"{where}.to"] = "Skal være højere end from."
        end = max(end, band["to"])
    for index, text in enumerate(settings.get("closed_days", ())):
        if not _exists(text):
            faults[f"settings.closed_days.{index}"] = "Dagen findes ikke. Ret måned og dag."
    return faults


def _window_faults(where: str, windows: list[Mapping[str, str]]) -> dict[str, str]:
    faults: dict[str, str] = {}
    taken: set[date] = set()
    for index, window in enumerate(windows):
        wrong = [name for name in ("from", "to") if not _exists(window[name])]
        for name in wrong:
            faults[f"{where}.{index}.{name}"] = "Dagen findes ikke. Ret måned og dag."
        if wrong:
            continue
        days = set(_days_of_year(window["from"], window["to"]))
        if taken & days:
            faults[f"{where}.{index}"] = "Overlapper et andet vindue. Ret datoerne."
        taken |= days
    return faults


def _days_of_year(first: str, last: str) -> Iterable[date]:
    """The days of a yearly window, all written in one leap year."""
    window = _in_year(first, last, _LEAP_YEAR)
    day = window.first
    while day <= window.last:
        yield day.replace(year=_LEAP_YEAR)
        # The year after a leap year has no 29 February, so a window past New Year counts in this one.
        day += timedelta(days=1)


def _exists(text: str) -> bool:
    month, day = (int(part) for part in text.split("-"))
    try:
        date(_LEAP_YEAR, month, day)
    except ValueError:
        return False
    return True


def indicator_faults(settings: Mapping[str, Any], indicators: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What is wrong with an indicator set: a code used twice, or an age band that the profile has not."""
    bands = {band["code"] for band in settings["age_bands"]}
    faults: dict[str, str] = {}
    codes: set[str] = set()
    for index, indicator in enumerate(indicators):
        if indicator["code"] in codes:
            faults[f"indicators.{index}.code"] = "Står der to gange. Giv tegnet sin egen kode."
        codes.add(indicator["code"])
        if indicator["age_band"] not in bands:
            faults[f"indicators.{index}.age_band"] = "Findes ikke blandt profilens alderstrin."
    return faults

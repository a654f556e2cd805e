"""Families of siblings who take a district's seats, with their households, languages and protections.

About seven children in ten live with both parents, two in ten have two homes, one has a single
holder of custody; in half of those the other parent is known without custody. One family in eighty
has a protected address.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from services.registry.domain import OWN_CONTACT_AGE, TEST_MONTH, birthday
from services.registry.synth import names
from services.registry.synth.plan import District, Numbers, Row, Seat, Window, at_age

_CODES = [code for code, _, _ in names.LANGUAGES]
_UP_TO = list(accumulate(share for _, share, _ in names.LANGUAGES))
_INTERPRETED = {code: share for code, _, share in names.LANGUAGES}
_SIBLINGS = (1, 1, 1, 1, 1, 2, 2, 2, 2, 3)
_APART = timedelta(days=300)


@dataclass(slots=True)
class Family:
    """The rows of one family."""

    children: list[Row] = field(default_factory=list)
    guardians: list[Row] = field(default_factory=list)
    custody: list[Row] = field(default_factory=list)
    enrolments: list[Row] = field(default_factory=list)


class Cpr:
    """Invented CPR numbers, each once: the month plus 80, and a running number within the day."""

    def __init__(self) -> None:
        self._last: dict[date, int] = {}

    def next(self, born: date) -> str:
        self._last[born] = serial = self._last.get(born, 0) + 1
        # 7919 is prime to 10,000: the numbers look drawn and never meet.
        return f"{born.day:02d}{born.month + TEST_MONTH}{born:%y}-{serial * 7919 % 10_000:04d}"


class Families:
    """Draws families until every seat of a district is taken."""

    def __init__(self, numbers: Numbers, today: date) -> None:
        self.numbers = numbers
        self.today = today
        self._children, self._adults = Cpr(), Cpr()

    def of(self, random: Random, plan: District, unborn: int) -> Iterator[Family]:
        """The families of a district; ``unborn`` expected children come on top of the seats."""
        left = [seats for seats in plan.seats if seats]
        moves = _Moves(plan, self.today)
        while left:
            yield self._family(random, self._siblings(random, left), moves)
            left = [seats for seats in left if seats]
        for _ in range(unborn):
            yield self._expecting(random)

    def _siblings(self, random: Random, left: list[list[Seat]]) -> list[tuple[Seat, date]]:
        """One to three seats whose children may have the same mother; now and then twins."""
        found: list[tuple[Seat, date]] = []
        for _ in range(random.choice(_SIBLINGS)):
            weights = [len(seats) for seats in left]
            if not any(weights):
                break
            seats = random.choices(left, weights=weights)[0]
            window = seats[-1].window
            born = window.first + timedelta(days=random.randrange(window.days))
            if any(abs(born - other) < _APART for _, other in found):
                break
            found.append((seats.pop(), born))
            if seats and seats[-1].window == window and random.random() < 0.015:
                found.append((seats.pop(), born))
        return found

    def _family(self, random: Random, siblings: list[tuple[Seat, date]], moves: _Moves) -> Family:
        language = _CODES[min(bisect(_UP_TO, random.random()), len(_CODES) - 1)]
        family, last = Family(), random.choice(names.LAST[language])
        protected = random.random() < 0.0125
        adults = self._adults_of(random, family, language, last, protected, min(born for _, born in siblings))
        home = address(random)
        for seat, born in siblings:
            child = self.numbers.next("B")
            sex = "f" if random.random() < 0.487 else "m"
            first = random.choice((names.GIRLS if sex == "f" else names.BOYS)[language])
            cpr = self._children.next(born) if random.random() < 0.97 else ""
            languages = language if language == "da" else f"{language} da"
            own = self._own_contact(random, first, last, child, born)
            family.children.append(
                (child, cpr, first, last, born.isoformat(), "", sex, languages, yes(protected), home, *own)
            )
            family.custody += [(child, *adult) for adult in adults]
            family.enrolments += [(child, *place) for place in moves.places(random, seat, born)]
        return family

    def _own_contact(self, random: Random, first: str, last: str, child: str, born: date) -> Row:
        if birthday(born, OWN_CONTACT_AGE) > self.today:
            return "", "", ""
        return yes(random.random() < 0.02), email(first, last, child), phone(random)

    def _expecting(self, random: Random) -> Family:
        language = _CODES[min(bisect(_UP_TO, random.random()), len(_CODES) - 1)]
        family, last = Family(), random.choice(names.LAST[language])
        expected = self.today + timedelta(days=random.randrange(7, 150))
        child = self.numbers.next("B")
        adults = self._adults_of(random, family, language, last, False, expected)
        languages = language if language == "da" else f"{language} da"
        family.children.append(
            (
                child,
                "",
                "",
                last,
                "",
                expected.isoformat(),
                "u",
                languages,
                "nej",
                address(random),
                "",
                "",
                "",
            )
        )
        family.custody += [(child, *adult) for adult in adults]
        return family

    def _adults_of(
        self, random: Random, family: Family, language: str, last: str, protected: bool, eldest: date
    ) -> list[Row]:
        """The family's adults, and what each is to its children: id, custody, lives with them."""
        draw = random.random()
        mother = self._adult(random, family, language, last, "f", protected, eldest)
        if draw < 0.05:
            return [(mother, "sole", "ja")]
        other = language if random.random() < 0.9 else "da"
        own_name = last if draw < 0.5 else random.choice(names.LAST[other])
        father = self._adult(random, family, other, own_name, "m", False, eldest)
        if draw < 0.10:
            return [(mother, "sole", "ja"), (father, "none", "nej")]
        if draw < 0.12:
            return [(mother, "none", "nej"), (father, "sole", "ja")]
        split = draw > 0.82
        return [
            (mother, "joint", "ja"),
            (father, "joint", "nej" if split and random.random() < 0.4 else "ja"),
        ]

    def _adult(
        self,
        random: Random,
        family: Family,
        language: str,
        last: str,
        sex: str,
        protected: bool,
        eldest: date,
    ) -> str:
        guardian = self.numbers.next("F")
        first = random.choice((names.GIRLS if sex == "f" else names.BOYS)[language])
        born = eldest - timedelta(days=random.randrange(19 * 366, 42 * 365))
        family.guardians.append(
            (
                guardian,
                self._adults.next(born) if random.random() < 0.96 else "",
                first,
                last,
                language,
                yes(random.random() < _INTERPRETED[language]),
                yes(random.random() < 0.03),
                email(first, last, guardian) if random.random() < 0.97 else "",
                phone(random) if random.random() < 0.95 else "",
                yes(protected),
            )
        )
        return guardian


class _Moves:
    """Where a child was before, is now and will soon be."""

    def __init__(self, plan: District, today: date) -> None:
        self.today = today
        self.groups = {index: [seat.group for seat in seats] for index, seats in enumerate(plan.seats)}

    def places(self, random: Random, seat: Seat, born: date) -> Iterator[Row]:
        """Enrolments of one child: group, first and last day. Exactly one of them holds today."""
        starts = min(self._starts(seat.window, born), self.today)
        if seat.window.kind == "boernehave" and self.groups[1] and random.random() < 0.15:
            before = max(at_age(born, 10), born)
            if before < starts:
                yield random.choice(self.groups[1]), before.isoformat(), _before(starts)
        leaves = at_age(born, 35)
        soon = self.today < leaves <= self.today + timedelta(days=60)
        if seat.window.kind == "day_care" and soon and self.groups[2] and random.random() < 0.4:
            yield seat.group, starts.isoformat(), _before(leaves)
            yield random.choice(self.groups[2]), leaves.isoformat(), ""
        else:
            yield seat.group, starts.isoformat(), ""

    def _starts(self, window: Window, born: date) -> date:
        if window.kind == "health_visiting":
            return born
        if window.kind == "school":
            return date(born.year + 6, 8, 1)
        return at_age(born, 10 if window.kind == "day_care" else 34)


def _before(day: date) -> str:
    return (day - timedelta(days=1)).isoformat()


def yes(true: bool) -> str:
    return "ja" if true else "nej"


def address(random: Random) -> str:
    """An invented address in a town that is not there."""
    return f"{random.choice(names.STREETS)} {random.randrange(1, 180)}, {names.TOWN}"


def phone(random: Random) -> str:
    """No Danish number begins with 00."""
    return f"+4500{random.randrange(10**6):06d}"


def email(first: str, last: str, source_id: str) -> str:
    return f"{names.EMAIL[first]}.{names.EMAIL[last]}.{source_id.lower()}@post.example"

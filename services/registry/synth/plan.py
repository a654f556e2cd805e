"""A district: which institutions it has, their groups and staff, and a seat for every child.

Sizes follow Danish practice: three to four children at a childminder, about 13 in a vuggestue group,
20 in a børnehave group, 21 in a class, some 55 infants to a health visitor. A leader has 80 to 110
children: larger institutions are led by departments, each leader in the groups of hers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from services.registry.domain import birthday
from services.registry.synth import names

DISTRICT_SIZE = 2200
_PER_LEADER = 95
_ONE_LEADER = 118

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A band of births, both days included, and the kind of place that age has."""

    kind: str
    grade: int | None
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in a group for a child born in ``window``."""

    group: str
    window: Window


@dataclass(slots=True)
class District:
    """The rows of a district's organisation, and its seats by window, each list in random order."""

    institutions: list[Row] = field(default_factory=list)
    groups: list[Row] = field(default_factory=list)
    staff: list[Row] = field(default_factory=list)
    assignments: list[Row] = field(default_factory=list)
    seats: list[list[Seat]] = field(default_factory=list)


class Numbers:
    """Running numbers of the source system, through the whole municipality."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def next(self, letter: str) -> str:
        self._last[letter] = number = self._last.get(letter, 0) + 1
        return f"{letter}{number:06d}"


def months_before(today: date, months: int) -> date:
    """The same day so many months ago, or the month's last day where it has no such day."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    day = today.day
    while True:
        try:
            return date(year, month + 1, day)
        except ValueError:
            day -= 1


def windows(today: date, oldest_grade: int) -> list[Window]:
    """Who is where by her birthday. School begins in August of the year a child turns six."""
    school_year = today.year if today >= date(today.year, 8, 1) else today.year - 1
    infants, toddlers = months_before(today, 10), months_before(today, 34)
    day = timedelta(days=1)
    found = [
        Window("health_visiting", None, infants + day, today),
        Window("day_care", None, toddlers + day, infants),
        Window("boernehave", None, date(school_year - 5, 1, 1), toddlers),
    ]
    for grade in range(oldest_grade + 1):
        year = school_year - 6 - grade
        found.append(Window("school", grade, date(year, 1, 1), date(year, 12, 31)))
    return found


def shares(total: int, weights: list[int]) -> list[int]:
    """``total`` divided by weights in whole numbers that add up (largest remainder)."""
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    by_rest = sorted(range(len(weights)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_rest[: total - sum(parts)]:
        parts[index] += 1
    return parts


def split(count: int, target: int, most: int) -> list[int]:
    """``count`` in parts near ``target`` and never above ``most``, as even as they can be."""
    if count == 0:
        return []
    parts = max(math.ceil(count / most), round(count / target), 1)
    return [count // parts + (index < count % parts) for index in range(parts)]


class Planner:
    """Plans districts one after another; the order of the draws is what makes a seed repeatable."""

    def __init__(self, numbers: Numbers, today: date, oldest_grade: int) -> None:
        self.numbers = numbers
        self.today = today
        self.windows = windows(today, oldest_grade)

    def district(self, random: Random, source_id: str, name: str, children: int) -> District:
        """The organisation and the seats of a district with so many born children."""
        plan = District()
        counts = shares(children, [window.days for window in self.windows])
        seats: dict[int, list[Seat]] = {index: [] for index in range(len(self.windows))}
        self._infants(plan, random, source_id, name, counts[0], seats[0])
        childminders = round(counts[1] * 0.45)
        if childminders < 3:
            childminders = 0
        self._childminders(plan, random, source_id, name, childminders, seats[1])
        self._houses(plan, random, source_id, name, "vuggestue", counts[1] - childminders, seats[1])
        self._houses(plan, random, source_id, name, "boernehave", counts[2], seats[2])
        self._schools(plan, random, source_id, name, counts, seats)
        for index in seats:
            random.shuffle(seats[index])
        plan.seats = list(seats.values())
        return plan

    # Institutions --------------------------------------------------------------------------------

    def _institution(self, plan: District, kind: str, name: str, district: str) -> str:
        found = self.numbers.next("I")
        authority = "Skole" if kind == "school" else "Dagtilbud og sundhed"
        plan.institutions.append((found, name, kind, district, authority))
        return found

    def _group(self, plan: District, institution: str, name: str, grade: int | None = None) -> str:
        found = self.numbers.next("G")
        plan.groups.append((found, institution, name, "" if grade is None else grade))
        return found

    def _infants(
        self, plan: District, random: Random, district: str, name: str, count: int, seats: list[Seat]
    ) -> None:
        if not count:
            return
        institution = self._institution(plan, "health_visiting", f"Sundhedsplejen {name}", district)
        groups = []
        for number, size in enumerate(split(count, 55, 70), 1):
            group = self._group(plan, institution, f"Sundhedsplejens gruppe {number}")
            visitor = self._person(plan, random)
            self._assign(plan, random, visitor, "health_visitor", "group", group)
            if number == 1:  # one in the district stands in for the others
                self._assign(plan, random, visitor, "health_visitor", "district", district)
            groups.append((group, size))
            seats += [Seat(group, self.windows[0])] * size
        self._lead(plan, random, institution, groups)
        specialist = self._person(plan, random)
        self._assign(plan, random, specialist, "specialist", "district", district)

    def _childminders(
        self, plan: District, random: Random, district: str, name: str, count: int, seats: list[Seat]
    ) -> None:
        if not count:
            return
        institution = self._institution(plan, "dagpleje", f"Dagplejen {name}", district)
        groups = []
        for number, size in enumerate(split(count, 4, 4), 1):
            minder = self._person(plan, random)
            group = self._group(plan, institution, f"Dagplejer {number}")
            self._assign(plan, random, minder, "childminder", "group", group)
            groups.append((group, size))
            seats += [Seat(group, self.windows[1])] * size
        self._lead(plan, random, institution, groups)

    def _houses(
        self,
        plan: District,
        random: Random,
        district: str,
        name: str,
        kind: str,
        count: int,
        seats: list[Seat],
    ) -> None:
        size, most, house = (13, 15, 78) if kind == "vuggestue" else (20, 24, 96)
        window = self.windows[1 if kind == "vuggestue" else 2]
        titles = random.sample(names.HOUSES, len(names.HOUSES))
        for number, children in enumerate(split(count, house, 115)):
            title = f"{'Vuggestuen' if kind == 'vuggestue' else 'Børnehaven'} {titles[number % len(titles)]}"
            institution = self._institution(plan, kind, f"{title}, {name}", district)
            groups = []
            for index, children_in_group in enumerate(split(children, size, most)):
                group = self._group(plan, institution, f"{names.ROOMS[index % len(names.ROOMS)]} stue")
                for _ in range(3 if kind == "vuggestue" else 2):
                    self._assign(plan, random, self._person(plan, random), "pedagogue", "group", group)
                groups.append((group, children_in_group))
                seats += [Seat(group, window)] * children_in_group
            self._lead(plan, random, institution, groups)

    def _schools(
        self,
        plan: District,
        random: Random,
        district: str,
        name: str,
        counts: list[int],
        seats: dict[int, list[Seat]],
    ) -> None:
        grades = [index for index, window in enumerate(self.windows) if window.kind == "school"]
        total = sum(counts[index] for index in grades)
        if not total:
            return
        schools = max(1, round(total / (85 * len(grades))))
        by_grade = {index: split_exactly(counts[index], schools) for index in grades}
        titles = random.sample(names.SCHOOLS, len(names.SCHOOLS))
        for number in range(schools):
            institution = self._institution(
                plan, "school", f"{titles[number % len(titles)]}, {name}", district
            )
            classes = []
            for index in grades:
                grade = self.windows[index].grade
                for letter, size in zip("ABCDEFGH", split(by_grade[index][number], 21, 25), strict=False):
                    group = self._group(plan, institution, f"{grade}.{letter}", grade)
                    for role in ("teacher", "pedagogue" if grade is not None and grade < 2 else "teacher"):
                        self._assign(plan, random, self._person(plan, random), role, "group", group)
                    classes.append((group, size))
                    seats[index] += [Seat(group, self.windows[index])] * size
            self._lead(plan, random, institution, classes)

    # Staff -----------------------------------------------------------------------------------------

    def _person(self, plan: District, random: Random) -> str:
        row = person(random, self.numbers)
        plan.staff.append(row)
        return str(row[0])

    def _assign(
        self, plan: District, random: Random, staff: str, role: str, unit_kind: str, unit: str
    ) -> None:
        since = self.today - timedelta(days=random.randrange(60, 3000))
        plan.assignments.append((staff, role, unit_kind, unit, since.isoformat(), ""))

    def _lead(self, plan: District, random: Random, institution: str, groups: list[tuple[str, int]]) -> None:
        """A leader of the house, or in a large one a leader for each department's groups."""
        children = sum(size for _, size in groups)
        if children <= _ONE_LEADER:
            self._assign(plan, random, self._person(plan, random), "leader", "institution", institution)
            return
        leaders = round(children / _PER_LEADER)
        led, seen = -1, 0
        for group, size in groups:
            department = min(int((seen + size / 2) * leaders / children), leaders - 1)
            if department != led:
                leader, led = self._person(plan, random), department
            self._assign(plan, random, leader, "leader", "group", group)
            seen += size


def split_exactly(count: int, parts: int) -> list[int]:
    """``count`` in exactly ``parts`` parts, as even as they can be."""
    return [count // parts + (index < count % parts) for index in range(parts)]


def person(random: Random, numbers: Numbers) -> Row:
    """A member of staff: id, names, e-mail and phone at work."""
    found = numbers.next("M")
    first = random.choice((names.GIRLS if random.random() < 0.8 else names.BOYS)["da"])
    last = random.choice(names.LAST["da"])
    email = f"{names.EMAIL[first]}.{names.EMAIL[last]}.{found[1:]}@kommune.example"
    return found, first, last, email, f"+4500{random.randrange(10**6):06d}"


def municipal_staff(random: Random, numbers: Numbers) -> Iterator[tuple[Row, str]]:
    """Those whose work is the whole municipality: administration (M000001) and operations (M000002)."""
    for role in ("administration", "operations"):
        yield person(random, numbers), role


def at_age(born: date, months: int) -> date:
    """The day somebody is so many months old."""
    years, rest = divmod(months, 12)
    day = birthday(born, years)
    return day + timedelta(days=round(rest * 30.44))

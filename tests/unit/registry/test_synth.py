"""The invented municipality: repeatable, plausible, and nobody."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from services.registry import domain
from services.registry.importing.contract import TABLES
from services.registry.synth.write import write_municipality

TODAY = date(2026, 11, 21)
Rows = list[dict[str, str]]


def table(folder: Path, name: str) -> Rows:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


def write(folder: Path, children: int, seed: int = 1, oldest_grade: int = 4) -> Path:
    write_municipality(folder, children=children, seed=seed, today=TODAY, oldest_grade=oldest_grade)
    return folder


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("town"), 3000)


def digest(folder: Path) -> str:
    content = b"".join((folder / one.file).read_bytes() for one in TABLES)
    return hashlib.sha256(content).hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    first = digest(write(tmp_path / "a", 300, seed=7))
    assert digest(write(tmp_path / "b", 300, seed=7)) == first
    assert digest(write(tmp_path / "c", 300, seed=8)) != first


@pytest.mark.parametrize("children", [1, 2, 5, 17, 60])
def test_a_municipality_may_be_of_any_size(tmp_path: Path, children: int) -> None:
    folder = write(tmp_path, children)
    assert len(table(folder, "children")) == children
    assert len({row["child_id"] for row in table(folder, "enrolments")}) == children


def test_every_born_child_is_in_exactly_one_place_today(town: Path) -> None:
    today = TODAY.isoformat()
    current = Counter(
        row["child_id"]
        for row in table(town, "enrolments")
        if row["from"] <= today and (not row["to"] or row["to"] >= today)
    )
    born = {row["child_id"] for row in table(town, "children") if row["born"]}
    assert set(current) == born
    assert set(current.values()) == {1}


def test_groups_have_the_sizes_of_their_kind(town: Path) -> None:
    kinds = {row["institution_id"]: row["kind"] for row in table(town, "institutions")}
    groups = {row["group_id"]: kinds[row["institution_id"]] for row in table(town, "groups")}
    today = TODAY.isoformat()
    sizes: dict[str, list[int]] = defaultdict(list)
    counts = Counter(
        row["group_id"]
        for row in table(town, "enrolments")
        if row["from"] <= today and (not row["to"] or row["to"] >= today)
    )
    for group, size in counts.items():
        sizes[groups[group]].append(size)
    assert set(sizes) == set(domain.KINDS)
    assert max(sizes["dagpleje"]) == 4
    for kind in ("vuggestue", "boernehave", "school"):
        assert min(sizes[kind]) >= 12, kind
        assert max(sizes[kind]) <= 25, kind


def test_every_group_has_those_who_rate_in_it_and_a_leader(town: Path) -> None:
    kinds = {row["institution_id"]: row["kind"] for row in table(town, "institutions")}
    home = {row["group_id"]: row["institution_id"] for row in table(town, "groups")}
    staff: Counter[str] = Counter()
    led = set()
    for row in table(town, "assignments"):
        if row["role"] == "leader":
            led.add(row["unit_id"])
        elif row["unit_kind"] == "group":
            staff[row["unit_id"]] += 1
    for group, institution in home.items():
        least = 1 if kinds[institution] in ("dagpleje", "health_visiting") else 2
        assert staff[group] >= least, kinds[institution]
        assert group in led or institution in led


def test_a_leader_has_about_eighty_to_a_hundred_and_ten_children(tmp_path: Path) -> None:
    folder = write(tmp_path, 6500)
    home = {row["group_id"]: row["institution_id"] for row in table(folder, "groups")}
    today = TODAY.isoformat()
    children: Counter[str] = Counter()
    for row in table(folder, "enrolments"):
        if row["from"] <= today and (not row["to"] or row["to"] >= today):
            children[row["group_id"]] += 1
            children[home[row["group_id"]]] += 1
    led: Counter[str] = Counter()
    for row in table(folder, "assignments"):
        if row["role"] == "leader":
            led[row["staff_id"]] += children[row["unit_id"]]
    assert max(led.values()) <= 120
    assert 70 <= sum(led.values()) / len(led) <= 110


def test_families_are_as_families_are(town: Path) -> None:
    children = len(table(town, "children"))
    custody: dict[str, list[dict[str, str]]] = defaultdict(list)
    siblings: dict[str, set[str]] = defaultdict(set)
    for row in table(town, "custody"):
        custody[row["child_id"]].append(row)
        siblings[row["guardian_id"]].add(row["child_id"])
    kinds = Counter(tuple(sorted(row["custody"] for row in rows)) for rows in custody.values())
    assert kinds[("joint", "joint")] > 0.8 * children
    assert kinds[("sole",)] > 0.02 * children
    assert kinds[("none", "sole")] > 0.03 * children
    two_homes = sum(any(row["lives_with"] == "nej" for row in rows) for rows in custody.values())
    assert two_homes > 0.08 * children
    assert sum(len(of) > 1 for of in siblings.values()) > 0.2 * len(siblings)
    for child, rows in custody.items():
        relations = [domain.Custody(row["guardian_id"], row["custody"]) for row in rows]
        assert domain.custody_fault(relations, date(2020, 1, 1), TODAY) is None, child


def test_languages_interpreters_paper_and_protection_are_all_there(town: Path) -> None:
    guardians, children = table(town, "guardians"), table(town, "children")
    assert {"da", "ar", "en", "pl", "so"} <= {row["language"] for row in guardians}
    assert 0.75 < sum(row["language"] == "da" for row in guardians) / len(guardians) < 0.9
    for column in ("interpreter", "digital_post_exempt", "protected_address"):
        assert any(row[column] == "ja" for row in guardians), column
    assert 0.003 < sum(row["protected_address"] == "ja" for row in children) / len(children) < 0.03
    assert any(row["expected"] for row in children)


def test_nobody_in_it_can_be_anybody(town: Path) -> None:
    people = table(town, "guardians") + table(town, "children")
    numbers = [row["cpr"] for row in people if row["cpr"]]
    assert numbers
    for number in numbers:
        cpr = domain.parse_cpr(number)
        assert cpr is not None
        assert domain.TEST_MONTH < int(cpr[2:4]) <= domain.TEST_MONTH + 12
    for row in people + table(town, "staff"):
        assert not row["email"] or row["email"].endswith(".example")
        assert not row["phone"] or row["phone"].startswith("+4500")
    assert all("9999 Mønsterby" in row["address"] for row in table(town, "children"))


def test_no_two_share_a_cpr_number(town: Path) -> None:
    for name in ("guardians", "children"):
        numbers = [row["cpr"] for row in table(town, name) if row["cpr"]]
        assert len(set(numbers)) == len(numbers)


def test_with_the_older_grades_there_are_young_people_with_their_own_contact(tmp_path: Path) -> None:
    folder = write(tmp_path, 2000, oldest_grade=9)
    young = [row for row in table(folder, "children") if row["email"]]
    assert young
    assert all(domain.has_own_contact(date.fromisoformat(row["born"]), TODAY) for row in young)

"""Who is to be rated where, and how a round's list follows its children."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.assessment.domain import states
from services.assessment.domain.profile import Profile
from services.assessment.domain.roster import Add, Enrolment, Leave, Listed, Place, Stay, follow, place
from services.assessment.domain.words import EXEMPT, JOINT_FINAL, KINDS, LEFT, NOT_STARTED
from services.assessment.profiles import built_in

PROFILE = Profile.read(1, built_in()["settings"])
TODAY = date(2026, 11, 21)
TWO_YEARS = date(2024, 6, 1)
SEVEN_YEARS = date(2019, 6, 1)


def enrolled(
    kind: str,
    institution: str = "i1",
    *,
    first: date = date(2026, 1, 1),
    last: date | None = None,
    grade: int | None = None,
) -> Enrolment:
    return Enrolment(institution, f"{institution}-g", "d1", kind, first, last, grade)


def test_a_child_with_health_visitor_and_childminder_is_rated_by_the_childminder() -> None:
    found = place(
        TWO_YEARS, [enrolled("health_visiting", "hv"), enrolled("dagpleje", "dp")], PROFILE, KINDS, TODAY
    )
    assert found is not None
    assert (found.institution_id, found.required) == ("dp", 1)


def test_a_child_at_home_is_rated_by_its_health_visitor() -> None:
    found = place(TWO_YEARS, [enrolled("health_visiting", "hv")], PROFILE, KINDS, TODAY)
    assert found is not None
    assert found.institution_id == "hv"


def test_a_round_of_health_visiting_alone_does_not_list_children_in_day_care() -> None:
    both = [enrolled("health_visiting", "hv"), enrolled("dagpleje", "dp")]
    assert place(TWO_YEARS, both, PROFILE, {"health_visiting"}, TODAY) is None


def test_of_two_day_cares_the_latest_begun_counts() -> None:
    both = [enrolled("vuggestue", "old"), enrolled("vuggestue", "new", first=date(2026, 6, 1))]
    found = place(TWO_YEARS, both, PROFILE, KINDS, TODAY)
    assert found is not None
    assert found.institution_id == "new"


def test_both_days_of_an_enrolment_belong_to_it() -> None:
    assert place(TWO_YEARS, [enrolled("vuggestue", first=TODAY, last=TODAY)], PROFILE, KINDS, TODAY)
    assert not place(
        TWO_YEARS, [enrolled("vuggestue", last=TODAY - timedelta(days=1))], PROFILE, KINDS, TODAY
    )
    assert not place(
        TWO_YEARS, [enrolled("vuggestue", first=TODAY + timedelta(days=1))], PROFILE, KINDS, TODAY
    )


def test_fourth_grade_is_in_and_fifth_is_out_and_unknown_is_in() -> None:
    assert place(SEVEN_YEARS, [enrolled("school", grade=4)], PROFILE, KINDS, TODAY)
    assert not place(SEVEN_YEARS, [enrolled("school", grade=5)], PROFILE, KINDS, TODAY)
    assert place(SEVEN_YEARS, [enrolled("school")], PROFILE, KINDS, TODAY)


def test_the_unborn_and_the_grown_are_not_listed() -> None:
    assert not place(None, [enrolled("health_visiting")], PROFILE, KINDS, TODAY)
    assert not place(date(2005, 1, 1), [enrolled("school", grade=4)], PROFILE, KINDS, TODAY)


HERE = Place("i1", "g1", "d1", "vuggestue", "1-3", 2)
LISTED = Listed("e1", "i1", "g1", "d1", NOT_STARTED, there=True)


def test_a_child_who_arrives_is_added() -> None:
    assert follow([], HERE) == [Add(HERE)]


def test_a_child_who_stays_changes_nothing() -> None:
    assert follow([LISTED], HERE) == []


def test_a_child_who_changes_group_takes_its_entry_along() -> None:
    moved = replace(HERE, group_id="g2")
    assert follow([LISTED], moved) == [Stay(LISTED, moved)]


def test_a_child_who_moves_leaves_and_is_added() -> None:
    moved = replace(HERE, institution_id="i2", group_id="g9")
    assert follow([LISTED], moved) == [Leave(LISTED, "moved"), Add(moved)]


def test_a_child_who_was_rated_before_it_moved_is_not_asked_for_twice() -> None:
    done = replace(LISTED, state=JOINT_FINAL)
    moved = replace(HERE, institution_id="i2", group_id="g9")
    assert follow([done], moved) == [Leave(done, "moved"), Add(moved, exempt=True)]


def test_a_child_who_leaves_the_municipality_leaves_the_list() -> None:
    assert follow([LISTED], None, active=False) == [Leave(LISTED, "moved_away")]


PLACES = st.one_of(
    st.none(),
    st.builds(
        Place,
        st.sampled_from(["i1", "i2", "i3"]),
        st.sampled_from(["g1", "g2"]),
        st.just("d1"),
        st.just("vuggestue"),
        st.just("1-3"),
        st.just(2),
    ),
)
MOVES = st.lists(st.tuples(PLACES, st.booleans()), max_size=10)


def carry_out(entries: list[Listed], now: Place | None) -> list[Listed]:
    by_id = {entry.id: entry for entry in entries}
    for change in follow(entries, now):
        if isinstance(change, Leave):
            by_id[change.entry.id] = replace(change.entry, state=states.gone(change.entry.state), there=False)
        elif isinstance(change, Stay):
            by_id[change.entry.id] = replace(
                change.entry,
                group_id=change.place.group_id,
                state=EXEMPT if change.exempt else states.back(change.entry.state, 0, 2),
                there=True,
            )
        else:
            id_ = f"e{len(by_id)}"
            state = EXEMPT if change.exempt else NOT_STARTED
            by_id[id_] = Listed(
                id_, change.place.institution_id, change.place.group_id, "d1", state, there=True
            )
    return list(by_id.values())


@given(MOVES)
def test_wherever_a_child_goes_it_has_one_entry_and_that_is_where_it_is(
    moves: list[tuple[Place | None, bool]],
) -> None:
    entries: list[Listed] = []
    for now, rated in moves:
        agreed = {entry.id for entry in entries if entry.state == JOINT_FINAL}
        entries = carry_out(entries, now)
        there = [entry for entry in entries if entry.there]
        assert [(entry.institution_id, entry.group_id) for entry in there] == (
            [(now.institution_id, now.group_id)] if now else []
        )
        assert all(entry.state != LEFT for entry in there)
        assert agreed <= {entry.id for entry in entries if entry.state == JOINT_FINAL}
        assert len({entry.institution_id for entry in entries}) == len(entries)
        assert follow(entries, now) == []
        if rated:
            entries = [
                replace(entry, state=JOINT_FINAL) if entry.there and entry.state == NOT_STARTED else entry
                for entry in entries
            ]


@given(MOVES)
def test_nobody_is_asked_to_rate_a_child_that_has_been_rated_in_the_round(
    moves: list[tuple[Place | None, bool]],
) -> None:
    entries: list[Listed] = []
    for now, rated in moves:
        entries = carry_out(entries, now)
        if any(entry.state == JOINT_FINAL for entry in entries):
            assert all(entry.state in {JOINT_FINAL, EXEMPT} for entry in entries if entry.there)
        if rated:
            entries = [
                replace(entry, state=JOINT_FINAL) if entry.there and entry.state == NOT_STARTED else entry
                for entry in entries
            ]

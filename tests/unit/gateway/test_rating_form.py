"""What a form about a group says, whoever sends it: a browser with or without script, or somebody else."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from services.assessment.schemas.ratings import JointRatingEntry, OwnRatingEntry
from services.gateway.web import joint_form
from services.gateway.web.rating_form import content, entries, mark, tidy, written

ID = str(uuid4())
TEXTS = st.text(max_size=60)
RATINGS = st.fixed_dictionaries(
    {
        "position": st.sampled_from(["", "green", "yellow", "red"]),
        "reason": TEXTS,
        "works_well": TEXTS,
        "indicators": st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
        "source": st.sampled_from(["observation", "home_visit"]),
        "with_parents": st.booleans(),
    }
)


def form(rating: dict[str, Any], seen: str, id_: str = ID) -> MultiDict[str, str]:
    """A row as a browser sends it: with line ends of its own, and no box that is not ticked."""
    found = MultiDict({f"v-{id_}": "7", f"mark-{id_}": seen})
    for name in ("position", "reason", "works_well", "source"):
        # Any line end in a field's text is one to a browser, and is sent as one of its own.
        found[f"{name}-{id_}"] = re.sub(r"\r\n|\r|\n", "\r\n", rating[name])
    for code in rating["indicators"]:
        found.add(f"indicators-{id_}", code)
    if rating["with_parents"]:
        found[f"with_parents-{id_}"] = "1"
    return found


@given(RATINGS)
def test_a_row_that_nobody_touched_is_not_sent(rating: dict[str, Any]) -> None:
    [entry] = entries(form(rating, mark(rating)))
    assert not entry.touched
    assert (entry.id, entry.version) == (ID, 7)


@given(RATINGS, RATINGS)
def test_a_row_is_touched_when_it_says_something_else(before: dict[str, Any], after: dict[str, Any]) -> None:
    [entry] = entries(form(after, mark(before)))
    assert entry.touched == (content(before) != content(after))


@given(TEXTS)
def test_text_is_tidied_once_and_for_all(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)
    assert "\r" not in tidy(text)


def test_a_row_is_what_assessment_takes() -> None:
    rating = content({"position": "yellow", "reason": " Ved skift.\r\n", "indicators": ["b", "a"]})
    [entry] = entries(form(rating, ""))
    assert OwnRatingEntry().load(entry.item)["reason"] == "Ved skift."
    assert written([entry.item]) == [entry.item]


@pytest.mark.parametrize(
    "rows",
    [
        ["x"],
        [{}],
        [{"child_assessment_id": "../x", "expected_version": 1}],
        [{"child_assessment_id": ID}],
        [{"child_assessment_id": ID, "expected_version": "1"}],
        [None],
    ],
)
def test_what_is_no_row_of_ours_is_left_out(rows: list[Any]) -> None:
    assert written(rows) == []


def test_fields_that_are_no_row_of_ours_are_left_out() -> None:
    strange = {"v-x": "1", f"v-{ID}": "one", "csrf_token": "t", "vis": "alle", "v-": ""}
    assert entries(MultiDict(strange)) == []


def joint(**fields: str) -> MultiDict[str, str]:
    return MultiDict({f"v-{ID}": "3", **{f"{name}-{ID}": value for name, value in fields.items()}})


def test_what_is_agreed_is_what_assessment_takes() -> None:
    people = [str(uuid4()), str(uuid4())]
    sent = joint(position="red", track="home", reason="Sover ikke.", suspects_parents="1")
    [one] = joint_form.read(sent)
    loaded = JointRatingEntry().load(one.item(people))
    assert (loaded["track"], loaded["suspects_parents"], loaded["participants"]) == ("home", True, people)
    assert (one.decided, one.fault) == (True, {})


def test_words_about_a_child_without_a_position_are_not_lost_in_silence() -> None:
    [one] = joint_form.read(joint(focus="Mindre grupper."))
    assert not one.decided
    assert "position" in one.fault
    [blank] = joint_form.read(joint(focus="  "))
    assert not blank.decided
    assert blank.fault == {}


def test_participants_are_each_named_once_and_only_by_id() -> None:
    sent: MultiDict[str, str] = MultiDict([("participant", ID), ("participant", ID), ("participant", "x")])
    assert joint_form.participants(sent) == [ID]

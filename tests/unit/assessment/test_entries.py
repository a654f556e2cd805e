"""An entry about a child is read the quick way or by marshmallow, and nobody can tell which."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from services.assessment.schemas.fields import PerChild
from services.assessment.schemas.ratings import JointRatingEntry, OwnRatingEntry, StartDialogueEntry

UUID = "0b9f8a2e-7c1d-4e5f-8a90-1b2c3d4e5f60"
WHOLE = {
    "child_assessment_id": UUID,
    "expected_version": 1,
    "position": "yellow",
    "participants": [UUID],
    "reason": "Trækker sig.",
}

values: Any = (
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.text(max_size=5)
    | st.sampled_from([UUID, UUID.upper(), "yellow", "home", " luft ", "\ud800", "x" * 4001, "true", "1"])
    | st.lists(st.sampled_from([UUID, UUID.upper(), "3-6.social.yellow.1", " a ", "\x00", 7]), max_size=3)
)
changes = st.dictionaries(
    st.sampled_from([*WHOLE, "track", "context", "indicators", "with_parents", "source", "unheard_of"]),
    values,
)


@given(changes, st.sampled_from([JointRatingEntry, OwnRatingEntry, StartDialogueEntry]))
def test_the_quick_way_reads_what_marshmallow_reads(change: dict[str, Any], schema: type[Schema]) -> None:
    known = schema().fields
    item = {name: value for name, value in WHOLE.items() if name in known} | change
    [entry] = PerChild(schema).deserialize([item])
    try:
        expected = schema().load(item)
    except ValidationError:
        expected = None
    assert entry.data == expected
    assert bool(entry.fields) == (expected is None)


def test_an_ordinary_entry_takes_the_quick_way() -> None:
    assert PerChild(JointRatingEntry)._quick.load(WHOLE) == JointRatingEntry().load(WHOLE)

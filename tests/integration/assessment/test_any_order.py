"""Whatever order professionals do things in, what the house was told fits what is stored."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.assessment import models
from services.assessment.domain.words import POSITIONS, TRACKS, is_concern
from services.assessment.handlers import joint
from services.chassis.database import Database
from services.chassis.errors import Conflict
from tests.integration.assessment.world import World, at, child_data, joint_item

CHILD = st.integers(0, 1)
MARK = st.booleans()


class Rounds(RuleBasedStateMachine):
    """Two children of one group through rounds: rated, agreed on, revised, moved, and rated again."""

    @initialize()
    def begin(self) -> None:
        # In memory: the database's one connection lasts as long as this.
        self.database = Database("sqlite://", models.Base)
        models.Base.metadata.create_all(self.database.engine)
        self.world = World(self.database)
        self.here, self.there = self.world.house("dagpleje"), self.world.house("dagpleje")
        self.children = self.world.children(self.here, 2)
        self.houses = dict.fromkeys(self.children, self.here)
        self.round_id = self.world.open_round("dagpleje")["round_id"]

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()

    @rule(child=CHILD, position=st.sampled_from(POSITIONS))
    def rate(self, child: int, position: str) -> None:
        house = self.houses[self.children[child]]
        self.world.rate(house.anna, self.round_id, house, positions={self.children[child]: position})

    @rule(child=CHILD, position=st.sampled_from(POSITIONS), track=st.sampled_from(TRACKS), suspected=MARK)
    def agree(self, child: int, position: str, track: str, suspected: bool) -> None:
        house = self.houses[self.children[child]]
        self.world.finalise(
            self.round_id,
            house,
            positions={self.children[child]: position},
            track=track,
            suspects_parents=suspected and is_concern(position),
        )

    @rule(
        child=CHILD,
        position=st.sampled_from(POSITIONS),
        track=st.sampled_from(TRACKS),
        suspected=MARK,
        which=st.integers(0, 3),
    )
    def revise(self, child: int, position: str, track: str, suspected: bool, which: int) -> None:
        house = self.houses[self.children[child]]
        row = self.world.rows(self.round_id, house)[self.children[child]]
        if not row["joint"]:
            return
        content = {
            name: value for name, value in joint_item(row, house, position).items() if name in joint.CONTENT
        }
        content |= {
            "track": track,
            "suspects_parents": suspected and is_concern(position),
            "indicators": [],
            "with_parents": False,
        }
        # The other track may be taken, or a later round may have the word.
        with suppress(Conflict):
            self.world.do(
                joint.revise,
                house.anna,
                rating_id=row["joint"][which % len(row["joint"])]["rating_id"],
                expected_version=row["version"],
                revision_reason="Nyt syn.",
                **content,
            )

    @rule(child=CHILD)
    def move(self, child: int) -> None:
        id_ = self.children[child]
        self.houses[id_] = self.there if self.houses[id_] is self.here else self.here
        self.world.tell("child", child_data(id_, self.world.born[id_], at(self.houses[id_])))

    @rule()
    def next_round(self) -> None:
        self.world.close_round(self.round_id)
        self.round_id = self.world.open_round("dagpleje")["round_id"]

    @invariant()
    def every_concern_is_one_rising_sequence_and_ends_as_it_was_told(self) -> None:
        told: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in self.world.events("concern"):
            told[event["aggregate_id"]].append(event)
        steps: dict[str, list[Any]] = defaultdict(list)
        for step in self.world.table(models.ConcernStep):
            steps[step.concern_id].append(step)
        concerns = {concern.id: concern for concern in self.world.table(models.Concern)}
        assert set(told) == set(concerns) == set(steps)
        for id_, events in told.items():
            states = [event["type"].split(".")[-2] for event in events]
            assert [event["aggregate_version"] for event in events] == list(range(1, len(events) + 1))
            assert states == [step.state for step in sorted(steps[id_], key=lambda step: step.version)]
            assert "settled" not in states[:-1]
            assert concerns[id_].state == states[-1]
            assert (concerns[id_].settled_at is not None) == (states[-1] == "settled")

    @invariant()
    def a_concern_is_open_exactly_where_the_newest_word_is_yellow_or_red(self) -> None:
        newest: dict[tuple[str, str], Any] = {}
        for rating in sorted(self.world.table(models.JointRating), key=lambda one: one.decided_at):
            if rating.current:
                newest[rating.child_id, rating.track] = rating
        expected = {key: rating for key, rating in newest.items() if is_concern(rating.position)}
        open_ = {
            (concern.child_id, concern.track): concern
            for concern in self.world.table(models.Concern)
            if concern.settled_at is None
        }
        # A rating that was moved to the other track leaves that track's earlier word standing, settled.
        assert set(open_) <= set(expected)
        for key, concern in open_.items():
            assert concern.suspected == expected[key].suspects_parents
        moved = {
            rating.child_id
            for rating in self.world.table(models.JointRating)
            if not rating.current and self._went_to_other_track(rating)
        }
        assert {key for key in expected if key[0] not in moved} <= set(open_)

    def _went_to_other_track(self, rating: Any) -> bool:
        return any(
            other.supersedes == rating.id and other.track != rating.track
            for other in self.world.table(models.JointRating)
        )

    @invariant()
    def no_parent_hears_of_a_child_while_a_suspicion_stands(self) -> None:
        by_child: dict[str, list[Any]] = defaultdict(list)
        for concern in self.world.table(models.Concern):
            if concern.settled_at is None:
                by_child[concern.child_id].append(concern)
        for concerns in by_child.values():
            withheld = any(concern.suspected for concern in concerns)
            assert {concern.state for concern in concerns} == {"withheld" if withheld else "raised"}

    @invariant()
    def each_child_is_in_one_place_of_the_round(self) -> None:
        there = {
            row.child_id: row.institution_id
            for row in self.world.table(models.ChildAssessment)
            if row.round_id == self.round_id and row.left_on is None
        }
        assert there == {child: house.id for child, house in self.houses.items()}


TestAnyOrder = Rounds.TestCase
TestAnyOrder.settings = settings(
    max_examples=8,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

"""Whatever happens in whatever order, these things hold. On SQLite, where a town is quickly built."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.chassis import clock
from services.chassis.errors import TrivselError
from services.meetings import handlers, models
from services.meetings.domain.agenda import ROLES
from services.meetings.domain.calendar import slots_between
from services.meetings.domain.states import AHEAD, ENDED
from tests.integration.meetings.town import MONDAY, Town, key

tracks = st.sampled_from(["institution", "home"])
children = st.integers(0, 1)
parents = st.integers(0, 1)


class AnyCourse(RuleBasedStateMachine):
    """Two children, two tracks, two parents each; staff, parents and assessment act at random."""

    @initialize()
    def a_town(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = time_machine.travel(MONDAY, tick=False)
        self.now = self.clock.start()
        self.town = Town.build(f"sqlite:///{Path(self.folder.name)}/town.sqlite", staff=2)
        self.children = [self.town.enrol() for _ in range(2)]
        self.concerns: dict[tuple[str, str], dict[str, Any]] = {}
        self.versions: Counter[str] = Counter()
        self.standing: dict[str, str] = {}
        self.told_while_withheld = 0

    def teardown(self) -> None:
        if hasattr(self, "town"):
            self.town.db.close()
            self.clock.stop()
            self.folder.cleanup()

    # --- assessment ---------------------------------------------------------------------------------

    @rule(child=children, track=tracks, new_round=st.booleans())
    def a_concern_is_raised(self, child: int, track: str, new_round: bool) -> None:
        at = (self.children[child], track)
        if at not in self.concerns:
            self.concerns[at] = self.town.concern(at[0], track=track)
        if new_round:
            self.concerns[at]["round_id"] = key()
        data = self.concerns[at] | {"hold_by": (clock.today() + timedelta(days=21)).isoformat()}
        self.town.raised(data, version=self._next(data, "raised"))

    @rule(child=children, track=tracks, late=st.booleans())
    def a_concern_is_withheld(self, child: int, track: str, late: bool) -> None:
        self._tell(child, track, "withheld", late)

    @rule(child=children, track=tracks, late=st.booleans())
    def a_concern_is_settled(self, child: int, track: str, late: bool) -> None:
        self._tell(child, track, "settled", late)

    def _tell(self, child: int, track: str, what: str, late: bool) -> None:
        data = self.concerns.get((self.children[child], track))
        if data is None:
            return
        tell = self.town.withheld if what == "withheld" else self.town.settled
        # An event that comes late carries a version that has been passed.
        tell(data, 0 if late else self._next(data, what))

    def _next(self, data: dict[str, Any], what: str) -> int:
        self.versions[data["concern_id"]] += 1
        self.standing[data["concern_id"]] = what
        return self.versions[data["concern_id"]]

    # --- time, the job, parents and staff -------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 20, 100]))
    def time_passes(self, hours: int) -> None:
        self.now.shift(hours * 3600)
        handlers.find_breaches(self.town.db)
        handlers.notice_silence(self.town.db)

    @rule()
    def the_job_runs(self) -> None:
        before = len(self.town.told("meeting.invited"))
        self.town.invite()
        for told in self.town.told("meeting.invited")[before:]:
            assert not self._is_withheld(told["child_id"])

    @rule(
        child=children,
        track=tracks,
        parent=parents,
        choice=st.sampled_from(["accepted", "other_times", "declined", None]),
        which=st.integers(0, 2),
    )
    def a_parent_answers(self, child: int, track: str, parent: int, choice: str | None, which: int) -> None:
        meeting = self._open(child, track)
        if meeting is None or meeting.link_until is None:
            return
        token = self.town.token(meeting, self.town.children[meeting.child_id][parent])
        proposals = self.town.proposals(meeting)
        data: dict[str, Any] = {"choice": choice, "points": "Søvn"}
        if choice == "accepted":
            data["proposal_id"] = proposals[which % len(proposals)].proposal_id if proposals else key()
        with suppress(TrivselError):
            self.town.answer(token, **data)
            assert not self._is_withheld(meeting.child_id)

    @rule(
        child=children,
        track=tracks,
        what=st.sampled_from(
            [
                "invite",
                "confirm",
                "reschedule",
                "cancel",
                "set_roles",
                "hold",
                "no_show",
                "set_follow_up",
                "close",
            ]
        ),
    )
    def staff_act(self, child: int, track: str, what: str) -> None:
        meeting = self._open(child, track)
        if meeting is None:
            return
        soon = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=26)
        data: dict[str, dict[str, Any]] = {
            "confirm": {"starts_at": soon},
            "reschedule": {"starts_at": soon},
            "cancel": {"reason": "other"},
            "set_roles": {"roles": dict.fromkeys(ROLES, self.town.leader)},
            "set_follow_up": {"follow_up_on": clock.today()},
            "close": {"outcome": "other", "note": "Aftalt"},
        }
        with suppress(TrivselError):
            self.town.call(
                getattr(handlers, what),
                meeting_id=meeting.meeting_id,
                expected_version=meeting.version,
                **data.get(what, {}),
            )

    # --- what always holds ----------------------------------------------------------------------------

    @invariant()
    def a_child_has_one_open_meeting_on_a_track(self) -> None:
        found = Counter(
            (meeting.child_id, meeting.track) for meeting in self._all() if meeting.state not in ENDED
        )
        assert all(count == 1 for count in found.values())

    @invariant()
    def a_raised_concern_of_a_new_round_has_a_meeting(self) -> None:
        for (child, track), data in self.concerns.items():
            if self.standing[data["concern_id"]] != "raised":
                continue
            mine = [meeting for meeting in self._all() if (meeting.child_id, meeting.track) == (child, track)]
            assert mine
            assert any(meeting.state not in ENDED or meeting.round_id == data["round_id"] for meeting in mine)

    @invariant()
    def withheld_leaves_no_meeting_ahead(self) -> None:
        for meeting in self._all():
            if self.standing.get(meeting.concern_id) == "withheld":
                assert meeting.state not in AHEAD

    @invariant()
    def calendars_hold_exactly_what_is_offered_or_fixed(self) -> None:
        people: dict[str, set[str]] = {}
        for one in self.town.rows(models.MeetingStaff) if hasattr(self, "town") else []:
            people.setdefault(one.meeting_id, set()).add(one.staff_id)
        if not hasattr(self, "town"):
            return
        proposals = [row for row in self.town.rows(models.Proposal) if row.state != "released"]
        wanted = {
            (person, slot, proposal.proposal_id)
            for proposal in proposals
            for person in people[proposal.meeting_id]
            for slot in slots_between(proposal.starts_at, proposal.ends_at)
        }
        held = {(row.person_id, row.slot_start, row.hold_id) for row in self.town.rows(models.Booking)}
        assert held == wanted

    @invariant()
    def a_fixed_time_is_the_one_accepted_proposal(self) -> None:
        for meeting in self._all():
            if meeting.state == "confirmed":
                (proposal,) = self.town.rows(models.Proposal, meeting_id=meeting.meeting_id, state="accepted")
                assert proposal.starts_at == meeting.starts_at

    @invariant()
    def the_sequence_only_rises(self) -> None:
        if not hasattr(self, "town"):
            return
        seen: dict[str, list[int]] = {}
        for told in self.town.told("meeting.confirmed"):
            seen.setdefault(told["meeting_id"], []).append(told["sequence"])
        assert all(numbers == list(range(len(numbers))) for numbers in seen.values())

    @invariant()
    def a_breach_is_told_once(self) -> None:
        if not hasattr(self, "town"):
            return
        told = Counter((one["meeting_id"], one["deadline"]) for one in self.town.told("deadline.breached"))
        assert all(count == 1 for count in told.values())

    def _all(self) -> list[models.Meeting]:
        return self.town.rows(models.Meeting) if hasattr(self, "town") else []

    def _open(self, child: int, track: str) -> models.Meeting | None:
        mine = (self.children[child], track)
        found = [
            meeting
            for meeting in self._all()
            if (meeting.child_id, meeting.track) == mine and meeting.state not in ENDED
        ]
        return found[0] if found else None

    def _is_withheld(self, child: str) -> bool:
        return any(
            self.standing[data["concern_id"]] == "withheld"
            for (one, _), data in self.concerns.items()
            if one == child
        )


AnyCourse.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestAnyCourse = AnyCourse.TestCase

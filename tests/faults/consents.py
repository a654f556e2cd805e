"""Consents beside the chain: asked for, given and taken back, as parents and staff do it, while things break.

What was acknowledged to the one who took a consent back is what counts: it must be withdrawn for good, what
rested on it suspended and its owner told once, each subscriber's acknowledgement there, and the door shut to
the specialist for whom it stood open.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from services.chassis import clock
from services.chassis.actor import Actor, Grant, issue_token
from services.chassis.errors import NotFound, TrivselError
from services.chassis.links import sign_link
from services.consent import models as consent
from services.meetings import models as meetings
from tests.support import population

if TYPE_CHECKING:
    from tests.faults.chain import Chain, Verdict

ACKNOWLEDGED = "withdrawal.acknowledged.v1"
DAY = 24 * 3600


@dataclass
class Propagation:
    """How many consents were taken back, and for each subscriber the seconds from each withdrawal's own
    transaction to the one in which the subscriber acted on it: in meetings, the one that shut the door.

    Both are times of one machine's clock, taken inside the transactions just before they were committed.
    """

    times: int
    seconds: dict[str, list[float]]

    def of(self, subscriber: str) -> list[float]:
        return self.seconds.get(subscriber, [])


class Consents:
    """The consents of one chain, for children of their own beyond those that are rated.

    Each of these children has a meeting that waits for a specialist, and a consent opens it to her.
    """

    def __init__(self, chain: Chain, children: int) -> None:
        self.chain = chain
        self.children = range(chain.children, chain.children + children)
        self.left = list(reversed(self.children))
        self.given: dict[str, int] = {}
        """Consents that everybody has said yes to, with the child's number."""
        self.taken: dict[str, int] = {}
        """Those that were taken back again, and acknowledged."""
        self._refused: set[str] = set()
        self._told = 0
        self._moving = False
        self._goal = 0
        self._problem: BaseException | None = None

    def open(self) -> None:
        """What is signed with the chain's keys, once there are some."""
        key = self.chain.fleet.environment["ACTOR_TOKEN_KEY"]
        specialist = Actor(population.SPECIALIST, "staff", (Grant("specialist", population.PPR),), "test")
        self._house = issue_token(Actor.system("gateway"), key, DAY)
        self._specialist = issue_token(specialist, key, DAY)

    # -- what people do -------------------------------------------------------------------------------

    def give(self) -> str:
        """Ask for the next child's consent, and let every custody holder say yes. Gives its id."""
        number = self.left.pop()
        until = clock.today() + timedelta(days=200)
        request = {
            "child_id": population.child_id(number),
            "purpose": "specialist_meeting",
            "information": ["wellbeing"],
            "recipients": [{"unit_id": population.PPR, "kind": "ppr", "name": "PPR"}],
            "legal_basis": "fvl_28",
            "valid_to": until.isoformat(),
        }
        # An answer that was lost leaves a request that nobody answers: it opens nothing.
        consent_id = str(self._call("consent.request", request)["consent_id"])
        for guardian in population.guardian_ids(number):
            token = self._link(consent_id, guardian)
            self._call("consent.sign", {"token": token, "answer": "yes"}, self._house)
        self.given[consent_id] = number
        return consent_id

    def take_back(self, consent_id: str) -> None:
        """By the last custody holder's link, or by staff on her word, in turn."""
        number = self.given[consent_id]
        guardian = population.guardian_ids(number)[-1]
        if len(self.taken) % 2:
            self._call("consent.withdraw", {"consent_id": consent_id, "signatory_id": guardian})
        else:
            self._call("consent.withdraw", {"token": self._link(consent_id, guardian)}, self._house)
        del self.given[consent_id]
        self.taken[consent_id] = number

    def sees(self, number: int) -> bool:
        """Whether the specialist may read the child's meeting now."""
        data = {"meeting_id": population.specialist_meeting_id(number)}
        try:
            self._call("meetings.get_meeting", data, self._specialist, refused=NotFound)
        except NotFound:
            return False
        return True

    def _link(self, consent_id: str, guardian: str) -> str:
        key = self.chain.fleet.environment["LINK_TOKEN_KEY"]
        return sign_link("consent-answer", consent_id, guardian, {}, clock.now() + timedelta(days=1), key)

    def _call(
        self,
        operation: str,
        data: dict[str, Any],
        token: str | None = None,
        *,
        refused: type[TrivselError] | tuple[()] = (),
        seconds: float = 90.0,
    ) -> Any:
        assert self.chain.client is not None
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.chain.client.call(operation, data, token=token)
            except refused:
                raise
            except TrivselError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    # -- without pause --------------------------------------------------------------------------------

    @contextmanager
    def on_the_move(self, many: int) -> Iterator[None]:
        """While the block runs and until ``many`` are taken back: one is given, an earlier one taken back.

        Every fourth is taken back at once, so that the withdrawal may overtake what opened the door.
        """
        self._goal = len(self.taken) + many
        self._moving, self._problem = True, None
        thread = threading.Thread(target=self._move, daemon=True)
        thread.start()
        try:
            yield
        except BaseException:
            self._goal = 0
            raise
        finally:
            self._moving = False
            thread.join()
        if self._problem is not None:
            raise self._problem

    def _move(self) -> None:
        waiting: list[str] = []
        try:
            while (self._moving or len(self.taken) < self._goal) and self.left:
                waiting.append(self.give())
                if len(self.given) % 4 == 0:
                    self.take_back(waiting.pop())
                if len(waiting) > 3:
                    self.take_back(waiting.pop(0))
                # As many as are wanted soon, then no more than keeps the doors moving until the end.
                time.sleep(0.05 if len(self.taken) < self._goal else 0.5)
        except BaseException as error:
            self._problem = error

    # -- what must hold -------------------------------------------------------------------------------

    def judge(self, verdict: Verdict) -> None:
        """Compare what was acknowledged with what the databases of all concerned hold."""
        states = self._states("consent", consent.Consent)
        known = self._states("meetings", meetings.Consent)
        takings = Counter(
            self._column("consent", select(consent.Signature.consent_id).filter_by(answer="withdrawn"))
        )
        missing = Counter(
            self._column(
                "consent", select(consent.Acknowledgement.consent_id).filter_by(acknowledged_at=None)
            )
        )
        meeting = meetings.Meeting
        resting = {
            row.meeting_id: row
            for row in self.chain._rows(
                "meetings",
                select(meeting.meeting_id, meeting.consent_id, meeting.suspended_at).filter_by(
                    kind="specialist"
                ),
            )
        }
        told = Counter(
            self._column("meetings", select(meetings.Task.meeting_id).filter_by(kind="consent_withdrawn"))
        )
        for consent_id, number in {**self.given, **self.taken}.items():
            lost, doubled = [], []
            state = "withdrawn" if consent_id in self.taken else "granted"
            if states.get(consent_id) != state:
                lost.append(f"{states.get(consent_id)} in consent, not {state}")
            if known.get(consent_id) != state:
                lost.append(f"{known.get(consent_id)} in meetings, not {state}")
            row = resting[population.specialist_meeting_id(number)]
            rests = row.consent_id == consent_id
            if state == "granted" and (not rests or row.suspended_at):
                lost.append("the meeting does not rest on it")
            if state == "withdrawn":
                (doubled if takings[consent_id] else lost).extend(["taken back"] * (takings[consent_id] != 1))
                lost.extend(["an acknowledgement"] * bool(missing[consent_id]))
                lost.extend(["a meeting goes on"] * (rests and not row.suspended_at))
                if told[row.meeting_id] != rests:
                    (doubled if told[row.meeting_id] > 1 else lost).append("the owner's task")
            verdict.lost += [f"consent of child {number}: {what}" for what in lost]
            verdict.doubled += [f"consent of child {number}: {what}" for what in doubled]

    def try_doors(self) -> None:
        """The specialist tries the door of each consent: shut when taken back, and else open."""
        for number in self.given.values():
            if not self.sees(number):
                raise AssertionError(f"child {number}: a consent that stands opens nothing")
        for consent_id, number in self.taken.items():
            if consent_id not in self._refused and self.sees(number):
                raise AssertionError(f"child {number}: a door outlives the consent that opened it")
            self._refused.add(consent_id)

    def _states(self, service: str, model: Any) -> dict[str, str]:
        return {
            row.consent_id: row.state
            for row in self.chain._rows(service, select(model.consent_id, model.state))
        }

    def _column(self, service: str, query: Any) -> list[Any]:
        return [row[0] for row in self.chain._rows(service, query)]

    # -- what is measured -----------------------------------------------------------------------------

    def propagation(self) -> Propagation:
        """What became of the withdrawals since this was last asked."""
        row = consent.Acknowledgement
        newest = list(self.taken)[self._told :]
        self._told = len(self.taken)
        since: dict[str, dict[str, Any]] = defaultdict(dict)
        for one in self.chain._rows("consent", select(row.subscriber, row.consent_id, row.withdrawn_at)):
            since[one.subscriber][one.consent_id] = one.withdrawn_at
        seconds = {}
        for subscriber, taken in since.items():
            acted = self._acted(subscriber)
            seconds[subscriber] = [
                (acted[id_] - taken[id_]).total_seconds() for id_ in newest if id_ in taken and id_ in acted
            ]
        return Propagation(len(newest), seconds)

    def _acted(self, subscriber: str) -> dict[str, Any]:
        outbox = meetings.Base.metadata.tables["outbox"]  # each service's outbox has the same columns
        query = select(outbox.c.aggregate_id, outbox.c.occurred_at).where(
            outbox.c.type == f"dk.trivsel.{subscriber}.{ACKNOWLEDGED}"
        )
        return {row.aggregate_id: row.occurred_at for row in self.chain._rows(subscriber, query)}

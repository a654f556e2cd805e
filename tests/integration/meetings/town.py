"""A small invented town: one institution with a leader, groups with staff, children with parents.

It speaks to meetings as the bus and the gateway do: events in, calls in, the outbox out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, event, select

from services.chassis import catalogue, clock
from services.chassis.actor import Actor, Grant
from services.chassis.context import Context
from services.chassis.database import Database
from services.chassis.links import sign_link
from services.chassis.received import Batch, Received
from services.meetings import handlers, models, projection, schemas
from services.meetings.domain.calendar import COPENHAGEN
from services.meetings.handlers.answering import PURPOSE

KEY = "a-key-for-links-that-is-only-used-in-tests"
SYSTEM = Actor.system("gateway")
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""A Monday morning, nine o'clock in Denmark."""


def key() -> str:
    return str(uuid4())


def at(day: date, clock_time: str) -> datetime:
    """A moment by the clock in Denmark."""
    return datetime.combine(day, time.fromisoformat(clock_time), COPENHAGEN)


@dataclass
class Town:
    """The town and the database of meetings in it."""

    db: Database
    district: str = field(default_factory=key)
    institution: str = field(default_factory=key)
    leader: str = field(default_factory=key)
    groups: dict[str, list[str]] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def build(cls, url: str, *, groups: int = 1, staff: int = 3, kind: str = "boernehave") -> Town:
        # As the migrations build it, which a test of their own holds; only faster.
        town = cls(Database(url, models.Base, municipality="12345678"))
        models.Base.metadata.create_all(town.db.engine)
        town.hear(projection.record_institutions, schemas.InstitutionRecorded, town.institution_data(kind))
        town.employ(town.leader, "leader", town.institution)
        for _ in range(groups):
            group = key()
            town.groups[group] = [key() for _ in range(staff)]
            for person in town.groups[group]:
                town.employ(person, "pedagogue", group)
        return town

    @property
    def group(self) -> str:
        return next(iter(self.groups))

    def institution_data(self, kind: str) -> dict[str, Any]:
        return {
            "institution_id": self.institution,
            "kind": kind,
            "district_id": self.district,
            "active": True,
            "groups": [],
        }

    def employ(self, person: str, role: str, unit: str, *, version: int = 1, active: bool = True) -> None:
        assignment = {"role": role, "unit_id": unit, "from": "2020-01-01", "to": None}
        data = {"staff_id": person, "active": active, "assignments": [assignment]}
        self.hear(projection.record_staff, schemas.StaffRecorded, data, version=version)

    def enrol(self, group: str | None = None, *, parents: int = 2, version: int = 1, **more: Any) -> str:
        """A child in a group, with parents who share custody."""
        child = more.pop("child", None) or key()
        guardians = self.children.setdefault(child, [key() for _ in range(parents)])
        data = {
            "child_id": child,
            "active": True,
            "enrolments": [
                {
                    "institution_id": self.institution,
                    "group_id": group or self.group,
                    "district_id": self.district,
                    "from": "2020-01-01",
                    "to": None,
                }
            ],
            "guardians": [
                {"guardian_id": id_, "custody": "joint", "language": "da", "interpreter": False}
                for id_ in guardians
            ],
        } | more
        self.hear(projection.record_children, schemas.ChildRecorded, data, version=version)
        return child

    # --- events -----------------------------------------------------------------------------------

    def hear(
        self, handler: Any, reads: Any, *data: dict[str, Any], version: int = 1, subject: str | None = None
    ) -> None:
        """Delivers one batch of events of one version, as the subscription would."""
        self.deliver(handler, [self.received(reads, item, version, subject) for item in data])

    def deliver(self, handler: Any, events: list[Received]) -> None:
        batch = Batch(f"meetings.{handler.__name__}", events)
        self.db.handle(batch, handler)
        for failure in batch.failures.values():
            raise failure

    @staticmethod
    def received(reads: Any, data: dict[str, Any], version: int, subject: str | None = None) -> Received:
        loaded = catalogue.read(reads, data)
        return Received(key(), reads.__name__, subject or key(), version, clock.now(), loaded, Context.new())

    def concern(self, child: str, **more: Any) -> dict[str, Any]:
        """What a concern's event carries."""
        today = clock.today()
        return {
            "concern_id": key(),
            "child_id": child,
            "round_id": key(),
            "rating_id": key(),
            "track": "institution",
            "institution_id": self.institution,
            "group_id": self.group,
            "invite_by": (today + timedelta(days=2)).isoformat(),
            "hold_by": (today + timedelta(days=14)).isoformat(),
        } | more

    def raise_concern(self, child: str, *, version: int = 1, **more: Any) -> dict[str, Any]:
        data = self.concern(child, **more)
        self.raised(data, version=version)
        return data

    def raised(self, *data: dict[str, Any], version: int = 1) -> None:
        self.hear(handlers.require_focus_meetings, schemas.ConcernRaised, *data, version=version)

    def withheld(self, data: dict[str, Any], version: int) -> None:
        self.hear(handlers.withhold_meetings, schemas.ConcernWithheld, data, version=version)

    def settled(self, data: dict[str, Any], version: int) -> None:
        self.hear(handlers.settle_meetings, schemas.ConcernSettled, data, version=version)

    def invite(self) -> int:
        """Lets the job do its work, as often as it wakes itself on a slow machine."""
        invited = 0
        while sent := handlers.invite_required(self.db):
            invited += sent
        return invited

    def invited(self, child: str | None = None, **more: Any) -> models.Meeting:
        """A meeting whose invitation has just gone out."""
        child = child or self.enrol()
        self.raise_concern(child, **more)
        self.invite()
        return self.meeting(child)

    # --- calls ------------------------------------------------------------------------------------

    def actor(self, person: str | None = None, role: str = "leader", unit: str | None = None) -> Actor:
        return Actor(person or self.leader, "staff", (Grant(role, unit or self.institution),), "trivsel")

    def call(self, handler: Any, actor: Actor | None = None, **data: Any) -> Any:
        """A call as the gateway makes it, its answer as it travels."""
        with self.db.unit_of_work(Context.new()) as uow:
            return handler(uow, actor or self.actor(), **data)

    def token(self, meeting: models.Meeting, guardian: str, **more: Any) -> str:
        facts: dict[str, Any] = {
            "purpose": PURPOSE,
            "subject": meeting.meeting_id,
            "audience": guardian,
            "extra": {"invitation": meeting.invitation},
            "expires_at": meeting.link_until,
            "key": KEY,
        } | more
        return sign_link(**facts)

    def view(self, token: str) -> dict[str, Any]:
        return self.dumped(self.call(handlers.parent_view, SYSTEM, token=token, link_key=KEY))

    def answer(self, token: str, **data: Any) -> dict[str, Any]:
        with self.db.unit_of_work(Context.new()) as uow:
            return self.dumped(handlers.answer(uow, SYSTEM, token=token, link_key=KEY, **data))

    @staticmethod
    def dumped(result: dict[str, Any]) -> dict[str, Any]:
        return dict(schemas.ParentView().dump(result))

    # --- what is stored ---------------------------------------------------------------------------

    def rows(self, model: Any, **where: Any) -> list[Any]:
        with self.db.unit_of_work() as uow:
            found = uow.session.scalars(select(model).filter_by(**where)).all()
            uow.session.expunge_all()
            return list(found)

    def meeting(self, child: str, **where: Any) -> models.Meeting:
        """The child's newest meeting."""
        found = self.rows(models.Meeting, child_id=child, **where)
        return max(found, key=lambda meeting: meeting.created_at)

    def proposals(self, meeting: models.Meeting) -> list[models.Proposal]:
        found = self.rows(
            models.Proposal, meeting_id=meeting.meeting_id, invitation=meeting.invitation, state="offered"
        )
        return sorted(found, key=lambda proposal: proposal.starts_at)

    def tasks(self, **where: Any) -> list[str]:
        return sorted(task.kind for task in self.rows(models.Task, **where))

    def told(self, name: str) -> list[dict[str, Any]]:
        """The data of the events of a type that are in the outbox, in order."""
        table = models.Base.metadata.tables["outbox"]
        with self.db.unit_of_work() as uow:
            found = uow.session.execute(select(table).order_by(table.c.seq)).all()
        return [row.data for row in found if row.type == f"dk.trivsel.meetings.{name}.v1"]


class Statements:
    """Counts the statements that reach the database within a block."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.count = 0

    def _note(self, *_: Any) -> None:
        self.count += 1

    def __enter__(self) -> Statements:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

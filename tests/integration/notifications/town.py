"""A little town for these tests: families, events about them, and the step that sends.

Names and addresses come from a book of the tests', where the registry would answer; all else is real.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from services.assessment import events as assessment
from services.chassis.catalogue import Event, read
from services.chassis.context import Context
from services.chassis.database import Database, outside_transaction
from services.chassis.errors import Unavailable
from services.chassis.received import Batch, Received
from services.meetings import events as meetings_events
from services.notifications import models, projection, schemas, sending
from services.notifications.contacts import ChildCard, GuardianCard
from services.notifications.handlers import concerns, meetings
from services.notifications.mail import Sender
from services.notifications.models import Notice
from services.notifications.smtp import MailServer, Smtp
from services.notifications.writing import Desk
from services.registry import events as registry
from tests.integration.notifications.post_office import PostOffice

LINK_KEY = "a-link-key-of-the-tests-and-of-nobody-else-012345"
DESK = Desk("https://trivsel.example", LINK_KEY, Sender.parse("Eksempel Kommune <trivsel@kommune.example>"))
SOON = datetime(2027, 6, 3, 11, 30, tzinfo=UTC)
"""A Thursday, 13.30 in Denmark; far enough ahead never to be in the past while these tests live."""

HANDLERS: Mapping[str, tuple[Any, Any, type[Event]]] = {
    "recorded": (projection.record_children, schemas.ChildRecorded, registry.ChildRecorded),
    "raised": (concerns.tell_of_concern, schemas.ConcernRaised, assessment.ConcernRaised),
    "withheld": (concerns.withhold, schemas.ConcernWithheld, assessment.ConcernWithheld),
    "settled": (concerns.settle, schemas.ConcernSettled, assessment.ConcernSettled),
    "invited": (meetings.invite, schemas.MeetingInvited, meetings_events.MeetingInvited),
    "confirmed": (meetings.confirm, schemas.MeetingConfirmed, meetings_events.MeetingConfirmed),
    "cancelled": (meetings.cancel, schemas.MeetingCancelled, meetings_events.MeetingCancelled),
    "minutes": (meetings.tell_of_minutes, schemas.MinutesSent, meetings_events.MinutesSent),
}

DAYS = {"invite_by": date(2027, 5, 1), "hold_by": date(2027, 5, 12)}


def key() -> str:
    return str(uuid4())


@dataclass
class Parent:
    """One guardian with the facts the registry has of her."""

    id: str
    email: str | None
    custody: str = "joint"
    language: str = "da"
    interpreter: bool = False
    exempt: bool = False
    first_name: str = "Kirsten"
    last_name: str = "Prøve"


@dataclass
class Family:
    """A child with its guardians, enrolled in one group."""

    child: str
    parents: list[Parent]
    institution: str = field(default_factory=key)
    group: str = field(default_factory=key)
    district: str = field(default_factory=key)
    first_name: str = "Viggo"


class AddressBook:
    """The registry's cards, as far as these tests need them."""

    def __init__(self) -> None:
        self.families: dict[str, Family] = {}
        self.closed = False

    def cards(self, wanted: Mapping[str, Iterable[str]]) -> dict[str, ChildCard]:
        outside_transaction()
        if self.closed:
            raise Unavailable()
        return {
            child: ChildCard(
                self.families[child].first_name,
                {
                    parent.id: GuardianCard(
                        parent.id,
                        parent.custody,
                        parent.first_name,
                        parent.last_name,
                        parent.language,
                        parent.interpreter,
                        parent.exempt,
                        parent.email,
                    )
                    for parent in self.families[child].parents
                    if parent.id in set(guardians)
                },
            )
            for child, guardians in wanted.items()
            if child in self.families
        }

    def names(self, unit_ids: Iterable[str]) -> dict[str, str]:
        outside_transaction()
        return dict.fromkeys(unit_ids, "Børnehuset Bakken")


class Town:
    """A migrated database, families, events and a way to send."""

    def __init__(self, url: str, post: PostOffice) -> None:
        self.db = Database(url, models.Base, municipality="29189641")
        # The same tables as by migration, in a tenth of the time; a test of its own holds the two together.
        models.Base.metadata.create_all(self.db.engine)
        self.book = AddressBook()
        self.post = post
        self._versions: dict[str, int] = {}

    # --- families ----------------------------------------------------------------------------

    def family(self, *moods: str, custody: str = "joint", **facts: Any) -> Family:
        """A family with one parent for each mood of the post office, known to us and in the book."""
        parents = [
            Parent(key(), f"{mood}-{uuid4().hex[:12]}@example.org", custody, **facts) for mood in moods
        ]
        family = Family(key(), parents)
        self.book.families[family.child] = family
        self.record(family)
        return family

    def record(self, family: Family) -> None:
        """The registry tells of the family as it now is."""
        self.happen(
            "recorded",
            family.child,
            born=date(2023, 5, 1),
            active=True,
            languages=["da"],
            own_contact=False,
            enrolments=[
                {
                    "institution_id": family.institution,
                    "group_id": family.group,
                    "district_id": family.district,
                    "kind": "boernehave",
                    "from": date(2025, 1, 1),
                    "to": None,
                }
            ],
            guardians=[
                {
                    "guardian_id": parent.id,
                    "custody": parent.custody,
                    "language": parent.language,
                    "interpreter": parent.interpreter,
                    "digital_post_exempt": parent.exempt,
                }
                for parent in family.parents
            ],
            child_id=family.child,
        )

    # --- events ------------------------------------------------------------------------------

    def event(self, kind: str, subject: str, version: int | None = None, **data: Any) -> Received:
        """An event as its consumer gets it: written by its producer's schema, read by ours."""
        _, reads, producer = HANDLERS[kind]
        if version is None:
            version = self._versions[subject] = self._versions.get(subject, 0) + 1
        travelled = producer.payload(data)
        return Received(
            key(), producer.type, subject, version, datetime.now(UTC), read(reads, travelled), Context.new()
        )

    def handle(self, kind: str, *events: Received) -> list[Exception]:
        """Hands events to their handler as the chassis does; returns why any of them failed."""
        batch = Batch(f"notifications.{kind}", list(events))
        self.db.handle(batch, HANDLERS[kind][0])
        return list(batch.failures.values())

    def happen(self, kind: str, subject: str, version: int | None = None, **data: Any) -> Received:
        """One event happens and is handled well."""
        event = self.event(kind, subject, version, **data)
        assert self.handle(kind, event) == []
        return event

    def concern(self, family: Family, concern: str, **more: Any) -> dict[str, Any]:
        return {
            "concern_id": concern,
            "child_id": family.child,
            "round_id": key(),
            "rating_id": key(),
            "track": "institution",
            "institution_id": family.institution,
            "group_id": family.group,
            **more,
        }

    def raised(self, family: Family, concern: str | None = None, version: int | None = None) -> str:
        concern = concern or key()
        self.happen("raised", concern, version, **self.concern(family, concern, **DAYS))
        return concern

    def withheld(self, family: Family, concern: str, version: int | None = None) -> None:
        self.happen("withheld", concern, version, **self.concern(family, concern))

    def settled(self, family: Family, concern: str, version: int | None = None) -> None:
        self.happen(
            "settled",
            concern,
            version,
            concern_id=concern,
            child_id=family.child,
            rating_id=key(),
            track="institution",
        )

    def invited(
        self, family: Family, meeting: str | None = None, invitation: int = 1, version: int | None = None
    ) -> str:
        meeting = meeting or key()
        self.happen("invited", meeting, version, **self.invitation(family, meeting, invitation))
        return meeting

    def invitation(self, family: Family, meeting: str, invitation: int = 1, **more: Any) -> dict[str, Any]:
        return {
            "meeting_id": meeting,
            "child_id": family.child,
            "institution_id": family.institution,
            "invitation": invitation,
            "answer_by": SOON - timedelta(days=2),
            "link_until": SOON + timedelta(days=1),
            "guardian_ids": [parent.id for parent in family.parents if parent.custody != "none"],
            "proposals": [
                {
                    "proposal_id": key(),
                    "starts_at": SOON + timedelta(days=day),
                    "ends_at": SOON + timedelta(days=day, minutes=30),
                }
                for day in range(3)
            ],
            "reason": "first" if invitation == 1 else "new_times",
            **more,
        }

    def confirmed(
        self,
        family: Family,
        meeting: str,
        *,
        sequence: int = 0,
        starts: datetime = SOON,
        accepted_by: str | None = None,
        version: int | None = None,
        place: str = "institution",
    ) -> None:
        self.happen(
            "confirmed",
            meeting,
            version,
            meeting_id=meeting,
            child_id=family.child,
            institution_id=family.institution,
            starts_at=starts,
            ends_at=starts + timedelta(minutes=30),
            sequence=sequence,
            guardian_ids=[parent.id for parent in family.parents if parent.custody != "none"],
            accepted_by=accepted_by,
            place=place,
        )

    def cancelled(
        self,
        family: Family,
        meeting: str,
        *,
        sequence: int = 1,
        silent: bool = False,
        reason: str = "staff",
        version: int | None = None,
    ) -> None:
        self.happen(
            "cancelled",
            meeting,
            version,
            meeting_id=meeting,
            child_id=family.child,
            institution_id=family.institution,
            invited=True,
            confirmed=True,
            silent=silent,
            sequence=sequence,
            guardian_ids=[parent.id for parent in family.parents if parent.custody != "none"],
            starts_at=SOON,
            ends_at=SOON + timedelta(minutes=30),
            reason=reason,
        )

    def minutes(self, family: Family, meeting: str, *, edition: int = 1) -> None:
        self.happen(
            "minutes",
            meeting,
            edition,
            meeting_id=meeting,
            child_id=family.child,
            institution_id=family.institution,
            edition=edition,
            link_until=SOON + timedelta(days=90),
            guardian_ids=[parent.id for parent in family.parents if parent.custody != "none"],
        )

    # --- sending and looking -----------------------------------------------------------------

    def sending(self, **changes: Any) -> sending.Sending:
        server = MailServer.parse(self.post.url)
        given = {
            "db": self.db,
            "contacts": self.book,
            "channel": lambda: Smtp(server, DESK.sender.address, 10.0),
            "desk": DESK,
            "enough": timedelta(seconds=30),
        }
        return sending.Sending(**{**given, **changes})

    def send(self, **changes: Any) -> dict[str, int]:
        """Everything that is due is sent; returns how many came out how."""
        return dict(sending.send_due(self.sending(**changes)).outcomes)

    def notices(self, family: Family | None = None) -> list[Notice]:
        with self.db.unit_of_work() as uow:
            query = select(Notice).order_by(Notice.created_at, Notice.about, Notice.edition)
            if family is not None:
                query = query.where(Notice.child_id == family.child)
            return list(uow.session.scalars(query))

    def states(self, family: Family) -> list[tuple[str, str, str | None]]:
        return sorted((each.about, each.state, each.code) for each in self.notices(family))

    def outbox(self) -> list[dict[str, Any]]:
        with self.db.unit_of_work() as uow:
            table = self.db.metadata.tables["outbox"]
            return [dict(row._mapping) for row in uow.session.execute(select(table).order_by(table.c.seq))]

    def accesses(self) -> list[tuple[str, str, str, str]]:
        with self.db.unit_of_work() as uow:
            table = self.db.metadata.tables["access_log"]
            columns = (table.c.actor_id, table.c.action, table.c.kind, table.c.subject)
            return [tuple(row) for row in uow.session.execute(select(*columns).order_by(table.c.seq))]

    def mails(self, parent: Parent) -> list[Any]:
        """What has come to a parent, the oldest first."""
        return self.post.to(parent.email or "")

    def close(self) -> None:
        self.db.close()

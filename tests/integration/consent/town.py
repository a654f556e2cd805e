"""A small invented town as consent meets it: events in, calls in, the outbox out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from services.chassis import catalogue, clock
from services.chassis.actor import Actor, Grant
from services.chassis.context import Context
from services.chassis.database import Database
from services.chassis.links import sign_link
from services.chassis.received import Batch, Received
from services.consent import handlers, models, projection, queries, schemas
from services.consent.handlers.answering import PURPOSE
from services.consent.vault import Vault

KEY = "a-key-for-links-that-is-only-used-in-tests"
VAULT = Vault("a-key-for-papers-that-is-only-used-in-tests")
SYSTEM = Actor.system("gateway")
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""A Monday morning, nine o'clock in Denmark."""


def key() -> str:
    return str(uuid4())


@dataclass
class Town:
    """The town and the database of consent in it."""

    db: Database
    district: str = field(default_factory=key)
    institution: str = field(default_factory=key)
    group: str = field(default_factory=key)
    leader: str = field(default_factory=key)
    ppr: str = field(default_factory=key)
    children: dict[str, list[str]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    @classmethod
    def build(cls, url: str) -> Town:
        # As the migrations build it, which a test of their own holds; only faster.
        town = cls(Database(url, models.Base, municipality="12345678"))
        models.Base.metadata.create_all(town.db.engine)
        data = {
            "institution_id": town.institution,
            "kind": "boernehave",
            "district_id": town.district,
            "active": True,
        }
        town.hear(projection.record_institutions, schemas.InstitutionRecorded, data)
        return town

    def enrol(
        self,
        *,
        child: str | None = None,
        custody: tuple[str, ...] = ("joint", "joint"),
        languages: tuple[str, ...] = ("da", "ar", "pl", "so", "en"),
        born: date | None = date(2022, 5, 1),
        **more: Any,
    ) -> str:
        """A child with parents; told again with another custody, it is a change."""
        child = child or key()
        parents = self.children.setdefault(child, [])
        while len(parents) < len(custody):
            parents.append(key())
        self.versions[child] = self.versions.get(child, 0) + 1
        data = {
            "child_id": child,
            "born": born.isoformat() if born else None,
            "active": True,
            "languages": ["da"],
            "enrolments": [
                {
                    "institution_id": self.institution,
                    "group_id": self.group,
                    "district_id": self.district,
                    "from": "2020-01-01",
                    "to": None,
                }
            ],
            "guardians": [
                {"guardian_id": id_, "custody": own, "language": language}
                for id_, own, language in zip(parents, custody, languages, strict=False)
            ],
        } | more
        self.hear(projection.record_children, schemas.ChildRecorded, data, version=self.versions[child])
        return child

    # --- events -----------------------------------------------------------------------------------

    def hear(self, handler: Any, reads: Any, *data: dict[str, Any], version: int = 1) -> None:
        """Delivers one batch of events of one version, as the subscription would."""
        events = [
            Received(
                key(), reads.__name__, key(), version, clock.now(), catalogue.read(reads, item), Context.new()
            )
            for item in data
        ]
        batch = Batch(f"consent.{key()}", events)
        self.db.handle(batch, handler)
        for failure in batch.failures.values():
            raise failure

    def acknowledged(self, subscriber: str, consent_id: str) -> None:
        handler = partial(handlers.acknowledge, subscriber=subscriber)
        self.hear(handler, schemas.WithdrawalAcknowledged, {"consent_id": consent_id})

    # --- calls ------------------------------------------------------------------------------------

    def staff(self, role: str = "leader", unit: str | None = None, person: str | None = None) -> Actor:
        return Actor(person or self.leader, "staff", (Grant(role, unit or self.institution),), "trivsel")

    def call(self, handler: Any, actor: Actor | None = None, **data: Any) -> Any:
        """A call as the gateway makes it."""
        with self.db.unit_of_work(Context.new()) as uow:
            return handler(uow, actor or self.staff(), **data)

    def parts(self, **more: Any) -> dict[str, Any]:
        """All that a request must name."""
        return {
            "purpose": "specialist_meeting",
            "information": ["wellbeing", "meeting_minutes"],
            "recipients": [{"unit_id": self.ppr, "kind": "ppr", "name": "PPR Midt"}],
            "legal_basis": "fvl_28",
            "valid_to": clock.today() + timedelta(days=300),
        } | more

    def request(self, child: str, actor: Actor | None = None, **more: Any) -> dict[str, Any]:
        found = self.call(handlers.request, actor, child_id=child, **self.parts(**more))
        return dict(schemas.Consent().dump(found))

    def get(self, consent_id: str) -> dict[str, Any]:
        return dict(schemas.Consent().dump(self.call(queries.get, consent_id=consent_id)))

    def token(self, consent: dict[str, Any], who: str, **more: Any) -> str:
        until = self.rows(models.Consent, consent_id=consent["consent_id"])[0].link_until
        facts: dict[str, Any] = {
            "purpose": PURPOSE,
            "subject": consent["consent_id"],
            "audience": who,
            "extra": {},
            "expires_at": until,
            "key": KEY,
        } | more
        return sign_link(**facts)

    def view(self, token: str) -> dict[str, Any]:
        return dict(
            schemas.ParentView().dump(self.call(handlers.parent_view, SYSTEM, token=token, link_key=KEY))
        )

    def sign(self, consent: dict[str, Any], who: str, answer: str = "yes", **more: Any) -> dict[str, Any]:
        given = self.call(
            handlers.sign, SYSTEM, token=self.token(consent, who), link_key=KEY, answer=answer, **more
        )
        return dict(schemas.ParentView().dump(given))

    def withdraw(self, consent: dict[str, Any], who: str) -> dict[str, Any]:
        given = self.call(handlers.withdraw, SYSTEM, token=self.token(consent, who), link_key=KEY)
        return dict(schemas.Withdrawn().dump(given)["parent"])

    def granted(self, child: str | None = None, **more: Any) -> dict[str, Any]:
        """A consent that all who must have given."""
        consent = self.request(child or self.enrol(), **more)
        for one in consent["signatories"]:
            if one["part"] == "signs":
                self.sign(consent, one["signatory_id"])
        return self.get(consent["consent_id"])

    def check(self, child: str, actor: Actor | None = None, **more: Any) -> dict[str, Any]:
        asked = {"purpose": "specialist_meeting", "recipient_unit": self.ppr} | more
        return dict(self.call(queries.check, actor or SYSTEM, child_id=child, **asked))

    # --- what is stored ---------------------------------------------------------------------------

    def rows(self, model: Any, **where: Any) -> list[Any]:
        with self.db.unit_of_work() as uow:
            found = uow.session.scalars(select(model).filter_by(**where)).all()
            uow.session.expunge_all()
            return list(found)

    def log(self) -> list[tuple[str, str, str, str]]:
        """Who did what to which kind of thing about whom."""
        table = models.Base.metadata.tables["access_log"]
        with self.db.unit_of_work() as uow:
            found = uow.session.execute(select(table).order_by(table.c.seq)).all()
        return [(row.actor_id, row.action, row.kind, row.subject) for row in found]

    def told(self, name: str | None = None) -> list[Any]:
        """The data of the events of a type that are in the outbox, in order; or all events' names."""
        table = models.Base.metadata.tables["outbox"]
        with self.db.unit_of_work() as uow:
            found = uow.session.execute(select(table).order_by(table.c.seq)).all()
        if name is None:
            return [row.type.split(".")[4] for row in found]
        return [row.data for row in found if row.type == f"dk.trivsel.consent.consent.{name}.v1"]

"""Two small services for the chassis' tests: one tells, the other listens, answers and comes round."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis import schemas
from services.chassis.catalogue import Event, Reads, Uid, fields
from services.chassis.database import Moment, UnitOfWork, declarative_base_for
from services.chassis.errors import Conflict, NotYet, Permanent
from services.chassis.received import Received
from services.chassis.service import Batch, Call, Service, job, rpc, subscribe, wake

NUDGED = "nudged"

TellerBase = declarative_base_for("teller")
ProbeBase = declarative_base_for("probe")


class Told(TellerBase):  # type: ignore[misc, valid-type]
    """Something that was said."""

    __tablename__ = "told"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)


class Effect(ProbeBase):  # type: ignore[misc, valid-type]
    """One row for each time a handler ran to its end: a doubled effect is a second row."""

    __tablename__ = "effects"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    subject: Mapped[str] = mapped_column(String(36), index=True)
    version: Mapped[int] = mapped_column(default=0)
    batch: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime] = mapped_column(Moment, nullable=True)


class ThingHappened(Event):
    """Said by the teller; somebody listens."""

    type = "dk.trivsel.teller.thing.happened.v1"
    public = True
    kle = "00.00.00"
    thing_id = Uid(required=True)
    way = fields.String(required=True)


class ThingIgnored(Event):
    """Nobody listens, and nobody need."""

    type = "dk.trivsel.teller.thing.ignored.v1"
    expected = False
    thing_id = Uid(required=True)


class ThingMissed(Event):
    """Nobody listens, though somebody should."""

    type = "dk.trivsel.teller.thing.missed.v1"
    thing_id = Uid(required=True)


class ReadsThing(Reads):
    """What the probe reads."""

    way = fields.String(required=True)


class Say(schemas.Takes):
    """What the teller is told to say."""

    subjects = schemas.fields.List(Uid(), required=True)
    way = schemas.fields.String(load_default="well")
    kind = schemas.fields.String(load_default="happened")
    versions = schemas.fields.Integer(load_default=1)


class Echo(schemas.Takes):
    """What the probe answers."""

    word = schemas.fields.String(required=True)
    how = schemas.fields.String(load_default="well")
    seconds = schemas.fields.Float(load_default=0.0)


class Echoed(schemas.Gives):
    """What it answers with."""

    word = schemas.fields.String()
    actor = schemas.fields.String()
    correlation = schemas.fields.String()


KINDS = {"happened": ThingHappened, "ignored": ThingIgnored, "missed": ThingMissed}


class Teller(Service):
    """Emits what it is told to emit."""

    name = "teller"
    base = TellerBase
    catalogue = [ThingHappened, ThingIgnored, ThingMissed]

    @rpc(takes=Say)
    def say(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            tell(uow, **call.data)
        return {"said": len(call.data["subjects"])}


def tell(
    uow: UnitOfWork, subjects: list[str], way: str = "well", kind: str = "happened", versions: int = 1
) -> None:
    """Emits ``versions`` events of each subject."""
    for subject in subjects:
        for version in range(1, versions + 1):
            data = {"thing_id": subject, **({"way": way} if kind == "happened" else {})}
            uow.emit(KINDS[kind], subject=subject, version=version, data=data)


def handle(uow: UnitOfWork, events: list[Received]) -> None:
    """Does what the event's ``way`` says."""
    for event in events:
        way = event.data["way"]
        if way == "not-yet":
            raise NotYet("thing-unknown")
        if way == "not-yet-while-file" and Path(os.environ["PROBE_FILE"]).exists():
            raise NotYet("thing-unknown")
        if way == "permanent":
            raise Permanent("thing-refused")
        if way == "breaks":
            raise RuntimeError("Asta Vinterberg 010199-0001")
        if way == "gated":
            gate = Path(os.environ["PROBE_FILE"])
            gate.with_suffix(".in").touch()
            # As a slow query would: it holds the transaction, and others get their turn.
            while gate.exists():
                time.sleep(0.02)
        uow.session.add(
            Effect(subject=event.subject, version=event.version, batch=len(events), at=event.time)
        )


class Probe(Service):
    """Listens to the teller."""

    name = "probe"
    base = ProbeBase

    @subscribe("teller", "thing.happened", reads=ReadsThing)
    def note(self, batch: Batch) -> None:
        self.db.handle(batch, handle)

    @rpc(takes=Echo, returns=Echoed)
    def echo(self, call: Call) -> dict[str, Any]:
        how = call.data["how"]
        time.sleep(call.data["seconds"])
        if how == "conflict":
            raise Conflict("Nogen kom først.", extra={"version": 7})
        if how == "breaks":
            raise RuntimeError("Asta Vinterberg 010199-0001")
        if how == "unserialisable":
            return {"word": object(), "actor": call.actor.id, "correlation": ""}
        return {
            "word": call.data["word"],
            "actor": call.actor.id,
            "correlation": call.context.correlation_id,
            "secret": "not declared",
        }

    @rpc()
    def effects(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            rows = uow.session.execute(select(Effect.subject, Effect.version)).all()
        return {"subjects": [row.subject for row in rows], "versions": [row.version for row in rows]}

    @rpc()
    def nudge(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            uow.after_commit(lambda: wake("be_nudged"))
        return {}

    @job(every=600.0)
    def be_nudged(self) -> None:
        with self.db.unit_of_work() as uow:
            uow.session.add(Effect(subject=NUDGED))

    @job(every=0.2)
    def come_round(self) -> None:
        if os.environ.get("PROBE_JOB") == "breaks":
            raise RuntimeError("the job breaks")


def new_ids(count: int) -> list[str]:
    """So many fresh ids."""
    return [str(uuid4()) for _ in range(count)]

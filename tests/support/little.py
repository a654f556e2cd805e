"""A little service of the tests' own: one table, one event, the chassis' tables."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis import clock
from services.chassis.catalogue import Event, Uid, fields
from services.chassis.context import Context
from services.chassis.database import Database, Id, UnitOfWork, declarative_base_for
from services.chassis.received import Received

Base = declarative_base_for("little")


class Thing(Base):  # type: ignore[misc, valid-type]
    __tablename__ = "thing"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    note: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)


class ThingMade(Event):
    type = "dk.trivsel.little.thing.made.v1"
    public = True
    kle = "00.00.00"
    thing_id = Uid(required=True)
    due = fields.Date()


class ThingSeen(Event):
    type = "dk.trivsel.little.thing.seen.v1"
    expected = False
    thing_id = Uid(required=True)


def key() -> str:
    return str(uuid4())


def made(uow: UnitOfWork, thing: str | None = None, version: int = 1) -> str:
    """Emits one event about a thing; returns the event's id."""
    thing = thing or key()
    return uow.emit(ThingMade, subject=thing, version=version, data={"thing_id": thing})


def received(id_: str | None = None, subject: str | None = None, version: int = 1) -> Received:
    """An event as a consumer gets it."""
    subject = subject or key()
    return Received(
        id=id_ or key(),
        type=ThingMade.type,
        subject=subject,
        version=version,
        time=clock.now(),
        data={"thing_id": subject},
        context=Context.new(),
    )


def little_database(url: str) -> Database:
    database = Database(url, Base, municipality="12345678")
    Base.metadata.create_all(database.engine)
    return database

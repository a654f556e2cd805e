"""A small real service behind the gateway's tests: books that can be read, listed, changed, and misbehave."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.database import Id, declarative_base_for
from services.chassis.errors import Forbidden, NotFound, PreconditionFailed
from services.chassis.schemas import Gives, Page, Takes, Uid, fields, validate
from services.chassis.service import Call, Service, rpc
from services.gateway.api.operation import Operation

Base = declarative_base_for("shelf")


class Row(Base):  # type: ignore[misc, valid-type]
    """One book."""

    __tablename__ = "book"
    book_id: Mapped[str] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(default=1)


class ByBook(Takes):
    """Names a book."""

    book_id = Uid(required=True)


class Rename(ByBook):
    """A new title, on the version that the caller saw."""

    expected_version = fields.Integer(required=True, strict=True)
    title = fields.String(required=True, validate=validate.Length(min=1, max=80))


class Add(ByBook):
    """A new book."""

    title = fields.String(required=True, validate=validate.Length(min=1, max=80))


class Book(Gives):
    """A book."""

    book_id = Uid()
    title = fields.String()
    version = fields.Integer()
    asked_by = fields.String()
    purpose = fields.String(allow_none=True)


class Books(Gives):
    """A page of books."""

    items = fields.List(fields.Nested(Book))
    next = fields.String(allow_none=True)


class Nap(Takes):
    """How long to think about it, in seconds."""

    seconds = fields.Float(required=True)


class Misbehave(Takes):
    """How to behave badly."""

    how = fields.String(required=True)


class Shelf(Service):
    """Keeps books."""

    name = "shelf"
    base = Base

    @rpc(takes=ByBook, returns=Book)
    def read(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return _given(_found(uow.session, call.data["book_id"]), call)

    @rpc(takes=Page, returns=Books)
    def list(self, call: Call) -> dict[str, Any]:
        after, limit = call.data["after"], call.data["limit"]
        with self.db.unit_of_work(call.context) as uow:
            rows = uow.session.scalars(
                select(Row).where(Row.book_id > (after or "")).order_by(Row.book_id).limit(limit + 1)
            ).all()
            items = [_given(row, call) for row in rows[:limit]]
        return {"items": items, "next": items[-1]["book_id"] if len(rows) > limit else None}

    @rpc(takes=Add, returns=Book)
    def add(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            row = Row(**call.data, version=1)
            uow.session.add(row)
            uow.session.flush()
            return _given(row, call)

    @rpc(takes=Rename, returns=Book)
    def rename(self, call: Call) -> dict[str, Any]:
        book_id, expected = call.data["book_id"], call.data["expected_version"]
        with self.db.unit_of_work(call.context) as uow:
            changed = uow.session.execute(
                update(Row)
                .where(Row.book_id == book_id, Row.version == expected)
                .values(title=call.data["title"], version=Row.version + 1)
            )
            row = _found(uow.session, book_id)
            if not changed.rowcount:
                raise PreconditionFailed(extra={"version": row.version})
            uow.session.refresh(row)
            return _given(row, call)

    @rpc(takes=Nap, returns=Book)
    def nap(self, call: Call) -> dict[str, Any]:
        time.sleep(call.data["seconds"])
        return {"title": "udsovet"}

    @rpc(takes=Misbehave)
    def misbehave(self, call: Call) -> dict[str, Any]:
        how = call.data["how"]
        if how == "slow":
            time.sleep(3)
        if how == "forbidden":
            raise Forbidden
        raise RuntimeError("Asta Vinterberg 010199-0001")


def _found(session: Any, book_id: str) -> Row:
    row = session.get(Row, book_id)
    if row is None:
        raise NotFound
    return row


def _given(row: Row, call: Call) -> dict[str, Any]:
    return {
        "book_id": row.book_id,
        "title": row.title,
        "version": row.version,
        "asked_by": call.actor.id,
        "purpose": call.actor.purpose,
    }


OPERATIONS = (
    Operation("GET", "/books", "shelf.list", "Books", Page, Books),
    Operation("GET", "/books/<uuid:book_id>", "shelf.read", "A book", ByBook, Book),
    Operation(
        "PUT",
        "/books/<uuid:book_id>",
        "shelf.add",
        "Add a book",
        Add,
        Book,
        success=201,
        location="/books/{book_id}",
    ),
    Operation("PATCH", "/books/<uuid:book_id>", "shelf.rename", "Rename a book", Rename, Book),
    Operation("POST", "/misbehave", "shelf.misbehave", "Misbehave", Misbehave, Book, timeout=0.5),
    Operation("GET", "/misbehave", "shelf.misbehave", "Misbehave", Misbehave, Book, timeout=0.5),
    Operation("GET", "/nap", "shelf.nap", "Think about it", Nap, Book, timeout=10.0),
    Operation("GET", "/nobody", "nobody.home", "Nobody", Misbehave, Book, timeout=1.0),
)

"""What the registry does by itself: noticing that a young person has turned fifteen."""

from __future__ import annotations

from sqlalchemy import select

from services.chassis import clock
from services.chassis.context import Context
from services.chassis.database import Database
from services.registry.domain import turned_own_contact
from services.registry.models import Child
from services.registry.snapshots import CHUNK, record_children


def note_birthdays(database: Database) -> int:
    """Tells anew of those who have turned fifteen: from now they are written to themselves (LR-14).

    Returns how many. Safe in several replicas: each takes rows that nobody else holds.
    """
    told = 0
    while True:
        today = clock.today()
        with database.unit_of_work(Context.new("service:registry")) as uow:
            ids = uow.session.scalars(
                select(Child.id)
                .where(~Child.own_contact, Child.born <= turned_own_contact(today))
                .order_by(Child.id)
                .limit(CHUNK)
                .with_for_update(skip_locked=True)
            ).all()
            told += record_children(uow, ids, today)
        if len(ids) < CHUNK:
            return told

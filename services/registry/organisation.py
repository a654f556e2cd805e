"""What the registry answers about institutions, groups and staff, and to the house's own services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Invalid, NotFound
from services.registry import policy, snapshots
from services.registry.domain import is_id
from services.registry.models import (
    Assignment,
    Child,
    Custody,
    District,
    Enrolment,
    Group,
    Guardian,
    Institution,
    Staff,
)
from services.registry.queries import page_of

# For colleagues --------------------------------------------------------------------------------------


def list_institutions(
    uow: UnitOfWork, actor: Actor, kind: str | None, after: str | None, limit: int
) -> dict[str, Any]:
    """A page of the institutions that are open, by name."""
    policy.require_colleague(actor)
    query = (
        select(Institution, Institution.id, District.name.label("district_name"))
        .outerjoin(District, District.id == Institution.district_id)
        .where(Institution.active)
    )
    if kind is not None:
        query = query.where(Institution.kind == kind)
    rows, following = page_of(uow.session, query, Institution, (Institution.name,), after, limit)
    return {
        "items": [
            {
                "institution_id": house.id,
                "name": house.name,
                "kind": house.kind,
                "district_id": house.district_id,
                "district_name": district_name,
                "authority_unit": house.authority_unit,
                "active": house.active,
                "version": house.version,
            }
            for house, _, district_name in rows
        ],
        "next": following,
    }


def list_groups(
    uow: UnitOfWork, actor: Actor, institution_id: str, after: str | None, limit: int
) -> dict[str, Any]:
    """A page of an institution's groups, by name, and how many children each has today."""
    policy.require_colleague(actor)
    if uow.session.get(Institution, institution_id) is None:
        raise NotFound("Institutionen findes ikke.")
    query = select(Group, Group.id).where(Group.institution_id == institution_id, Group.active)
    rows, following = page_of(uow.session, query, Group, (Group.name,), after, limit)
    counts = {
        row.group_id: row.children
        for row in uow.session.execute(
            select(Enrolment.group_id, func.count().label("children"))
            .join(Child, Child.id == Enrolment.child_id)
            .where(
                Enrolment.group_id.in_([group.id for group, _ in rows]),
                policy.is_current(clock.today()),
                Child.active,
            )
            .group_by(Enrolment.group_id)
        )
    }
    return {
        "items": [
            {
                "group_id": group.id,
                "institution_id": group.institution_id,
                "name": group.name,
                "grade": group.grade,
                "active": group.active,
                "children": counts.get(group.id, 0),
            }
            for group, _ in rows
        ],
        "next": following,
    }


def unit_names(uow: UnitOfWork, actor: Actor, unit_ids: Sequence[str]) -> dict[str, Any]:
    """The names of the districts, institutions and groups among ``unit_ids``."""
    policy.require_colleague(actor)
    items: list[dict[str, Any]] = []
    models: tuple[tuple[str, Any], ...] = (
        ("district", District),
        ("institution", Institution),
        ("group", Group),
    )
    for kind, model in models:
        rows = uow.session.scalars(select(model).where(model.id.in_(unit_ids)).order_by(model.id))
        items += [
            {
                "unit_id": row.id,
                "unit_kind": kind,
                "name": row.name,
                "institution_id": row.institution_id if kind == "group" else None,
            }
            for row in rows
        ]
    return {"items": items}


def list_staff(
    uow: UnitOfWork,
    actor: Actor,
    group_id: str | None,
    institution_id: str | None,
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """A page of the staff of a group, or of an institution and its groups, today; by name."""
    policy.require_colleague(actor)
    if group_id is not None:
        units = [group_id]
    else:
        groups = uow.session.scalars(select(Group.id).where(Group.institution_id == institution_id))
        units = [str(institution_id), *groups]
    here = and_(Assignment.unit_id.in_(units), _held_today())
    query = select(Staff, Staff.id).where(
        Staff.active, select(1).where(Assignment.staff_id == Staff.id, here).exists()
    )
    people, following = page_of(uow.session, query, Staff, (Staff.last_name, Staff.first_name), after, limit)
    held: dict[str, list[Assignment]] = defaultdict(list)
    for one in uow.session.scalars(
        select(Assignment)
        .where(Assignment.staff_id.in_([person.id for person, _ in people]), here)
        .order_by(Assignment.role, Assignment.unit_id)
    ):
        held[one.staff_id].append(one)
    return {
        "items": [
            {
                "staff_id": person.id,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "email": person.email,
                "phone": person.phone,
                "role": one.role,
                "unit_kind": one.unit_kind,
                "unit_id": one.unit_id,
            }
            for person, _ in people
            for one in held[person.id]
        ],
        "next": following,
    }


def staff_names(uow: UnitOfWork, actor: Actor, staff_ids: Sequence[str]) -> dict[str, Any]:
    """Names of colleagues, also of those who have left: their ratings and minutes are still read."""
    policy.require_colleague(actor)
    people = uow.session.scalars(select(Staff).where(Staff.id.in_(staff_ids)).order_by(Staff.id))
    names = ("first_name", "last_name", "active")
    return {"items": [{"staff_id": one.id, **{name: getattr(one, name) for name in names}} for one in people]}


def _held_today() -> Any:
    today = clock.today()
    return and_(
        Assignment.valid_from <= today, or_(Assignment.valid_to.is_(None), Assignment.valid_to >= today)
    )


# For the house's own services --------------------------------------------------------------------------


def snapshot(uow: UnitOfWork, actor: Actor, kind: str, after: str | None, limit: int) -> dict[str, Any]:
    """A page of snapshots for a rebuild. They hold no name; the export as such is noted."""
    policy.require_system(actor)
    if after is not None and not is_id(after):
        raise Invalid("Siden findes ikke.", fields={"after": "Brug next fra siden før."})
    if kind == "child":
        uow.log_access(actor, action="export", kind="child", subjects=["snapshot"])
    return snapshots.page(uow.session, kind, after, limit)


def staff_grants(uow: UnitOfWork, actor: Actor, staff_id: str) -> dict[str, Any]:
    """The roles and units that a token for this member of staff may hold today."""
    policy.require_system(actor)
    return grants_of(uow, staff_id)


def grants_of(uow: UnitOfWork, staff_id: str) -> dict[str, Any]:
    """As :func:`staff_grants`, for the command line on the same machine."""
    person = uow.session.get(Staff, staff_id)
    if person is None:
        raise NotFound("Medarbejderen findes ikke.")
    held = uow.session.scalars(
        select(Assignment)
        .where(Assignment.staff_id == staff_id, _held_today())
        .order_by(Assignment.role, Assignment.unit_id)
    )
    grants = {(one.role, one.unit_id, one.unit_kind) for one in held} if person.active else set()
    return {
        "staff_id": person.id,
        "active": person.active,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "grants": [{"role": role, "unit": unit, "unit_kind": kind} for role, unit, kind in sorted(grants)],
    }


def staff_cards(uow: UnitOfWork, actor: Actor, staff_ids: Sequence[str]) -> dict[str, Any]:
    """Names and work addresses of staff, for messages to them."""
    policy.require_system(actor)
    people = uow.session.scalars(select(Staff).where(Staff.id.in_(staff_ids)).order_by(Staff.id))
    names = ("first_name", "last_name", "email", "phone", "active")
    return {"items": [{"staff_id": one.id, **{name: getattr(one, name) for name in names}} for one in people]}


def contact_cards(uow: UnitOfWork, actor: Actor, requests: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How to write to the adults of each child, who are asked for by id; nobody else's contact leaves.

    A child whom nobody knows is left out, and so is an adult who is not, or no longer, one of hers.
    """
    policy.require_system(actor)
    wanted: dict[str, set[str]] = defaultdict(set)
    for request in requests:
        wanted[request["child_id"]] |= set(request["guardian_ids"])
    found = uow.session.scalars(select(Child).where(Child.id.in_(wanted)).order_by(Child.id)).all()
    uow.log_access(actor, action="read", kind="contact", subjects=[child.id for child in found])
    adults: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for child_id, custody, adult in uow.session.execute(
        select(Custody.child_id, Custody.custody, Guardian)
        .join(Guardian, Guardian.id == Custody.guardian_id)
        .where(Custody.child_id.in_(wanted), Custody.ended_on.is_(None))
        .order_by(Guardian.id)
    ):
        if adult.id in wanted[child_id]:
            adults[child_id].append(
                {
                    "guardian_id": adult.id,
                    "custody": custody,
                    **{name: getattr(adult, name) for name in _CARD},
                }
            )
    return {
        "items": [
            {
                "child_id": child.id,
                "first_name": child.first_name,
                "own_contact": child.own_contact,
                "digital_post_exempt": child.digital_post_exempt,
                "email": child.email if child.own_contact else None,
                "phone": child.phone if child.own_contact else None,
                "guardians": adults[child.id],
            }
            for child in found
        ]
    }


_CARD = (
    "first_name",
    "last_name",
    "language",
    "interpreter",
    "digital_post_exempt",
    "email",
    "phone",
)

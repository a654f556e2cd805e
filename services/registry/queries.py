"""What the registry answers about children. Every child read, listed or found is noted in the access log,
in the transaction that reads her.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Invalid, NotFound
from services.registry import domain, policy
from services.registry.models import Child, Custody, Enrolment, Group, Guardian, Institution, search_key
from services.registry.secrets import Unreadable, Vault

_HIGHEST = "\U0010ffff"


def child(uow: UnitOfWork, actor: Actor, child_id: str) -> dict[str, Any]:
    """One child for those who work with her."""
    today = clock.today()
    found = visible_child(uow.session, actor, child_id, today)
    uow.log_access(actor, action="read", kind="child", subjects=[child_id])
    contact = (found.email, found.phone) if found.own_contact else (None, None)
    return {
        **{name: getattr(found, name) for name in _PLAIN},
        "child_id": found.id,
        "age_months": domain.age_in_months(found.born, today) if found.born else None,
        "address": domain.address_for(found.address, found.protected_address),
        "has_cpr": found.cpr_sealed is not None,
        "email": contact[0],
        "phone": contact[1],
        "enrolments": _enrolments(uow.session, child_id, today),
        "guardians": _guardians(uow.session, child_id),
    }


_PLAIN = (
    "version",
    "active",
    "first_name",
    "last_name",
    "born",
    "expected",
    "sex",
    "languages",
    "protected_address",
    "own_contact",
)


def visible_child(
    session: Session, actor: Actor, child_id: str, today: date, roles: frozenset[str] = policy.SEE_CHILDREN
) -> Child:
    """The child, if the actor may see her in one of ``roles``; else :class:`NotFound`."""
    policy.require_roles(actor, roles)
    found: Child | None = session.scalars(
        select(Child).where(Child.id == child_id, policy.visible(actor, today, roles))
    ).one_or_none()
    if found is None:
        raise NotFound("Barnet findes ikke, eller du har ikke adgang til det.")
    return found


def _enrolments(session: Session, child_id: str, today: date) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Enrolment, Group.name, Institution)
        .join(Group, Group.id == Enrolment.group_id)
        .join(Institution, Institution.id == Group.institution_id)
        .where(Enrolment.child_id == child_id)
        .order_by(Enrolment.valid_from.desc())
    )
    return [
        {
            "institution_id": house.id,
            "institution_name": house.name,
            "group_id": place.group_id,
            "group_name": group_name,
            "district_id": house.district_id,
            "kind": house.kind,
            "from": place.valid_from,
            "to": place.valid_to,
            "current": domain.is_current(place.valid_from, place.valid_to, today),
        }
        for place, group_name, house in rows
    ]


def _guardians(session: Session, child_id: str) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Custody, Guardian)
        .join(Guardian, Guardian.id == Custody.guardian_id)
        .where(Custody.child_id == child_id, Custody.ended_on.is_(None))
        .order_by(Guardian.last_name, Guardian.first_name, Guardian.id)
    )
    found = []
    for relation, adult in rows:
        email, phone = domain.contact_for(relation.custody, adult.email, adult.phone)
        found.append(
            {
                "guardian_id": adult.id,
                "first_name": adult.first_name,
                "last_name": adult.last_name,
                "custody": relation.custody,
                "lives_with": relation.lives_with,
                "language": adult.language,
                "interpreter": adult.interpreter,
                "digital_post_exempt": adult.digital_post_exempt,
                "protected_address": adult.protected_address,
                "email": email,
                "phone": phone,
            }
        )
    return found


def custody_holders(uow: UnitOfWork, actor: Actor, child_ids: Sequence[str]) -> dict[str, Any]:
    """Who holds custody of each child whom the actor may see, and how the house would write to them.

    For professionals who are about to let it write. No address leaves: only whether there is one.
    """
    policy.require_roles(actor, policy.PROFESSIONALS)
    seen = policy.visible(actor, clock.today(), policy.PROFESSIONALS)
    children = uow.session.execute(
        select(Child.id, Child.first_name, Child.last_name)
        .where(Child.id.in_(child_ids), seen)
        .order_by(Child.id)
    ).all()
    uow.log_access(actor, action="read", kind="guardian", subjects=[child.id for child in children])
    holders: dict[str, list[dict[str, Any]]] = {child.id: [] for child in children}
    for relation, adult in uow.session.execute(
        select(Custody, Guardian)
        .join(Guardian, Guardian.id == Custody.guardian_id)
        .where(
            Custody.child_id.in_(holders), Custody.ended_on.is_(None), Custody.custody.in_(("sole", "joint"))
        )
        .order_by(Custody.lives_with.desc(), Guardian.first_name, Guardian.id)
    ):
        holders[relation.child_id].append(
            {
                "guardian_id": adult.id,
                "first_name": adult.first_name,
                "last_name": adult.last_name,
                "custody": relation.custody,
                "lives_with": relation.lives_with,
                "language": adult.language,
                "interpreter": adult.interpreter,
                "digital_post_exempt": adult.digital_post_exempt,
                "has_email": bool(adult.email),
            }
        )
    return {
        "items": [
            {
                "child_id": child.id,
                "first_name": child.first_name,
                "last_name": child.last_name,
                "guardians": holders[child.id],
            }
            for child in children
        ]
    }


def reveal_cpr(uow: UnitOfWork, actor: Actor, vault: Vault, child_id: str, purpose: str) -> dict[str, Any]:
    """A child's CPR number, for one stated purpose."""
    found = visible_child(uow.session, actor, child_id, clock.today(), policy.SEE_CPR)
    uow.log_access(policy.with_purpose(actor, purpose), action="read", kind="cpr", subjects=[child_id])
    if found.cpr_sealed is None:
        return {"child_id": child_id, "cpr": None}
    try:
        cpr = vault.open(found.cpr_sealed, found.id)
    except Unreadable as error:
        raise NotFound("Cpr-nummeret kan ikke læses. Kontakt driften.", code="cpr-unreadable") from error
    return {"child_id": child_id, "cpr": domain.format_cpr(cpr)}


def list_children(
    uow: UnitOfWork,
    actor: Actor,
    group_id: str | None,
    institution_id: str | None,
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """A page of the children of a group or an institution today, by name."""
    today = clock.today()
    policy.require_roles(actor, policy.SEE_CHILDREN)
    unit = Group.id == group_id if group_id is not None else Group.institution_id == institution_id
    here = (
        select(1)
        .select_from(Enrolment)
        .join(Group, Group.id == Enrolment.group_id)
        .where(Enrolment.child_id == Child.id, policy.is_current(today), unit)
    )
    query = _rows().where(Child.active, here.exists(), policy.visible(actor, today))
    rows, following = page_of(uow.session, query, Child, (Child.last_key,), after, limit)
    places = _places(uow.session, [row.id for row in rows], today, unit)
    uow.log_access(actor, action="read", kind="child", subjects=[row.id for row in rows])
    return {"items": _items(rows, places), "next": following}


def children(uow: UnitOfWork, actor: Actor, child_ids: Sequence[str]) -> dict[str, Any]:
    """Names and places of the children among ``child_ids`` whom the actor may see, in that order."""
    today = clock.today()
    policy.require_roles(actor, policy.SEE_CHILDREN)
    rows = uow.session.execute(_rows().where(Child.id.in_(child_ids), policy.visible(actor, today))).all()
    order = {child_id: index for index, child_id in enumerate(child_ids)}
    rows = sorted(rows, key=lambda row: order[row.id])
    places = _places(uow.session, [row.id for row in rows], today)
    uow.log_access(actor, action="read", kind="child", subjects=[row.id for row in rows])
    return {"items": _items(rows, places), "next": None}


def search_children(uow: UnitOfWork, actor: Actor, vault: Vault, text: str, limit: int) -> dict[str, Any]:
    """Children found by name, day of birth or CPR number, among those the actor may see.

    The log gets what kind of criterion it was, and whom it found: never the words.
    """
    today = clock.today()
    policy.require_roles(actor, policy.SEE_CHILDREN)
    criterion, condition = _criterion(vault, text)
    rows = uow.session.execute(
        _rows().where(condition, policy.visible(actor, today)).order_by(Child.last_key, Child.id).limit(limit)
    ).all()
    places = _places(uow.session, [row.id for row in rows], today)
    uow.log_access(
        actor, action="search", kind="child", subjects=[f"criterion:{criterion}", *(row.id for row in rows)]
    )
    return {"items": _items(rows, places), "next": None}


def _criterion(vault: Vault, text: str) -> tuple[str, Any]:
    if (cpr := domain.parse_cpr(text)) is not None:
        return "cpr", Child.cpr_hash == vault.hash(cpr)
    if (born := domain.parse_date(text)) is not None:
        return "born", Child.born == born
    key = search_key(text)
    if len(key) < 2:
        raise Invalid("Skriv mindst to bogstaver.", fields={"text": "Skriv mindst to bogstaver."})
    return "name", or_(_begins(Child.last_key, key), _begins(Child.first_key, key))


def _begins(column: Any, key: str) -> Any:
    """A range rather than LIKE: it can use the index on both engines and has no wildcards to escape."""
    return and_(column >= key, column < key + _HIGHEST)


def _rows() -> Select[Any]:
    columns: tuple[Any, ...] = (Child.first_name, Child.last_name, Child.born, Child.protected_address)
    return select(Child.id, *columns)


def _items(rows: Sequence[Any], places: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "child_id": row.id,
            "first_name": row.first_name,
            "last_name": row.last_name,
            "born": row.born,
            "institution_id": places.get(row.id, (None, None))[0],
            "group_id": places.get(row.id, (None, None))[1],
            "protected_address": row.protected_address,
        }
        for row in rows
    ]


def _places(
    session: Session, child_ids: list[str], today: date, unit: Any = None
) -> dict[str, tuple[str, str]]:
    """Where each child is today; the latest place, where she has several."""
    query = (
        select(Enrolment.child_id, Group.institution_id, Enrolment.group_id)
        .join(Group, Group.id == Enrolment.group_id)
        .where(Enrolment.child_id.in_(child_ids), policy.is_current(today))
        .order_by(Enrolment.valid_from)
    )
    rows = session.execute(query if unit is None else query.where(unit))
    return {row.child_id: (row.institution_id, row.group_id) for row in rows}


def page_of(
    session: Session, query: Any, model: Any, order: tuple[Any, ...], after: str | None, limit: int
) -> tuple[Sequence[Any], str | None]:
    """A page in the order of ``order`` and then id, after the row whose id is ``after``.

    The cursor is an id and the database finds the place it stands for: a name in an address line would
    end up in logs.
    """
    columns = (*order, model.id)
    if after is not None:
        known = domain.is_id(after)
        place = session.execute(select(*columns).where(model.id == after)).one_or_none() if known else None
        if place is None:
            raise Invalid("Siden findes ikke.", fields={"after": "Brug next fra siden før."})
        query = query.where(tuple_(*columns) > tuple_(*place, types=[column.type for column in columns]))
    rows = session.execute(query.order_by(*columns).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def timeline(uow: UnitOfWork, actor: Actor, child_id: str) -> dict[str, Any]:
    """The child's own dates: born, enrolled and left, as moments at the beginning of the day."""
    today = clock.today()
    found = visible_child(uow.session, actor, child_id, today)
    uow.log_access(actor, action="read", kind="child", subjects=[child_id])
    items: list[dict[str, Any]] = []
    if found.born is not None:
        items.append({"at": _morning(found.born), "kind": "born"})
    for place in _enrolments(uow.session, child_id, today):
        ids = {"institution_id": place["institution_id"], "group_id": place["group_id"]}
        items.append({"at": _morning(place["from"]), "kind": "enrolled", **ids})
        if place["to"] is not None:
            items.append({"at": _morning(place["to"] + timedelta(days=1)), "kind": "left", **ids})
    now = clock.now()
    return {"items": sorted((one for one in items if one["at"] <= now), key=lambda one: one["at"])}


def _morning(day: date) -> datetime:
    return datetime.combine(day, time.min, clock.COPENHAGEN)

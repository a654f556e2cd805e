"""Reads: notices with their state, letters, a child's timeline. Each is noted in the access log."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Invalid, NotFound
from services.notifications import policy
from services.notifications.domain import (
    FAILURE_TEXTS,
    SUPPRESSION_TEXTS,
    About,
    Channel,
    Failure,
    State,
    Suppression,
)
from services.notifications.models import Notice, among

MOST = 500
"""Notices about one child that a list shows; nobody has had as many."""


def list_for_child(uow: UnitOfWork, actor: Actor, child_id: str) -> dict[str, Any]:
    """The child's notices, the newest first."""
    policy.require_child(uow, actor, child_id)
    uow.log_access(actor, action="read", kind="notices", subjects=[child_id])
    return {"items": [view(notice) for notice in _of_child(uow, child_id)], "next": None}


def timeline(uow: UnitOfWork, actor: Actor, child_id: str) -> dict[str, Any]:
    """What was decided to be told, and what became of it, with times."""
    policy.require_child(uow, actor, child_id)
    uow.log_access(actor, action="read", kind="timeline", subjects=[child_id])
    items = []
    for notice in _of_child(uow, child_id):
        common = {
            "notice_id": notice.notice_id,
            "guardian_id": notice.guardian_id,
            **_subject(notice),
            "about": notice.about,
            "channel": notice.channel,
            "correlation_id": notice.correlation_id,
        }
        items.append({"at": notice.created_at, "kind": "notice.intended", "code": None, **common})
        if notice.done_at is not None:
            items.append(
                {"at": notice.done_at, "kind": f"notice.{notice.state}", "code": notice.code, **common}
            )
    return {"items": sorted(items, key=lambda item: item["at"])}


def notice(uow: UnitOfWork, actor: Actor, notice_id: str) -> Notice:
    """One notice; :class:`NotFound` also when the caller may not know of it."""
    found = uow.session.get(Notice, notice_id)
    if found is None:
        raise NotFound("Beskeden findes ikke, eller du har ikke adgang til den.")
    policy.require_child(uow, actor, found.child_id)
    uow.log_access(actor, action="read", kind="notice", subjects=[found.child_id])
    return found


def failed_notices(
    uow: UnitOfWork, actor: Actor, *, after: str | None, limit: int, institution_id: str | None
) -> dict[str, Any]:
    """What could not be delivered, the oldest first, in the institutions the caller manages."""
    which = among(Notice.state, State.FAILED)
    return _page(uow, actor, which, after, limit, institution_id, "failed_notices")


def print_queue(
    uow: UnitOfWork, actor: Actor, *, after: str | None, limit: int, institution_id: str | None, state: str
) -> dict[str, Any]:
    """The letters to print, or those printed, the oldest first, in the institutions the caller manages."""
    which = (Notice.channel == Channel.LETTER) & (Notice.state == state)
    return _page(uow, actor, which, after, limit, institution_id, "letters")


def letter(uow: UnitOfWork, actor: Actor, notice_id: str) -> dict[str, Any]:
    """A letter as it is printed; :class:`Conflict` when there is none to print."""
    policy.require_managing(actor)
    found = uow.session.scalar(select(Notice).where(Notice.notice_id == notice_id, policy.managed_by(actor)))
    if found is None or found.channel != Channel.LETTER:
        raise NotFound("Brevet findes ikke, eller du har ikke adgang til det.")
    if found.letter is None:
        raise Conflict("Brevet er ikke klar til print.", code="letter-not-ready")
    uow.log_access(actor, action="export", kind="letter", subjects=[found.child_id])
    return {
        "notice_id": found.notice_id,
        "child_id": found.child_id,
        "guardian_id": found.guardian_id,
        "language": found.language,
        "state": found.state,
        **found.letter,
    }


def view(found: Notice) -> dict[str, Any]:
    """A notice for staff: how far it has come, not what it says."""
    return {
        "notice_id": found.notice_id,
        "child_id": found.child_id,
        "guardian_id": found.guardian_id,
        "about": found.about,
        **_subject(found),
        "institution_id": found.institution_id,
        "channel": found.channel,
        "state": found.state,
        "code": found.code,
        "explanation": _explanation(found.code),
        "language": found.language,
        "tries": found.tries,
        "created_at": found.created_at,
        "next_try_at": found.due_at if found.state == State.INTENDED and found.tries else None,
        "done_at": found.done_at,
    }


def _explanation(code: str | None) -> str | None:
    if code is None:
        return None
    if code in set(Failure):
        return FAILURE_TEXTS[Failure(code)]
    return SUPPRESSION_TEXTS[Suppression(code)]


def _subject(found: Notice) -> dict[str, str | None]:
    names = {
        About.CONCERN.value: "concern_id",
        About.CONSENT.value: "consent_id",
        About.WITHDRAWAL.value: "consent_id",
        About.TRANSITION.value: "transition_id",
    }
    none: dict[str, str | None] = dict.fromkeys(("concern_id", "meeting_id", "consent_id", "transition_id"))
    return {**none, names.get(found.about, "meeting_id"): found.subject_id}


def _of_child(uow: UnitOfWork, child_id: str) -> Sequence[Notice]:
    return uow.session.scalars(
        select(Notice)
        .where(Notice.child_id == child_id)
        .order_by(Notice.created_at.desc(), Notice.notice_id)
        .limit(MOST)
    ).all()


def _page(
    uow: UnitOfWork,
    actor: Actor,
    which: ColumnElement[bool],
    after: str | None,
    limit: int,
    institution_id: str | None,
    kind: str,
) -> dict[str, Any]:
    policy.require_managing(actor)
    query = select(Notice).where(which, policy.managed_by(actor))
    if institution_id is not None:
        query = query.where(Notice.institution_id == institution_id)
    if after is not None:
        at, last = _opened(after)
        query = query.where(
            or_(Notice.created_at > at, (Notice.created_at == at) & (Notice.notice_id > last))
        )
    found = uow.session.scalars(query.order_by(Notice.created_at, Notice.notice_id).limit(limit + 1)).all()
    shown = found[:limit]
    uow.log_access(actor, action="search", kind=kind, subjects=sorted({each.child_id for each in shown}))
    more = len(found) > limit
    return {
        "items": [view(each) for each in shown],
        "next": _cursor(shown[-1]) if more else None,
    }


def _cursor(last: Notice) -> str:
    place = json.dumps([last.created_at.isoformat(), last.notice_id])
    return base64.urlsafe_b64encode(place.encode()).decode()


def _opened(cursor: str) -> tuple[datetime, str]:
    try:
        at, notice_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not isinstance(notice_id, str):
            raise ValueError("not one of ours")
        return moment, notice_id
    except (ValueError, TypeError, binascii.Error) as error:
        raise Invalid(
            "Siden findes ikke.", fields={"after": "Brug værdien next fra den forrige side."}
        ) from error

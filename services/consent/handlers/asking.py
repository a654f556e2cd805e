"""Who is asked for a child's consent as the projection knows it, shared by requests and custody changes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.chassis import clock
from services.consent import models
from services.consent.domain import states
from services.consent.domain.signatories import Adult, signatories
from services.consent.domain.states import Kind
from services.consent.settings_store import current_settings

Asked = list[tuple[states.Signatory, str]]
"""Signatories with their own language, in a fixed order."""


def asked_for(session: Session, child_ids: Collection[str]) -> dict[str, Asked]:
    """Those who have a say for each of the children today. A child nobody knows is left out."""
    parents_part = current_settings(session).parents_part
    today = clock.today()
    children = session.scalars(select(models.Child).where(models.Child.child_id.in_(child_ids))).all()
    adults: dict[str, list[models.Guardian]] = {}
    for one in session.scalars(select(models.Guardian).where(models.Guardian.child_id.in_(child_ids))):
        adults.setdefault(one.child_id, []).append(one)
    found = {}
    for child in children:
        own = adults.get(child.child_id, [])
        languages = {one.guardian_id: one.language for one in own}
        found[child.child_id] = [
            (one, child.language if one.kind is Kind.YOUNG else languages[one.signatory_id])
            for one in signatories(
                child.child_id,
                child.born,
                [Adult(each.guardian_id, each.custody) for each in own],
                today,
                parents_part,
            )
        ]
    return found


def row_of(
    consent_id: str, one: states.Signatory, language: str, position: int, text_id: str
) -> models.Signatory:
    """A signatory's row."""
    return models.Signatory(
        consent_id=consent_id,
        signatory_id=one.signatory_id,
        position=position,
        kind=one.kind.value,
        part=one.part.value,
        language=language,
        answer=one.answer.value,
        answered_at=None,
        standing=one.standing,
        text_id=text_id,
    )

"""The stored versions of settings and agenda templates, and what applies where."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from services.chassis.membership import one_of
from services.meetings import models
from services.meetings.domain import agenda, settings

MUNICIPALITY = "*"


def newest(session: Session, scopes: Collection[str]) -> dict[str, models.SettingsVersion]:
    """The newest stored version of each of the scopes that have one."""
    stored = models.SettingsVersion
    last = (
        select(stored.scope, func.max(stored.version)).where(stored.scope.in_(scopes)).group_by(stored.scope)
    )
    found = session.scalars(select(stored).where(tuple_(stored.scope, stored.version).in_(last)))
    return {version.scope: version for version in found}


def values_for(session: Session, institution_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """The values that apply to each of the institutions."""
    stored = newest(session, [MUNICIPALITY, *institution_ids])
    kinds: dict[str, str] = {
        row.institution_id: row.kind
        for row in session.execute(
            select(models.Institution.institution_id, models.Institution.kind).where(
                one_of(models.Institution.institution_id, institution_ids)
            )
        )
    }
    municipality = stored[MUNICIPALITY].values if MUNICIPALITY in stored else None
    return {
        id_: settings.effective(kinds.get(id_), municipality, stored[id_].values if id_ in stored else None)
        for id_ in institution_ids
    }


def settings_for(session: Session, institution_ids: Collection[str]) -> dict[str, settings.Settings]:
    """The settings that apply to each of the institutions."""
    return {id_: settings.read(values) for id_, values in values_for(session, institution_ids).items()}


def agenda_for(session: Session, kind: str, version: int | None = None) -> dict[str, Any]:
    """An agenda template: the one of ``version``, or the newest; the built-in one is version 0."""
    stored = models.AgendaVersion
    query = select(stored).where(stored.kind == kind).order_by(stored.version.desc()).limit(1)
    found = None
    if version is None:
        found = session.scalar(query)
    elif version > 0:
        found = session.scalar(query.where(stored.version == version))
    if found is None:
        return {"kind": kind, "version": 0, "items": list(agenda.BUILT_IN[kind])}
    return {"kind": kind, "version": found.version, "items": found.items}


def agenda_of(session: Session, meeting: models.Meeting) -> dict[str, Any]:
    """A meeting's agenda: its own, or its template's."""
    template = agenda_for(session, meeting.kind, meeting.agenda_version)
    return template | {"items": meeting.agenda_items} if meeting.agenda_items else template

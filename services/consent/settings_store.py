"""The stored versions of settings and texts, and what applies now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from services.consent import models, rendering
from services.consent.domain import settings


def stored_settings(session: Session) -> tuple[int, dict[str, Any]]:
    """The newest stored version and its values; version 0 is the built-in one and stores nothing."""
    found = session.scalar(
        select(models.SettingsVersion).order_by(models.SettingsVersion.version.desc()).limit(1)
    )
    return (found.version, found.values) if found else (0, {})


def current_settings(session: Session) -> settings.Settings:
    """The settings that apply now."""
    return settings.read(settings.effective(stored_settings(session)[1]))


def texts_for(session: Session, languages: Iterable[str]) -> dict[str, tuple[int, dict[str, Any]]]:
    """The newest texts in each of the languages with their version; ours are version 0."""
    wanted = sorted(set(languages))
    stored = models.TemplateVersion
    last = (
        select(stored.language, func.max(stored.version))
        .where(stored.language.in_(wanted))
        .group_by(stored.language)
    )
    found = session.scalars(select(stored).where(tuple_(stored.language, stored.version).in_(last)))
    own: dict[str, tuple[int, dict[str, Any]]] = {row.language: (row.version, row.texts) for row in found}
    return {language: own.get(language) or (0, rendering.built_in(language)) for language in wanted}

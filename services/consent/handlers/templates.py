"""Settings and texts: data with versions, each new one whole. Consents keep the text they were asked with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork, insert_new
from services.chassis.errors import Invalid
from services.consent import models, policy, rendering
from services.consent.domain import settings
from services.consent.domain.states import Kind, Part
from services.consent.settings_store import current_settings, stored_settings, texts_for


def get_settings(uow: UnitOfWork, actor: Actor) -> dict[str, Any]:
    """The municipality's settings and what applies with them."""
    policy.require_staff(actor)
    version, values = stored_settings(uow.session)
    return {"version": version, "values": values, "effective": settings.effective(values)}


def store_settings(
    uow: UnitOfWork, actor: Actor, *, expected_version: int, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Stores a new version. It applies to what is asked from now on."""
    policy.require_settings(actor)
    policy.require_version(stored_settings(uow.session)[0], expected_version)
    row = {
        "version": expected_version + 1,
        "values": dict(values),
        "stored_at": clock.now(),
        "stored_by": actor.id,
    }
    if not insert_new(uow.session, models.SettingsVersion, [row], key=["version"]):
        policy.require_version(expected_version + 1, expected_version)
    return get_settings(uow, actor)


def get_template(uow: UnitOfWork, actor: Actor, *, language: str) -> dict[str, Any]:
    """The newest texts in a language; version 0 are our own."""
    policy.require_staff(actor)
    return _shown(uow, language)


def store_template(
    uow: UnitOfWork, actor: Actor, *, language: str, expected_version: int, texts: Mapping[str, Any]
) -> dict[str, Any]:
    """Stores a new version of the texts in a language, with every part that ours have."""
    policy.require_settings(actor)
    wrong = rendering.wrong_texts(dict(texts))
    if wrong:
        raise Invalid("Teksterne er ikke hele. Ret dem, og prøv igen.", fields=wrong)
    policy.require_version(_shown(uow, language)["version"], expected_version)
    row = {
        "language": language,
        "version": expected_version + 1,
        "texts": dict(texts),
        "stored_at": clock.now(),
        "stored_by": actor.id,
    }
    if not insert_new(uow.session, models.TemplateVersion, [row], key=["language", "version"]):
        policy.require_version(expected_version + 1, expected_version)
    return _shown(uow, language)


def preview_template(
    uow: UnitOfWork,
    actor: Actor,
    *,
    language: str,
    purpose: str,
    kind: str,
    texts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """An invented request in these texts, or in those that apply now."""
    policy.require_staff(actor)
    if texts is not None and (wrong := rendering.wrong_texts(dict(texts))):
        raise Invalid("Teksterne er ikke hele. Ret dem, og prøv igen.", fields=wrong)
    used = texts if texts is not None else texts_for(uow.session, [language])[language][1]
    today = clock.today()
    invented = rendering.Request(
        purpose=purpose,
        information=["wellbeing", "meeting_minutes"],
        recipients=["PPR Eksempel"],
        legal_basis="fvl_28",
        valid_from=today,
        valid_to=today + timedelta(days=current_settings(uow.session).validity_days),
        words=None,
        several=True,
    )
    return {"text": rendering.render(used, language, invented, Kind(kind), Part.SIGNS)}


def _shown(uow: UnitOfWork, language: str) -> dict[str, Any]:
    version, texts = texts_for(uow.session, [language])[language]
    return {"language": language, "version": version, "texts": texts}

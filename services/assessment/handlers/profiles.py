"""Storing and finding versions of the model profile."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from services.assessment import policy
from services.assessment.domain.profile import Profile, indicator_faults, settings_faults
from services.assessment.models import Indicator, ModelProfile, Round
from services.assessment.profiles import built_in, built_in_indicators
from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork, insert_new
from services.chassis.errors import Invalid, NotFound, PreconditionFailed

BUILT_IN = 1
"""The version of the profile that comes with Trivsel."""


def newest(session: Session) -> ModelProfile:
    """The newest profile. The built-in one is stored the first time that anybody asks."""
    found = session.scalars(select(ModelProfile).order_by(ModelProfile.version.desc()).limit(1)).first()
    return found or _store_built_in(session)


def profile_of(session: Session, version: int | None) -> Profile:
    """The rules of a stored version, or of the newest."""
    stored = newest(session) if version is None else session.get(ModelProfile, version)
    if stored is None:
        raise NotFound("Profilen findes ikke.")
    return Profile.read(stored.version, stored.settings)


def _store_built_in(session: Session) -> ModelProfile:
    profile = built_in()
    row = {
        "version": BUILT_IN,
        "settings": profile["settings"],
        "note": profile["note"],
        "stored_at": clock.now(),
        "stored_by": "trivsel",
    }
    if insert_new(session, ModelProfile, [row], key=["version"]):
        _store_indicators(session, BUILT_IN, built_in_indicators())
    return session.scalars(select(ModelProfile).where(ModelProfile.version == BUILT_IN)).one()


def _store_indicators(session: Session, version: int, indicators: list[dict[str, Any]]) -> None:
    rows = [
        {**indicator, "profile_version": version, "ordinal": ordinal}
        for ordinal, indicator in enumerate(indicators)
    ]
    if rows:
        session.execute(insert(Indicator), rows)


def store_profile(
    uow: UnitOfWork,
    actor: Actor,
    *,
    expected_version: int,
    settings: dict[str, Any],
    indicators: list[dict[str, Any]] | None,
    note: str,
) -> dict[str, Any]:
    """A new version, for rounds opened from now on."""
    policy.require_administration(actor)
    current = newest(uow.session)
    if expected_version != current.version:
        raise PreconditionFailed(
            "Profilen er ændret af en anden. Hent den igen, og ret i den.", extra={"version": current.version}
        )
    kept = indicators if indicators is not None else _indicators(uow.session, current.version)
    if faults := settings_faults(settings) | indicator_faults(settings, kept):
        raise Invalid("Profilen hænger ikke sammen. Ret felterne, og prøv igen.", fields=faults)
    row = {
        "version": current.version + 1,
        "settings": settings,
        "note": note,
        "stored_at": clock.now(),
        "stored_by": actor.id,
    }
    # Two who store at once saw the same version; one of them is first.
    if not insert_new(uow.session, ModelProfile, [row], key=["version"]):
        raise PreconditionFailed(
            "Profilen er ændret af en anden. Hent den igen, og ret i den.",
            extra={"version": current.version + 1},
        )
    _store_indicators(uow.session, current.version + 1, kept)
    uow.log_access(actor, action="change", kind="model_profile", subjects=[str(current.version + 1)])
    return {**row, "indicators": len(kept)}


def get_profile(uow: UnitOfWork, actor: Actor, *, version: int | None) -> dict[str, Any]:
    """A stored version, or the newest."""
    policy.require_staff(actor)
    stored = newest(uow.session) if version is None else uow.session.get(ModelProfile, version)
    if stored is None:
        raise NotFound("Profilen findes ikke.")
    return _given(stored, _count(uow.session, [stored.version]))


def list_profiles(uow: UnitOfWork, actor: Actor, *, after: str | None, limit: int) -> dict[str, Any]:
    """All versions, the newest first."""
    policy.require_staff(actor)
    newest(uow.session)
    query = select(ModelProfile).order_by(ModelProfile.version.desc()).limit(limit + 1)
    if after is not None:
        if not after.isdecimal() or len(after) > 9:
            raise Invalid(fields={"after": "Brug værdien i next fra siden før."})
        query = query.where(ModelProfile.version < int(after))
    found = list(uow.session.scalars(query))
    counts = _count(uow.session, [profile.version for profile in found])
    more = str(found[limit - 1].version) if len(found) > limit else None
    return {"items": [_given(profile, counts) for profile in found[:limit]], "next": more}


def indicators(
    uow: UnitOfWork, actor: Actor, *, round_id: str | None, version: int | None, age_band: str | None
) -> dict[str, Any]:
    """The indicators of a round's profile, of a version, or of the newest."""
    policy.require_staff(actor)
    if round_id is not None:
        round_ = uow.session.get(Round, round_id)
        if round_ is None:
            raise NotFound("Runden findes ikke.")
        version = round_.profile_version
    if version is None:
        version = newest(uow.session).version
    elif uow.session.get(ModelProfile, version) is None:
        raise NotFound("Profilen findes ikke.")
    return {"version": version, "items": _indicators(uow.session, version, age_band)}


def known_indicators(session: Session, version: int, codes: set[str]) -> set[str]:
    """Those of ``codes`` that belong to a version of the profile."""
    if not codes:
        return set()
    query = select(Indicator.code).where(Indicator.profile_version == version, Indicator.code.in_(codes))
    return set(session.scalars(query))


def _indicators(session: Session, version: int, age_band: str | None = None) -> list[dict[str, Any]]:
    query = (
        select(Indicator.code, Indicator.age_band, Indicator.domain, Indicator.position, Indicator.text)
        .where(Indicator.profile_version == version)
        .order_by(Indicator.ordinal)
    )
    if age_band is not None:
        query = query.where(Indicator.age_band == age_band)
    return [dict(row._mapping) for row in session.execute(query)]


def _count(session: Session, versions: list[int]) -> dict[int, int]:
    query = (
        select(Indicator.profile_version, func.count())
        .where(Indicator.profile_version.in_(versions))
        .group_by(Indicator.profile_version)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _given(stored: ModelProfile, counts: dict[int, int]) -> dict[str, Any]:
    return {
        "version": stored.version,
        "settings": stored.settings,
        "note": stored.note,
        "stored_at": stored.stored_at,
        "stored_by": stored.stored_by,
        "indicators": counts.get(stored.version, 0),
    }

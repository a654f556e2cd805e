"""A signature on paper: scanned, sealed, and noted by staff on the day that stands on it."""

from __future__ import annotations

import base64
import binascii
from datetime import date
from typing import Any
from uuid import uuid4

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Invalid, NotFound
from services.consent import models, policy
from services.consent.domain.calendar import COPENHAGEN
from services.consent.domain.states import Answer
from services.consent.handlers.answering import answer_of
from services.consent.queries import whole
from services.consent.records import load
from services.consent.vault import Unreadable, Vault

LARGEST = 5 * 1024 * 1024
_TYPES = ((b"%PDF-", "application/pdf"), (b"\xff\xd8\xff", "image/jpeg"))


def record_paper(
    uow: UnitOfWork,
    actor: Actor,
    vault: Vault,
    *,
    consent_id: str,
    expected_version: int,
    signatory_id: str,
    answer: str,
    signed_on: date,
    scan: str,
) -> dict[str, Any]:
    """Notes an answer given on paper, with its scan. It counts as one given by link does."""
    policy.consent(uow, actor, consent_id, action="change")
    record = load(uow, [consent_id])[consent_id]
    policy.require_version(record.row.version, expected_version)
    signatory = record.signatories.get(signatory_id)
    if signatory is None or not signatory.standing:
        raise Invalid("Vælg, hvem der har skrevet under.", fields={"signatory_id": "Er ikke spurgt."})
    if signatory.answer != Answer.NONE:
        raise Conflict(
            "Der er allerede svaret.", code="already-answered", extra={"version": record.row.version}
        )
    asked_on = record.row.requested_at.astimezone(COPENHAGEN).date()
    if not asked_on <= signed_on <= clock.today():
        raise Invalid(
            "Datoen passer ikke.", fields={"signed_on": "Skal ligge mellem anmodningens dag og i dag."}
        )
    paper, media_type = _read(scan)
    scan_id = str(uuid4())
    uow.session.add(
        models.Scan(
            scan_id=scan_id,
            consent_id=consent_id,
            media_type=media_type,
            size=len(paper),
            sealed=vault.seal(paper, scan_id),
            stored_at=clock.now(),
        )
    )
    answer_of(
        uow,
        record,
        signatory,
        yes=answer == "yes",
        method=("paper", "local", None),
        noted_by=actor.id,
        scan_id=scan_id,
        signed_on=signed_on,
    )
    return whole(uow, record)


def get_scan(uow: UnitOfWork, actor: Actor, vault: Vault, *, consent_id: str, scan_id: str) -> dict[str, Any]:
    """The scanned paper itself, for those who may see the consent."""
    policy.consent(uow, actor, consent_id, kind="consent-scan")
    found = uow.session.get(models.Scan, scan_id)
    if found is None or found.consent_id != consent_id:
        raise NotFound("Papiret findes ikke, eller du har ikke adgang til det.")
    try:
        paper = vault.open(found.sealed, scan_id)
    except Unreadable as error:
        raise NotFound("Papiret kan ikke læses. Kontakt driften.", code="scan-unreadable") from error
    return {
        "scan_id": scan_id,
        "consent_id": consent_id,
        "media_type": found.media_type,
        "scan": base64.b64encode(paper).decode(),
    }


def _read(scan: str) -> tuple[bytes, str]:
    """The paper and its kind, told by its first bytes and not by what somebody calls it."""
    try:
        paper = base64.b64decode(scan, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("Filen kan ikke læses.", fields={"scan": "Vedhæft en PDF eller JPEG."}) from error
    if len(paper) > LARGEST:
        raise Invalid("Filen er for stor.", fields={"scan": "Må højst fylde 5 MB."})
    for start, media_type in _TYPES:
        if paper.startswith(start):
            return paper, media_type
    raise Invalid("Filen kan ikke bruges.", fields={"scan": "Vedhæft en PDF eller JPEG."})

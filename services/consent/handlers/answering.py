"""Answers by link, and withdrawals: at any time, by each signatory, and at once.

The link is the authority: the gateway carries it and acts as a system, so nobody needs an account. It
opens one consent for one signatory. Where the municipality asks for more than the link, the gateway
sends along what an identity provider vouched for, and without that no yes is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Forbidden, Invalid, LinkExpired, LinkForged
from services.chassis.links import open_link
from services.consent import events, models, policy, rendering
from services.consent.domain import states
from services.consent.domain.calendar import is_valid
from services.consent.domain.states import Answer, Part, State
from services.consent.queries import who_has_access_to, whole
from services.consent.records import Record, load, step
from services.consent.settings_store import current_settings

PURPOSE = "consent-answer"
"""What the links are signed for. Their subject is the consent, their audience the signatory."""

_FORGED = "Linket virker ikke. Brug linket i den nyeste besked, du har fået."
_NO_SAY = "Du skal ikke længere svare på dette. Kontakt institutionen, hvis du er i tvivl."
_IDENTITY = "Du skal bekræfte, hvem du er, før du kan svare."


@dataclass(slots=True)
class _Opened:
    """A consent as one signatory meets it behind her link."""

    record: Record
    signatory: models.Signatory
    text: models.ShownText


def parent_view(uow: UnitOfWork, actor: Actor, *, token: str, link_key: str) -> dict[str, Any]:
    """What the signatory sees behind her link: the text she is asked to answer, and how it stands."""
    return _view(uow, _open(uow, actor, token, link_key, action="read"))


def sign(
    uow: UnitOfWork,
    actor: Actor,
    *,
    token: str,
    link_key: str,
    answer: str,
    text_hash: str | None = None,
    identity: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Takes her yes or no to the text she was shown. The same answer again changes nothing.

    To say no is never harder than the link: only a yes may have to rest on more.
    """
    opened = _open(uow, actor, token, link_key, action="change")
    if answer == "yes" and identity is None and current_settings(uow.session).needs_identity:
        raise Forbidden(_IDENTITY, code="identity-needed")
    if text_hash is not None and text_hash != opened.text.text_hash:
        raise Conflict(
            "Teksten er ændret, siden du læste den. Læs den igen, før du svarer.", code="text-changed"
        )
    method = ("oidc", identity["level"], identity["evidence"]) if identity else ("link", "local", None)
    answer_of(uow, opened.record, opened.signatory, yes=answer == "yes", method=method)
    return _view(uow, opened)


def withdraw(
    uow: UnitOfWork,
    actor: Actor,
    *,
    link_key: str,
    token: str | None = None,
    consent_id: str | None = None,
    signatory_id: str | None = None,
    identity: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Takes a consent back: by her link, or noted by staff on her word. What rests on it ends at once.

    To take back is never harder than to give: the link suffices also where signing asked for more.
    """
    if token is not None:
        opened = _open(uow, actor, token, link_key, action="change")
        method = ("oidc", identity["level"], identity["evidence"]) if identity else ("link", "local", None)
        _take_back(uow, opened.record, opened.signatory, method, None)
        return {"parent": _view(uow, opened), "consent": None}
    policy.consent(uow, actor, str(consent_id), action="change")
    record = load(uow, [str(consent_id)])[str(consent_id)]
    signatory = record.signatories.get(str(signatory_id))
    if signatory is None:
        raise Invalid(
            "Vælg, hvem der trækker sit samtykke tilbage.", fields={"signatory_id": "Er ikke spurgt."}
        )
    _take_back(uow, record, signatory, ("word", "local", None), actor.id)
    return {"parent": None, "consent": whole(uow, record)}


def who_has_access(uow: UnitOfWork, actor: Actor, *, token: str, link_key: str) -> dict[str, Any]:
    """Who may read what about the child, for the one whose link it is."""
    opened = _open(uow, actor, token, link_key, action="read", kind="access")
    return who_has_access_to(uow, opened.record.row.child_id)


def answer_of(
    uow: UnitOfWork,
    record: Record,
    signatory: models.Signatory,
    *,
    yes: bool,
    method: tuple[str, str, str | None],
    noted_by: str | None = None,
    scan_id: str | None = None,
    signed_on: Any = None,
) -> None:
    """Writes a signatory's answer down and tells what became of the consent by it."""
    before = record.as_rules_see_it()
    now = clock.now()
    if before.state in states.PENDING and now >= record.row.answer_by and noted_by is None:
        raise Conflict("Fristen for at svare er gået. Kontakt institutionen.", code="too-late")
    try:
        after = states.answered(before, signatory.signatory_id, yes=yes)
    except states.NotSignatory as error:
        raise Conflict(_NO_SAY, code="no-say") from error
    except states.NotAllowed as error:
        raise Conflict(
            "Der er allerede svaret, eller sagen er afsluttet. Et ja kan trækkes tilbage.",
            code="not-now",
            extra={"version": record.row.version, "state": record.row.state},
        ) from error
    if after == before:
        return
    given = Answer.YES if yes else Answer.NO
    _signature(uow, record, signatory, given, method, noted_by, scan_id, signed_on)
    step(uow, record.row, "signed", detail=given.value)
    record.tell(
        uow,
        events.ConsentSigned,
        {
            "consent_id": record.row.consent_id,
            "child_id": record.row.child_id,
            "signatory_id": signatory.signatory_id,
            "answer": given.value,
        },
    )
    record.settle(uow, after)


def _take_back(
    uow: UnitOfWork,
    record: Record,
    signatory: models.Signatory,
    method: tuple[str, str, str | None],
    noted_by: str | None,
) -> None:
    before = record.as_rules_see_it()
    try:
        after = states.withdrawn(before, signatory.signatory_id)
    except states.NotSignatory as error:
        raise Conflict(_NO_SAY, code="no-say") from error
    except states.NotAllowed as error:
        raise Conflict(
            "Der er ikke noget samtykke at trække tilbage.",
            code="not-now",
            extra={"version": record.row.version, "state": record.row.state},
        ) from error
    if after == before:
        return
    _signature(uow, record, signatory, Answer.WITHDRAWN, method, noted_by, None, None)
    record.settle(uow, after, reason="withdrawn")


def _signature(
    uow: UnitOfWork,
    record: Record,
    signatory: models.Signatory,
    answer: Answer,
    method: tuple[str, str, str | None],
    noted_by: str | None,
    scan_id: str | None,
    signed_on: Any,
) -> None:
    text = uow.session.get_one(models.ShownText, signatory.text_id)
    how, assurance, evidence = method
    uow.session.add(
        models.Signature(
            signature_id=str(uuid4()),
            consent_id=record.row.consent_id,
            signatory_id=signatory.signatory_id,
            answer=answer.value,
            at=clock.now(),
            signed_on=signed_on or clock.today(),
            method=how,
            assurance=assurance,
            evidence=evidence,
            text_hash=text.text_hash,
            noted_by=noted_by,
            scan_id=scan_id,
        )
    )


def _open(
    uow: UnitOfWork, actor: Actor, token: str, link_key: str, *, action: str, kind: str = "consent"
) -> _Opened:
    policy.require_gateway(actor)
    link = open_link(token, PURPOSE, link_key)
    record = load(uow, [link.subject], lock=action != "read").get(link.subject)
    signatory = record.signatories.get(link.audience) if record else None
    if record is None or signatory is None:
        raise LinkForged(_FORGED)
    if not signatory.standing:
        raise LinkExpired(_NO_SAY)
    person = Actor(link.audience, "guardian", purpose="link")
    uow.log_access(person, action=action, kind=kind, subjects=[record.row.child_id])
    return _Opened(record, signatory, uow.session.get_one(models.ShownText, signatory.text_id))


def _view(uow: UnitOfWork, opened: _Opened) -> dict[str, Any]:
    record, one, text = opened.record, opened.signatory, opened.text
    row = record.row
    decides = one.part == Part.SIGNS
    awaited = record.state in states.PENDING and clock.now() < row.answer_by
    may_take_back = decides and (
        record.state is State.GRANTED or (record.state in states.PENDING and one.answer == Answer.YES)
    )
    supersedes = row.supersedes
    newer = uow.session.scalar(
        select(models.Consent.consent_id).where(models.Consent.supersedes == row.consent_id)
    )
    return {
        "consent_id": row.consent_id,
        "child_id": row.child_id,
        "signatory_id": one.signatory_id,
        "kind": one.kind,
        "part": one.part,
        "institution_id": row.institution_id,
        "state": row.state,
        "is_valid": is_valid(record.state, row.valid_from, row.valid_to, clock.today()),
        "answer": one.answer,
        "answered_at": one.answered_at,
        "answer_by": row.answer_by,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "waits_for_others": bool([id_ for id_ in record.unanswered() if id_ != one.signatory_id]),
        "can_answer": decides and awaited and one.answer == Answer.NONE,
        "can_withdraw": may_take_back,
        "needs_identity": current_settings(uow.session).needs_identity,
        "needs_interpreter": not rendering.is_read_by(one.language),
        "renews": supersedes,
        "renewed_by": newer,
        "text": text.content,
        "text_hash": text.text_hash,
    }

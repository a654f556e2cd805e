"""Asking for consent: what a request must say, its texts and its signatories; asking again; renewing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Invalid
from services.consent import models, policy, rendering
from services.consent.domain import states
from services.consent.domain.calendar import end_of
from services.consent.domain.requests import missing_parts, wrong_parts
from services.consent.domain.settings import Settings
from services.consent.domain.states import State
from services.consent.handlers.asking import Asked, asked_for, row_of
from services.consent.queries import whole
from services.consent.records import Record, load, step, write_texts
from services.consent.settings_store import current_settings, texts_for

_NOBODY = "Der er ingen med forældremyndighed at spørge. Ret stamdata, eller tal med din leder."


def request(
    uow: UnitOfWork,
    actor: Actor,
    *,
    child_id: str,
    valid_from: date | None = None,
    words: str | None = None,
    **parts: Any,
) -> dict[str, Any]:
    """Asks all who have a say, each in her own language, for what the request names and nothing else."""
    place = policy.child(uow, actor, child_id, action="add")
    settings = current_settings(uow.session)
    whole_request = _checked(settings, valid_from, parts)
    record = _begin(uow, actor, place, child_id, settings, words, whole_request, supersedes=None)
    return whole(uow, record)


def preview(
    uow: UnitOfWork,
    actor: Actor,
    *,
    child_id: str,
    valid_from: date | None = None,
    words: str | None = None,
    **parts: Any,
) -> dict[str, Any]:
    """What each signatory would read, and in which language. Nothing is stored and nobody is asked."""
    policy.child(uow, actor, child_id)
    asked = _asked(uow, child_id)
    found = _checked(current_settings(uow.session), valid_from, parts)
    templates = texts_for(uow.session, {rendering.language_for(own) for _, own in asked})
    shown = rendering.Request(
        purpose=found["purpose"],
        information=found["information"],
        recipients=[one["name"] for one in found["recipients"]],
        legal_basis=found["legal_basis"],
        valid_from=found["valid_from"],
        valid_to=found["valid_to"],
        words=_own_words(words),
        several=sum(one.decides for one, _ in asked) > 1,
    )
    items = []
    for one, own in asked:
        language = rendering.language_for(own)
        text = rendering.render(templates[language][1], language, shown, one.kind, one.part)
        items.append(
            {
                "signatory_id": one.signatory_id,
                "kind": one.kind.value,
                "part": one.part.value,
                "needs_interpreter": not rendering.is_read_by(own),
                "text": text,
            }
        )
    return {"items": items}


def resend(
    uow: UnitOfWork, actor: Actor, *, consent_id: str, expected_version: int, signatory_id: str | None = None
) -> dict[str, Any]:
    """Writes again to those who have not answered, or to the one who is named: a lost mail, a new address."""
    policy.consent(uow, actor, consent_id, action="change")
    record = load(uow, [consent_id])[consent_id]
    policy.require_version(record.row.version, expected_version)
    if record.state in states.ENDED:
        raise Conflict("Samtykket er afsluttet. Bed om et nyt.", code="not-now", extra=_state(record))
    if signatory_id is not None:
        one = record.signatories.get(signatory_id)
        if one is None or not one.standing:
            raise Invalid(
                "Modtageren er ikke spurgt.", fields={"signatory_id": "Vælg en af dem, der er spurgt."}
            )
    chosen = [signatory_id] if signatory_id is not None else record.unanswered()
    if not chosen:
        raise Conflict("Alle har svaret.", code="all-answered", extra=_state(record))
    step(uow, record.row, "sent_again")
    record.write_to(uow, chosen, "again")
    return whole(uow, record)


def renew(
    uow: UnitOfWork, actor: Actor, *, consent_id: str, expected_version: int, valid_to: date | None = None
) -> dict[str, Any]:
    """Asks for the same again. The old one stands until the new one is granted, and then gives way to it."""
    policy.consent(uow, actor, consent_id, action="change")
    old = load(uow, [consent_id])[consent_id]
    policy.require_version(old.row.version, expected_version)
    if old.state not in (State.GRANTED, State.EXPIRED):
        raise Conflict(
            "Kun et samtykke, der gælder eller er udløbet, kan fornyes. Bed om et nyt.",
            code="not-now",
            extra=_state(old),
        )
    place = policy.child(uow, actor, old.row.child_id, action="add")
    settings = current_settings(uow.session)
    today = clock.today()
    parts = {name: getattr(old.row, name) for name in ("purpose", "information", "recipients", "legal_basis")}
    parts["valid_to"] = valid_to or today + timedelta(days=settings.validity_days)
    found = _checked(settings, today, parts)
    record = _begin(
        uow, actor, place, old.row.child_id, settings, old.row.words, found, supersedes=consent_id
    )
    step(uow, old.row, "renewal_requested")
    return whole(uow, record)


def _checked(settings: Settings, valid_from: date | None, parts: Mapping[str, Any]) -> dict[str, Any]:
    """The request with every part named, or :class:`Invalid` that names those that are not (LR-6)."""
    missing = missing_parts(parts)
    if missing:
        raise Invalid(
            "Et samtykke skal sige præcis, hvad det gælder. Udfyld det, der mangler.",
            code="blanket-consent",
            fields=missing,
        )
    today = clock.today()
    found = {**parts, "valid_from": valid_from or today}
    wrong = wrong_parts(
        found["purpose"], found["recipients"], found["valid_to"], today, settings.longest_days
    )
    if found["valid_from"] > found["valid_to"]:
        wrong["valid_from"] = "Skal ligge før slutdagen."
    if wrong:
        raise Invalid("Ret felterne, og prøv igen.", fields=wrong)
    return found


def _asked(uow: UnitOfWork, child_id: str) -> Asked:
    asked = asked_for(uow.session, [child_id]).get(child_id, [])
    try:
        states.requested([one for one, _ in asked])
    except states.NobodySigns as error:
        raise Conflict(_NOBODY, code="no-signatory") from error
    return asked


def _begin(
    uow: UnitOfWork,
    actor: Actor,
    place: models.Enrolment,
    child_id: str,
    settings: Settings,
    words: str | None,
    found: Mapping[str, Any],
    *,
    supersedes: str | None,
) -> Record:
    asked = _asked(uow, child_id)
    now = clock.now()
    answer_by = min(now + timedelta(days=settings.answer_days), end_of(found["valid_to"]))
    row = models.Consent(
        consent_id=str(uuid4()),
        version=0,
        child_id=child_id,
        institution_id=place.institution_id,
        group_id=place.group_id,
        state=State.REQUESTED.value,
        purpose=found["purpose"],
        information=list(found["information"]),
        recipients=_plain(found["recipients"]),
        legal_basis=found["legal_basis"],
        words=_own_words(words),
        valid_from=found["valid_from"],
        valid_to=found["valid_to"],
        edition=0,
        requested_by=actor.id,
        requested_at=now,
        answer_by=answer_by,
        # The link withdraws as well as it answers, so it lasts as long as there is something to withdraw.
        link_until=max(answer_by, end_of(found["valid_to"])),
        supersedes=supersedes,
        correlation_id=uow.context.correlation_id,
        traceparent=uow.context.traceparent,
    )
    uow.session.add(row)
    uow.session.flush()
    record = Record(row, [])
    texts = write_texts(uow, record, asked, several=sum(one.decides for one, _ in asked) > 1)
    for position, (one, own) in enumerate(asked):
        signatory = row_of(row.consent_id, one, own, position, texts[one.signatory_id])
        uow.session.add(signatory)
        record.signatories[one.signatory_id] = signatory
    step(uow, row, "requested", detail=row.purpose)
    record.write_to(uow, list(record.signatories), "first")
    return record


def _plain(recipients: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: one[name] for name in ("unit_id", "kind", "name")} for one in recipients]


def _own_words(words: str | None) -> str | None:
    return (words or "").strip() or None


def _state(record: Record) -> dict[str, Any]:
    return {"version": record.row.version, "state": record.row.state}

"""A consent between its rows and the rules: loaded whole, moved by the rules, stored with what it tells.

:class:`Record` holds one consent whose row is locked. Whatever is done with it ends in :meth:`Record.settle`,
which writes the new state and puts the events, steps and acknowledgements that go with it beside it, in the
same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from services.chassis import clock
from services.chassis.catalogue import Event
from services.chassis.context import Context
from services.chassis.database import UnitOfWork, insert_new
from services.consent import events, metrics, models, rendering
from services.consent.domain import states
from services.consent.domain.states import Answer, Kind, Part, State
from services.consent.settings_store import current_settings, texts_for

SUBSCRIBERS = ("assessment", "meetings", "notifications")
"""Who must act on a withdrawal and say so."""

_OUTCOMES: dict[State, type[Event]] = {
    State.GRANTED: events.ConsentGranted,
    State.DECLINED: events.ConsentDeclined,
    State.WITHDRAWN: events.ConsentWithdrawn,
    State.EXPIRED: events.ConsentExpired,
}


class Record:
    """One consent with its signatories."""

    def __init__(self, row: models.Consent, signatories: Sequence[models.Signatory]) -> None:
        self.row = row
        self.signatories = {one.signatory_id: one for one in signatories}

    @property
    def chain(self) -> Context:
        """The chain that the request began, so that one trace shows its whole course."""
        return Context(self.row.correlation_id, traceparent=self.row.traceparent)

    @property
    def state(self) -> State:
        return State(self.row.state)

    def as_rules_see_it(self) -> states.Consent:
        """The consent as the rules know it."""
        return states.Consent(
            self.state,
            tuple(
                states.Signatory(
                    one.signatory_id, Kind(one.kind), Part(one.part), Answer(one.answer), one.standing
                )
                for one in sorted(self.signatories.values(), key=lambda one: one.position)
            ),
        )

    def settle(
        self,
        uow: UnitOfWork,
        after: states.Consent,
        *,
        by: str | None = None,
        reason: str | None = None,
        context: Context | None = None,
    ) -> None:
        """Stores what the rules made of it and tells of it. ``reason`` is why it ended, if it did."""
        now = clock.now()
        for one in after.signatories:
            row = self.signatories.get(one.signatory_id)
            if row is None:
                continue
            if row.answer != one.answer:
                row.answer, row.answered_at = one.answer.value, now
            row.part, row.standing = one.part.value, one.standing
        before, self.row.state = self.state, after.state.value
        if before is after.state:
            return
        metrics.CONSENTS.labels(self.row.purpose, after.state.value).inc()
        step(uow, self.row, after.state.value, detail=reason)
        if after.state is State.GRANTED:
            self.row.granted_at = now
        elif after.state in states.ENDED:
            self.row.ended_at, self.row.end_reason = now, reason
        self._tell_outcome(uow, after.state, now, by, reason, context or uow.context)
        if after.state is State.WITHDRAWN:
            _await_acknowledgements(uow, self.row, now)
        if after.state is State.GRANTED and self.row.supersedes:
            _supersede(uow, self.row, context or uow.context)

    def _tell_outcome(
        self,
        uow: UnitOfWork,
        state: State,
        now: datetime,
        by: str | None,
        reason: str | None,
        context: Context,
    ) -> None:
        data: dict[str, Any] = {"consent_id": self.row.consent_id, "child_id": self.row.child_id}
        if state is State.SUPERSEDED:
            self.tell(uow, events.ConsentSuperseded, {**data, "by": by}, context)
        elif state in _OUTCOMES:
            data |= {"purpose": self.row.purpose, "valid_to": self.row.valid_to}
            if state is State.WITHDRAWN:
                data["withdrawn_at"] = now
            if state is State.EXPIRED:
                data["reason"] = reason
            self.tell(uow, _OUTCOMES[state], data, context)

    def tell(
        self, uow: UnitOfWork, kind: type[Event], data: dict[str, Any], context: Context | None = None
    ) -> None:
        """Emits an event of this consent, of its next version."""
        self.row.version += 1
        uow.emit(
            kind,
            subject=self.row.consent_id,
            version=self.row.version,
            data=data,
            context=context or uow.context,
        )

    def write_to(
        self,
        uow: UnitOfWork,
        signatory_ids: Collection[str],
        reason: str,
        context: Context | None = None,
    ) -> None:
        """Asks for these signatories to be written to, as a new edition."""
        self.row.edition += 1
        self.tell(
            uow,
            events.ConsentRequested,
            {
                "consent_id": self.row.consent_id,
                "child_id": self.row.child_id,
                "purpose": self.row.purpose,
                "recipients": [one["unit_id"] for one in self.row.recipients],
                "information": self.row.information,
                "institution_id": self.row.institution_id,
                "valid_from": self.row.valid_from,
                "valid_to": self.row.valid_to,
                "signatories": self.addressees(signatory_ids),
                "answer_by": self.row.answer_by,
                "link_until": self.row.link_until,
                "edition": self.row.edition,
                "reason": reason,
            },
            context,
        )

    def addressees(self, signatory_ids: Collection[str]) -> list[dict[str, Any]]:
        """These signatories as an event tells of them."""
        names = ("signatory_id", "kind", "part", "language")
        chosen = sorted(
            (self.signatories[id_] for id_ in signatory_ids if self.signatories[id_].standing),
            key=lambda one: one.position,
        )
        return [{name: getattr(one, name) for name in names} for one in chosen]

    def unanswered(self) -> list[str]:
        """Those whose answer is still awaited."""
        return [
            one.signatory_id
            for one in self.signatories.values()
            if one.standing and one.part == Part.SIGNS and one.answer == Answer.NONE
        ]


def load(
    uow: UnitOfWork, consent_ids: Collection[str], *, skip_locked: bool = False, lock: bool = True
) -> dict[str, Record]:
    """The consents of these ids, by id, locked in the order of their ids."""
    if not consent_ids:
        return {}
    consent, signatory = models.Consent, models.Signatory
    query = select(consent).where(consent.consent_id.in_(consent_ids)).order_by(consent.consent_id)
    if lock:
        query = query.with_for_update(skip_locked=skip_locked)
    rows = uow.session.scalars(query.execution_options(populate_existing=lock)).all()
    found: dict[str, list[models.Signatory]] = {row.consent_id: [] for row in rows}
    for one in uow.session.scalars(
        select(signatory)
        .where(signatory.consent_id.in_(list(found)))
        .order_by(signatory.position)
        .execution_options(populate_existing=lock)
    ):
        found[one.consent_id].append(one)
    return {row.consent_id: Record(row, found[row.consent_id]) for row in rows}


def write_texts(
    uow: UnitOfWork, record: Record, wanted: Iterable[tuple[states.Signatory, str]], *, several: bool
) -> dict[str, str]:
    """Renders the consent for each signatory in her language and keeps it; the text's id by signatory.

    ``wanted`` are signatories with their own language; ``several`` is whether more than one must sign. The
    same words are kept once.
    """
    wanted = list(wanted)
    row = record.row
    templates = texts_for(uow.session, {rendering.language_for(own) for _, own in wanted})
    request = rendering.Request(
        purpose=row.purpose,
        information=row.information,
        recipients=[one["name"] for one in row.recipients],
        legal_basis=row.legal_basis,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        words=row.words,
        several=several,
    )
    rows: list[dict[str, Any]] = []
    for one, own in wanted:
        language = rendering.language_for(own)
        version, texts = templates[language]
        content = rendering.render(texts, language, request, one.kind, one.part)
        rows.append(
            {
                "text_id": str(uuid4()),
                "consent_id": row.consent_id,
                "signatory_id": one.signatory_id,
                "language": language,
                "template_version": version,
                "content": content,
                "text_hash": rendering.text_hash(content),
                "made_at": clock.now(),
            }
        )
    insert_new(uow.session, models.ShownText, rows, key=["consent_id", "signatory_id", "text_hash"])
    shown = models.ShownText
    kept = uow.session.execute(
        select(shown.signatory_id, shown.text_hash, shown.text_id).where(
            shown.consent_id == row.consent_id,
            shown.text_hash.in_([one["text_hash"] for one in rows]),
        )
    )
    ids = {(each.signatory_id, each.text_hash): each.text_id for each in kept}
    return {one["signatory_id"]: ids[one["signatory_id"], one["text_hash"]] for one in rows}


def step(
    uow: UnitOfWork, row: models.Consent, kind: str, *, detail: str | None = None, at: datetime | None = None
) -> None:
    """A row for the child's timeline."""
    uow.session.flush()
    uow.session.add(
        models.Step(
            step_id=str(uuid4()),
            child_id=row.child_id,
            consent_id=row.consent_id,
            exchange_id=None,
            at=at or clock.now(),
            kind=kind,
            detail=detail,
        )
    )


def _await_acknowledgements(uow: UnitOfWork, row: models.Consent, now: datetime) -> None:
    minutes = current_settings(uow.session).acknowledge_minutes
    rows = [
        {
            "consent_id": row.consent_id,
            "subscriber": subscriber,
            "withdrawn_at": now,
            "due_at": now + timedelta(minutes=minutes),
            "acknowledged_at": None,
            "reminders": 0,
        }
        for subscriber in SUBSCRIBERS
    ]
    uow.session.flush()
    insert_new(uow.session, models.Acknowledgement, rows, key=["consent_id", "subscriber"])


def _supersede(uow: UnitOfWork, row: models.Consent, context: Context) -> None:
    """The consent before it in the chain gives way, in the same transaction: no gap and no overlap."""
    before = load(uow, [row.supersedes] if row.supersedes else []).get(str(row.supersedes))
    if before is not None and before.state not in states.ENDED:
        before.settle(
            uow,
            states.superseded(before.as_rules_see_it()),
            by=row.consent_id,
            reason="renewed",
            context=context,
        )

"""A change of custody, or a fifteenth birthday, changes who has a say in a child's consents."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from services.chassis.database import UnitOfWork
from services.consent import models
from services.consent.domain import states
from services.consent.domain.states import Answer
from services.consent.handlers.asking import Asked, asked_for, row_of
from services.consent.records import Record, load, step, write_texts


def follow_custody(uow: UnitOfWork, child_ids: Collection[str]) -> None:
    """Weighs the children's living consents anew, and writes to those who came, saying why."""
    consent = models.Consent
    living = uow.session.scalars(
        select(consent.consent_id).where(
            consent.child_id.in_(child_ids),
            consent.state.not_in([state.value for state in states.ENDED]),
        )
    ).all()
    if not living:
        return
    asked = asked_for(uow.session, child_ids)
    for record in load(uow, living).values():
        _follow(uow, record, asked.get(record.row.child_id, []))


def _follow(uow: UnitOfWork, record: Record, now: Asked) -> None:
    after, change = states.recalculated(record.as_rules_see_it(), [one for one, _ in now])
    if not change:
        return
    languages = {one.signatory_id: own for one, own in now}
    new = [one for one in after.signatories if one.signatory_id not in record.signatories]
    # Who has not answered yet reads the text as it now is: whether others must answer too stands in it.
    waiting = [
        one
        for one in after.signatories
        if one.standing and one.answer is Answer.NONE and one.signatory_id in languages
    ]
    texts = write_texts(
        uow, record, [(one, languages[one.signatory_id]) for one in waiting], several=len(after.deciding) > 1
    )
    position = max((row.position for row in record.signatories.values()), default=0)
    for number, one in enumerate(new, start=1):
        row = row_of(
            record.row.consent_id,
            one,
            languages[one.signatory_id],
            position + number,
            texts[one.signatory_id],
        )
        uow.session.add(row)
        record.signatories[one.signatory_id] = row
    for id_, text_id in texts.items():
        record.signatories[id_].text_id = text_id
    step(uow, record.row, "custody_changed", detail=_told(change))
    record.settle(uow, after, reason="custody")
    come = [*change.added, *change.changed]
    if come and record.state not in states.ENDED:
        record.write_to(uow, come, "custody")


def _told(change: states.Change) -> str:
    """The reason as a code: that somebody came, went, or has another part."""
    happened = {"added": change.added, "removed": change.removed, "part": change.changed}
    return "_".join(name for name, who in happened.items() if who)

"""The step that sends: takes notices that are due, writes them, hands them to the mail server.

A notice is leased before it is sent and marked after. Between the mail server's yes and our mark
lies a moment in which we may die; then the lease runs out and the message goes again, with the same
Message-ID, by which mail programs know it for the same. So a notice is sent at least once, and seen
twice at worst. Marks are made :data:`CHUNK` at a time, which bounds how many a crash can repeat.

Any number of replicas may send at once: each takes what no other holds. Whether a child's parents
may be contacted is asked when notices are taken and again before each chunk, and that last look
decides: once an event has forbidden it, at most a chunk that is already under way still leaves.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, exists, func, select, update

from services.chassis import clock
from services.chassis.context import Context
from services.chassis.database import Database, UnitOfWork
from services.chassis.errors import TrivselError
from services.chassis.logs import logger
from services.notifications import events, metrics
from services.notifications.contacts import ChildCard, Contacts, GuardianCard
from services.notifications.domain import (
    DEFAULT_LADDER,
    About,
    Channel,
    Failure,
    State,
    Suppression,
    after_failure,
)
from services.notifications.mail import Undeliverable, compose, recipient_address
from services.notifications.models import Concern, Notice, among
from services.notifications.rendering.engine import Message
from services.notifications.smtp import Smtp
from services.notifications.writing import Desk, calendar, facts_of, message, own_link, too_late

log = logger("notices")

CHUNK = 20
"""Notices sent between two looks at the database."""

REGISTRY_PAUSE = timedelta(seconds=30)
"""How long notices wait when the registry does not answer: not their failure, so it is no try."""


@dataclass(frozen=True, slots=True)
class Sending:
    """Everything the step needs.

    ``lease`` must be longer than one message may take. ``enough`` is after how long a run takes no
    further batch, so that a process told to stop need not wait until thousands have been sent.
    """

    db: Database
    contacts: Contacts
    channel: Callable[[], Smtp]
    desk: Desk
    ladder: Sequence[timedelta] = DEFAULT_LADDER
    lease: timedelta = timedelta(minutes=5)
    batch: int = 200
    enough: timedelta = timedelta(seconds=2)


@dataclass(slots=True)
class Outcome:
    """What became of one notice in this try."""

    row: Any
    state: State
    code: str | None = None
    due_at: datetime | None = None
    channel: Channel = Channel.EMAIL
    message: Message | None = None


@dataclass(slots=True)
class _Batch:
    """Leased notices and what is needed to write them."""

    token: str
    rows: Sequence[Any]
    children: Mapping[str, ChildCard]
    names: Mapping[str, str]
    unreachable: bool = False
    outcomes: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Run:
    """What a run did: how many notices came out how, and whether there may be more to do at once."""

    outcomes: Counter[str] = field(default_factory=Counter)
    more: bool = False


def send_due(sending: Sending) -> Run:
    """Sends batch after batch until nothing is due or the run has lasted long enough.

    Ends early, with nothing more to do at once, when the mail server or the registry cannot be reached.
    """
    run = Run()
    give_up = time.monotonic() + sending.enough.total_seconds()
    while True:
        batch = _send_batch(sending, give_up)
        if batch is None or batch.unreachable:
            break
        run.outcomes += batch.outcomes
        if time.monotonic() > give_up:
            run.more = True
            break
    if run.outcomes:
        log.info("notices_handled", **run.outcomes)
    return run


def _send_batch(sending: Sending, give_up: float) -> _Batch | None:
    token = str(uuid4())
    rows = _claim(sending, token)
    if not rows:
        return None
    try:
        wanted: dict[str, set[str]] = {}
        for row in rows:
            wanted.setdefault(row.child_id, set()).add(row.guardian_id)
        children = sending.contacts.cards(wanted)
        names = sending.contacts.names({row.institution_id for row in rows if row.institution_id})
    except TrivselError as error:
        log.warning("registry_unreachable", code=error.code, waiting=len(rows))
        _release(sending, token, REGISTRY_PAUSE)
        return _Batch(token, rows, {}, {}, unreachable=True)
    batch = _Batch(token, rows, children, names)
    with sending.channel() as smtp:
        for chunk in _chunks(rows, CHUNK):
            until = clock.now() + sending.lease
            still_ours = _renew(sending, token, chunk, until)
            outcomes = []
            for row in chunk:
                if row.notice_id in still_ours and clock.now() < until:
                    outcomes.append(_send_one(sending, smtp, batch, row))
                if time.monotonic() > give_up + sending.enough.total_seconds():
                    break
            _settle(sending.db, token, outcomes)
            batch.outcomes.update(outcome.state.value for outcome in outcomes)
            if time.monotonic() > give_up:
                break
    _release(sending, token, timedelta(0))
    return batch


def _claim(sending: Sending, token: str) -> list[Any]:
    """Leases what is due and what another sender has let its lease run out on."""
    at = clock.now()
    due = Notice.due_at <= at
    waiting = among(Notice.state, State.INTENDED, State.LEASED)
    with sending.db.unit_of_work() as uow:
        _hold_back(uow, due & waiting, at)
        taken = (
            uow.session.scalars(
                select(Notice.notice_id)
                .where(due, waiting)
                .order_by(Notice.due_at, Notice.notice_id)
                .limit(sending.batch)
                .with_for_update(skip_locked=True)
            )
        ).all()
        if not taken:
            return []
        uow.session.execute(
            update(Notice)
            .where(Notice.notice_id.in_(taken))
            .values(
                state=State.LEASED.value, lease_token=token, due_at=at + sending.lease, tries=Notice.tries + 1
            )
            .execution_options(synchronize_session=False)
        )
        return list(
            uow.session.execute(
                select(*_READ)
                .where(Notice.notice_id.in_(taken))
                .order_by(Notice.created_at, Notice.notice_id)
            )
        )


_READ = [
    Notice.notice_id,
    Notice.about,
    Notice.subject_id,
    Notice.edition,
    Notice.child_id,
    Notice.guardian_id,
    Notice.institution_id,
    Notice.channel,
    Notice.facts,
    Notice.tries,
    Notice.created_at,
    Notice.correlation_id,
    Notice.causation_id,
    Notice.traceparent,
]


def _forbidden() -> Any:
    """Contact with the child's parents is forbidden by some concern about it."""
    return exists().where(Concern.child_id == Notice.child_id, among(Concern.state, "withheld"))


def _not_wanted() -> Any:
    """A concern's notice whose concern does not stand any longer."""
    return (Notice.about == About.CONCERN) & ~exists().where(
        Concern.concern_id == Notice.subject_id, Concern.state == "raised"
    )


def _hold_back(uow: UnitOfWork, which: Any, at: datetime) -> None:
    """Takes out of the way what may not be sent. The events' handlers do it too; here nothing slips by."""
    for condition, why in ((_forbidden(), Suppression.WITHHELD), (_not_wanted(), Suppression.SETTLED)):
        uow.session.execute(
            update(Notice)
            .where(which, condition)
            .values(state=State.SUPPRESSED.value, code=why.value, done_at=at)
            .execution_options(synchronize_session=False)
        )


def _renew(sending: Sending, token: str, chunk: Sequence[Any], until: datetime) -> set[str]:
    """Prolongs the whole lease, and says which of the chunk are still ours and may be sent."""
    mine = (Notice.lease_token == token) & (Notice.state == State.LEASED)
    with sending.db.unit_of_work() as uow:
        _hold_back(uow, mine, clock.now())
        uow.session.execute(
            update(Notice).where(mine).values(due_at=until).execution_options(synchronize_session=False)
        )
        ids = [row.notice_id for row in chunk]
        return set(uow.session.scalars(select(Notice.notice_id).where(Notice.notice_id.in_(ids), mine)))


def _release(sending: Sending, token: str, pause: timedelta) -> None:
    """Gives back what has not been tried."""
    with sending.db.unit_of_work() as uow:
        uow.session.execute(
            update(Notice)
            .where(Notice.lease_token == token, Notice.state == State.LEASED)
            .values(
                state=State.INTENDED.value,
                lease_token=None,
                due_at=clock.now() + pause,
                tries=Notice.tries - 1,
            )
            .execution_options(synchronize_session=False)
        )


def _send_one(sending: Sending, smtp: Smtp, batch: _Batch, row: Any) -> Outcome:
    """Writes and sends one notice. Whatever goes wrong with it is its outcome, not an error."""
    time.sleep(0)  # writing takes the processor: let those who handle events have their turn
    channel = Channel(row.channel)
    try:
        child = batch.children.get(row.child_id)
        guardian = child.guardians.get(row.guardian_id) if child else None
        if child is None or guardian is None:
            raise Undeliverable(Failure.UNKNOWN_RECIPIENT)
        if not guardian.has_custody:
            return Outcome(row, State.SUPPRESSED, Suppression.NO_CUSTODY.value, channel=channel)
        channel = Channel.LETTER if guardian.digital_post_exempt else Channel.EMAIL
        return _write_and_send(sending, smtp, batch, row, child, guardian, channel)
    except Undeliverable as error:
        return _failed(sending, row, error.failure, channel)
    except Exception:
        # One notice that cannot be made must never keep the others from leaving.
        log.exception("notice_not_made", notice_id=row.notice_id)
        return _failed(sending, row, Failure.NOT_RENDERED, channel)


def _write_and_send(
    sending: Sending,
    smtp: Smtp,
    batch: _Batch,
    row: Any,
    child: ChildCard,
    guardian: GuardianCard,
    channel: Channel,
) -> Outcome:
    notice = facts_of(row)
    now = clock.now()
    if too_late(notice, now):
        raise Undeliverable(Failure.TOO_LATE)
    # Before anything is rendered: without an address there is nothing to render for.
    address = recipient_address(guardian.email) if channel is Channel.EMAIL else None
    if channel is Channel.EMAIL and batch.unreachable:
        raise Undeliverable(Failure.UNREACHABLE)
    institution = batch.names.get(row.institution_id)
    written = message(
        notice,
        channel=channel,
        child=child,
        guardian=guardian,
        institution=institution,
        link=own_link(notice, sending.desk),
        written_on=now,
    )
    if address is None:
        return Outcome(row, State.TO_PRINT, channel=channel, message=written)
    envelope = compose(
        notice_id=notice.notice_id,
        message=written,
        sender=sending.desk.sender,
        sender_name=institution,
        recipient=address,
        sent_at=now,
        calendar=calendar(
            notice,
            language=written.language,
            institution=institution,
            attendee=address,
            desk=sending.desk,
        ),
        cancelled=notice.about is About.CANCELLATION,
    )
    try:
        smtp.deliver(envelope)
    except Undeliverable as error:
        batch.unreachable = batch.unreachable or error.failure is Failure.UNREACHABLE
        raise
    return Outcome(row, State.SENT, channel=channel, message=written)


def _failed(sending: Sending, row: Any, failure: Failure, channel: Channel) -> Outcome:
    again = after_failure(failure, row.tries, clock.now(), sending.ladder)
    if again is None:
        return Outcome(row, State.FAILED, failure.value, channel=channel)
    return Outcome(row, State.INTENDED, failure.value, due_at=again, channel=channel)


def _settle(db: Database, token: str, outcomes: Sequence[Outcome]) -> None:
    """Marks what became of a chunk, and tells of what was sent or has failed for good.

    Only what we still hold: who took a lease over that ran out will mark it himself. A notice that was
    to be held back while it was on the wire is ours still, and what happened to it is what is noted.
    """
    if not outcomes:
        return
    at = clock.now()
    by_id = {outcome.row.notice_id: outcome for outcome in outcomes}
    with db.unit_of_work() as uow:
        held = uow.session.execute(
            select(Notice.notice_id, Notice.version, Notice.state)
            .where(Notice.notice_id.in_(by_id), Notice.lease_token == token)
            .with_for_update()
        ).all()
        marks = []
        for row in held:
            outcome = by_id[row.notice_id]
            if row.state != State.LEASED and outcome.state is not State.SENT:
                continue
            told = _tell(uow, outcome, row.version + 1)
            marks.append(_mark(outcome, row.version + (1 if told else 0), at))
        if marks:
            uow.session.connection().execute(_MARK, marks)
    for outcome in outcomes:
        _count(outcome, at)


_table = Notice.__table__
_MARK = (
    update(_table)
    .where(_table.c.notice_id == bindparam("which"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in (
                "state",
                "code",
                "due_at",
                "done_at",
                "version",
                "channel",
                "letter",
                "language",
                "template_version",
                "content_digest",
            )
        }
        | {"lease_token": None}
    )
)


def _mark(outcome: Outcome, version: int, at: datetime) -> dict[str, Any]:
    written = outcome.message
    letter = None
    if written is not None and outcome.state is State.TO_PRINT:
        letter = {"subject": written.subject, "text": written.text, "html": written.html}
    return {
        "which": outcome.row.notice_id,
        "new_state": outcome.state.value,
        "new_code": outcome.code,
        "new_due_at": outcome.due_at or at,
        "new_done_at": None if outcome.state is State.INTENDED else at,
        "new_version": version,
        "new_channel": outcome.channel.value,
        "new_letter": letter,
        "new_language": written.language if written else None,
        "new_template_version": written.template_version if written else None,
        "new_content_digest": written.digest if written else None,
    }


def _tell(uow: UnitOfWork, outcome: Outcome, version: int) -> bool:
    """Puts the event of a final outcome into the outbox; a letter is told of when it has been printed."""
    if outcome.state not in (State.SENT, State.FAILED):
        return False
    row = outcome.row
    data = {
        "notice_id": row.notice_id,
        "child_id": row.child_id,
        "guardian_id": row.guardian_id,
        "about": row.about,
        "channel": outcome.channel.value,
    }
    context = Context(row.correlation_id, row.causation_id, row.traceparent)
    if outcome.state is State.SENT:
        uow.emit(events.NoticeSent, subject=row.notice_id, version=version, data=data, context=context)
    else:
        uow.emit(
            events.NoticeFailed,
            subject=row.notice_id,
            version=version,
            data={**data, "reason": outcome.code},
            context=context,
        )
    return True


def _count(outcome: Outcome, at: datetime) -> None:
    row = outcome.row
    label = "retry" if outcome.state is State.INTENDED else outcome.state.value
    metrics.NOTICES.labels(row.about, outcome.channel.value, label).inc()
    if outcome.state is State.SENT:
        metrics.NOTICE_SECONDS.labels(row.about).observe((at - row.created_at).total_seconds())


def count_waiting(db: Database) -> None:
    """Sets the gauges of what waits for a person."""
    waiting = among(Notice.state, State.FAILED, State.TO_PRINT)
    with db.unit_of_work() as uow:
        rows = uow.session.execute(
            select(Notice.state, func.count().label("many")).where(waiting).group_by(Notice.state)
        )
        found = {row.state: row.many for row in rows}
    metrics.NOTICES_FAILED.set(found.get(State.FAILED.value, 0))
    metrics.LETTERS_WAITING.set(found.get(State.TO_PRINT.value, 0))


def _chunks(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]

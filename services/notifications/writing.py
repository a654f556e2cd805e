"""A notice and its recipient's card made into a message: text, link and calendar file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.chassis import links
from services.notifications.contacts import ChildCard, GuardianCard
from services.notifications.domain import About, CancellationForm, Channel, Failure
from services.notifications.mail import Sender, Undeliverable
from services.notifications.rendering.calendar import calendar_file
from services.notifications.rendering.engine import Content, Message, Reader, render

ANSWER = "meeting-answer"
"""The purpose that an invitation's link is signed for; meetings opens it with the same."""

MINUTES = "meeting-minutes"
"""The purpose of the link behind which the minutes are read."""

CONSENT = "consent-answer"
"""The purpose of the link behind which a consent is read, given and withdrawn."""

TRANSITION = "transition-look"
"""The purpose of the link behind which a transition form is read and answered."""

HIDDEN_LINKS = {
    About.INVITATION: "https://…/svar/…",
    About.MINUTES: "https://…/referat/…",
    About.CONSENT: "https://…/samtykke/…",
    About.WITHDRAWAL: "https://…/samtykke/…",
    About.TRANSITION: "https://…/overgang/…",
}
"""Stands where the recipient's link was when somebody else looks at her message."""

_MOMENTS = ("starts_at", "ends_at", "answer_by", "link_until")


@dataclass(frozen=True, slots=True)
class Desk:
    """What is needed for writing: where answers are given, the key that signs links, who we are."""

    public_url: str
    link_key: str
    sender: Sender


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What a message is written from; a row of the table ``notice`` without its state."""

    notice_id: str
    about: About
    subject_id: str
    edition: int
    guardian_id: str
    created_at: datetime
    facts: dict[str, Any]


def facts_of(row: Any) -> NoticeFacts:
    """The facts of a notice's row, with its moments as such."""
    facts = dict(row.facts)
    facts |= {key: _moment(facts[key]) for key in _MOMENTS if key in facts}
    if "proposals" in facts:
        facts["proposals"] = [
            {key: _moment(value) for key, value in proposal.items()} for proposal in facts["proposals"]
        ]
    return NoticeFacts(
        row.notice_id, About(row.about), row.subject_id, row.edition, row.guardian_id, row.created_at, facts
    )


def too_late(notice: NoticeFacts, at: datetime) -> bool:
    """Whether the message would come after what it tells of: a date to answer by, or the meeting."""
    if notice.about is About.INVITATION:
        return bool(notice.facts["answer_by"] <= at)
    if notice.about is About.CONFIRMATION:
        return bool(notice.facts["ends_at"] <= at)
    if notice.about in (About.MINUTES, About.TRANSITION):
        return bool(notice.facts["link_until"] <= at)
    if notice.about is About.CONSENT:
        ends = "link_until" if notice.facts["form"] == "informed" else "answer_by"
        return bool(notice.facts[ends] <= at)
    return False


def own_link(notice: NoticeFacts, desk: Desk) -> str | None:
    """Where the recipient answers, or reads what is hers. Nothing of her is in the address but a token."""
    if notice.about is About.INVITATION:
        page, purpose, extra = "svar", ANSWER, {"invitation": notice.edition}
    elif notice.about is About.MINUTES:
        page, purpose, extra = "referat", MINUTES, {"edition": notice.edition}
    elif notice.about is About.TRANSITION:
        page, purpose, extra = "overgang", TRANSITION, {"edition": notice.edition}
    elif notice.about in (About.CONSENT, About.WITHDRAWAL):
        page, purpose, extra = "samtykke", CONSENT, {}
    else:
        return None
    token = links.sign_link(
        purpose, notice.subject_id, notice.guardian_id, extra, notice.facts["link_until"], desk.link_key
    )
    return f"{desk.public_url.rstrip('/')}/{page}/{token}"


def message(
    notice: NoticeFacts,
    *,
    channel: Channel,
    child: ChildCard,
    guardian: GuardianCard,
    institution: str | None,
    link: str | None,
    written_on: datetime,
) -> Message:
    """The message; :class:`~services.notifications.mail.Undeliverable` if it cannot be made."""
    content = Content(
        about=notice.about,
        channel=channel,
        reader=Reader(
            guardian.first_name,
            guardian.last_name,
            guardian.language or notice.facts.get("language"),
            guardian.interpreter,
        ),
        child=child.first_name,
        institution=institution,
        several=bool(notice.facts.get("several")),
        facts=notice.facts,
        written_on=written_on,
        # A link cannot be followed on paper: a letter asks for a call instead.
        link=link if channel is Channel.EMAIL else None,
    )
    try:
        return render(content)
    except Exception as error:
        raise Undeliverable(Failure.NOT_RENDERED) from error


def has_calendar(notice: NoticeFacts) -> bool:
    """Whether a calendar file goes with the message."""
    if notice.about is About.CANCELLATION:
        form = notice.facts["form"]
        return form == CancellationForm.CALENDAR and bool(
            notice.facts["starts_at"] and notice.facts["ends_at"]
        )
    return notice.about is About.CONFIRMATION


def calendar(
    notice: NoticeFacts, *, language: str, institution: str | None, attendee: str, desk: Desk
) -> bytes | None:
    """The calendar file, or nothing where none belongs."""
    if not has_calendar(notice):
        return None
    return calendar_file(
        meeting_id=notice.subject_id,
        sequence=notice.facts["sequence"],
        starts_at=notice.facts["starts_at"],
        ends_at=notice.facts["ends_at"],
        cancelled=notice.about is About.CANCELLATION,
        language=language.split("+")[0],
        place=institution,
        online=notice.facts.get("place") == "online",
        organiser=desk.sender.address,
        attendee=attendee,
        made_at=notice.created_at,
    )


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)

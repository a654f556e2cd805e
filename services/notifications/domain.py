"""The rules of telling parents: who is told, through what, when again, and when not at all.

Pure: no I/O and no clock. Sources: domain.md 3.1 (parents are told at once), 3.2 (each custody holder,
neutral words), LR-10 (no contact when parents are suspected), LR-13 (each recipient alone), LR-14
(paper for those exempt from digital post).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class About(StrEnum):
    """What a notice tells of."""

    CONCERN = "concern"
    INVITATION = "invitation"
    CONFIRMATION = "confirmation"
    CANCELLATION = "cancellation"
    MINUTES = "minutes"
    CONSENT = "consent"
    WITHDRAWAL = "withdrawal"
    TRANSITION = "transition"


class Channel(StrEnum):
    """How a notice travels."""

    EMAIL = "email"
    LETTER = "letter"


class State(StrEnum):
    """Where a notice is on its way to the recipient."""

    INTENDED = "intended"
    LEASED = "leased"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    TO_PRINT = "to_print"
    PRINTED = "printed"


class Suppression(StrEnum):
    """Why a notice is not sent."""

    WITHHELD = "withheld"
    SETTLED = "settled"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    NO_CUSTODY = "no_custody"


class Failure(StrEnum):
    """Why a notice could not be delivered. Codes only: a mail server's answer may hold an address."""

    NO_ADDRESS = "no_address"
    UNKNOWN_RECIPIENT = "unknown_recipient"
    TOO_LATE = "too_late"
    UNREACHABLE = "server_unreachable"
    CONNECTION_LOST = "connection_lost"
    SENDER_REFUSED = "sender_refused"
    RECIPIENT_DEFERRED = "recipient_deferred"
    RECIPIENT_REFUSED = "recipient_refused"
    MESSAGE_DEFERRED = "message_deferred"
    MESSAGE_REFUSED = "message_refused"
    BAD_ADDRESS = "bad_address"
    NOT_RENDERED = "not_rendered"


PERMANENT = frozenset(
    {
        Failure.NO_ADDRESS,
        Failure.UNKNOWN_RECIPIENT,
        Failure.TOO_LATE,
        Failure.RECIPIENT_REFUSED,
        Failure.MESSAGE_REFUSED,
        Failure.BAD_ADDRESS,
        Failure.NOT_RENDERED,
    }
)
"""Failures that trying again cannot mend: a person must."""

FAILURE_TEXTS: Mapping[Failure, str] = {
    Failure.NO_ADDRESS: "Der er ikke registreret en e-mailadresse. Ret stamdata, eller kontakt forælderen.",
    Failure.UNKNOWN_RECIPIENT: "Forælderen findes ikke længere i stamdata. Kontrollér forældremyndigheden.",
    Failure.TOO_LATE: "Tidspunktet var overskredet, før beskeden kunne sendes. Kontakt forælderen.",
    Failure.UNREACHABLE: "Mailserveren kunne ikke nås. Prøv igen, eller kontakt driften.",
    Failure.CONNECTION_LOST: "Forbindelsen til mailserveren blev afbrudt. Prøv igen.",
    Failure.SENDER_REFUSED: "Mailserveren afviser kommunens afsenderadresse. Kontakt driften.",
    Failure.RECIPIENT_DEFERRED: "Modtagerens mailserver tog ikke imod. Kontakt forælderen, eller prøv igen.",
    Failure.RECIPIENT_REFUSED: "Modtagerens mailserver afviser adressen. Ret den, eller kontakt forælderen.",
    Failure.MESSAGE_DEFERRED: "Mailserveren tog ikke imod beskeden i tide. Prøv igen.",
    Failure.MESSAGE_REFUSED: "Mailserveren afviser beskeden. Kontakt forælderen og driften.",
    Failure.BAD_ADDRESS: "Den registrerede e-mailadresse er ikke gyldig. Ret stamdata.",
    Failure.NOT_RENDERED: "Beskeden kunne ikke dannes. Kontakt driften.",
}

SUPPRESSION_TEXTS: Mapping[Suppression, str] = {
    Suppression.WITHHELD: "Forældrene må ikke kontaktes.",
    Suppression.SETTLED: "Der var ikke længere noget at give besked om.",
    Suppression.REPLACED: "En nyere besked er trådt i stedet.",
    Suppression.CANCELLED: "Mødet blev aflyst, før beskeden var sendt.",
    Suppression.NO_CUSTODY: "Modtageren har ikke længere del i forældremyndigheden.",
}

NEXT: Mapping[State, frozenset[State]] = {
    State.INTENDED: frozenset({State.LEASED, State.SUPPRESSED}),
    State.LEASED: frozenset(
        {State.SENT, State.INTENDED, State.FAILED, State.TO_PRINT, State.SUPPRESSED, State.LEASED}
    ),
    # A message that was already on the wire when it was to be held back: the truth is that it went.
    State.SUPPRESSED: frozenset({State.INTENDED, State.SENT, State.FAILED}),
    State.FAILED: frozenset({State.INTENDED, State.SUPPRESSED}),
    State.TO_PRINT: frozenset({State.PRINTED, State.SUPPRESSED}),
    State.PRINTED: frozenset(),
    State.SENT: frozenset(),
}
"""The states a notice may go to from each state."""

UNTOLD = frozenset({State.INTENDED, State.LEASED, State.FAILED, State.TO_PRINT})
"""The states in which the recipient has, as far as we know, been told nothing, and may still be."""

TOLD = frozenset({State.SENT, State.PRINTED})
"""The states in which the recipient has been told."""

DEFAULT_LADDER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
"""How long to wait after the first, second, ... failed try."""


def may_go(now: State, then: State) -> bool:
    """Whether a notice may go from the one state to the other."""
    return then in NEXT[now]


def after_failure(
    failure: Failure, tries: int, at: datetime, ladder: Sequence[timedelta] = DEFAULT_LADDER
) -> datetime | None:
    """When to try again after ``tries`` tries of which the last failed at ``at``; ``None``: not at all."""
    if failure in PERMANENT or tries > len(ladder):
        return None
    return at + ladder[tries - 1]


@dataclass(frozen=True, slots=True)
class Guardian:
    """What must be known of a guardian to decide whether and how she is told."""

    guardian_id: str
    custody: str
    digital_post_exempt: bool = False

    @property
    def has_custody(self) -> bool:
        """Sole or joint: a parent without custody is told nothing of her own accord (domain.md 2)."""
        return self.custody in ("sole", "joint")

    @property
    def channel(self) -> Channel:
        return Channel.LETTER if self.digital_post_exempt else Channel.EMAIL


def recipients(guardians: Iterable[Guardian], named: Iterable[str] | None = None) -> list[Guardian]:
    """The custody holders who are told, in a fixed order.

    ``named`` are those another service would have told. Custody may have changed since: who has
    lost it is told no more, and who has gained it is for the next event.
    """
    wanted = None if named is None else set(named)
    holders = [each for each in guardians if each.has_custody]
    if wanted is not None:
        holders = [each for each in holders if each.guardian_id in wanted]
    return sorted(holders, key=lambda each: each.guardian_id)


class CancellationForm(StrEnum):
    """How a recipient is told that a meeting will not be held."""

    CALENDAR = "calendar"
    PLAIN = "plain"


def cancellation_form(states: Mapping[About, Iterable[State]], *, silent: bool) -> CancellationForm | None:
    """How to tell one recipient of a cancellation, from what she has had of the meeting before.

    Who has the meeting in her calendar gets it taken out; who was only asked for a time gets a
    plain message; who was told nothing is told nothing now. A confirmation on its way counts as told:
    a calendar ignores a cancellation of what it does not hold, but never forgets by itself.
    """
    if silent:
        return None
    on_its_way = TOLD | {State.LEASED}
    if any(state in on_its_way for state in states.get(About.CONFIRMATION, ())):
        return CancellationForm.CALENDAR
    if any(state in on_its_way for state in states.get(About.INVITATION, ())):
        return CancellationForm.PLAIN
    return None


def calendar_sequence(event_sequence: int, told_before: Iterable[int]) -> int:
    """The SEQUENCE of a calendar file: the event's, but always above what the recipient had before."""
    return max([event_sequence, *(each + 1 for each in told_before)])


def calendar_uid(meeting_id: str) -> str:
    """The meeting's one UID in every calendar, for all its life (RFC 5545, 3.8.4.7)."""
    return f"{meeting_id}@meetings.trivsel"


def message_id(notice_id: str, domain: str) -> str:
    """The Message-ID of a notice: the same for each try, so that mail programs show a repeat once."""
    return f"<{notice_id}@{domain}>"

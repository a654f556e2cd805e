"""The events that notifications publishes: that a notice left the house or could not, and that it has acted
on a withdrawal."""

from __future__ import annotations

from marshmallow import validate

from services.chassis.catalogue import Event, Uid, code, fields

ABOUT = (
    "concern",
    "invitation",
    "confirmation",
    "cancellation",
    "minutes",
    "consent",
    "withdrawal",
    "transition",
)
CHANNELS = ("email", "letter")


class NoticeSent(Event):
    """The recipient's mail server has taken the message, or somebody has printed and sent the letter.

    ``about`` is what was told. That it was sent is known; that it was read is not.
    """

    type = "dk.trivsel.notifications.notice.sent.v1"
    expected = False
    notice_id = Uid(required=True)
    child_id = Uid(required=True)
    guardian_id = Uid(required=True)
    about = fields.String(required=True, validate=validate.OneOf(ABOUT))
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))


class NoticeFailed(Event):
    """The notice could not be delivered and will not be tried again by itself: somebody must act.

    ``reason`` is a code (no e-mail address known, refused by the recipient's server, ...), never
    what a mail server answered. A notice may fail again after somebody has set it going anew.
    """

    type = "dk.trivsel.notifications.notice.failed.v1"
    expected = False
    notice_id = Uid(required=True)
    child_id = Uid(required=True)
    guardian_id = Uid(required=True)
    about = fields.String(required=True, validate=validate.OneOf(ABOUT))
    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))
    reason = fields.String(required=True, validate=code())


class WithdrawalAcknowledged(Event):
    """The withdrawal of a consent is known here, and those who were asked for it are being told.

    Consent waits for it: it asks after whoever has not acted on a withdrawal.
    """

    type = "dk.trivsel.notifications.withdrawal.acknowledged.v1"
    consent_id = Uid(required=True)
    child_id = Uid(required=True)


CATALOGUE = [NoticeSent, NoticeFailed, WithdrawalAcknowledged]

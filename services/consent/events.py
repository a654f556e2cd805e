"""The events that consent publishes: ids, codes, dates and times, never what was shared or written.

``subject`` is the consent's id and the event's version the consent's version.
"""

from __future__ import annotations

from marshmallow import RAISE, Schema, validate

from services.chassis.catalogue import Event, Uid, code, fields
from services.consent.domain.requests import INFORMATION, PURPOSES
from services.consent.domain.states import Kind, Part

KLE = "28.09.24"
"""Forældrekontakt og -samarbejde in KLE, the municipalities' common subject plan."""

WRITTEN_BECAUSE = ("first", "again", "custody")


class Addressee(Schema):
    """One who is to be written to; whether she must answer, or is told only."""

    class Meta:
        unknown = RAISE

    signatory_id = Uid(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in Kind]))
    part = fields.String(required=True, validate=validate.OneOf([part.value for part in Part]))
    language = fields.String(required=True, validate=code())


class _OfConsent(Event):
    consent_id = Uid(required=True)
    child_id = Uid(required=True)


class ConsentRequested(_OfConsent):
    """Signatories are to be written to, each with a link of her own that opens until ``link_until``.

    ``signatories`` are those to write to now: all at first, one who was asked again, or who came when
    custody changed (``reason``). ``edition`` counts the rounds of writing. ``recipients`` are the units that
    the consent would open for and ``information`` the kinds of information, for those who keep the door: they
    read of the consent here first.
    """

    type = "dk.trivsel.consent.consent.requested.v1"
    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    recipients = fields.List(Uid(), required=True)
    information = fields.List(fields.String(validate=validate.OneOf(INFORMATION)), required=True)
    institution_id = Uid(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True)
    signatories = fields.List(fields.Nested(Addressee), required=True)
    answer_by = fields.AwareDateTime(required=True)
    link_until = fields.AwareDateTime(required=True)
    edition = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    reason = fields.String(required=True, validate=validate.OneOf(WRITTEN_BECAUSE))


class ConsentReminded(_OfConsent):
    """Signatories who have not answered are to be reminded, in words as neutral as the first."""

    type = "dk.trivsel.consent.consent.reminded.v1"
    institution_id = Uid(required=True)
    signatories = fields.List(fields.Nested(Addressee), required=True)
    answer_by = fields.AwareDateTime(required=True)
    link_until = fields.AwareDateTime(required=True)
    edition = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))


class ConsentSigned(_OfConsent):
    """A signatory has answered. What the consent has become by it is told by an event of its own."""

    type = "dk.trivsel.consent.consent.signed.v1"
    expected = False
    signatory_id = Uid(required=True)
    answer = fields.String(required=True, validate=validate.OneOf(["yes", "no"]))


class _Outcome(_OfConsent):
    """What the consent has become, for those who keep a door by it. ``purpose`` is a code."""

    public = True
    sensitivity = "confidential"
    kle = KLE
    purpose = fields.String(required=True, validate=validate.OneOf(PURPOSES))
    valid_to = fields.Date(required=True, allow_none=True)


class ConsentGranted(_Outcome):
    """Everybody who must has said yes: what rests on this consent may begin, until ``valid_to``."""

    type = "dk.trivsel.consent.consent.granted.v1"


class ConsentDeclined(_Outcome):
    """Somebody who must consent has said no: what waited for it will not be."""

    type = "dk.trivsel.consent.consent.declined.v1"


class ConsentWithdrawn(_Outcome):
    """A signatory has taken it back: whatever rests on it ends at once; what was before stays lawful.

    Whoever has acted on it says so with ``withdrawal.acknowledged``, and consent asks until all have.
    """

    type = "dk.trivsel.consent.consent.withdrawn.v1"
    withdrawn_at = fields.AwareDateTime(required=True)


class ConsentExpired(_Outcome):
    """Its time is over, or nobody answered in time (``reason``): what rests on it ends."""

    type = "dk.trivsel.consent.consent.expired.v1"
    reason = fields.String(required=True, validate=validate.OneOf(["validity", "unanswered"]))


class ConsentSuperseded(_OfConsent):
    """A newer consent of the same chain has taken its place, without a gap between the two."""

    type = "dk.trivsel.consent.consent.superseded.v1"
    by = Uid(required=True)


CATALOGUE = [
    ConsentRequested,
    ConsentReminded,
    ConsentSigned,
    ConsentGranted,
    ConsentDeclined,
    ConsentWithdrawn,
    ConsentExpired,
    ConsentSuperseded,
]

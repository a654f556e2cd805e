"""What a unit reads with which a consent shares a child's record."""

from __future__ import annotations

from services.chassis.schemas import Gives, Uid, fields


class _SharedItem(Gives):
    heading = fields.String(allow_none=True)
    text = fields.String()


class _SharedAgreement(Gives):
    what = fields.String()
    who = fields.String()
    due = fields.String(allow_none=True)


class _SharedMeeting(Gives):
    meeting_id = Uid()
    kind = fields.String()
    institution_id = Uid()
    starts_at = fields.AwareDateTime(allow_none=True)
    shared_at = fields.AwareDateTime()
    items = fields.List(fields.Nested(_SharedItem))
    agreements = fields.List(fields.Nested(_SharedAgreement))


class SharedMinutes(Gives):
    """The meetings whose minutes are shared, the newest first, and the last day on which they are."""

    child_id = Uid()
    valid_to = fields.Date()
    meetings = fields.List(fields.Nested(_SharedMeeting))

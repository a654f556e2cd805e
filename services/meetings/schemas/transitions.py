"""What the calls about a child's change of institution take and give."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from services.chassis.schemas import Gives, Takes, Uid, fields, validate
from services.meetings.domain.transitions import FIELDS
from services.meetings.schemas.takes import WORDS


class ListTransitions(Takes):
    """A child's, or those from and to an institution that are not received yet."""

    child_id = Uid()
    institution_id = Uid()

    @validates_schema
    def _narrowed(self, data: dict[str, Any], **_: Any) -> None:
        if not any(data.get(name) for name in ("child_id", "institution_id")):
            raise ValidationError("Angiv barn eller institution.", "institution_id")


class OneTransition(Takes):
    transition_id = Uid(required=True)


class ChangeTransition(OneTransition):
    expected_version = fields.Integer(required=True, validate=validate.Range(min=1))


class FillTransition(ChangeTransition):
    """The whole form, by its headings; what is left out is empty."""

    form = fields.Dict(
        keys=fields.String(validate=validate.OneOf(FIELDS)),
        values=fields.String(validate=validate.Length(max=WORDS)),
        required=True,
    )


class ReviewTransition(ChangeTransition):
    """That the parents have read the form, on which day, and what they want added in their own words."""

    reviewed_on = fields.Date(required=True)
    remarks = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=WORDS))


class TransitionMeeting(ChangeTransition):
    hold_by = fields.Date(required=True)


class TransitionSummary(Gives):
    """``responsible`` is the institution that answers for the matter now."""

    transition_id = Uid()
    version = fields.Integer()
    child_id = Uid()
    from_institution_id = Uid()
    to_institution_id = Uid()
    starts_on = fields.Date()
    state = fields.String()
    concern = fields.Boolean()
    meeting_id = Uid(allow_none=True)
    policy = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    released_at = fields.AwareDateTime(allow_none=True)
    received_at = fields.AwareDateTime(allow_none=True)
    responsible = Uid()


class Transition(TransitionSummary):
    """With the form: empty for the receiver until it has been released, and while it may be read."""

    form = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)
    remarks = fields.String(allow_none=True)
    reviewed_on = fields.Date(allow_none=True)


class Transitions(Gives):
    items = fields.List(fields.Nested(TransitionSummary))

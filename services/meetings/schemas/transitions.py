"""What the calls about a child's change of institution take and give."""

from __future__ import annotations

from services.chassis.schemas import Gives, Takes, Uid, fields, validate
from services.meetings.domain.transitions import FIELDS
from services.meetings.schemas.takes import WORDS


class ListTransitions(Takes):
    """A child's, or those from and to an institution that are not received yet, or all of one's own."""

    child_id = Uid()
    institution_id = Uid()


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


class TransitionToken(Takes):
    token = fields.String(required=True, validate=validate.Length(min=1, max=2000))


class AnswerTransition(TransitionToken):
    """``objects``: the form is not to be passed on. ``words`` is what she wants added or put right."""

    objects = fields.Boolean(load_default=False)
    words = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=WORDS))


class TransitionMeeting(ChangeTransition):
    hold_by = fields.Date(required=True)


class TransitionSummary(Gives):
    """``responsible`` is the institution that answers for the matter now; ``side`` whether the caller is of
    the sender or the receiver. ``edition`` counts how often the parents have been shown the form."""

    transition_id = Uid()
    version = fields.Integer()
    child_id = Uid()
    from_institution_id = Uid()
    from_group_id = Uid()
    to_institution_id = Uid()
    to_group_id = Uid()
    starts_on = fields.Date()
    state = fields.String()
    concern = fields.Boolean()
    meeting_id = Uid(allow_none=True)
    policy = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    released_at = fields.AwareDateTime(allow_none=True)
    received_at = fields.AwareDateTime(allow_none=True)
    responsible = Uid()
    side = fields.String()
    edition = fields.Integer()


class _Look(Gives):
    """What one custody holder has answered behind her link; ``current``: to the form as it stands."""

    guardian_id = Uid()
    seen_at = fields.AwareDateTime(allow_none=True)
    objects = fields.Boolean()
    words = fields.String(allow_none=True)
    current = fields.Boolean()


class Transition(TransitionSummary):
    """With the form: empty for the receiver until it has been released, and while it may be read."""

    form = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)
    remarks = fields.String(allow_none=True)
    reviewed_on = fields.Date(allow_none=True)
    shown_at = fields.AwareDateTime(allow_none=True)
    looks = fields.List(fields.Nested(_Look))
    may_read = fields.Boolean()


class TransitionView(Gives):
    """The form as one custody holder reads it behind her link, and her own answer.

    ``state``: ``open`` (not passed on yet), ``released``, ``received`` or ``cancelled``.
    """

    transition_id = Uid()
    child_id = Uid()
    guardian_id = Uid()
    language = fields.String()
    from_institution_id = Uid()
    to_institution_id = Uid()
    starts_on = fields.Date()
    state = fields.String()
    form = fields.Dict(keys=fields.String(), values=fields.String())
    seen = fields.Boolean()
    objects = fields.Boolean()
    words = fields.String(allow_none=True)


class Transitions(Gives):
    items = fields.List(fields.Nested(TransitionSummary))

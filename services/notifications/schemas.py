"""What notifications reads of others' events, and what its calls take and give."""

from __future__ import annotations

from marshmallow import validate

from services.chassis.catalogue import Reads
from services.chassis.schemas import Gives, Page, Takes, Uid, fields
from services.notifications.domain import About, Channel, State

# --- what is read of events ------------------------------------------------------------------


class EnrolmentRead(Reads):
    institution_id = Uid(required=True)
    group_id = Uid(load_default=None, allow_none=True)
    district_id = Uid(load_default=None, allow_none=True)
    starts_on = fields.Date(data_key="from", required=True)
    ends_on = fields.Date(data_key="to", load_default=None, allow_none=True)


class GuardianRead(Reads):
    guardian_id = Uid(required=True)
    custody = fields.String(required=True)
    digital_post_exempt = fields.Boolean(load_default=False)


class ChildRecorded(Reads):
    """Who may be told about a child, and in which units it is enrolled."""

    child_id = Uid(required=True)
    active = fields.Boolean(load_default=True)
    enrolments = fields.List(fields.Nested(EnrolmentRead), load_default=list)
    guardians = fields.List(fields.Nested(GuardianRead), load_default=list)


class ConcernRaised(Reads):
    concern_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(load_default=None, allow_none=True)


class ConcernWithheld(Reads):
    concern_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(load_default=None, allow_none=True)


class ConcernSettled(Reads):
    concern_id = Uid(required=True)
    child_id = Uid(required=True)


class ProposalRead(Reads):
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)


class MeetingInvited(Reads):
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    invitation = fields.Integer(required=True)
    answer_by = fields.AwareDateTime(required=True)
    link_until = fields.AwareDateTime(load_default=None, allow_none=True)
    guardian_ids = fields.List(Uid(), required=True)
    proposals = fields.List(fields.Nested(ProposalRead), required=True)
    reason = fields.String(load_default="first")


class MeetingConfirmed(Reads):
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    sequence = fields.Integer(required=True)
    guardian_ids = fields.List(Uid(), required=True)
    accepted_by = Uid(load_default=None, allow_none=True)
    place = fields.String(load_default="institution")


class MeetingCancelled(Reads):
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    silent = fields.Boolean(required=True)
    sequence = fields.Integer(required=True)
    guardian_ids = fields.List(Uid(), required=True)
    starts_at = fields.AwareDateTime(load_default=None, allow_none=True)
    ends_at = fields.AwareDateTime(load_default=None, allow_none=True)
    reason = fields.String(required=True)


class MinutesSent(Reads):
    meeting_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    edition = fields.Integer(required=True)
    link_until = fields.AwareDateTime(required=True)
    guardian_ids = fields.List(Uid(), required=True)


class TransitionShown(Reads):
    transition_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    edition = fields.Integer(required=True)
    link_until = fields.AwareDateTime(required=True)
    guardian_ids = fields.List(Uid(), required=True)


class _Signatory(Reads):
    signatory_id = Uid(required=True)
    kind = fields.String(required=True)
    part = fields.String(required=True)
    language = fields.String(required=True)


class ConsentRequested(Reads):
    """Also what a reminder carries: it differs in who is to be written to."""

    consent_id = Uid(required=True)
    child_id = Uid(required=True)
    institution_id = Uid(required=True)
    signatories = fields.List(fields.Nested(_Signatory), required=True)
    answer_by = fields.AwareDateTime(required=True)
    link_until = fields.AwareDateTime(required=True)
    edition = fields.Integer(required=True)


class ConsentWithdrawn(Reads):
    consent_id = Uid(required=True)
    child_id = Uid(required=True)


# --- what calls take and give ----------------------------------------------------------------

STATES = [state.value for state in State]


class OfChild(Takes):
    child_id = Uid(required=True)


class OfNotice(Takes):
    notice_id = Uid(required=True)


class Notice(Gives):
    """One notice and how far it has come; never what it says.

    ``code`` is why it failed or is held back, ``explanation`` the same in Danish for staff.
    ``next_try_at`` is set while it waits for another try.
    """

    notice_id = Uid(required=True)
    child_id = Uid(required=True)
    guardian_id = Uid(required=True)
    about = fields.String(required=True, validate=validate.OneOf([each.value for each in About]))
    concern_id = Uid(allow_none=True)
    meeting_id = Uid(allow_none=True)
    consent_id = Uid(allow_none=True)
    transition_id = Uid(allow_none=True)
    institution_id = Uid(allow_none=True)
    channel = fields.String(validate=validate.OneOf([each.value for each in Channel]))
    state = fields.String(validate=validate.OneOf(STATES))
    code = fields.String(allow_none=True)
    explanation = fields.String(allow_none=True)
    language = fields.String(allow_none=True)
    tries = fields.Integer()
    created_at = fields.AwareDateTime()
    next_try_at = fields.AwareDateTime(allow_none=True)
    done_at = fields.AwareDateTime(allow_none=True)


class Notices(Gives):
    items = fields.List(fields.Nested(Notice))
    next = fields.String(allow_none=True)


class Rendered(Gives):
    """A notice as its recipient reads it. The personal answer link is left out.

    ``as_sent`` tells whether this is, word for word, what was sent: the names and the templates may
    have changed since. It is nothing while the notice has not been sent.
    """

    notice_id = Uid(allow_none=True)
    language = fields.String()
    subject = fields.String()
    text = fields.String()
    html = fields.String()
    calendar = fields.String(allow_none=True)
    template_version = fields.String()
    as_sent = fields.Boolean(allow_none=True)


class NoticeDetail(Notice):
    message = fields.Nested(Rendered, allow_none=True)


class FailedNotices(Page):
    """Failed notices of the institutions in which the caller leads or administers."""

    institution_id = Uid(load_default=None, allow_none=True)


class PrintQueue(Page):
    """Letters that wait to be printed; ``state`` ``printed`` shows those that have been."""

    institution_id = Uid(load_default=None, allow_none=True)
    state = fields.String(load_default="to_print", validate=validate.OneOf(["to_print", "printed"]))


class Letter(Gives):
    """A letter as it is printed: complete text and a complete HTML page. The envelope is addressed apart."""

    notice_id = Uid()
    child_id = Uid()
    guardian_id = Uid()
    language = fields.String(allow_none=True)
    subject = fields.String()
    text = fields.String()
    html = fields.String()
    state = fields.String()


class MarkPrinted(Takes):
    notice_ids = fields.List(Uid(), required=True, validate=validate.Length(min=1, max=500))


class Marked(Gives):
    """How many letters were marked now; those already marked are not counted again."""

    printed = fields.Integer()


class Preview(Takes):
    """A message with invented people, to look at. ``variant`` chooses among a kind's wordings."""

    kind = fields.String(required=True, validate=validate.OneOf([each.value for each in About]))
    language = fields.String(load_default="da", validate=validate.Length(min=2, max=12))
    channel = fields.String(load_default="email", validate=validate.OneOf([each.value for each in Channel]))
    variant = fields.String(load_default=None, allow_none=True)


class _ProposedTime(Takes):
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)


class PreviewInvitation(OfChild):
    """An invitation that has not been sent; ``reason`` as in the event."""

    institution_id = Uid(required=True)
    proposals = fields.List(
        fields.Nested(_ProposedTime), required=True, validate=validate.Length(min=1, max=5)
    )
    answer_by = fields.AwareDateTime(required=True)
    reason = fields.String(load_default="first", validate=validate.OneOf(["first", "new_times"]))


class _ForRecipient(Gives):
    """``reachable`` is false for who is written to by e-mail and has no address there."""

    guardian_id = Uid()
    name = fields.String()
    channel = fields.String()
    reachable = fields.Boolean()
    language = fields.String()
    subject = fields.String()
    text = fields.String()


class ForRecipients(Gives):
    items = fields.List(fields.Nested(_ForRecipient))


TIMELINE = tuple(
    f"notice.{state}" for state in ("intended", "sent", "failed", "suppressed", "to_print", "printed")
)


class TimelineItem(Gives):
    """``kind`` is one of :data:`TIMELINE`; ``code`` tells why something failed or was held back."""

    at = fields.AwareDateTime()
    kind = fields.String(validate=validate.OneOf(TIMELINE))
    notice_id = Uid()
    guardian_id = Uid()
    concern_id = Uid(allow_none=True)
    meeting_id = Uid(allow_none=True)
    consent_id = Uid(allow_none=True)
    transition_id = Uid(allow_none=True)
    about = fields.String()
    channel = fields.String()
    code = fields.String(allow_none=True)
    correlation_id = fields.String(allow_none=True)


class Timeline(Gives):
    items = fields.List(fields.Nested(TimelineItem))


class Nothing(Takes):
    """A call that needs no input."""


class Rebuilt(Gives):
    """How many children were read from the registry, of how many it was news, and how many withdrawals of
    consents had been missed."""

    children = fields.Integer()
    written = fields.Integer()
    withdrawals = fields.Integer()

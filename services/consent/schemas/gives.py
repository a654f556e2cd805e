"""What the calls of consent give."""

from __future__ import annotations

from services.chassis.schemas import Gives, Uid, fields


class RecipientOut(Gives):
    unit_id = Uid()
    kind = fields.String()
    name = fields.String()


class ConsentSummary(Gives):
    """A consent as it stands in a list. ``version`` is its ETag; ``attention``: why somebody must look."""

    consent_id = Uid()
    version = fields.Integer()
    child_id = Uid()
    institution_id = Uid()
    group_id = Uid()
    state = fields.String()
    is_valid = fields.Boolean()
    purpose = fields.String()
    information = fields.List(fields.String())
    recipients = fields.List(fields.Nested(RecipientOut))
    legal_basis = fields.String()
    valid_from = fields.Date()
    valid_to = fields.Date()
    requested_by = fields.String()
    requested_at = fields.AwareDateTime()
    answer_by = fields.AwareDateTime()
    granted_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    end_reason = fields.String(allow_none=True)
    supersedes = Uid(allow_none=True)
    attention = fields.String(allow_none=True)


class OfChild(Gives):
    child_id = Uid()


class _SignatoryOut(Gives):
    signatory_id = Uid()
    kind = fields.String()
    part = fields.String()
    language = fields.String()
    needs_interpreter = fields.Boolean()
    answer = fields.String()
    answered_at = fields.AwareDateTime(allow_none=True)
    standing = fields.Boolean()
    text_id = Uid()


class _Section(Gives):
    heading = fields.String()
    lines = fields.List(fields.String())
    language = fields.String()


class _Answers(Gives):
    yes = fields.String()
    no = fields.String()
    withdraw = fields.String()


class Text(Gives):
    """A text as it is read; ``direction`` is ltr or rtl. A section may be in a language of its own."""

    language = fields.String()
    direction = fields.String()
    title = fields.String()
    intro = fields.String()
    sections = fields.List(fields.Nested(_Section))
    answers = fields.Nested(_Answers)


class _TextOut(Gives):
    text_id = Uid()
    signatory_id = Uid()
    language = fields.String()
    template_version = fields.Integer()
    text_hash = fields.String()
    made_at = fields.AwareDateTime()
    content = fields.Nested(Text)


class _SignatureOut(Gives):
    signature_id = Uid()
    signatory_id = Uid()
    answer = fields.String()
    at = fields.AwareDateTime()
    signed_on = fields.Date()
    method = fields.String()
    assurance = fields.String()
    text_hash = fields.String()
    noted_by = fields.String(allow_none=True)
    scan_id = Uid(allow_none=True)


class Acknowledgement(Gives):
    consent_id = Uid()
    subscriber = fields.String()
    withdrawn_at = fields.AwareDateTime()
    acknowledged_at = fields.AwareDateTime(allow_none=True)
    reminders = fields.Integer()


class Acknowledgements(Gives):
    items = fields.List(fields.Nested(Acknowledgement))


class Consent(ConsentSummary):
    """A consent with all that belongs to it."""

    words = fields.String(allow_none=True)
    edition = fields.Integer()
    renewed_by = Uid(allow_none=True)
    signatories = fields.List(fields.Nested(_SignatoryOut))
    texts = fields.List(fields.Nested(_TextOut))
    signatures = fields.List(fields.Nested(_SignatureOut))
    acknowledgements = fields.List(fields.Nested(Acknowledgement))


class Consents(Gives):
    items = fields.List(fields.Nested(ConsentSummary))
    next = fields.String(allow_none=True)


class _PreviewItem(Gives):
    signatory_id = Uid()
    kind = fields.String()
    part = fields.String()
    needs_interpreter = fields.Boolean()
    text = fields.Nested(Text)


class Preview(Gives):
    items = fields.List(fields.Nested(_PreviewItem))


class ParentView(Gives):
    """What a signatory sees behind her link, and only what is hers.

    ``can_answer`` and ``can_withdraw`` say which buttons there are; ``waits_for_others`` that her own
    yes is not all that is needed. What others have answered is not told.
    """

    consent_id = Uid()
    child_id = Uid()
    signatory_id = Uid()
    kind = fields.String()
    part = fields.String()
    institution_id = Uid()
    state = fields.String()
    is_valid = fields.Boolean()
    answer = fields.String()
    answered_at = fields.AwareDateTime(allow_none=True)
    answer_by = fields.AwareDateTime()
    valid_from = fields.Date()
    valid_to = fields.Date()
    waits_for_others = fields.Boolean()
    can_answer = fields.Boolean()
    can_withdraw = fields.Boolean()
    needs_identity = fields.Boolean()
    needs_interpreter = fields.Boolean()
    renews = Uid(allow_none=True)
    renewed_by = Uid(allow_none=True)
    text = fields.Nested(Text)
    text_hash = fields.String()


class Withdrawn(Gives):
    """One of the two, by the way it was withdrawn."""

    parent = fields.Nested(ParentView, allow_none=True)
    consent = fields.Nested(Consent, allow_none=True)


class Scan(Gives):
    """``scan`` is the paper in base 64."""

    scan_id = Uid()
    consent_id = Uid()
    media_type = fields.String()
    scan = fields.String()


class Checked(Gives):
    """``information`` are the kinds that the consent opens for."""

    allowed = fields.Boolean()
    consent_id = Uid(allow_none=True)
    valid_to = fields.Date(allow_none=True)
    information = fields.List(fields.String())


class _Share(Gives):
    consent_id = Uid()
    child_id = Uid()
    unit_ids = fields.List(Uid())
    information = fields.List(fields.String())
    valid_to = fields.Date()


class Shares(Gives):
    """What consents to share a child's record open now, for some units."""

    items = fields.List(fields.Nested(_Share))


class Released(Gives):
    allowed = fields.Boolean()
    policy = fields.String()
    reason = fields.String()
    consent_id = Uid(allow_none=True)


class _PartyOut(Gives):
    unit_id = Uid(allow_none=True)
    kind = fields.String()
    name = fields.String()


class Exchange(Gives):
    exchange_id = Uid()
    child_id = Uid()
    institution_id = Uid()
    basis = fields.String()
    first_on = fields.Date()
    sequence = fields.Integer()
    held_on = fields.Date()
    parties = fields.List(fields.Nested(_PartyOut))
    information = fields.List(fields.String())
    necessity = fields.String()
    exceptional_reason = fields.String(allow_none=True)
    consent_sought = fields.Boolean()
    parents_told = fields.Boolean()
    registered_by = fields.String()
    registered_at = fields.AwareDateTime()


class Exchanges(Gives):
    items = fields.List(fields.Nested(Exchange))


class _Opens(Gives):
    consent_id = Uid()
    purpose = fields.String()
    information = fields.List(fields.String())
    recipients = fields.List(fields.Nested(RecipientOut))
    state = fields.String()
    valid_from = fields.Date()
    valid_to = fields.Date()
    granted_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)


class WhoHasAccess(Gives):
    """Who may read about the child: its places, what consents open and have opened, what was exchanged."""

    child_id = Uid()
    institution_ids = fields.List(Uid())
    open = fields.List(fields.Nested(_Opens))
    closed = fields.List(fields.Nested(_Opens))
    exchanges = fields.List(
        fields.Nested(Exchange, only=("exchange_id", "basis", "held_on", "parties", "information"))
    )


class _TimelineItem(Gives):
    at = fields.AwareDateTime()
    kind = fields.String()
    detail = fields.String(allow_none=True)
    consent_id = Uid(allow_none=True)
    exchange_id = Uid(allow_none=True)
    purpose = fields.String(allow_none=True)


class Timeline(Gives):
    items = fields.List(fields.Nested(_TimelineItem))


class Settings(Gives):
    """``values`` are the municipality's own, ``effective`` what applies with them."""

    version = fields.Integer()
    values = fields.Dict()
    effective = fields.Dict()


class Template(Gives):
    language = fields.String()
    version = fields.Integer()
    texts = fields.Dict()


class TemplatePreview(Gives):
    text = fields.Nested(Text)


class _SnapshotItem(Gives):
    version = fields.Integer()
    consent_id = Uid()
    child_id = Uid()
    purpose = fields.String()
    state = fields.String()
    recipients = fields.List(Uid())
    information = fields.List(fields.String())
    valid_from = fields.Date()
    valid_to = fields.Date()


class SnapshotPage(Gives):
    items = fields.List(fields.Nested(_SnapshotItem))
    next = fields.String(allow_none=True)


class Rebuilt(Gives):
    """How many records of each kind were read from the registry."""

    children = fields.Integer()
    institutions = fields.Integer()

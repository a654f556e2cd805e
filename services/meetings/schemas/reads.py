"""What meetings reads of others' events; it names what it needs and ignores the rest."""

from __future__ import annotations

from services.chassis.catalogue import Reads, Uid, fields


class ConcernRaised(Reads):
    concern_id = Uid(required=True)
    child_id = Uid(required=True)
    round_id = Uid(required=True)
    track = fields.String(required=True)
    institution_id = Uid(required=True)
    group_id = Uid(required=True)
    invite_by = fields.Date(required=True)
    hold_by = fields.Date(required=True)


class ConcernWithheld(Reads):
    concern_id = Uid(required=True)
    child_id = Uid(required=True)
    track = fields.String(required=True)
    institution_id = Uid(required=True)
    group_id = Uid(required=True)


class ConcernSettled(Reads):
    concern_id = Uid(required=True)
    child_id = Uid(required=True)
    track = fields.String(required=True)


class _Place(Reads):
    institution_id = Uid(required=True)
    group_id = Uid(required=True)
    district_id = Uid(required=True, allow_none=True)
    from_day = fields.Date(required=True, data_key="from")
    to_day = fields.Date(required=True, data_key="to", allow_none=True)


class _Relation(Reads):
    guardian_id = Uid(required=True)
    custody = fields.String(required=True)
    language = fields.String(required=True)
    interpreter = fields.Boolean(required=True)


class ChildRecorded(Reads):
    child_id = Uid(required=True)
    active = fields.Boolean(required=True)
    enrolments = fields.List(fields.Nested(_Place), required=True)
    guardians = fields.List(fields.Nested(_Relation), required=True)


class InstitutionRecorded(Reads):
    institution_id = Uid(required=True)
    kind = fields.String(required=True)
    district_id = Uid(required=True, allow_none=True)
    active = fields.Boolean(required=True)


class _Assignment(Reads):
    role = fields.String(required=True)
    unit_id = fields.String(required=True)
    from_day = fields.Date(required=True, data_key="from")
    to_day = fields.Date(required=True, data_key="to", allow_none=True)


class StaffRecorded(Reads):
    staff_id = Uid(required=True)
    active = fields.Boolean(required=True)
    assignments = fields.List(fields.Nested(_Assignment), required=True)


class ConsentRequested(Reads):
    consent_id = Uid(required=True)
    child_id = Uid(required=True)
    purpose = fields.String(required=True)
    recipients = fields.List(Uid(), required=True)
    information = fields.List(fields.String(), load_default=list)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True)


class ConsentOutcome(Reads):
    """What a consent has become: granted, declined, withdrawn or expired."""

    consent_id = Uid(required=True)
    child_id = Uid(required=True)


class ConsentSuperseded(Reads):
    consent_id = Uid(required=True)
    child_id = Uid(required=True)
    by = Uid(required=True)

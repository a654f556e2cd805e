"""What consent reads of others' events; it names what it needs and ignores the rest."""

from __future__ import annotations

from services.chassis.catalogue import Reads, Uid, fields


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


class ChildRecorded(Reads):
    child_id = Uid(required=True)
    born = fields.Date(required=True, allow_none=True)
    active = fields.Boolean(required=True)
    languages = fields.List(fields.String(), required=True)
    enrolments = fields.List(fields.Nested(_Place), required=True)
    guardians = fields.List(fields.Nested(_Relation), required=True)


class InstitutionRecorded(Reads):
    institution_id = Uid(required=True)
    kind = fields.String(required=True)
    district_id = Uid(required=True, allow_none=True)
    active = fields.Boolean(required=True)


class WithdrawalAcknowledged(Reads):
    consent_id = Uid(required=True)

"""What assessment reads of registry's and consent's events, and nothing more."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema

from services.chassis.catalogue import Reads, Uid, fields


class _Part(Schema):
    class Meta:
        unknown = EXCLUDE


class EnrolmentRead(_Part):
    """Where a child goes, from a day to a day or until further notice."""

    institution_id = Uid(required=True)
    group_id = Uid(load_default=None, allow_none=True)
    district_id = Uid(load_default=None, allow_none=True)
    kind = fields.String(required=True)

    class Meta(_Part.Meta):
        include = {
            "from": fields.Date(required=True),
            "to": fields.Date(load_default=None, allow_none=True),
        }


class ChildRecorded(Reads):
    """A child as registry knows it now."""

    child_id = Uid(required=True)
    born = fields.Date(load_default=None, allow_none=True)
    active = fields.Boolean(required=True)
    enrolments = fields.List(fields.Nested(EnrolmentRead), required=True)


class GroupRead(_Part):
    """A group of an institution; ``grade`` is a school class's."""

    group_id = Uid(required=True)
    grade = fields.Integer(load_default=None, allow_none=True)
    active = fields.Boolean(load_default=True)


class InstitutionRecorded(Reads):
    """An institution with its groups as registry knows it now."""

    institution_id = Uid(required=True)
    kind = fields.String(required=True)
    district_id = Uid(load_default=None, allow_none=True)
    active = fields.Boolean(required=True)
    groups = fields.List(fields.Nested(GroupRead), required=True)


class AssignmentRead(_Part):
    """A role in a unit, from a day to a day or until further notice."""

    role = fields.String(required=True)
    unit_kind = fields.String(required=True)
    unit_id = fields.String(required=True)

    class Meta(_Part.Meta):
        include = {
            "from": fields.Date(load_default=None, allow_none=True),
            "to": fields.Date(load_default=None, allow_none=True),
        }


class StaffRecorded(Reads):
    """A member of staff with her assignments as registry knows them now."""

    staff_id = Uid(required=True)
    active = fields.Boolean(required=True)
    assignments = fields.List(fields.Nested(AssignmentRead), required=True)


class ConsentRequested(Reads):
    """A consent that is asked for: its purpose, for whom it would open, which kinds of information, and when.

    One that names no kinds of information opens nothing here.
    """

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
    purpose = fields.String(required=True)


class ConsentSuperseded(Reads):
    """A consent that a newer one has taken the place of."""

    consent_id = Uid(required=True)
    child_id = Uid(required=True)

"""What the registry publishes: whole snapshots, so a consumer keeps the newest version and no more.

No name, address, number or contact travels. Who needs one asks the registry, is authorised there
and logged. In every period both days, ``from`` and ``to``, belong to it.
"""

from __future__ import annotations

from marshmallow import Schema, validate

from services.chassis.catalogue import Event, Uid, code, fields
from services.registry.domain import CUSTODY, KINDS, ROLES, UNIT_KINDS


def _day(name: str, allow_none: bool = False) -> fields.Date:
    return fields.Date(attribute=name, data_key=name, required=True, allow_none=allow_none)


class Place(Schema):
    """One enrolment: where the child is, was or will be."""

    institution_id = Uid(required=True)
    group_id = Uid(required=True)
    district_id = Uid(required=True, allow_none=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    from_ = _day("from")
    to = _day("to", allow_none=True)


class Relation(Schema):
    """One adult and what she needs to be told in: custody, language, interpreter, paper."""

    guardian_id = Uid(required=True)
    custody = fields.String(required=True, validate=validate.OneOf(CUSTODY))
    language = fields.String(required=True, validate=code())
    interpreter = fields.Boolean(required=True)
    digital_post_exempt = fields.Boolean(required=True)


class ChildRecorded(Event):
    """A child as the registry now knows her: age, places and adults.

    ``born`` is empty for an unborn child. ``active`` is false once the child is no longer among
    the municipality's. ``own_contact`` is true from 15: she is then written to herself.
    """

    type = "dk.trivsel.registry.child.recorded.v1"

    child_id = Uid(required=True)
    born = fields.Date(required=True, allow_none=True)
    active = fields.Boolean(required=True)
    languages = fields.List(fields.String(validate=code()), required=True)
    own_contact = fields.Boolean(required=True)
    enrolments = fields.List(fields.Nested(Place), required=True)
    guardians = fields.List(fields.Nested(Relation), required=True)


class GroupSnapshot(Schema):
    """A group of an institution; ``grade`` is a school class's, else empty."""

    group_id = Uid(required=True)
    grade = fields.Integer(required=True, allow_none=True)
    active = fields.Boolean(required=True)


class InstitutionRecorded(Event):
    """An institution and its groups as they now are."""

    type = "dk.trivsel.registry.institution.recorded.v1"

    institution_id = Uid(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    district_id = Uid(required=True, allow_none=True)
    active = fields.Boolean(required=True)
    groups = fields.List(fields.Nested(GroupSnapshot), required=True)


class AssignmentSnapshot(Schema):
    """A role somewhere: in a group, an institution, a district, or ``*``, the whole municipality."""

    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    unit_kind = fields.String(required=True, validate=validate.OneOf(UNIT_KINDS))
    unit_id = fields.String(required=True, validate=code())
    from_ = _day("from")
    to = _day("to", allow_none=True)


class StaffRecorded(Event):
    """A member of staff and where she works in which role, now, before and to come."""

    type = "dk.trivsel.registry.staff.recorded.v1"

    staff_id = Uid(required=True)
    active = fields.Boolean(required=True)
    assignments = fields.List(fields.Nested(AssignmentSnapshot), required=True)


CATALOGUE = [ChildRecorded, InstitutionRecorded, StaffRecorded]

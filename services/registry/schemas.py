"""What the registry's RPC takes and returns."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from services.chassis.schemas import Gives, Page, Takes, Uid, fields, validate
from services.registry.domain import KINDS

_MANY = validate.Length(min=1, max=1000)


def _day(name: str) -> fields.Date:
    return fields.Date(attribute=name, data_key=name, allow_none=True)


# System: projections, messages, tokens ---------------------------------------------------------------


class Snapshot(Page):
    """A page of snapshots, as the events carry them; for a consumer that rebuilds its projection."""

    kind = fields.String(required=True, validate=validate.OneOf(["child", "institution", "staff"]))


class SnapshotItem(Gives):
    version = fields.Integer(required=True)
    data = fields.Dict(required=True)


class SnapshotPage(Gives):
    items = fields.List(fields.Nested(SnapshotItem))
    next = fields.String(allow_none=True)


class CardRequest(Takes):
    child_id = Uid(required=True)
    guardian_ids = fields.List(Uid(), required=True)


class ContactCards(Takes):
    """One child with ``child_id`` and ``guardian_ids``, or many with ``requests``."""

    child_id = Uid(load_default=None)
    guardian_ids = fields.List(Uid(), load_default=list)
    requests = fields.List(fields.Nested(CardRequest), load_default=list, validate=validate.Length(max=1000))

    @validates_schema
    def _one_or_many(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("child_id") is None) == (not data.get("requests")):
            raise ValidationError("Angiv enten child_id eller requests.", "requests")


class GuardianCard(Gives):
    """How to write to one adult; only adults of the child asked about are returned."""

    guardian_id = Uid()
    custody = fields.String()
    first_name = fields.String()
    last_name = fields.String()
    language = fields.String()
    interpreter = fields.Boolean()
    digital_post_exempt = fields.Boolean()
    email = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)


class ChildCard(Gives):
    """``own_contact`` is true from 15; only then e-mail and phone are the young person's own."""

    child_id = Uid()
    first_name = fields.String()
    own_contact = fields.Boolean()
    digital_post_exempt = fields.Boolean()
    email = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    guardians = fields.List(fields.Nested(GuardianCard))


class ChildCards(Gives):
    items = fields.List(fields.Nested(ChildCard))


class MatchPerson(Takes):
    """Whom a link names, and what an identity provider said of who signed in."""

    child_id = Uid(required=True)
    person_id = Uid(required=True)
    by = fields.String(required=True, validate=validate.OneOf(["cpr", "person"]))
    value = fields.String(required=True, validate=validate.Length(max=200))


class Matched(Gives):
    """``wait``: too many who were not her have tried lately, and nothing was compared."""

    matches = fields.Boolean()
    wait = fields.Boolean()


class StaffIds(Takes):
    staff_ids = fields.List(Uid(), required=True, validate=_MANY)


class StaffCard(Gives):
    staff_id = Uid()
    first_name = fields.String()
    last_name = fields.String()
    email = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    active = fields.Boolean()


class StaffCards(Gives):
    items = fields.List(fields.Nested(StaffCard))


class StaffName(Gives):
    staff_id = Uid()
    first_name = fields.String()
    last_name = fields.String()
    active = fields.Boolean()


class StaffNames(Gives):
    items = fields.List(fields.Nested(StaffName))


class StaffId(Takes):
    staff_id = Uid(required=True)


class GrantItem(Gives):
    role = fields.String()
    unit = fields.String()
    unit_kind = fields.String()


class StaffGrants(Gives):
    """What a token for this member of staff may grant today; nothing if she is no longer employed."""

    staff_id = Uid()
    active = fields.Boolean()
    first_name = fields.String()
    last_name = fields.String()
    grants = fields.List(fields.Nested(GrantItem))


# Children --------------------------------------------------------------------------------------------


class ChildId(Takes):
    child_id = Uid(required=True)


class Closeness(Gives):
    evident = fields.Boolean()


class Nothing(Takes):
    """The call takes nothing."""


class ShareItem(Gives):
    """What one consent opens: kinds of information, for which units, and its last day."""

    consent_id = Uid()
    unit_ids = fields.List(Uid())
    information = fields.List(fields.String())
    valid_to = fields.Date()


class SharedChild(Gives):
    """A child whose record is shared with the caller's unit: who she is, and what is opened."""

    child_id = Uid()
    first_name = fields.String()
    last_name = fields.String()
    born = fields.Date(allow_none=True)
    shares = fields.List(fields.Nested(ShareItem))


class SharedChildren(Gives):
    items = fields.List(fields.Nested(SharedChild))


class EnrolmentItem(Gives):
    institution_id = Uid()
    institution_name = fields.String()
    group_id = Uid()
    group_name = fields.String()
    district_id = Uid(allow_none=True)
    kind = fields.String()
    from_ = _day("from")
    to = _day("to")
    current = fields.Boolean()


class GuardianItem(Gives):
    """An adult as staff may see her: contact only for those who hold custody."""

    guardian_id = Uid()
    first_name = fields.String()
    last_name = fields.String()
    custody = fields.String()
    lives_with = fields.Boolean()
    language = fields.String()
    interpreter = fields.Boolean()
    digital_post_exempt = fields.Boolean()
    protected_address = fields.Boolean()
    email = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)


class Child(Gives):
    """A child for those who work with her. The address is empty when it is protected; CPR is never here."""

    child_id = Uid()
    version = fields.Integer()
    active = fields.Boolean()
    first_name = fields.String()
    last_name = fields.String()
    born = fields.Date(allow_none=True)
    expected = fields.Date(allow_none=True)
    age_months = fields.Integer(allow_none=True)
    sex = fields.String()
    languages = fields.List(fields.String())
    protected_address = fields.Boolean()
    address = fields.String(allow_none=True)
    has_cpr = fields.Boolean()
    own_contact = fields.Boolean()
    email = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    enrolments = fields.List(fields.Nested(EnrolmentItem))
    guardians = fields.List(fields.Nested(GuardianItem))


class HolderItem(Gives):
    """A custody holder and how she is written to; ``has_email`` is all that is said of her address."""

    guardian_id = Uid()
    first_name = fields.String()
    last_name = fields.String()
    custody = fields.String(validate=validate.OneOf(["sole", "joint"]))
    lives_with = fields.Boolean()
    language = fields.String()
    interpreter = fields.Boolean()
    digital_post_exempt = fields.Boolean()
    has_email = fields.Boolean()


class ChildHolders(Gives):
    child_id = Uid()
    first_name = fields.String()
    last_name = fields.String()
    guardians = fields.List(fields.Nested(HolderItem))


class Holders(Gives):
    """The custody holders of each child whom the caller may see."""

    items = fields.List(fields.Nested(ChildHolders))


class RevealCpr(Takes):
    """A CPR number is shown one at a time and for a stated reason, which is logged."""

    child_id = Uid(required=True)
    purpose = fields.String(required=True, validate=validate.Length(min=3, max=200))


class Cpr(Gives):
    child_id = Uid()
    cpr = fields.String(allow_none=True)


class ListChildren(Page):
    """The children who are in a group or an institution today, in the order of their names."""

    group_id = Uid(load_default=None)
    institution_id = Uid(load_default=None)

    @validates_schema
    def _one_unit(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("group_id") is None) == (data.get("institution_id") is None):
            raise ValidationError("Angiv enten group_id eller institution_id.", "group_id")


class ChildIds(Takes):
    child_ids = fields.List(Uid(), required=True, validate=_MANY)


class SearchChildren(Takes):
    """Looks for a name (its beginning), a day of birth or a whole CPR number, whichever ``text`` is."""

    text = fields.String(required=True, validate=validate.Length(min=2, max=100))
    limit = fields.Integer(load_default=25, validate=validate.Range(min=1, max=100))


class ChildItem(Gives):
    child_id = Uid()
    first_name = fields.String()
    last_name = fields.String()
    born = fields.Date(allow_none=True)
    institution_id = Uid(allow_none=True)
    group_id = Uid(allow_none=True)
    protected_address = fields.Boolean()


class _MovingChild(Gives):
    child_id = Uid()
    first_name = fields.String()
    last_name = fields.String()
    born = fields.Date(allow_none=True)


class MovingChildren(Gives):
    """Children on their way between two places, by name, and nothing else of them."""

    items = fields.List(fields.Nested(_MovingChild))


class ChildPage(Gives):
    items = fields.List(fields.Nested(ChildItem))
    next = fields.String(allow_none=True)


class TimelineItem(Gives):
    """Something that happened to the child's record; codes and ids only."""

    at = fields.AwareDateTime()
    kind = fields.String()
    institution_id = Uid(allow_none=True)
    group_id = Uid(allow_none=True)


class Timeline(Gives):
    items = fields.List(fields.Nested(TimelineItem))


# Organisation ----------------------------------------------------------------------------------------


class ListInstitutions(Page):
    kind = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(KINDS))


class InstitutionItem(Gives):
    institution_id = Uid()
    name = fields.String()
    kind = fields.String()
    district_id = Uid(allow_none=True)
    district_name = fields.String(allow_none=True)
    authority_unit = fields.String(allow_none=True)
    active = fields.Boolean()
    version = fields.Integer()


class InstitutionPage(Gives):
    items = fields.List(fields.Nested(InstitutionItem))
    next = fields.String(allow_none=True)


class ListGroups(Page):
    institution_id = Uid(required=True)


class GroupItem(Gives):
    group_id = Uid()
    institution_id = Uid()
    name = fields.String()
    grade = fields.Integer(allow_none=True)
    active = fields.Boolean()
    children = fields.Integer()


class GroupPage(Gives):
    items = fields.List(fields.Nested(GroupItem))
    next = fields.String(allow_none=True)


class UnitIds(Takes):
    unit_ids = fields.List(Uid(), required=True, validate=_MANY)


class UnitName(Gives):
    """The name of a district, institution or group; these are not personal data."""

    unit_id = Uid()
    unit_kind = fields.String()
    name = fields.String()
    institution_id = Uid(allow_none=True)


class UnitNames(Gives):
    items = fields.List(fields.Nested(UnitName))


class ListStaff(Page):
    """Those assigned today to a group, or to an institution and its groups."""

    group_id = Uid(load_default=None)
    institution_id = Uid(load_default=None)

    @validates_schema
    def _one_unit(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("group_id") is None) == (data.get("institution_id") is None):
            raise ValidationError("Angiv enten group_id eller institution_id.", "group_id")


class StaffItem(Gives):
    staff_id = Uid()
    first_name = fields.String()
    last_name = fields.String()
    email = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    role = fields.String()
    unit_kind = fields.String()
    unit_id = fields.String()


class StaffPage(Gives):
    items = fields.List(fields.Nested(StaffItem))
    next = fields.String(allow_none=True)

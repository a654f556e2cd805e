"""Calls about how far a round has come and how it turned out."""

from __future__ import annotations

from services.assessment.schemas.fields import kind
from services.assessment.schemas.sheets import STATES, Counts, May
from services.chassis.schemas import Gives, Page, Takes, Uid, fields, validate

LEVELS = ("group", "institution", "municipality")


class CoverageOf(Takes):
    """Coverage in a round, or in all that are open. The caller sees her own; administration sees all."""

    round_id = Uid(load_default=None, allow_none=True)
    level = fields.String(load_default="group", validate=validate.OneOf(LEVELS))
    institution_id = Uid(load_default=None, allow_none=True)


class CoverageItem(Counts):
    """Coverage of one group, institution or the municipality; ``overdue`` are unrated after the last day."""

    round_id = Uid()
    round_name = fields.String()
    institution_id = Uid(allow_none=True)
    group_id = Uid(allow_none=True)
    kind = kind(allow_none=True)
    last_day = fields.Date(allow_none=True)
    overdue = fields.Integer()


class Coverage(Gives):
    """Coverage by round and unit."""

    items = fields.List(fields.Nested(CoverageItem))


class MyGroups(Takes):
    """Nothing: the caller's own groups."""


class MyGroup(Counts):
    """A group in an open round. ``waits_for_me`` are the children whom the caller has yet to rate."""

    round_id = Uid()
    round_name = fields.String()
    institution_id = Uid()
    group_id = Uid()
    kind = kind()
    first_day = fields.Date()
    last_day = fields.Date()
    waits_for_me = fields.Integer()
    may = fields.Nested(May)


class GivenGroups(Gives):
    """The caller's groups, those with the nearest last day first."""

    items = fields.List(fields.Nested(MyGroup))


class DistributionOf(Takes):
    """How the positions are spread in a round."""

    round_id = Uid(required=True)
    level = fields.String(load_default="institution", validate=validate.OneOf(LEVELS))
    institution_id = Uid(load_default=None, allow_none=True)


class DistributionItem(Gives):
    """Children by their gravest position. ``null``: too few to tell without telling of somebody."""

    institution_id = Uid(allow_none=True)
    group_id = Uid(allow_none=True)
    total = fields.Integer(allow_none=True)
    green = fields.Integer(allow_none=True)
    yellow = fields.Integer(allow_none=True)
    red = fields.Integer(allow_none=True)
    suppressed = fields.Boolean()


class Distribution(Gives):
    """Positions by unit."""

    items = fields.List(fields.Nested(DistributionItem))


class OverdueOf(Page):
    """The children who are not rated although the last day has passed."""

    round_id = Uid(load_default=None, allow_none=True)
    institution_id = Uid(load_default=None, allow_none=True)


class OverdueItem(Gives):
    """A child who is not rated although the last day has passed."""

    round_id = Uid()
    child_assessment_id = Uid()
    child_id = Uid()
    institution_id = Uid()
    group_id = Uid()
    kind = kind()
    state = fields.String(validate=validate.OneOf(STATES))
    last_day = fields.Date()


class Overdue(Gives):
    """A page of overdue children."""

    items = fields.List(fields.Nested(OverdueItem))
    next = fields.String(allow_none=True)


class RebuildProjection(Takes):
    """Fetches everything from registry again."""


class Rebuilt(Gives):
    """How many records were fetched of each kind."""

    children = fields.Integer()
    institutions = fields.Integer()
    staff = fields.Integer()

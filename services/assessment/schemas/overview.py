"""Calls about how far a round has come and how it turned out."""

from __future__ import annotations

from services.assessment.schemas.fields import kind
from services.assessment.schemas.sheets import STATES, Counts, May
from services.chassis.schemas import Gives, Page, Takes, Uid, fields, validate

LEVELS = ("group", "institution", "age", "municipality")


class Narrowed(Takes):
    """What numbers may be narrowed to."""

    institution_id = Uid(load_default=None, allow_none=True)
    group_id = Uid(load_default=None, allow_none=True)
    age_band = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=10))


class Taken(Narrowed):
    """``export``: the numbers leave as a file, which is noted."""

    export = fields.Boolean(load_default=False)


class CoverageOf(Taken):
    """Coverage in a round, or in all that are open. The caller sees her own; administration sees all."""

    round_id = Uid(load_default=None, allow_none=True)
    level = fields.String(load_default="group", validate=validate.OneOf(LEVELS))


class CoverageItem(Counts):
    """Coverage of one group, institution or the municipality; ``overdue`` are unrated after the last day."""

    round_id = Uid()
    round_name = fields.String()
    institution_id = Uid(allow_none=True)
    group_id = Uid(allow_none=True)
    kind = kind(allow_none=True)
    age_band = fields.String(allow_none=True)
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


class DistributionOf(Taken):
    """How the positions are spread in a round."""

    round_id = Uid(required=True)
    level = fields.String(load_default="institution", validate=validate.OneOf(LEVELS))


class Positions(Gives):
    """Children by their gravest position. ``null``: too few to tell without telling of somebody."""

    total = fields.Integer(allow_none=True)
    green = fields.Integer(allow_none=True)
    yellow = fields.Integer(allow_none=True)
    red = fields.Integer(allow_none=True)
    suppressed = fields.Boolean()


class DistributionItem(Positions):
    """The positions of one unit or age."""

    institution_id = Uid(allow_none=True)
    group_id = Uid(allow_none=True)
    age_band = fields.String(allow_none=True)


class Distribution(Gives):
    """Positions by unit."""

    items = fields.List(fields.Nested(DistributionItem))


class DevelopmentOf(Narrowed):
    """How the positions have been spread in the latest rounds."""


class DevelopmentItem(Positions):
    """The positions of one round."""

    round_id = Uid()
    round_name = fields.String()
    opened_at = fields.AwareDateTime()


class Development(Gives):
    """Positions by round, the oldest first."""

    items = fields.List(fields.Nested(DevelopmentItem))


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
    """Fetches everything from registry and consent again."""


class Rebuilt(Gives):
    """How many records were fetched of each kind."""

    children = fields.Integer()
    institutions = fields.Integer()
    staff = fields.Integer()
    consents = fields.Integer()

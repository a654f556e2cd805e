"""What the pages about a group and a child need, each in one call. Never a name: registry has those."""

from __future__ import annotations

from services.assessment.schemas.fields import ByGroup, kind, position, track
from services.assessment.schemas.rounds import GivenWindow
from services.chassis.schemas import Gives, Page, Takes, Uid, fields, validate

STATES = ("not_started", "own_rating", "ready_for_dialogue", "joint_final", "absent", "exempt", "left")


class GroupSheetOf(ByGroup):
    """The sheet of one group in one round."""


class ByAssessment(Takes):
    """Names the assessment of one child in one round."""

    child_assessment_id = Uid(required=True)


class ByChild(Takes):
    """Names a child."""

    child_id = Uid(required=True)


class OwnRating(Gives):
    """A professional's own rating."""

    rater_id = Uid()
    position = position()
    reason = fields.String()
    works_well = fields.String()
    indicators = fields.List(fields.String())
    source = fields.String()
    with_parents = fields.Boolean()
    updated_at = fields.AwareDateTime()


class JointRating(Gives):
    """A joint rating. ``current`` is false when a revision has taken its place."""

    rating_id = Uid()
    child_assessment_id = Uid()
    track = track()
    position = position()
    context = fields.String()
    works_well = fields.String()
    focus = fields.String()
    reason = fields.String()
    participants = fields.List(Uid())
    indicators = fields.List(fields.String())
    with_parents = fields.Boolean()
    suspects_parents = fields.Boolean()
    revision = fields.Integer()
    supersedes = Uid(allow_none=True)
    revision_reason = fields.String(allow_none=True)
    current = fields.Boolean()
    decided_at = fields.AwareDateTime()
    decided_by = Uid()


class Earlier(Gives):
    """The last position from an earlier round, at the same institution."""

    track = track()
    position = position()
    round_id = Uid()
    round_name = fields.String()
    decided_at = fields.AwareDateTime()


class OpenConcern(Gives):
    """A concern that stands. ``withheld``: no parent may be told."""

    concern_id = Uid()
    track = track()
    state = fields.String(validate=validate.OneOf(["raised", "withheld"]))
    invite_by = fields.Date(allow_none=True)
    hold_by = fields.Date(allow_none=True)


class Row(Gives):
    """One child of a group in a round. ``own_rating`` is the caller's own; others' stay hidden."""

    child_assessment_id = Uid()
    child_id = Uid()
    group_id = Uid()
    state = fields.String(validate=validate.OneOf(STATES))
    version = fields.Integer()
    age_band = fields.String(allow_none=True)
    reason_code = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    ratings_in = fields.Integer()
    ratings_required = fields.Integer()
    own_rating = fields.Nested(OwnRating, allow_none=True)
    last = fields.List(fields.Nested(Earlier))
    joint = fields.List(fields.Nested(JointRating))
    open_concerns = fields.List(fields.Nested(OpenConcern))


class May(Gives):
    """What the caller may do with this group, so that a page shows no button in vain."""

    rate = fields.Boolean()
    finalise = fields.Boolean()
    start_dialogue = fields.Boolean()
    set_absence = fields.Boolean()


class Counts(Gives):
    """How far a unit has come. ``total`` leaves out those who left or are exempt."""

    total = fields.Integer()
    assessed = fields.Integer()
    not_started = fields.Integer()
    own_rating = fields.Integer()
    ready_for_dialogue = fields.Integer()
    absent = fields.Integer()
    exempt = fields.Integer()
    left = fields.Integer()
    percent = fields.Integer()


class GroupSheet(Gives):
    """All that the page of a group needs, except names."""

    round_id = Uid()
    round_name = fields.String()
    round_state = fields.String()
    group_id = Uid()
    institution_id = Uid()
    kind = kind()
    window = fields.Nested(GivenWindow, allow_none=True)
    profile_version = fields.Integer(allow_none=True)
    may = fields.Nested(May)
    raters = fields.List(Uid(), metadata={"description": "Staff assigned to rate in this group."})
    counts = fields.Nested(Counts)
    children = fields.List(fields.Nested(Row))


class Discussed(Row):
    """One child with all own ratings side by side. ``disagreement``: they do not name one position."""

    own_ratings = fields.List(fields.Nested(OwnRating))
    disagreement = fields.Boolean()
    consider_notification = fields.Boolean()


class DiscussionSheet(Gives):
    """The children ready for dialogue, disagreements first, then those done; ``waiting`` are not ready."""

    round_id = Uid()
    round_name = fields.String()
    round_state = fields.String()
    group_id = Uid()
    institution_id = Uid()
    kind = kind()
    window = fields.Nested(GivenWindow, allow_none=True)
    profile_version = fields.Integer(allow_none=True)
    may = fields.Nested(May)
    raters = fields.List(Uid())
    counts = fields.Nested(Counts)
    children = fields.List(fields.Nested(Discussed))
    waiting = fields.List(fields.Nested(Row))


class Assessment(Discussed):
    """One child in one round, with every revision. ``own_ratings`` is empty until the caller may see them."""

    round_id = Uid()
    round_name = fields.String()
    institution_id = Uid()
    kind = kind()
    may = fields.Nested(May)


class ConcernStep(Gives):
    """What happened to a concern, and when."""

    at = fields.AwareDateTime()
    state = fields.String()
    version = fields.Integer()
    rating_id = Uid()
    round_id = Uid()
    invite_by = fields.Date(allow_none=True)
    hold_by = fields.Date(allow_none=True)


class Concern(Gives):
    """A concern with its steps, the oldest first."""

    concern_id = Uid()
    child_id = Uid()
    track = track()
    state = fields.String()
    version = fields.Integer()
    institution_id = Uid()
    group_id = Uid()
    rating_id = Uid()
    round_id = Uid()
    invite_by = fields.Date(allow_none=True)
    hold_by = fields.Date(allow_none=True)
    raised_at = fields.AwareDateTime()
    settled_at = fields.AwareDateTime(allow_none=True)
    steps = fields.List(fields.Nested(ConcernStep))


class ListConcerns(Page):
    """The open concerns of the caller's institutions. ``export``: they leave as a file, which is noted."""

    institution_id = Uid(load_default=None, allow_none=True)
    export = fields.Boolean(load_default=False)


class Concerns(Gives):
    """A page of concerns."""

    items = fields.List(fields.Nested(Concern))
    next = fields.String(allow_none=True)


class ChildHistory(Gives):
    """A child's assessments, the newest first, and its concerns, as far as the caller may see them."""

    child_id = Uid()
    assessments = fields.List(fields.Nested(Assessment))
    concerns = fields.List(fields.Nested(Concern))


class SharedRating(Gives):
    """A joint rating in force, as staff read it with whom it is shared. No words where parents may not be
    told of it."""

    rating_id = Uid()
    round_id = Uid()
    round_name = fields.String()
    institution_id = Uid()
    kind = kind()
    track = track()
    position = position()
    context = fields.String()
    works_well = fields.String()
    focus = fields.String()
    decided_at = fields.AwareDateTime()


class SharedRatings(Gives):
    """What a consent opens of a child's ratings, the newest first, and the last day on which it does."""

    child_id = Uid()
    valid_to = fields.Date()
    ratings = fields.List(fields.Nested(SharedRating))


class TimelineItem(Gives):
    """One thing that happened to a child: when, what, and codes. Never what somebody wrote."""

    at = fields.AwareDateTime()
    kind = fields.String()
    round_id = Uid()
    round_name = fields.String()
    child_assessment_id = Uid()
    rating_id = Uid()
    concern_id = Uid()
    actor_id = fields.String()
    track = track()
    position = position()
    revision = fields.Integer()
    version = fields.Integer()
    reason_code = fields.String()
    invite_by = fields.Date()
    hold_by = fields.Date()


class Timeline(Gives):
    """A child's events in assessment, the newest first."""

    items = fields.List(fields.Nested(TimelineItem))

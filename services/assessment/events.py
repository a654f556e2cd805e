"""The events that assessment publishes: ids, codes and dates.

Only :class:`JointRatingFinalised` knows a position, and it stays inside the house. All versions of one
concern are one sequence: a consumer acts on the highest it has seen.
"""

from __future__ import annotations

from marshmallow import validate

from services.chassis.catalogue import Event, Uid, fields

KLE = "28.09.24"
"""Forældrekontakt og -samarbejde in KLE, the municipalities' common subject plan."""

TRACKS = ("institution", "home")
POSITIONS = ("green", "yellow", "red")
KINDS = ("health_visiting", "dagpleje", "vuggestue", "boernehave", "school")


class JointRatingFinalised(Event):
    """The professionals around a child have agreed on a position, or have revised the one agreed.

    For statistics inside the house. ``subject`` is the rating's id; a revision is a rating of its
    own with the next ``revision``, and ``supersedes`` names the one it takes the place of.
    """

    type = "dk.trivsel.assessment.joint_rating.finalised.v1"
    expected = False
    rating_id = Uid(required=True)
    round_id = Uid(required=True)
    child_id = Uid(required=True)
    track = fields.String(required=True, validate=validate.OneOf(TRACKS))
    position = fields.String(required=True, validate=validate.OneOf(POSITIONS))
    revision = fields.Integer(required=True, strict=True, validate=validate.Range(min=1))
    supersedes = Uid(required=True, allow_none=True)
    institution_id = Uid(required=True)
    group_id = Uid(required=True)


class ConcernRaised(Event):
    """Something must be done for a child: the parents are to be told and invited to a focus meeting.

    For those who inform and invite, and for other municipal systems that await action. One concern
    is open for a child and track at a time; it comes again with a higher version when a revision, a
    new round or a lifted withholding raises it anew. ``invite_by`` and ``hold_by`` are the last days
    for inviting to the meeting and for holding it, by the municipality's model profile.
    """

    type = "dk.trivsel.assessment.concern.raised.v1"
    public = True
    sensitivity = "confidential"
    kle = KLE
    concern_id = Uid(required=True)
    child_id = Uid(required=True)
    round_id = Uid(required=True)
    rating_id = Uid(required=True)
    track = fields.String(required=True, validate=validate.OneOf(TRACKS))
    institution_id = Uid(required=True)
    group_id = Uid(required=True)
    invite_by = fields.Date(required=True)
    hold_by = fields.Date(required=True)


class ConcernWithheld(Event):
    """A concern of which no parent may be told, now or any longer: the leader takes it from here.

    For those who would otherwise contact parents, so that they do not, and for the leader's list.
    It comes instead of ``concern.raised``, or after it when the suspicion came later, and for each
    open concern about the child: whoever is suspected reads every letter.
    """

    type = "dk.trivsel.assessment.concern.withheld.v1"
    concern_id = Uid(required=True)
    child_id = Uid(required=True)
    round_id = Uid(required=True)
    rating_id = Uid(required=True)
    track = fields.String(required=True, validate=validate.OneOf(TRACKS))
    institution_id = Uid(required=True)
    group_id = Uid(required=True)


class ConcernSettled(Event):
    """The concern no longer stands, after a revision or a new rating. What is planned may be called off.

    For those who inform and invite, and for other municipal systems that were told of it.
    """

    type = "dk.trivsel.assessment.concern.settled.v1"
    public = True
    sensitivity = "confidential"
    kle = KLE
    concern_id = Uid(required=True)
    child_id = Uid(required=True)
    rating_id = Uid(required=True)
    track = fields.String(required=True, validate=validate.OneOf(TRACKS))


class ConcernLapsed(Event):
    """A concern that was only ever withheld no longer stands. For the house alone.

    The same as :class:`ConcernSettled` to those who invite and inform; other systems never heard of it.
    """

    type = "dk.trivsel.assessment.concern.lapsed.v1"
    concern_id = Uid(required=True)
    child_id = Uid(required=True)
    rating_id = Uid(required=True)
    track = fields.String(required=True, validate=validate.OneOf(TRACKS))


class _Round(Event):
    """What both events of a round carry. ``from`` and ``to`` are its first and last day."""

    round_id = Uid(required=True)
    kinds = fields.List(fields.String(validate=validate.OneOf(KINDS)), required=True)

    class Meta(Event.Meta):
        include = {"from": fields.Date(required=True), "to": fields.Date(required=True)}


class RoundOpened(_Round):
    """A round has begun: every child in the institutions of these kinds is to be rated in it.

    For calendars and overviews in other municipal systems.
    """

    type = "dk.trivsel.assessment.round.opened.v1"
    public = True
    expected = False
    sensitivity = "open"
    kle = "28.09.12"


class RoundClosed(_Round):
    """A round has ended; what was not rated in it stays unrated."""

    type = "dk.trivsel.assessment.round.closed.v1"
    public = True
    expected = False
    sensitivity = "open"
    kle = "28.09.12"


class WithdrawalAcknowledged(Event):
    """The withdrawal of a consent is in force here: who read the child's ratings by it reads them no more.

    Consent waits for it: it asks after whoever has not acted on a withdrawal.
    """

    type = "dk.trivsel.assessment.withdrawal.acknowledged.v1"
    consent_id = Uid(required=True)
    child_id = Uid(required=True)


CATALOGUE = [
    JointRatingFinalised,
    ConcernRaised,
    ConcernWithheld,
    ConcernSettled,
    ConcernLapsed,
    RoundOpened,
    RoundClosed,
    WithdrawalAcknowledged,
]

"""Calls with which a group is rated, and what they give."""

from __future__ import annotations

from typing import Any

from services.assessment.schemas.fields import ByGroup, PerChild, Text, Touched, position, text, track
from services.chassis.schemas import Gives, Takes, Uid, fields, validate

SOURCES = ("observation", "home_visit", "consultation")
ABSENCES = ("absent", "exempt", "present")
REASON_CODES = ("holiday", "illness", "away", "newly_started", "leaving", "rated_elsewhere", "other")

_CODES: dict[str, Any] = {
    "load_default": list,
    "validate": validate.Length(max=60),
    "metadata": {"example": ["3-6.social.yellow.1"]},
}


class OwnRatingEntry(Touched):
    """One professional's own rating of one child. ``reason`` is required for yellow and red."""

    position = position(required=True)
    reason = text("Trækker sig fra legen, når der er mange børn. Søger en voksen ved skift.")
    works_well = text("Leger længe og glad med én kammerat i et mindre rum.")
    indicators = fields.List(Text(validate=validate.Length(max=60)), **_CODES)
    source = fields.String(load_default="observation", validate=validate.OneOf(SOURCES))
    with_parents = fields.Boolean(
        load_default=False,
        metadata={"description": "Made together with the parents, at a home visit for one."},
    )


class RateGroup(ByGroup):
    """The caller's own ratings of a group's children, new or changed."""

    items = PerChild(OwnRatingEntry)


class WithdrawGroup(ByGroup):
    """Takes the caller's own ratings back, as an undo does."""

    items = PerChild(Touched)


class JointContent(Takes):
    """What the professionals agree on about a child in a context; yellow and red require ``reason``.

    ``focus`` is what they will change around the child. ``suspects_parents`` marks suspected abuse
    by the parents: no parent is contacted about the child, and the leader is told.
    """

    track = track(load_default="institution")
    position = position(required=True)
    context = text("Ved skift mellem aktiviteter og i store grupper.")
    works_well = text("Faste makkerpar om formiddagen.")
    focus = text("Mindre grupper efter frokost, og en fast voksen ved aflevering.")
    reason = text("Er ofte uden for fællesskabet, når hele stuen er samlet.")
    participants = fields.List(
        Uid(),
        required=True,
        validate=validate.Length(min=1, max=20),
        metadata={"description": "The professionals who took part, by staff id."},
    )
    indicators = fields.List(Text(validate=validate.Length(max=60)), **_CODES)
    with_parents = fields.Boolean(load_default=False)
    suspects_parents = fields.Boolean(load_default=False, metadata={"example": False})


class JointRatingEntry(JointContent, Touched):
    """The joint rating of one child."""


class FinaliseGroup(ByGroup):
    """The joint ratings of a group's children."""

    items = PerChild(JointRatingEntry)


class Revise(JointContent):
    """Takes the place of a joint rating. ``revision_reason`` says why, and is kept with both."""

    rating_id = Uid(required=True)
    expected_version = fields.Integer(
        required=True, strict=True, metadata={"description": "The child assessment's version."}
    )
    revision_reason = Text(required=True, validate=validate.Length(min=1, max=1000))


class AbsenceEntry(Touched):
    """Absent or exempt, with a reason; or present again."""

    state = fields.String(required=True, validate=validate.OneOf(ABSENCES))
    reason_code = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(REASON_CODES))
    reason = text("På ferie i hele perioden.")


class SetAbsenceGroup(ByGroup):
    """Marks children who cannot or shall not be rated in this round."""

    items = PerChild(AbsenceEntry)


class StartDialogueEntry(Touched):
    """Lets the dialogue begin with fewer own ratings than the profile asks."""

    reason = Text(
        required=True,
        validate=validate.Length(min=1, max=1000),
        metadata={"example": "Stuens anden pædagog er langtidssyg."},
    )


class StartDialogueGroup(ByGroup):
    """A leader's way out when a colleague who should have rated is away."""

    items = PerChild(StartDialogueEntry)


class Effect(Gives):
    """What a joint rating did with the concern on a track: ``raised``, ``withheld`` or ``settled``.

    ``new``: none was open there. ``invite_by`` and ``hold_by`` are the last days of a raised one.
    """

    concern_id = Uid()
    track = track()
    state = fields.String(validate=validate.OneOf(["raised", "withheld", "settled"]))
    new = fields.Boolean()
    invite_by = fields.Date(allow_none=True)
    hold_by = fields.Date(allow_none=True)


class Saved(Gives):
    """A child that was saved. ``version`` is the one to send next.

    After a joint rating: its ``rating_id``, what happened to ``concerns``, and whether staff should
    now consider a notification to the social authority (``consider_notification``; never sent by
    the system).
    """

    index = fields.Integer()
    child_assessment_id = Uid()
    child_id = Uid()
    state = fields.String()
    version = fields.Integer()
    rating_id = Uid()
    concerns = fields.List(fields.Nested(Effect))
    consider_notification = fields.Boolean()


class Fault(Gives):
    """A child that was not saved: which field, and how to mend it.

    ``code`` is ``invalid``, ``not-found``, ``forbidden``, ``conflict`` (its state does not allow it) or
    ``version-mismatch``: somebody else was there first, and ``version`` is the current one.
    """

    index = fields.Integer()
    child_assessment_id = Uid(allow_none=True)
    code = fields.String()
    detail = fields.String()
    fields_ = fields.Dict(keys=fields.String(), values=fields.String(), data_key="fields", attribute="fields")
    version = fields.Integer(allow_none=True)


class GroupSaved(Gives):
    """The children saved, and those that were not; each saved whole or not at all."""

    saved = fields.List(fields.Nested(Saved))
    errors = fields.List(fields.Nested(Fault))

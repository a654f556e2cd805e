"""What the gateway's own operations take and give: those that gather from several services."""

from __future__ import annotations

from services.chassis.schemas import Gives, Takes, Uid, fields, validate

SERVICES = ("registry", "assessment", "meetings", "notifications")


class Nothing(Takes):
    """A call that takes nothing."""


class Grant(Gives):
    """A role in a unit; ``*`` is the whole municipality."""

    role = fields.String(required=True, metadata={"example": "pedagogue"})
    unit = fields.String(required=True, metadata={"example": "*"})


class Me(Gives):
    """Who the token says the caller is. No name: registry has those."""

    id = fields.String(required=True, metadata={"example": "5b0c2a64-6c1d-4a53-9f64-1f7b0c3e52a6"})
    kind = fields.String(required=True, validate=validate.OneOf(["staff", "guardian", "service"]))
    purpose = fields.String(required=True, allow_none=True, metadata={"example": "fokusmøde"})
    grants = fields.List(fields.Nested(Grant), required=True)


class OfChild(Takes):
    """Names a child."""

    child_id = Uid(required=True)


class Event(Gives):
    """One thing that happened around a child, as the owning service tells it: ids, codes and times."""

    at = fields.AwareDateTime(required=True)
    service = fields.String(required=True, validate=validate.OneOf(SERVICES))
    kind = fields.String(required=True, metadata={"example": "concern_raised"})
    word = fields.String(required=True, metadata={"example": "Bekymring meldt", "description": "Danish."})
    lane = fields.String(required=True, validate=validate.OneOf(["business", "system"]))
    concern_id = Uid(allow_none=True)
    meeting_id = Uid(allow_none=True)
    facts = fields.Dict(required=True, metadata={"description": "The service's own further codes and ids."})


class Timeline(Gives):
    """A child's events from every service, the newest first; ``silent`` are those that did not answer."""

    child_id = Uid(required=True)
    items = fields.List(fields.Nested(Event), required=True)
    silent = fields.List(fields.String(validate=validate.OneOf(SERVICES)), required=True)

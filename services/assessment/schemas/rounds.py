"""Calls about rounds."""

from __future__ import annotations

from typing import Any

from services.assessment.schemas.fields import Text, kind
from services.chassis.schemas import Gives, Page, Takes, Uid, fields, validate

_FROM: dict[str, Any] = {"required": True, "metadata": {"example": "2027-03-15"}}
_TO: dict[str, Any] = {"required": True, "metadata": {"example": "2027-05-15"}}


class Window(Takes):
    """When the institutions of one kind rate: first and last day."""

    kind = kind(required=True)

    class Meta(Takes.Meta):
        include = {"from": fields.Date(**_FROM), "to": fields.Date(**_TO)}


_NAME: dict[str, Any] = {"validate": validate.Length(min=1, max=120), "metadata": {"example": "Forår 2027"}}
_WINDOWS: dict[str, Any] = {"validate": validate.Length(min=1)}


class PlanRound(Takes):
    """A new round. Without ``windows`` it gets each kind's next window of the model profile."""

    name = Text(required=True, **_NAME)
    windows = fields.List(fields.Nested(Window), load_default=None, allow_none=True, **_WINDOWS)


class ChangeRound(Takes):
    """While planned all may be changed; while open the name, and the last day of each window."""

    round_id = Uid(required=True)
    expected_version = fields.Integer(required=True, strict=True)
    name = Text(load_default=None, allow_none=True, **_NAME)
    windows = fields.List(fields.Nested(Window), load_default=None, allow_none=True, **_WINDOWS)


class ByRound(Takes):
    """Names a round."""

    round_id = Uid(required=True)


class TurnRound(ByRound):
    """Opens, closes or drops a round that the caller has seen in ``expected_version``."""

    expected_version = fields.Integer(required=True, strict=True)


class ListRounds(Page):
    """Rounds, the newest first."""

    state = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(["planned", "open", "closed"])
    )


class GivenWindow(Gives):
    """When the institutions of one kind rate."""

    kind = kind()

    class Meta(Gives.Meta):
        include = {"from": fields.Date(), "to": fields.Date()}


class Round(Gives):
    """A round. ``profile_version`` is set when it is opened, and stays; ``children`` counts those listed."""

    round_id = Uid()
    name = fields.String()
    state = fields.String(validate=validate.OneOf(["planned", "open", "closed"]))
    version = fields.Integer()
    profile_version = fields.Integer(allow_none=True)
    windows = fields.List(fields.Nested(GivenWindow))
    opened_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    children = fields.Integer()

    class Meta(Gives.Meta):
        include = {"from": fields.Date(), "to": fields.Date()}


class Rounds(Gives):
    """A page of rounds."""

    items = fields.List(fields.Nested(Round))
    next = fields.String(allow_none=True)


class Nothing(Gives):
    """Done; there is nothing to say."""

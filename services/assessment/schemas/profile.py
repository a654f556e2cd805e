"""Calls about model profiles and indicators: a municipality's own way of using the model, as data."""

from __future__ import annotations

from services.assessment.schemas.fields import KINDS, Text, kind, position
from services.chassis.schemas import Gives, Page, Takes, Uid, fields, validate

DOMAINS = ("emotional", "cognitive", "social", "physical")
_VERSION = validate.Range(min=1, max=2**31 - 1)
_DAY = validate.Regexp(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z", error="Skal være måned og dag som 03-15.")


class YearlyWindow(Takes):
    """A window that comes again each year, from one day (``MM-DD``) to another, maybe past New Year."""

    class Meta(Takes.Meta):
        include = {
            "from": fields.String(required=True, validate=_DAY, metadata={"example": "03-15"}),
            "to": fields.String(required=True, validate=_DAY, metadata={"example": "05-15"}),
        }


class KindSettings(Takes):
    """How the institutions of one kind rate."""

    kind = kind(required=True)
    min_own_ratings = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=5), metadata={"example": 2}
    )
    windows = fields.List(fields.Nested(YearlyWindow), required=True, validate=validate.Length(min=1, max=12))


class AgeBand(Takes):
    """An age band in whole years, ``from`` included, ``to`` not."""

    code = Text(required=True, validate=validate.Length(min=1, max=10), metadata={"example": "3-6"})

    class Meta(Takes.Meta):
        include = {
            "from": fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=30)),
            "to": fields.Integer(
                required=True, strict=True, validate=validate.Range(min=1, max=31), metadata={"example": 6}
            ),
        }


class Deadlines(Takes):
    """How soon the parents are invited (working days), the meeting held (days), and followed up (months)."""

    invite_working_days = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=20))
    hold_days = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=90))
    follow_up_months = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=12))


class Settings(Takes):
    """A model profile without its indicators."""

    kinds = fields.List(fields.Nested(KindSettings), required=True, validate=validate.Length(min=1))
    place_order = fields.List(
        fields.String(validate=validate.OneOf(KINDS)),
        required=True,
        metadata={"description": "Where a child is enrolled at several places, the first of these rates."},
    )
    age_bands = fields.List(fields.Nested(AgeBand), required=True, validate=validate.Length(min=1, max=20))
    school_grades = fields.List(
        fields.Integer(strict=True, validate=validate.Range(min=0, max=10)),
        required=True,
        metadata={"example": [0, 1, 2, 3, 4]},
    )
    deadlines = fields.Nested(Deadlines, required=True)
    closed_days = fields.List(
        fields.String(validate=_DAY),
        load_default=list,
        metadata={
            "example": ["12-24"],
            "description": "Days besides the public holidays when nobody works (MM-DD).",
        },
    )
    small_numbers_below = fields.Integer(
        load_default=5,
        strict=True,
        validate=validate.Range(min=2, max=20),
        metadata={"description": "Counts below this are not shown across institutions."},
    )


class IndicatorEntry(Takes):
    """What professionals look for around a child of an age, in a position."""

    code = Text(
        required=True, validate=validate.Length(min=1, max=60), metadata={"example": "3-6.social.yellow.1"}
    )
    age_band = Text(required=True, validate=validate.Length(max=10), metadata={"example": "3-6"})
    domain = fields.String(required=True, validate=validate.OneOf(DOMAINS))
    position = position(required=True)
    text = Text(
        required=True,
        validate=validate.Length(min=1, max=400),
        metadata={"example": "Finder sjældent ind i de andres leg, som den er organiseret nu."},
    )


class GetProfile(Takes):
    """A profile by version; without one the newest."""

    version = fields.Integer(load_default=None, allow_none=True, validate=_VERSION)


class ListProfiles(Page):
    """Profiles, the newest first."""


class StoreProfile(Takes):
    """A new version, for rounds opened from now on. ``expected_version`` is the newest that the caller saw.

    Without ``indicators`` those of that version go on.
    """

    expected_version = fields.Integer(required=True, strict=True)
    settings = fields.Nested(Settings, required=True)
    indicators = fields.List(
        fields.Nested(IndicatorEntry), load_default=None, allow_none=True, validate=validate.Length(max=2000)
    )
    note = Text(required=True, validate=validate.Length(min=1, max=500))


class Profile(Gives):
    """A stored version of the model profile. ``version`` counts from 1."""

    version = fields.Integer()
    settings = fields.Nested(Settings)
    note = fields.String()
    stored_at = fields.AwareDateTime()
    stored_by = fields.String()
    indicators = fields.Integer(metadata={"description": "How many indicators belong to it."})


class Profiles(Gives):
    """A page of profiles."""

    items = fields.List(fields.Nested(Profile))
    next = fields.String(allow_none=True)


class IndicatorsOf(Takes):
    """The indicators of a profile: of a round's, of a version, or the newest."""

    round_id = Uid(load_default=None, allow_none=True)
    version = fields.Integer(load_default=None, allow_none=True, validate=_VERSION)
    age_band = Text(load_default=None, allow_none=True, metadata={"example": "3-6"})


class Indicator(Gives):
    """What professionals look for around a child of an age, in a position."""

    code = fields.String()
    age_band = fields.String()
    domain = fields.String(validate=validate.OneOf(DOMAINS))
    position = position()
    text = fields.String()


class Indicators(Gives):
    """An indicator set, in the order of a sheet."""

    version = fields.Integer()
    items = fields.List(fields.Nested(Indicator))

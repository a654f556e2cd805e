"""What the calls of meetings take."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from marshmallow import ValidationError, validates_schema

from services.chassis.schemas import Page, Takes, Uid, fields, validate
from services.meetings.domain.agenda import BUILT_IN, ROLES
from services.meetings.domain.interpreters import Age
from services.meetings.domain.settings import KINDS
from services.meetings.domain.states import State

WORDS = 4000
"""Characters that anybody may write in one field."""

OUTCOMES = ("thriving", "continue_here", "further_meeting", "more_fields", "other")
CANCEL_REASONS = ("parents_declined", "no_longer_needed", "other_meeting", "moved", "other")
PLACES = ("institution", "online")


def _words(**options: Any) -> fields.String:
    return fields.String(validate=validate.Length(max=WORDS), **options)


class OneMeeting(Takes):
    meeting_id = Uid(required=True)


class _Change(OneMeeting):
    """Every change says which version it was made on."""

    expected_version = fields.Integer(required=True, validate=validate.Range(min=1))


class ListMeetings(Page):
    """At least one of child, group and institution; or ``mine``: those the caller is to take part in."""

    child_id = Uid()
    group_id = Uid()
    institution_id = Uid()
    mine = fields.Boolean(load_default=False)
    states = fields.List(fields.String(validate=validate.OneOf([state.value for state in State])))

    @validates_schema
    def _narrowed(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("mine") and not any(
            data.get(name) for name in ("child_id", "group_id", "institution_id")
        ):
            raise ValidationError("Angiv barn, gruppe eller institution.", "institution_id")


class ProposeTimes(OneMeeting):
    """Asks which times would be proposed. Nothing is held."""

    proposals = fields.Integer(validate=validate.Range(min=1, max=10))


class Invite(_Change):
    """Sends the invitation: with the times given, or with times chosen as the job would."""

    starts_at = fields.List(fields.AwareDateTime(), validate=validate.Length(min=1, max=5))
    staff_ids = fields.List(Uid(), validate=validate.Length(min=1, max=6))


class _FixTime(_Change):
    place = fields.String(validate=validate.OneOf(PLACES))

    @validates_schema
    def _one_time(self, data: dict[str, Any], **_: Any) -> None:
        if "starts_at" not in data and "proposal_id" not in data:
            raise ValidationError("Vælg et af de foreslåede tidspunkter, eller angiv et andet.", "starts_at")


class Confirm(_FixTime):
    """Staff fix the time, as agreed by telephone: one of the proposals, or another time."""

    proposal_id = Uid()
    starts_at = fields.AwareDateTime()


class Reschedule(_FixTime):
    starts_at = fields.AwareDateTime(required=True)


class Cancel(_Change):
    reason = fields.String(required=True, validate=validate.OneOf(CANCEL_REASONS))
    note = _words()


class SavePlan(_Change):
    """What is chosen for the invitation, so far; what is left out stays as it is. Nobody is told.

    ``starts_at`` may be empty: no time chosen. ``agenda`` is this meeting's own; ``agenda_version``
    names the template that it began from.
    """

    staff_ids = fields.List(Uid(), validate=validate.Length(min=1, max=6))
    starts_at = fields.List(fields.AwareDateTime(), validate=validate.Length(max=5))
    place = fields.String(validate=validate.OneOf(PLACES))
    agenda_version = fields.Integer(validate=validate.Range(min=0))
    agenda = fields.List(fields.Nested("_AgendaItemIn"), validate=validate.Length(min=1, max=30))


class _Interpreter(Takes):
    """``language`` empty: this custody holder needs none. ``age``: what was confirmed of hers."""

    guardian_id = Uid(required=True)
    language = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"[a-z]{2,3}\Z", error="Skal være en sprogkode som ar."),
    )
    ordered = fields.Boolean(load_default=False)
    age = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([age.value for age in Age])
    )


class SetInterpreters(_Change):
    """Who needs an interpreter, in which language, and whether one has been ordered."""

    items = fields.List(fields.Nested(_Interpreter), required=True, validate=validate.Length(min=1, max=10))


class ShareMinutes(OneMeeting):
    """Gives the minutes to the parents, as they stood in ``expected_version`` of the minutes."""

    expected_version = fields.Integer(required=True, validate=validate.Range(min=1))


class SetRoles(_Change):
    """Who does what at the meeting. A role that is left out stays as it is; an empty one is cleared."""

    roles = fields.Dict(
        keys=fields.String(validate=validate.OneOf(ROLES)), values=Uid(allow_none=True), required=True
    )


class Change(_Change):
    """A move that needs nothing but the meeting and its version."""


class FurtherMeeting(_Change):
    """A meeting that follows one that has been held: a follow-up, or one with specialists."""

    kind = fields.String(required=True, validate=validate.OneOf(["follow_up", "specialist"]))
    hold_by = fields.Date(required=True)
    specialist_ids = fields.List(Uid(), load_default=list, validate=validate.Length(max=6))


class SetFollowUp(_Change):
    follow_up_on = fields.Date(required=True)


class Close(_Change):
    """Without a follow-up date a reason must be given."""

    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    note = _words()


class _MinutesItemIn(Takes):
    code = fields.String(required=True, validate=validate.Regexp(r"[a-z_]{1,40}\Z"))
    heading = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    text = fields.String(required=True, validate=validate.Length(max=20_000))


class SaveMinutes(OneMeeting):
    """``expected_version`` is the minutes' own: 0 before anything has been written."""

    expected_version = fields.Integer(required=True, validate=validate.Range(min=0))
    items = fields.List(fields.Nested(_MinutesItemIn), required=True, validate=validate.Length(max=40))


class AddAgreement(OneMeeting):
    what = fields.String(required=True, validate=validate.Length(min=1, max=WORDS))
    who = fields.String(required=True, validate=validate.Length(min=1, max=200))
    staff_id = Uid(load_default=None, allow_none=True)
    due = fields.Date(load_default=None, allow_none=True)


class ChangeAgreement(Takes):
    agreement_id = Uid(required=True)
    expected_version = fields.Integer(required=True, validate=validate.Range(min=1))
    what = fields.String(validate=validate.Length(min=1, max=WORDS))
    who = fields.String(validate=validate.Length(min=1, max=200))
    due = fields.Date(allow_none=True)
    state = fields.String(validate=validate.OneOf(["open", "done", "dropped"]))


class Token(Takes):
    token = fields.String(required=True, validate=validate.Length(max=2000))


class Answer(Token):
    """A custody holder's answer by link; ``choice`` is left out to add points to an answer given."""

    choice = fields.String(validate=validate.OneOf(["accepted", "other_times", "declined"]))
    proposal_id = Uid()
    wishes = _words()
    points = _words()
    interpreter = fields.Boolean()
    interpreter_language = fields.String(
        validate=validate.Regexp(r"[a-z]{2,3}\Z", error="Skal være en sprogkode som ar.")
    )

    @validates_schema
    def _accepts_something(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("choice") == "accepted" and "proposal_id" not in data:
            raise ValidationError("Vælg et af tidspunkterne.", "proposal_id")


class MyTasks(Page):
    state = fields.String(load_default="open", validate=validate.OneOf(["open", "done"]))


class CompleteTask(Takes):
    task_id = Uid(required=True)
    expected_version = fields.Integer(required=True, validate=validate.Range(min=1))


class BlockTime(Takes):
    """A time at which one of the staff cannot meet; her own unless ``staff_id`` says whose."""

    staff_id = Uid()
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)

    @validates_schema
    def _forwards(self, data: dict[str, Any], **_: Any) -> None:
        if data["ends_at"] <= data["starts_at"]:
            raise ValidationError("Skal ligge efter starttidspunktet.", "ends_at")
        if (data["ends_at"] - data["starts_at"]).days > 60:
            raise ValidationError("Højst 60 dage ad gangen.", "ends_at")


class FreeTime(Takes):
    block_id = Uid(required=True)


class Availability(Takes):
    """Between two days, both included: the times of those who could hold the meeting."""

    meeting_id = Uid(required=True)
    from_day = fields.Date(required=True, data_key="from")
    to_day = fields.Date(required=True, data_key="to")

    @validates_schema
    def _forwards(self, data: dict[str, Any], **_: Any) -> None:
        days = (data["to_day"] - data["from_day"]).days
        if not 0 <= days <= 60:
            raise ValidationError("Skal ligge efter den første dag og højst 60 dage fremme.", "to")


class OneChild(Takes):
    child_id = Uid(required=True)


class GetSettings(Takes):
    """The municipality's when no institution is given."""

    institution_id = Uid()


class _Time(fields.String):
    """A time of day as ``13:30``."""

    default_error_messages = {"invalid_time": "Skal være et klokkeslæt som 13:30."}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
            raise self.make_error("invalid_time")
        return text


class _Day(fields.Date):
    """A day, kept as ISO text since settings are stored as JSON."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return super()._deserialize(value, attr, data, **kwargs).isoformat()


def _in_order(spans: list[list[str]]) -> None:
    last = time.min
    for opens, closes in spans:
        if not last <= time.fromisoformat(opens) < time.fromisoformat(closes):
            raise ValidationError(
                "Tiderne skal ligge i rækkefølge, og hver skal slutte efter, at den begynder."
            )
        last = time.fromisoformat(closes)


def _spans() -> fields.List[Any]:
    return fields.List(
        fields.List(_Time(), validate=validate.Length(equal=2)), validate=[validate.Length(max=6), _in_order]
    )


class _Hours(Takes):
    monday = _spans()
    tuesday = _spans()
    wednesday = _spans()
    thursday = _spans()
    friday = _spans()


class SettingsValues(Takes):
    """Any of these; what is left out is as in the layer below (see domain.settings)."""

    hours = fields.Nested(_Hours)
    closed_days = fields.List(_Day(), validate=validate.Length(max=100))
    duration_minutes = fields.Integer(validate=validate.Range(min=15, max=240))
    notice_days = fields.Integer(validate=validate.Range(min=0, max=14))
    proposals = fields.Integer(validate=validate.Range(min=1, max=5))
    staff_wanted = fields.Integer(validate=validate.Range(min=1, max=4))
    answer_days = fields.Integer(validate=validate.Range(min=1, max=14))
    accept_lead_hours = fields.Integer(validate=validate.Range(min=0, max=72))
    invitation = fields.String(validate=validate.OneOf(["automatic", "by_staff"]))
    grace_minutes = fields.Integer(validate=validate.Range(min=0, max=2880))
    automatic_invitations = fields.Integer(validate=validate.Range(min=1, max=10))
    place = fields.String(validate=validate.OneOf(PLACES))


class _MunicipalityValues(SettingsValues):
    kinds = fields.Dict(
        keys=fields.String(validate=validate.OneOf(KINDS)), values=fields.Nested(SettingsValues)
    )


class StoreSettings(Takes):
    """A whole new version of the municipality's settings, or of one institution's own."""

    institution_id = Uid()
    expected_version = fields.Integer(required=True, validate=validate.Range(min=0))
    values = fields.Nested(_MunicipalityValues, required=True)

    @validates_schema
    def _kinds_are_the_municipalitys(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("institution_id") and "kinds" in data.get("values", {}):
            raise ValidationError("En institution har kun sine egne indstillinger.", "values.kinds")


class _AgendaItemIn(Takes):
    code = fields.String(required=True, validate=validate.Regexp(r"[a-z_]{1,40}\Z"))
    heading = fields.String(required=True, validate=validate.Length(min=1, max=200))
    hint = fields.String(load_default="", validate=validate.Length(max=500))


class StoreAgenda(Takes):
    kind = fields.String(load_default="focus", validate=validate.OneOf(list(BUILT_IN)))
    expected_version = fields.Integer(required=True, validate=validate.Range(min=0))
    items = fields.List(fields.Nested(_AgendaItemIn), required=True, validate=validate.Length(min=1, max=30))


class GetAgenda(Takes):
    kind = fields.String(load_default="focus", validate=validate.OneOf(list(BUILT_IN)))


class Nothing(Takes):
    """The call takes nothing."""

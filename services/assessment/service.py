"""The entrypoints of assessment. Each calls one plain function; nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.assessment import access, events, models, projection, roster, schemas
from services.assessment.handlers import absence, consents, joint, own, profiles, rounds
from services.assessment.handlers.rehearsal import rehearse
from services.assessment.queries import history, overview, shared, sheets
from services.chassis.access import Log
from services.chassis.service import Batch, Call, Service, job, rpc, subscribe

HOUR = 3600.0


class AssessmentService(Service):
    """Rounds, ratings and concerns."""

    name = "assessment"
    base = models.Base
    catalogue = events.CATALOGUE

    # What registry tells -----------------------------------------------------------------------------

    @subscribe("registry", "child.recorded", reads=schemas.ChildRecorded)
    def child_recorded(self, batch: Batch) -> None:
        self.db.handle(batch, projection.child_recorded)

    @subscribe("registry", "institution.recorded", reads=schemas.InstitutionRecorded)
    def institution_recorded(self, batch: Batch) -> None:
        self.db.handle(batch, projection.institution_recorded)

    @subscribe("registry", "staff.recorded", reads=schemas.StaffRecorded)
    def staff_recorded(self, batch: Batch) -> None:
        self.db.handle(batch, projection.staff_recorded)

    # What consent tells ------------------------------------------------------------------------------

    @subscribe("consent", "consent.requested", reads=schemas.ConsentRequested)
    def consent_requested(self, batch: Batch) -> None:
        self.db.handle(batch, consents.consent_requested)

    @subscribe("consent", "consent.granted", reads=schemas.ConsentOutcome)
    def consent_granted(self, batch: Batch) -> None:
        self.db.handle(batch, consents.consent_granted)

    @subscribe("consent", "consent.declined", reads=schemas.ConsentOutcome)
    def consent_declined(self, batch: Batch) -> None:
        self.db.handle(batch, consents.consent_declined)

    @subscribe("consent", "consent.withdrawn", reads=schemas.ConsentOutcome)
    def consent_withdrawn(self, batch: Batch) -> None:
        self.db.handle(batch, consents.consent_withdrawn)

    @subscribe("consent", "consent.expired", reads=schemas.ConsentOutcome)
    def consent_expired(self, batch: Batch) -> None:
        self.db.handle(batch, consents.consent_expired)

    @subscribe("consent", "consent.superseded", reads=schemas.ConsentSuperseded)
    def consent_superseded(self, batch: Batch) -> None:
        self.db.handle(batch, consents.consent_superseded)

    # What is known of others ------------------------------------------------------------------------

    @rpc(takes=schemas.RebuildProjection, returns=schemas.Rebuilt)
    def rebuild_projection(self, call: Call) -> dict[str, Any]:
        found = projection.rebuild(self.db, call.actor, call.context, self.remote.call)
        return {**found, "consents": consents.rebuild(self.db, call.context, self.remote.call)}

    @job(every=HOUR)
    def follow_calendar(self) -> None:
        """Enrolments that begin or end with the day make no event on the day."""
        with self.db.unit_of_work() as uow:
            roster.follow_calendar(uow.session)

    # The model profile -------------------------------------------------------------------------------

    @rpc(takes=schemas.GetProfile, returns=schemas.Profile)
    def get_profile(self, call: Call) -> dict[str, Any]:
        return self._do(call, profiles.get_profile)

    @rpc(takes=schemas.ListProfiles, returns=schemas.Profiles)
    def list_profiles(self, call: Call) -> dict[str, Any]:
        return self._do(call, profiles.list_profiles)

    @rpc(takes=schemas.StoreProfile, returns=schemas.Profile)
    def store_profile(self, call: Call) -> dict[str, Any]:
        return self._do(call, profiles.store_profile)

    @rpc(takes=schemas.IndicatorsOf, returns=schemas.Indicators)
    def indicators(self, call: Call) -> dict[str, Any]:
        return self._do(call, profiles.indicators)

    # Rounds ------------------------------------------------------------------------------------------

    @rpc(takes=schemas.PlanRound, returns=schemas.Round)
    def plan_round(self, call: Call) -> dict[str, Any]:
        return self._do(call, rounds.plan_round)

    @rpc(takes=schemas.ChangeRound, returns=schemas.Round)
    def change_round(self, call: Call) -> dict[str, Any]:
        return self._do(call, rounds.change_round)

    @rpc(takes=schemas.TurnRound, returns=schemas.Nothing)
    def drop_round(self, call: Call) -> dict[str, Any]:
        return self._do(call, rounds.drop_round)

    @rpc(takes=schemas.TurnRound, returns=schemas.Round)
    def open_round(self, call: Call) -> dict[str, Any]:
        return self._do(call, rounds.open_round)

    @rpc(takes=schemas.TurnRound, returns=schemas.Round)
    def preview_opening(self, call: Call) -> dict[str, Any]:
        return self._rehearse(call, rounds.open_round)

    @rpc(takes=schemas.TurnRound, returns=schemas.Round)
    def close_round(self, call: Call) -> dict[str, Any]:
        return self._do(call, rounds.close_round)

    @rpc(takes=schemas.ByRound, returns=schemas.Round)
    def get_round(self, call: Call) -> dict[str, Any]:
        return self._do(call, rounds.get_round)

    @rpc(takes=schemas.ListRounds, returns=schemas.Rounds)
    def list_rounds(self, call: Call) -> dict[str, Any]:
        return self._do(call, rounds.list_rounds)

    # Rating a group ----------------------------------------------------------------------------------

    @rpc(takes=schemas.GroupSheetOf, returns=schemas.GroupSheet)
    def group_sheet(self, call: Call) -> dict[str, Any]:
        return self._do(call, sheets.group_sheet)

    @rpc(takes=schemas.RateGroup, returns=schemas.GroupSaved)
    def rate_group(self, call: Call) -> dict[str, Any]:
        return self._do(call, own.rate_group)

    @rpc(takes=schemas.WithdrawGroup, returns=schemas.GroupSaved)
    def withdraw_group(self, call: Call) -> dict[str, Any]:
        return self._do(call, own.withdraw_group)

    @rpc(takes=schemas.SetAbsenceGroup, returns=schemas.GroupSaved)
    def set_absence_group(self, call: Call) -> dict[str, Any]:
        return self._do(call, absence.set_absence_group)

    @rpc(takes=schemas.StartDialogueGroup, returns=schemas.GroupSaved)
    def start_dialogue_group(self, call: Call) -> dict[str, Any]:
        return self._do(call, absence.start_dialogue_group)

    @rpc(takes=schemas.GroupSheetOf, returns=schemas.DiscussionSheet)
    def discussion_sheet(self, call: Call) -> dict[str, Any]:
        return self._do(call, sheets.discussion_sheet)

    @rpc(takes=schemas.FinaliseGroup, returns=schemas.GroupSaved)
    def finalise_group(self, call: Call) -> dict[str, Any]:
        return self._do(call, joint.finalise_group)

    @rpc(takes=schemas.FinaliseGroup, returns=schemas.GroupSaved)
    def preview_group(self, call: Call) -> dict[str, Any]:
        return self._rehearse(call, joint.finalise_group)

    @rpc(takes=schemas.Revise, returns=schemas.Saved)
    def preview_revision(self, call: Call) -> dict[str, Any]:
        return self._rehearse(call, joint.revise)

    @rpc(takes=schemas.Revise, returns=schemas.Saved)
    def revise(self, call: Call) -> dict[str, Any]:
        return self._do(call, joint.revise)

    # Children and numbers ----------------------------------------------------------------------------

    @rpc(takes=schemas.ByAssessment, returns=schemas.Assessment)
    def get_assessment(self, call: Call) -> dict[str, Any]:
        return self._do(call, sheets.get_assessment)

    @rpc(takes=schemas.ByChild, returns=schemas.ChildHistory)
    def child_history(self, call: Call) -> dict[str, Any]:
        return self._do(call, history.child_history)

    @rpc(takes=schemas.ByChild, returns=schemas.SharedRatings)
    def shared_ratings(self, call: Call) -> dict[str, Any]:
        return self._do(call, shared.shared_ratings)

    @rpc(takes=schemas.ByChild, returns=schemas.Timeline)
    def timeline(self, call: Call) -> dict[str, Any]:
        return self._do(call, history.timeline)

    @rpc(takes=access.AccessLogOf, returns=Log)
    def access_log(self, call: Call) -> dict[str, Any]:
        return self._do(call, access.access_log)

    @rpc(takes=schemas.ListConcerns, returns=schemas.Concerns)
    def list_concerns(self, call: Call) -> dict[str, Any]:
        return self._do(call, history.list_concerns)

    @rpc(takes=schemas.CoverageOf, returns=schemas.Coverage)
    def coverage(self, call: Call) -> dict[str, Any]:
        return self._do(call, overview.coverage)

    @rpc(takes=schemas.MyGroups, returns=schemas.GivenGroups)
    def my_groups(self, call: Call) -> dict[str, Any]:
        return self._do(call, overview.my_groups)

    @rpc(takes=schemas.DistributionOf, returns=schemas.Distribution)
    def distribution(self, call: Call) -> dict[str, Any]:
        return self._do(call, overview.distribution)

    @rpc(takes=schemas.DevelopmentOf, returns=schemas.Development)
    def development(self, call: Call) -> dict[str, Any]:
        return self._do(call, overview.development)

    @rpc(takes=schemas.OverdueOf, returns=schemas.Overdue)
    def overdue(self, call: Call) -> dict[str, Any]:
        return self._do(call, overview.overdue)

    def _rehearse(self, call: Call, handler: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        """One call, and nothing left of it."""
        return rehearse(self.db, call.context, call.actor, handler, **call.data)

    def _do(self, call: Call, handler: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        """One call, one transaction."""
        with self.db.unit_of_work(call.context) as uow:
            return handler(uow, call.actor, **call.data)

"""The meetings service: its entrypoints, each of which calls a handler in one unit of work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.chassis.access import Log
from services.chassis.service import Batch, Call, Service, job, rpc, subscribe, wake
from services.meetings import (
    access,
    events,
    handlers,
    models,
    overview,
    policy,
    projection,
    queries,
    schemas,
    shared,
)
from services.meetings.handlers import consents, transition_looks, transition_meetings, transitions
from services.meetings.schemas import records
from services.meetings.schemas import transitions as passing


class MeetingsService(Service):
    """See the package's docstring for what it owns, handles and publishes."""

    name = "meetings"
    base = models.Base
    catalogue = events.CATALOGUE

    # --- events ---------------------------------------------------------------------------------

    @subscribe("assessment", "concern.raised", reads=schemas.ConcernRaised)
    def require_focus_meetings(self, batch: Batch) -> None:
        self.db.handle(batch, handlers.require_focus_meetings)

    @subscribe("assessment", "concern.withheld", reads=schemas.ConcernWithheld)
    def withhold_meetings(self, batch: Batch) -> None:
        self.db.handle(batch, handlers.withhold_meetings)

    @subscribe("assessment", "concern.settled", reads=schemas.ConcernSettled)
    def settle_meetings(self, batch: Batch) -> None:
        self.db.handle(batch, handlers.settle_meetings)

    @subscribe("assessment", "concern.lapsed", reads=schemas.ConcernSettled)
    def settle_untold(self, batch: Batch) -> None:
        self.db.handle(batch, handlers.settle_meetings)

    @subscribe("registry", "child.recorded", reads=schemas.ChildRecorded)
    def record_children(self, batch: Batch) -> None:
        self.db.handle(batch, projection.record_children)

    @subscribe("registry", "institution.recorded", reads=schemas.InstitutionRecorded)
    def record_institutions(self, batch: Batch) -> None:
        self.db.handle(batch, projection.record_institutions)

    @subscribe("registry", "staff.recorded", reads=schemas.StaffRecorded)
    def record_staff(self, batch: Batch) -> None:
        self.db.handle(batch, projection.record_staff)

    @subscribe("consent", "consent.requested", reads=schemas.ConsentRequested)
    def consent_requested(self, batch: Batch) -> None:
        self.db.handle(batch, handlers.consent_requested)

    @subscribe("consent", "consent.granted", reads=schemas.ConsentOutcome)
    def consent_granted(self, batch: Batch) -> None:
        self.db.handle(batch, handlers.consent_granted)

    @subscribe("consent", "consent.declined", reads=schemas.ConsentOutcome)
    def consent_declined(self, batch: Batch) -> None:
        self.db.handle(batch, handlers.consent_declined)

    @subscribe("consent", "consent.withdrawn", reads=schemas.ConsentOutcome)
    def consent_withdrawn(self, batch: Batch) -> None:
        self.db.handle(batch, handlers.consent_withdrawn)

    @subscribe("consent", "consent.expired", reads=schemas.ConsentOutcome)
    def consent_expired(self, batch: Batch) -> None:
        self.db.handle(batch, handlers.consent_expired)

    @subscribe("consent", "consent.superseded", reads=schemas.ConsentSuperseded)
    def consent_superseded(self, batch: Batch) -> None:
        self.db.handle(batch, handlers.consent_superseded)

    # --- jobs -----------------------------------------------------------------------------------

    @job(every=5.0)
    def invite_required(self) -> None:
        handlers.invite_required(self.db)

    @job(every=60.0)
    def find_breaches(self) -> None:
        handlers.find_breaches(self.db)

    @job(every=60.0)
    def notice_silence(self) -> None:
        handlers.notice_silence(self.db)

    # --- reads ----------------------------------------------------------------------------------

    @rpc(takes=schemas.OneMeeting, returns=schemas.Meeting)
    def get_meeting(self, call: Call) -> Any:
        return self._do(call, queries.get_meeting)

    @rpc(takes=schemas.ListMeetings, returns=schemas.Meetings)
    def list_meetings(self, call: Call) -> Any:
        return self._do(call, queries.list_meetings)

    @rpc(takes=schemas.OneChild, returns=records.SharedMinutes)
    def shared_minutes(self, call: Call) -> Any:
        return self._do(call, shared.shared_minutes)

    @rpc(takes=schemas.OneChild, returns=schemas.Timeline)
    def timeline(self, call: Call) -> Any:
        return self._do(call, queries.timeline)

    @rpc(takes=access.AccessLogOf, returns=Log)
    def access_log(self, call: Call) -> Any:
        return self._do(call, access.access_log)

    @rpc(takes=overview.OverviewOf, returns=overview.Overview)
    def overview(self, call: Call) -> Any:
        return self._do(call, overview.overview)

    @rpc(takes=schemas.MyTasks, returns=schemas.Tasks)
    def my_tasks(self, call: Call) -> Any:
        return self._do(call, queries.my_tasks)

    @rpc(takes=schemas.ProposeTimes, returns=schemas.SuggestedTimes)
    def propose_times(self, call: Call) -> Any:
        return self._do(call, handlers.propose_times)

    @rpc(takes=schemas.Availability, returns=schemas.Calendars)
    def availability(self, call: Call) -> Any:
        return self._do(call, handlers.availability)

    @rpc(takes=schemas.Nothing, returns=schemas.Specialists)
    def specialists(self, call: Call) -> Any:
        return self._do(call, queries.specialists)

    @rpc(takes=schemas.GetSettings, returns=schemas.Settings)
    def get_settings(self, call: Call) -> Any:
        return self._do(call, handlers.get_settings)

    @rpc(takes=schemas.GetAgenda, returns=schemas.Agenda)
    def get_agenda(self, call: Call) -> Any:
        return self._do(call, handlers.get_agenda)

    @rpc(takes=schemas.ListAgendas, returns=schemas.AgendaVersions)
    def list_agendas(self, call: Call) -> Any:
        return self._do(call, handlers.list_agendas)

    @rpc(takes=schemas.OneMeeting, returns=schemas.Draft)
    def draft(self, call: Call) -> Any:
        return self._do(call, handlers.draft)

    # --- a meeting's course -----------------------------------------------------------------------

    @rpc(takes=schemas.Invite, returns=schemas.Meeting)
    def invite(self, call: Call) -> Any:
        return self._do(call, handlers.invite, frees=True)

    @rpc(takes=schemas.Confirm, returns=schemas.Meeting)
    def confirm(self, call: Call) -> Any:
        return self._do(call, handlers.confirm, frees=True)

    @rpc(takes=schemas.Reschedule, returns=schemas.Meeting)
    def reschedule(self, call: Call) -> Any:
        return self._do(call, handlers.reschedule, frees=True)

    @rpc(takes=schemas.Cancel, returns=schemas.Meeting)
    def cancel(self, call: Call) -> Any:
        return self._do(call, handlers.cancel, frees=True)

    @rpc(takes=schemas.SavePlan, returns=schemas.Meeting)
    def save_plan(self, call: Call) -> Any:
        return self._do(call, handlers.save_plan)

    @rpc(takes=schemas.SetInterpreters, returns=schemas.Meeting)
    def set_interpreters(self, call: Call) -> Any:
        return self._do(call, handlers.set_interpreters)

    @rpc(takes=schemas.Change, returns=schemas.Meeting)
    def start(self, call: Call) -> Any:
        return self._do(call, handlers.start)

    @rpc(takes=schemas.SetRoles, returns=schemas.Meeting)
    def set_roles(self, call: Call) -> Any:
        return self._do(call, handlers.set_roles)

    @rpc(takes=schemas.Change, returns=schemas.Meeting)
    def hold(self, call: Call) -> Any:
        return self._do(call, handlers.hold)

    @rpc(takes=schemas.Change, returns=schemas.Meeting)
    def no_show(self, call: Call) -> Any:
        return self._do(call, handlers.no_show)

    @rpc(takes=schemas.SetFollowUp, returns=schemas.Meeting)
    def set_follow_up(self, call: Call) -> Any:
        return self._do(call, handlers.set_follow_up)

    @rpc(takes=schemas.Close, returns=schemas.Meeting)
    def close(self, call: Call) -> Any:
        return self._do(call, handlers.close)

    @rpc(takes=schemas.FurtherMeeting, returns=schemas.Meeting)
    def further_meeting(self, call: Call) -> Any:
        return self._do(call, handlers.further_meeting)

    # --- a child's change of institution ----------------------------------------------------------

    @rpc(takes=passing.ListTransitions, returns=passing.Transitions)
    def list_transitions(self, call: Call) -> Any:
        return self._do(call, transitions.list_transitions)

    @rpc(takes=passing.OneTransition, returns=passing.Transition)
    def get_transition(self, call: Call) -> Any:
        return self._do(call, transitions.get_transition)

    @rpc(takes=passing.FillTransition, returns=passing.Transition)
    def fill_transition(self, call: Call) -> Any:
        return self._do(call, transitions.fill_transition)

    @rpc(takes=passing.ReviewTransition, returns=passing.Transition)
    def review_transition(self, call: Call) -> Any:
        return self._do(call, transitions.review_transition)

    @rpc(takes=passing.TransitionMeeting, returns=schemas.Meeting)
    def transition_meeting(self, call: Call) -> Any:
        return self._do(call, transition_meetings.transition_meeting)

    @rpc(takes=passing.ChangeTransition, returns=passing.Transition)
    def show_transition(self, call: Call) -> Any:
        return self._do(call, transition_looks.show_transition)

    @rpc(takes=passing.ChangeTransition, returns=passing.Transition)
    def release_transition(self, call: Call) -> Any:
        """Consent decides by the municipality's policy; asked outside any transaction."""
        asked = self._do(call, transitions.release_facts)
        decision = self.remote.call("consent.release", asked, token=self.runtime.own_token())
        return self._do(call, transitions.release_transition, decision=decision)

    @rpc(takes=passing.ChangeTransition, returns=passing.Transition)
    def receive_transition(self, call: Call) -> Any:
        return self._do(call, transitions.receive_transition)

    # --- minutes and agreements -------------------------------------------------------------------

    @rpc(takes=schemas.SaveMinutes, returns=schemas.Minutes)
    def save_minutes(self, call: Call) -> Any:
        return self._do(call, handlers.save_minutes)

    @rpc(takes=schemas.ShareMinutes, returns=schemas.Meeting)
    def share_minutes(self, call: Call) -> Any:
        return self._do(call, handlers.share_minutes)

    @rpc(takes=schemas.AddAgreement, returns=schemas.Agreement)
    def add_agreement(self, call: Call) -> Any:
        return self._do(call, handlers.add_agreement)

    @rpc(takes=schemas.ChangeAgreement, returns=schemas.Agreement)
    def change_agreement(self, call: Call) -> Any:
        return self._do(call, handlers.change_agreement)

    # --- parents, by link -------------------------------------------------------------------------

    @rpc(takes=schemas.Token, returns=schemas.ParentView)
    def parent_view(self, call: Call) -> Any:
        return self._do(call, handlers.parent_view, link_key=self.runtime.settings.link_key)

    @rpc(takes=schemas.Answer, returns=schemas.ParentView)
    def answer(self, call: Call) -> Any:
        return self._do(call, handlers.answer, frees=True, link_key=self.runtime.settings.link_key)

    @rpc(takes=schemas.Token, returns=schemas.MinutesView)
    def minutes_view(self, call: Call) -> Any:
        return self._do(call, handlers.minutes_view, link_key=self.runtime.settings.link_key)

    @rpc(takes=passing.TransitionToken, returns=passing.TransitionView)
    def transition_view(self, call: Call) -> Any:
        return self._do(call, transition_looks.transition_view, link_key=self.runtime.settings.link_key)

    @rpc(takes=passing.AnswerTransition, returns=passing.TransitionView)
    def answer_transition(self, call: Call) -> Any:
        return self._do(call, transition_looks.answer_transition, link_key=self.runtime.settings.link_key)

    # --- tasks, calendars, settings ---------------------------------------------------------------

    @rpc(takes=schemas.CompleteTask, returns=schemas.Task)
    def complete_task(self, call: Call) -> Any:
        return self._do(call, handlers.complete_task)

    @rpc(takes=schemas.BlockTime, returns=schemas.Block)
    def block_time(self, call: Call) -> Any:
        return self._do(call, handlers.block_time)

    @rpc(takes=schemas.FreeTime, returns=schemas.Block)
    def free_time(self, call: Call) -> Any:
        return self._do(call, handlers.free_time, frees=True)

    @rpc(takes=schemas.StoreSettings, returns=schemas.Settings)
    def store_settings(self, call: Call) -> Any:
        return self._do(call, handlers.store_settings)

    @rpc(takes=schemas.StoreAgenda, returns=schemas.Agenda)
    def store_agenda(self, call: Call) -> Any:
        return self._do(call, handlers.store_agenda)

    @rpc(takes=schemas.Nothing, returns=schemas.Rebuilt)
    def rebuild_projection(self, call: Call) -> Any:
        """Reads all of the registry's and consent's records again; for operations, after a loss."""
        policy.require_operations(call.actor)
        found = projection.rebuild(self.db, self._registry_page)
        return {**found, "consents": consents.rebuild(self.db, self._consent_page)}

    # ----------------------------------------------------------------------------------------------

    def _do(self, call: Call, handler: Callable[..., Any], *, frees: bool = False, **more: Any) -> Any:
        """``frees``: the handler may free times that meetings without one are waiting for."""
        with self.db.unit_of_work(call.context) as uow:
            if frees:
                uow.after_commit(lambda: wake("invite_required"))
            return handler(uow, call.actor, **call.data, **more)

    def _registry_page(self, kind: str, after: str | None) -> dict[str, Any]:
        page: dict[str, Any] = self.remote.call(
            "registry.snapshot", {"kind": kind, "after": after, "limit": 1000}, token=self.runtime.own_token()
        )
        return page

    def _consent_page(self, after: str | None) -> dict[str, Any]:
        page: dict[str, Any] = self.remote.call(
            "consent.snapshot", {"after": after, "limit": 1000}, token=self.runtime.own_token()
        )
        return page

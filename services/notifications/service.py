"""The nameko service: what comes in by events, calls and time, and nothing of what is done with it."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from services.chassis import clock
from services.chassis.access import Log
from services.chassis.client import RpcClient
from services.chassis.service import Batch, Call, Service, job, rpc, subscribe, wake
from services.notifications import (
    access,
    events,
    intents,
    models,
    policy,
    projection,
    queries,
    sample,
    schemas,
    sending,
    settings,
)
from services.notifications.contacts import RegistryContacts
from services.notifications.handlers import calls, concerns, consents, meetings, transitions
from services.notifications.mail import Sender
from services.notifications.smtp import MailServer, Smtp
from services.notifications.writing import Desk


@cache
def _settings() -> Any:
    return settings.load()


@cache
def _contacts(client: RpcClient) -> RegistryContacts:
    """One for the process: it remembers the names of institutions for a while."""
    return RegistryContacts(lambda operation, data: client.call(operation, data, timeout=15.0))


class NotificationsService(Service):
    """Tells parents, in their language, and knows whether it reached them."""

    name = "notifications"
    base = models.Base
    catalogue = events.CATALOGUE

    @classmethod
    def own_settings(cls) -> Any:
        return _settings()

    # --- events ------------------------------------------------------------------------------

    @subscribe("registry", "child.recorded", reads=schemas.ChildRecorded)
    def record_children(self, batch: Batch) -> None:
        self.db.handle(batch, projection.record_children)

    @subscribe("assessment", "concern.raised", reads=schemas.ConcernRaised)
    def tell_of_concern(self, batch: Batch) -> None:
        self.db.handle(batch, concerns.tell_of_concern)

    @subscribe("assessment", "concern.withheld", reads=schemas.ConcernWithheld)
    def withhold(self, batch: Batch) -> None:
        self.db.handle(batch, concerns.withhold)

    @subscribe("assessment", "concern.settled", reads=schemas.ConcernSettled)
    def settle(self, batch: Batch) -> None:
        self.db.handle(batch, concerns.settle)

    @subscribe("assessment", "concern.lapsed", reads=schemas.ConcernSettled)
    def settle_untold(self, batch: Batch) -> None:
        self.db.handle(batch, concerns.settle)

    @subscribe("meetings", "meeting.invited", reads=schemas.MeetingInvited)
    def invite(self, batch: Batch) -> None:
        self.db.handle(batch, meetings.invite)

    @subscribe("meetings", "meeting.confirmed", reads=schemas.MeetingConfirmed)
    def confirm(self, batch: Batch) -> None:
        self.db.handle(batch, meetings.confirm)

    @subscribe("meetings", "meeting.cancelled", reads=schemas.MeetingCancelled)
    def cancel(self, batch: Batch) -> None:
        self.db.handle(batch, meetings.cancel)

    @subscribe("meetings", "minutes.sent", reads=schemas.MinutesSent)
    def tell_of_minutes(self, batch: Batch) -> None:
        self.db.handle(batch, meetings.tell_of_minutes)

    @subscribe("meetings", "transition.shown", reads=schemas.TransitionShown)
    def tell_of_transition(self, batch: Batch) -> None:
        self.db.handle(batch, transitions.tell_of_transition)

    @subscribe("consent", "consent.requested", reads=schemas.ConsentRequested)
    def ask_for_consent(self, batch: Batch) -> None:
        self.db.handle(batch, consents.ask)

    @subscribe("consent", "consent.reminded", reads=schemas.ConsentRequested)
    def remind_of_consent(self, batch: Batch) -> None:
        self.db.handle(batch, consents.remind)

    @subscribe("consent", "consent.withdrawn", reads=schemas.ConsentWithdrawn)
    def tell_of_withdrawal(self, batch: Batch) -> None:
        self.db.handle(batch, consents.tell_of_withdrawal)

    # --- time --------------------------------------------------------------------------------

    @job(every=5.0)
    def send_notices(self) -> None:
        if sending.send_due(self._sending()).more:
            wake(intents.SENDING)

    @job(every=30.0)
    def count_waiting(self) -> None:
        sending.count_waiting(self.db)

    # --- calls -------------------------------------------------------------------------------

    @rpc(takes=schemas.OfChild, returns=schemas.Notices)
    def list_for_child(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return queries.list_for_child(uow, call.actor, **call.data)

    @rpc(takes=schemas.OfNotice, returns=schemas.NoticeDetail)
    def get_notice(self, call: Call) -> dict[str, Any]:
        return calls.get_notice(
            self.db, _contacts(self.remote), self._desk(), call.context, call.actor, **call.data
        )

    @rpc(takes=access.AccessLogOf, returns=Log)
    def access_log(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return access.access_log(uow, call.actor, **call.data)

    @rpc(takes=schemas.FailedNotices, returns=schemas.Notices)
    def failed_notices(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return queries.failed_notices(uow, call.actor, **call.data)

    @rpc(takes=schemas.OfNotice, returns=schemas.Notice)
    def retry(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return calls.retry(uow, call.actor, **call.data)

    @rpc(takes=schemas.PrintQueue, returns=schemas.Notices)
    def print_queue(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return queries.print_queue(uow, call.actor, **call.data)

    @rpc(takes=schemas.OfNotice, returns=schemas.Letter)
    def letter(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return queries.letter(uow, call.actor, **call.data)

    @rpc(takes=schemas.MarkPrinted, returns=schemas.Marked)
    def mark_printed(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return calls.mark_printed(uow, call.actor, **call.data)

    @rpc(takes=schemas.Preview, returns=schemas.Rendered)
    def preview(self, call: Call) -> dict[str, Any]:
        policy.require_managing(call.actor)
        return sample.preview(**call.data, at=clock.now())

    @rpc(takes=schemas.PreviewInvitation, returns=schemas.ForRecipients)
    def preview_invitation(self, call: Call) -> dict[str, Any]:
        return calls.preview_invitation(
            self.db, _contacts(self.remote), call.context, call.actor, **call.data
        )

    @rpc(takes=schemas.OfChild, returns=schemas.Timeline)
    def timeline(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return queries.timeline(uow, call.actor, **call.data)

    @rpc(takes=schemas.Nothing, returns=schemas.Rebuilt)
    def rebuild_projection(self, call: Call) -> dict[str, Any]:
        policy.require_maintaining(call.actor)
        client = self.remote

        def ask(operation: str, data: dict[str, Any]) -> Any:
            return client.call(operation, data, timeout=15.0)

        found = projection.rebuild(self.db, ask)
        return {**found, "withdrawals": consents.reread_withdrawals(self.db, ask)}

    # --- what the work needs -----------------------------------------------------------------

    def _desk(self) -> Desk:
        own, common = _settings(), self.runtime.settings
        return Desk(common.public_url, common.link_key, Sender.parse(own.mail_from))

    def _sending(self) -> sending.Sending:
        own = _settings()
        server = MailServer.parse(own.smtp_url)
        desk = self._desk()
        return sending.Sending(
            db=self.db,
            contacts=_contacts(self.remote),
            channel=lambda: Smtp(server, desk.sender.address, own.smtp_timeout),
            desk=desk,
            ladder=settings.ladder(own.ladder),
            lease=timedelta(seconds=own.lease),
            batch=own.batch,
        )

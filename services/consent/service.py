"""The consent service: its entrypoints, each of which calls a handler in one unit of work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from services.chassis.access import Log
from services.chassis.service import Batch, Call, Service, job, rpc, subscribe
from services.consent import access, events, handlers, models, policy, projection, queries, schemas, settings
from services.consent.settings import vault


class ConsentService(Service):
    """See the package's docstring for what it owns, handles and publishes."""

    name = "consent"
    base = models.Base
    catalogue = events.CATALOGUE

    @classmethod
    def own_settings(cls) -> Any:
        return settings.load()

    # --- events ---------------------------------------------------------------------------------

    @subscribe("registry", "child.recorded", reads=schemas.ChildRecorded)
    def record_children(self, batch: Batch) -> None:
        self.db.handle(batch, projection.record_children)

    @subscribe("registry", "institution.recorded", reads=schemas.InstitutionRecorded)
    def record_institutions(self, batch: Batch) -> None:
        self.db.handle(batch, projection.record_institutions)

    @subscribe("assessment", "withdrawal.acknowledged", reads=schemas.WithdrawalAcknowledged)
    def assessment_acknowledged(self, batch: Batch) -> None:
        self.db.handle(batch, partial(handlers.acknowledge, subscriber="assessment"))

    @subscribe("meetings", "withdrawal.acknowledged", reads=schemas.WithdrawalAcknowledged)
    def meetings_acknowledged(self, batch: Batch) -> None:
        self.db.handle(batch, partial(handlers.acknowledge, subscriber="meetings"))

    @subscribe("notifications", "withdrawal.acknowledged", reads=schemas.WithdrawalAcknowledged)
    def notifications_acknowledged(self, batch: Batch) -> None:
        self.db.handle(batch, partial(handlers.acknowledge, subscriber="notifications"))

    # --- jobs -----------------------------------------------------------------------------------

    @job(every=60.0)
    def expire_due(self) -> None:
        handlers.expire_due(self.db)

    @job(every=300.0)
    def remind_due(self) -> None:
        handlers.remind_due(self.db)

    @job(every=30.0)
    def chase_acknowledgements(self) -> None:
        handlers.chase_acknowledgements(self.db)

    # --- reads ----------------------------------------------------------------------------------

    @rpc(takes=schemas.OneConsent, returns=schemas.Consent)
    def get(self, call: Call) -> Any:
        return self._do(call, queries.get)

    @rpc(takes=schemas.OneConsent, returns=schemas.OfChild)
    def child_of(self, call: Call) -> Any:
        return self._do(call, queries.child_of)

    @rpc(takes=schemas.OneChild, returns=schemas.Consents)
    def list_by_child(self, call: Call) -> Any:
        return self._do(call, queries.list_by_child)

    @rpc(takes=schemas.FollowUp, returns=schemas.Consents)
    def follow_up(self, call: Call) -> Any:
        return self._do(call, queries.follow_up)

    @rpc(takes=schemas.Check, returns=schemas.Checked)
    def check(self, call: Call) -> Any:
        return self._do(call, queries.check)

    @rpc(takes=schemas.SharedWith, returns=schemas.Shares)
    def shared_with(self, call: Call) -> Any:
        return self._do(call, queries.shared_with)

    @rpc(takes=schemas.Release, returns=schemas.Released)
    def release(self, call: Call) -> Any:
        return self._do(call, queries.release)

    @rpc(takes=schemas.OneChild, returns=schemas.Timeline)
    def timeline(self, call: Call) -> Any:
        return self._do(call, queries.timeline)

    @rpc(takes=access.AccessLogOf, returns=Log)
    def access_log(self, call: Call) -> Any:
        return self._do(call, access.access_log)

    @rpc(takes=schemas.Nothing, returns=schemas.Acknowledgements)
    def pending_acknowledgements(self, call: Call) -> Any:
        return self._do(call, queries.pending_acknowledgements)

    @rpc(takes=schemas.Snapshot, returns=schemas.SnapshotPage)
    def snapshot(self, call: Call) -> Any:
        return self._do(call, queries.snapshot)

    # --- asking -----------------------------------------------------------------------------------

    @rpc(takes=schemas.Request, returns=schemas.Consent)
    def request(self, call: Call) -> Any:
        return self._do(call, handlers.request)

    @rpc(takes=schemas.Request, returns=schemas.Preview)
    def preview(self, call: Call) -> Any:
        return self._do(call, handlers.preview)

    @rpc(takes=schemas.Resend, returns=schemas.Consent)
    def resend(self, call: Call) -> Any:
        return self._do(call, handlers.resend)

    @rpc(takes=schemas.Renew, returns=schemas.Consent)
    def renew(self, call: Call) -> Any:
        return self._do(call, handlers.renew)

    # --- answers, by link and on paper ------------------------------------------------------------

    @rpc(takes=schemas.Token, returns=schemas.ParentView)
    def parent_view(self, call: Call) -> Any:
        return self._do(call, handlers.parent_view, link_key=self.runtime.settings.link_key)

    @rpc(takes=schemas.Sign, returns=schemas.ParentView)
    def sign(self, call: Call) -> Any:
        return self._do(call, handlers.sign, link_key=self.runtime.settings.link_key)

    @rpc(takes=schemas.Withdraw, returns=schemas.Withdrawn)
    def withdraw(self, call: Call) -> Any:
        return self._do(call, handlers.withdraw, link_key=self.runtime.settings.link_key)

    @rpc(takes=schemas.Token, returns=schemas.WhoHasAccess)
    def who_has_access(self, call: Call) -> Any:
        return self._do(call, handlers.who_has_access, link_key=self.runtime.settings.link_key)

    @rpc(takes=schemas.RecordPaper, returns=schemas.Consent)
    def record_paper(self, call: Call) -> Any:
        return self._do(call, handlers.record_paper, vault=vault())

    @rpc(takes=schemas.OneScan, returns=schemas.Scan)
    def get_scan(self, call: Call) -> Any:
        return self._do(call, handlers.get_scan, vault=vault())

    # --- without consent --------------------------------------------------------------------------

    @rpc(takes=schemas.RegisterExchange, returns=schemas.Exchange)
    def register_exchange(self, call: Call) -> Any:
        return self._do(call, handlers.register_exchange)

    @rpc(takes=schemas.OneChild, returns=schemas.Exchanges)
    def list_exchanges(self, call: Call) -> Any:
        return self._do(call, handlers.list_exchanges)

    # --- settings and texts -----------------------------------------------------------------------

    @rpc(takes=schemas.Nothing, returns=schemas.Settings)
    def get_settings(self, call: Call) -> Any:
        return self._do(call, handlers.get_settings)

    @rpc(takes=schemas.StoreSettings, returns=schemas.Settings)
    def store_settings(self, call: Call) -> Any:
        return self._do(call, handlers.store_settings)

    @rpc(takes=schemas.GetTemplate, returns=schemas.Template)
    def get_template(self, call: Call) -> Any:
        return self._do(call, handlers.get_template)

    @rpc(takes=schemas.StoreTemplate, returns=schemas.Template)
    def store_template(self, call: Call) -> Any:
        return self._do(call, handlers.store_template)

    @rpc(takes=schemas.PreviewTemplate, returns=schemas.TemplatePreview)
    def preview_template(self, call: Call) -> Any:
        return self._do(call, handlers.preview_template)

    @rpc(takes=schemas.Nothing, returns=schemas.Rebuilt)
    def rebuild_projection(self, call: Call) -> Any:
        """Reads all of the registry's records again; for operations, after a loss."""
        policy.require_operations(call.actor)
        return projection.rebuild(self.db, self._registry_page)

    # ----------------------------------------------------------------------------------------------

    def _do(self, call: Call, handler: Callable[..., Any], **more: Any) -> Any:
        with self.db.unit_of_work(call.context) as uow:
            return handler(uow, call.actor, **call.data, **more)

    def _registry_page(self, kind: str, after: str | None) -> dict[str, Any]:
        page: dict[str, Any] = self.remote.call(
            "registry.snapshot", {"kind": kind, "after": after, "limit": 1000}, token=self.runtime.own_token()
        )
        return page

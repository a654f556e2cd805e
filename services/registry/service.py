"""The registry on the bus: entrypoints only, each calls a query or a handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.chassis.access import Log
from services.chassis.errors import Forbidden, NotFound
from services.chassis.service import Call, Service, job, rpc
from services.registry import (
    access,
    closeness,
    events,
    handlers,
    identity,
    models,
    moving,
    organisation,
    queries,
    schemas,
    sharing,
)
from services.registry.settings import vault

ASKING_SECONDS = 3.0


class RegistryService(Service):
    """Answers who the children are and who works with them; see :mod:`services.registry`."""

    name = "registry"
    base = models.Base
    catalogue = events.CATALOGUE

    # Children ------------------------------------------------------------------------------------

    @rpc(takes=schemas.ChildId, returns=schemas.Child)
    def child(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return queries.child(uow, call.actor, **call.data)

    @rpc(takes=schemas.ChildId, returns=schemas.Closeness)
    def closeness(self, call: Call) -> dict[str, Any]:
        try:
            with self.db.unit_of_work(call.context) as uow:
                return closeness.closeness(uow, call.actor, **call.data)
        except (NotFound, Forbidden):
            # A unit with which the child's record is shared looks for a reason, too.
            if not sharing.is_shared(self.db, call.context, call.actor, self._shares(call), **call.data):
                raise
            return {"evident": False}

    @rpc(takes=schemas.ChildIds, returns=schemas.Holders)
    def custody_holders(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return queries.custody_holders(uow, call.actor, **call.data)

    @rpc(takes=schemas.RevealCpr, returns=schemas.Cpr)
    def reveal_cpr(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return queries.reveal_cpr(uow, call.actor, vault(), **call.data)

    @rpc(takes=schemas.ListChildren, returns=schemas.ChildPage)
    def list_children(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return queries.list_children(uow, call.actor, **call.data)

    @rpc(takes=schemas.ChildIds, returns=schemas.ChildPage)
    def children(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return queries.children(uow, call.actor, **call.data)

    @rpc(takes=schemas.ChildIds, returns=schemas.MovingChildren)
    def moving_children(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return moving.moving_children(uow, call.actor, **call.data)

    @rpc(takes=schemas.SearchChildren, returns=schemas.ChildPage)
    def search_children(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return queries.search_children(uow, call.actor, vault(), **call.data)

    @rpc(takes=schemas.ChildId, returns=schemas.Timeline)
    def timeline(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return queries.timeline(uow, call.actor, **call.data)

    @rpc(takes=access.AccessLogOf, returns=Log)
    def access_log(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return access.access_log(uow, call.actor, **call.data)

    # Children shared by consent ------------------------------------------------------------------

    @rpc(takes=schemas.Nothing, returns=schemas.SharedChildren)
    def shared_children(self, call: Call) -> dict[str, Any]:
        return sharing.shared_children(self.db, call.context, call.actor, self._shares(call))

    @rpc(takes=schemas.ChildId, returns=schemas.SharedChild)
    def shared_child(self, call: Call) -> dict[str, Any]:
        return sharing.shared_child(self.db, call.context, call.actor, self._shares(call), **call.data)

    def _shares(self, call: Call) -> sharing.Shares:
        """What consent says is open now. It alone knows of a withdrawal at once."""

        def ask(unit_ids: Sequence[str], child_id: str | None) -> Sequence[dict[str, Any]]:
            found: Sequence[dict[str, Any]] = self.remote.call(
                "consent.shared_with",
                {"unit_ids": list(unit_ids), "child_id": child_id},
                token=self.runtime.own_token(),
                context=call.context,
                timeout=ASKING_SECONDS,
            )["items"]
            return found

        return ask

    # Organisation --------------------------------------------------------------------------------

    @rpc(takes=schemas.ListInstitutions, returns=schemas.InstitutionPage)
    def list_institutions(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return organisation.list_institutions(uow, call.actor, **call.data)

    @rpc(takes=schemas.ListGroups, returns=schemas.GroupPage)
    def list_groups(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return organisation.list_groups(uow, call.actor, **call.data)

    @rpc(takes=schemas.UnitIds, returns=schemas.UnitNames)
    def unit_names(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return organisation.unit_names(uow, call.actor, **call.data)

    @rpc(takes=schemas.ListStaff, returns=schemas.StaffPage)
    def list_staff(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return organisation.list_staff(uow, call.actor, **call.data)

    @rpc(takes=schemas.StaffIds, returns=schemas.StaffNames)
    def staff_names(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return organisation.staff_names(uow, call.actor, **call.data)

    # The house's own services --------------------------------------------------------------------

    @rpc(takes=schemas.Snapshot, returns=schemas.SnapshotPage)
    def snapshot(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return organisation.snapshot(uow, call.actor, **call.data)

    @rpc(takes=schemas.ContactCards, returns=schemas.ChildCards)
    def contact_cards(self, call: Call) -> dict[str, Any]:
        one = {name: call.data[name] for name in ("child_id", "guardian_ids")}
        with self.db.unit_of_work(call.context) as uow:
            return organisation.contact_cards(uow, call.actor, call.data["requests"] or [one])

    @rpc(takes=schemas.StaffIds, returns=schemas.StaffCards)
    def staff_cards(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return organisation.staff_cards(uow, call.actor, **call.data)

    @rpc(takes=schemas.StaffId, returns=schemas.StaffGrants)
    def staff_grants(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return organisation.staff_grants(uow, call.actor, **call.data)

    @rpc(takes=schemas.MatchPerson, returns=schemas.Matched)
    def match_person(self, call: Call) -> dict[str, Any]:
        with self.db.unit_of_work(call.context) as uow:
            return identity.match_person(uow, call.actor, vault(), **call.data)

    # By itself -------------------------------------------------------------------------------------

    @job(every=3600.0)
    def note_birthdays(self) -> None:
        handlers.note_birthdays(self.db)

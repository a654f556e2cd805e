"""What the services say of themselves, put together for those who run them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.gateway.calls import Failure
from services.gateway.web import danish
from services.gateway.web.acting import ask_together
from services.gateway.web.words import SERVICES

LATE_SECONDS = 60
"""An event that has waited so long for the broker is something to look into (the alarm of the metrics)."""

PARTS: Mapping[str, Any] = {
    "events": _l("Hændelser"),
    "calls": _l("Kald"),
    "retries": _l("Prøves igen senere"),
    "dead-letters": _l("Strandede"),
}
CHECKS: Mapping[str, Any] = {
    "database": _l("databasen"),
    "broker": _l("meddelelsesbussen"),
    "publishing": _l("afsendelse"),
    "relay": _l("udbakken"),
    "consumers": _l("modtagelse"),
}
REASONS: Mapping[str, Any] = {
    "exhausted": _l("Alle forsøg er brugt"),
    "unexpected": _l("Uventet fejl i behandlingen"),
    "outage": _l("Databasen svarede ikke"),
    "delivery_limit": _l("Processen gik ned hver gang"),
    "expired": _l("Ventede for længe"),
    "rejected": _l("Afvist"),
    "not-json": _l("Kan ikke læses"),
    "unreadable": _l("Kan ikke læses"),
    "not-a-cloudevent": _l("Er ikke en hændelse"),
    "schema-invalid": _l("Felterne passer ikke til typen"),
    "unknown-type": _l("Ukendt type"),
    "too-large": _l("For stor"),
    "unknown": _l("Ukendt grund"),
}
FACTS: Mapping[str, Any] = {
    "concern_id": _l("bekymring"),
    "round_id": _l("runde"),
    "rating_id": _l("vurdering"),
    "meeting_id": _l("møde"),
    "proposal_id": _l("forslag"),
    "notice_id": _l("besked"),
    "institution_id": _l("institution"),
    "group_id": _l("gruppe"),
    "invite_by": _l("inviter senest"),
    "hold_by": _l("hold senest"),
    "answer_by": _l("svar senest"),
    "starts_at": _l("begynder"),
    "ends_at": _l("slutter"),
}


@dataclass(frozen=True)
class Row:
    """One service; ``troubles`` are what somebody should look at, in words."""

    code: str
    name: str
    answers: bool
    state: Mapping[str, Any]
    troubles: tuple[str, ...]

    @property
    def stranded(self) -> int:
        """How many messages no retry could help."""
        return sum(each["messages"] or 0 for each in self.queues if each["part"] == "dead-letters")

    @property
    def queues(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.state.get("queues") or []
        return found

    @property
    def oldest(self) -> str:
        """How long the oldest event has waited to be sent on."""
        return danish.span(timedelta(seconds=self.state["outbox_oldest_seconds"]))

    def lines(self) -> list[Mapping[str, Any]]:
        """Its queues as they are shown: the rungs of the retry ladder as one."""
        shown: list[Mapping[str, Any]] = [dict(each) for each in self.queues if each["part"] != "retries"]
        retries = [each for each in self.queues if each["part"] == "retries"]
        if retries:
            waiting = sum(each["messages"] or 0 for each in retries)
            name = f"{self.code}.retry.*"
            shown.insert(-1, {"name": name, "part": "retries", "messages": waiting, "consumers": None})
        return shown


def rows() -> list[Row]:
    """Every service, those in trouble too."""
    found = ask_together(**{code: (f"{code}.health", {}) for code in SERVICES})
    return [_row(code, found[code]) for code in SERVICES]


def _row(code: str, given: Any) -> Row:
    name = SERVICES[code][0]
    if isinstance(given, Failure):
        return Row(code, name, False, {}, (_("svarer ikke"),))
    return Row(code, name, True, given, tuple(_troubles(given)))


def _troubles(state: Mapping[str, Any]) -> list[str]:
    found = [
        _(
            "%(part)s er ikke i orden (%(code)s)",
            part=CHECKS.get(check["name"], check["name"]),
            code=check["code"],
        )
        for check in state["checks"]
        if check["code"] != "ok"
    ]
    if state["schema_behind"]:
        found.append(_("databasens skema er ældre end programmet"))
    if state["outbox_oldest_seconds"] > LATE_SECONDS:
        found.append(_("hændelser venter på at blive sendt"))
    for queue in state["queues"]:
        if queue["messages"] is None:
            found.append(_("køen %(name)s findes ikke", name=queue["name"]))
        elif queue["part"] == "events" and not queue["consumers"]:
            found.append(_("ingen modtager fra køen %(name)s", name=queue["name"]))
        elif queue["part"] == "dead-letters" and queue["messages"]:
            found.append(_("%(count)s strandede hændelser", count=queue["messages"]))
    return found

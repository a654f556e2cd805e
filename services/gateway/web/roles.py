"""Who sees which page: one table, from which the menu, the doors and docs/sign-in.md's table come.

This is guidance, not protection of data: a person is not led to pages that are of no use to her. Whether she
may see a child, a round or a queue is decided by the service that owns it, on every call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.chassis.actor import Actor
from services.gateway.web.language import N_

PUBLIC: frozenset[str] = frozenset({"public"})
"""Needs no sign-in: shows nobody's data, or is opened by a signed link or a bearer token."""

RATERS = frozenset({"pedagogue", "childminder", "teacher", "health_visitor", "leader"})
PRACTICE = RATERS | {"specialist"}
OFFICE = PRACTICE | {"administration"}
EVERYBODY = OFFICE | {"operations"}

ROLES: Mapping[str, frozenset[str]] = {
    "static": PUBLIC,
    "api": PUBLIC,
    "health": PUBLIC,
    "frame": PUBLIC,
    "sign_in": PUBLIC,
    "pages.start": PUBLIC,
    "pages": OFFICE,
    "parents": PUBLIC,
    "parents_consent": PUBLIC,
    "parents_transition": PUBLIC,
    "purpose": OFFICE,
    "tasks": EVERYBODY,
    "group": RATERS,
    "discussion": RATERS,
    "overview": frozenset({"leader", "administration"}),
    "child": OFFICE,
    "consents": RATERS,
    "exchanges": RATERS,
    "shared": PRACTICE,
    "plan": PRACTICE,
    "meeting": PRACTICE,
    "transitions": RATERS,
    "administration": frozenset({"administration"}),
    "operations": frozenset({"operations"}),
}
"""By endpoint (`blueprint.view`), or by blueprint for all its views that have no entry of their own."""


ASK_PURPOSE: frozenset[str] = frozenset({"child", "consents", "exchanges", "pages.child_timeline", "shared"})
"""Views (or all of a blueprint's) about one child, named by `child_id` in their address, before which it is
asked why she is looked up, unless that speaks for itself."""


@dataclass(frozen=True)
class Item:
    """One entry of the menu; it stands there when the endpoint exists and the person's roles see it."""

    endpoint: str
    name: str


MENU: tuple[Item, ...] = (
    Item("tasks.index", N_("Mine opgaver")),
    Item("group.index", N_("Vurdering")),
    Item("pages.children", N_("Børn")),
    Item("transitions.index", N_("Overgange")),
    Item("overview.index", N_("Overblik")),
    Item("administration.index", N_("Administration")),
    Item("operations.index", N_("Drift")),
)


def roles_of(endpoint: str) -> frozenset[str] | None:
    """The roles that see an endpoint; None when the table has no entry for it, which is a fault of ours."""
    return ROLES.get(endpoint) or ROLES.get(endpoint.split(".", 1)[0])


def may_see(actor: Actor, endpoint: str) -> bool:
    """Whether one of the person's roles, in whichever unit, sees the endpoint."""
    roles = roles_of(endpoint) or frozenset()
    return roles is PUBLIC or any(grant.role in roles for grant in actor.grants)


def missing(endpoints: Iterable[str]) -> list[str]:
    """The endpoints that nobody has given roles."""
    return sorted({endpoint for endpoint in endpoints if roles_of(endpoint) is None})


def asks_purpose(endpoint: str) -> bool:
    """Whether a view is one before which the purpose is asked."""
    return endpoint in ASK_PURPOSE or endpoint.split(".", 1)[0] in ASK_PURPOSE

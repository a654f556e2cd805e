"""The demo sign-in: choose one of the invented staff, and be her. Only on one's own machine.

It is closed unless LOCAL_SIGN_IN is set, which the settings refuse for any public address. The cookie
holds the actor's signed token and nothing else: an id, roles and units, no name.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for

from services.chassis.actor import EVERYWHERE, Actor, Grant, issue_token, verify_token
from services.chassis.errors import Forbidden, NotFound, TrivselError, Unauthenticated
from services.gateway.calls import Calls
from services.gateway.request import COOKIE, context
from services.gateway.web.words import KINDS, ROLES

blueprint = Blueprint("sign_in", __name__)

SESSION_SECONDS = 8 * 3600
DOORMAN = Actor.system("gateway", purpose="demonstrationslogin")
DEMO_ROLES = {
    "administration": "00000000-0000-4000-8000-00000000ad01",
    "leader": "00000000-0000-4000-8000-00000000ad02",
    "operations": "00000000-0000-4000-8000-00000000ad03",
}
"""Roles for the whole municipality that no synthetic person holds, each with an id of its own."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@blueprint.before_request
def _only_local() -> None:
    if not current_app.config["LOCAL_SIGN_IN"]:
        raise NotFound("Her logges ikke ind.")
    if request.method == "POST":
        same_site()


def same_site() -> None:
    """Refuse a form that another site's page sent (CSRF): the browser itself says where it came from."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        allowed = site in ("same-origin", "none")
    else:
        allowed = origin is None or origin == request.host_url.rstrip("/")
    if not allowed:
        raise Forbidden("Formularen blev sendt fra et andet websted. Gå tilbage, og prøv igen herfra.")


@blueprint.get("/log-ind")
def form() -> str:
    return _page(request.args.get("institution", ""))


def _page(chosen: str, problem: str | None = None) -> str:
    institutions: list[dict[str, Any]] = []
    staff: list[dict[str, Any]] = []
    try:
        institutions = _call("registry.list_institutions", limit=1000)["items"]
        if _UUID.fullmatch(chosen):
            staff = _people(_call("registry.list_staff", institution_id=chosen, limit=1000)["items"])
    except TrivselError as error:
        problem = problem or error.detail
    return render_template(
        "sign_in.html",
        institutions=institutions,
        staff=staff,
        chosen=chosen,
        problem=problem,
        kinds=KINDS,
        demo_roles=[(role, ROLES[role].capitalize()) for role in DEMO_ROLES],
    )


def _call(method: str, **data: Any) -> Any:
    calls: Calls = current_app.extensions["calls"]
    return calls.one(method, data, DOORMAN, context())


def _people(assignments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each person once, with her roles in words; leaders first."""
    people: dict[str, dict[str, Any]] = {}
    for item in assignments:
        person = people.setdefault(item["staff_id"], {**item, "held": []})
        if item["role"] not in person["held"]:
            person["held"].append(item["role"])
    for person in people.values():
        person["roles"] = ", ".join(ROLES.get(role, role) for role in person["held"])
    return sorted(
        people.values(), key=lambda one: ("leader" not in one["held"], one["last_name"], one["staff_id"])
    )


@blueprint.post("/log-ind")
def sign_in() -> Response:
    try:
        actor = _chosen_actor()
    except TrivselError as error:
        return Response(_page("", error.detail), status=error.status)
    response = redirect(url_for("pages.children"), code=303)
    response.set_cookie(
        COOKIE,
        issue_token(actor, current_app.config["ACTOR_TOKEN_KEY"], SESSION_SECONDS),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SECURE"],
    )
    return response  # type: ignore[return-value]


def _chosen_actor() -> Actor:
    purpose = "demonstration"
    if token := request.form.get("token", "").strip():
        return verify_token(token, current_app.config["ACTOR_TOKEN_KEY"])
    if (role := request.form.get("role", "")) in DEMO_ROLES:
        return Actor(DEMO_ROLES[role], "staff", (Grant(role, EVERYWHERE),), purpose)
    staff_id = request.form.get("staff_id", "")
    if not _UUID.fullmatch(staff_id):
        raise Unauthenticated("Vælg en medarbejder eller en rolle.")
    found = _call("registry.staff_grants", staff_id=staff_id)
    grants = tuple(Grant(item["role"], item["unit"]) for item in found["grants"])
    if not found["active"] or not grants:
        raise Unauthenticated("Medarbejderen har ingen opgaver i dag. Vælg en anden.")
    return Actor(staff_id, "staff", grants, purpose)


@blueprint.post("/log-ud")
def sign_out() -> Response:
    response = redirect(url_for("pages.start"), code=303)
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=current_app.config["SECURE"])
    return response  # type: ignore[return-value]


def to_sign_in() -> Any:
    """Where somebody goes who is not signed in."""
    if current_app.config["LOCAL_SIGN_IN"]:
        return redirect(url_for("sign_in.form"), code=303)
    return Response(render_template("signed_out.html"), status=401)

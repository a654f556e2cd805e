"""Mine opgaver: the next step of the person who is signed in, then what is overdue, this week's, and later.

Tasks come from meetings; what the person has yet to rate or discuss comes from the open rounds; the consents
that she has asked for and that wait for something from consent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as Answer

from services.chassis import clock
from services.chassis.errors import Conflict, NotFound, PreconditionFailed
from services.gateway.calls import Failure
from services.gateway.timeline import day_of, moment_of
from services.gateway.web import danish, sheets
from services.gateway.web.acting import actor, ask, ask_together
from services.gateway.web.consents.waiting import Waiting, waiting
from services.gateway.web.language import language
from services.gateway.web.meeting_words import KINDS
from services.gateway.web.roles import PRACTICE, RATERS
from services.gateway.web.task_words import ASKED, OTHER

blueprint = Blueprint("tasks", __name__)


@dataclass(frozen=True)
class Todo:
    """One thing to do. `task` is a task of meetings that the person may mark as done herself."""

    what: str
    whom: str
    why: str
    due: date
    url: str
    button: str
    rank: int
    task: Mapping[str, Any] | None = None
    is_mine: bool = True

    @property
    def key(self) -> tuple[date, int, str, str]:
        return self.due, self.rank, self.whom, self.what


@dataclass(frozen=True)
class Day:
    """When a week and an urgency end, seen from a day."""

    today: date

    @property
    def week_ends(self) -> date:
        return self.today + timedelta(days=6 - self.today.weekday())

    def part(self, due: date) -> str:
        """`overdue`, `week` or `later`."""
        if due < self.today:
            return "overdue"
        return "week" if due <= self.week_ends else "later"


@blueprint.get("/opgaver")
def index() -> str:
    wanted: dict[str, tuple[str, dict[str, Any]]] = {
        "tasks": ("meetings.my_tasks", {"limit": 200}),
        "planned": ("assessment.list_rounds", {"state": "planned", "limit": 10}),
    }
    if any(grant.role in RATERS for grant in actor().grants):
        wanted["consents"] = ("consent.follow_up", {"mine": True, "limit": 100})
        wanted["groups"] = ("assessment.my_groups", {})
    if any(grant.role in PRACTICE for grant in actor().grants):
        wanted["meetings"] = ("meetings.list_meetings", {"mine": True, "states": ["confirmed"], "limit": 20})
    found = ask_together(**wanted)
    groups = sheets.items(found["groups"]) if "groups" in found else []
    consents = sheets.items(found["consents"]) if "consents" in found else []
    tasks = sheets.items(found["tasks"])
    todos = [*_from_tasks(tasks), *_from_groups(groups), *_from_consents(waiting(consents), tasks)]
    todos.sort(key=lambda todo: todo.key)
    day = Day(clock.today())
    first, rest = (todos[0], todos[1:]) if todos else (None, [])
    return render_template(
        "tasks/index.html",
        first=first,
        first_part=day.part(first.due) if first else "",
        parts=[
            (code, name, [todo for todo in rest if day.part(todo.due) == code])
            for code, name in (
                ("overdue", _("Overskredet")),
                ("week", _("Denne uge")),
                ("later", _("Senere")),
            )
        ],
        when=when,
        silent=any(isinstance(part, Failure) for part in found.values()),
        meetings=_coming(sheets.items(found["meetings"]) if "meetings" in found else []),
        next_round=_next_round(sheets.items(found["planned"])),
        open_until=min((day_of(one["last_day"]) for one in groups), default=None),
        deadline=sheets.deadline,
        rates="groups" in found,
        links=_elsewhere(),
    )


def when(due: date) -> str:
    """A due day as one says it: “i dag”, “i morgen”, “fre. 14. november (uge 46)”, “for 3 dage siden”."""
    days = (due - clock.today()).days
    if days == 0:
        return _("i dag")
    if days == 1:
        return _("i morgen")
    if days < 0:
        return ngettext("for 1 dag siden", "for %(num)d dage siden", -days)
    return sheets.deadline(due)


def _from_tasks(tasks: Iterable[Mapping[str, Any]]) -> list[Todo]:
    tasks = list(tasks)
    names = sheets.names(task["child_id"] for task in tasks)
    # Of a child on her way between two places, each place knows the name.
    moving = {one["child_id"] for one in tasks if one["transition_id"] or one["kind"] == "join_meeting"}
    if missing := sorted(moving - set(names)):
        found_there = sheets.quietly("registry.moving_children", child_ids=missing)
        names |= {one["child_id"]: one for one in found_there}
    found = []
    for task in tasks:
        asked = ASKED.get(task["kind"], OTHER)
        child = names.get(task["child_id"])
        found.append(
            Todo(
                what=str(asked.what),
                whom=_full_name(child),
                why=str(asked.why),
                due=day_of(task["due"]),
                url=_place(asked.place, task),
                button=str(asked.button),
                rank=asked.rank,
                task=task if asked.by_hand else None,
                is_mine=task["staff_id"] is not None,
            )
        )
    return found


def _place(place: str, task: Mapping[str, Any]) -> str:
    """The page where the task is done; the child's own where that page or the meeting is not there."""
    known = current_app.view_functions
    meeting, transition = task.get("meeting_id"), task.get("transition_id")
    if place == "transition" and transition:
        return url_for("transitions.show", transition_id=transition)
    for endpoint in {
        "plan": ("plan.index", "meeting.show"),
        "meeting": ("meeting.show", "meeting.index"),
    }.get(place, ()):
        if meeting and endpoint in known:
            return url_for(endpoint, meeting_id=meeting)
    child = "child.show" if "child.show" in known else "pages.child_timeline"
    return url_for(child, child_id=task["child_id"])


def _from_groups(groups: Iterable[Mapping[str, Any]]) -> list[Todo]:
    """What the open rounds ask of the person: ratings she has not given, children to be discussed."""
    groups = list(groups)
    names = sheets.unit_names(one["group_id"] for one in groups)
    today, found = clock.today(), []
    for one in groups:
        if day_of(one["first_day"]) > today:
            continue
        place = {"group_id": one["group_id"], "round_id": one["round_id"]}
        name, due = names.get(one["group_id"], _("Gruppen")), day_of(one["last_day"])
        if one["waits_for_me"]:
            count = one["waits_for_me"]
            found.append(
                Todo(
                    what=ngettext("Vurdér et barn", "Vurdér %(num)d børn", count),
                    whom=name,
                    why=one["round_name"],
                    due=due,
                    url=url_for("group.sheet", vis="mangler" if count < one["total"] else None, **place),
                    button=_("Vurdér"),
                    rank=6,
                )
            )
        if one["ready_for_dialogue"] and one["may"]["finalise"]:
            found.append(
                Todo(
                    what=ngettext("Drøft et barn", "Drøft %(num)d børn", one["ready_for_dialogue"]),
                    whom=name,
                    why=_("Alle egne vurderinger er inde."),
                    due=due,
                    url=url_for("discussion.sheet", **place),
                    button=_("Drøft"),
                    rank=4,
                )
            )
    return found


def _from_consents(consents: Iterable[Waiting], tasks: Iterable[Mapping[str, Any]]) -> list[Todo]:
    """Consents that the person has asked for and that should be looked at, but for those that a meeting's
    own task speaks of already."""
    told = {(task["child_id"], task["kind"]) for task in tasks}
    consents = [one for one in consents if (one.child_id, f"consent_{one.attention}") not in told]
    names = sheets.names(one.child_id for one in consents)
    return [
        Todo(
            what=one.what,
            whom=_full_name(names.get(one.child_id)),
            why=one.why,
            due=one.due,
            url=url_for("consents.show", consent_id=one.consent_id),
            button=_("Åbn samtykket"),
            rank=4,
        )
        for one in consents
    ]


def _full_name(child: Mapping[str, Any] | None) -> str:
    return f"{child['first_name']} {child['last_name']}" if child else _("Et barn")


def _coming(meetings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The person's agreed meetings that are still to come, the next first."""
    coming = sorted(
        (one for one in meetings if one["starts_at"] and moment_of(one["starts_at"]) > clock.now()),
        key=lambda one: one["starts_at"],
    )[:5]
    names = sheets.names(one["child_id"] for one in coming)
    return [
        {
            "when": f"{danish.weekday(moment_of(one['starts_at']), language())} "
            f"{danish.moment(moment_of(one['starts_at']), language())}",
            "what": str(KINDS[one["kind"]]),
            "whom": names.get(one["child_id"], {}).get("first_name", _("Et barn")),
            "url": _place("meeting", one),
        }
        for one in coming
    ]


def _next_round(planned: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    coming = sorted((one for one in planned if one.get("from")), key=lambda one: one["from"])
    return {"name": coming[0]["name"], "from": sheets.deadline(coming[0]["from"])} if coming else None


def _elsewhere() -> list[tuple[str, str]]:
    """Where people whose work is not children begin."""
    from services.gateway.web.roles import may_see

    wanted = (
        ("overview.index", _("Lederoverblik")),
        ("administration.index", _("Administration")),
        ("operations.index", _("Drift")),
    )
    return [
        (name, url_for(endpoint))
        for endpoint, name in wanted
        if endpoint in current_app.view_functions and may_see(actor(), endpoint)
    ]


@blueprint.post("/opgaver/<uuid:task_id>/udfoert")
def complete(task_id: UUID) -> Answer:
    """Marks a task as done. One that a colleague has done meanwhile is done."""
    version = request.form.get("version", "")
    try:
        ask(
            "meetings.complete_task",
            task_id=str(task_id),
            expected_version=int(version) if version.isdecimal() else 1,
        )
        flash(_("Opgaven er udført."), "success")
    except (PreconditionFailed, Conflict, NotFound):
        flash(_("Opgaven er ændret imens. Se, hvordan den står nu."), "warning")
    return redirect(url_for("tasks.index"), code=303)

"""A meeting as its pages show it: the service's codes and ids together with names, times and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from services.gateway.calls import Failure
from services.gateway.timeline import moment_of
from services.gateway.web import meeting_times
from services.gateway.web.acting import ask, ask_together
from services.gateway.web.meeting_words import ANSWERS, CUSTODY, KINDS, ROLES, STATES, language

MOMENTS = ("starts_at", "ends_at", "answer_by", "invited_at", "started_at")


def meeting(meeting_id: UUID | str) -> dict[str, Any]:
    """The meeting, dressed. A name that registry cannot give now is told as such; the page is whole."""
    found: dict[str, Any] = ask("meetings.get_meeting", meeting_id=str(meeting_id))
    return dressed(found)


def dressed(found: dict[str, Any], *also: str) -> dict[str, Any]:
    """`also` are further staff whose names the page needs."""
    people = {one["staff_id"] for one in found["staff"]} | set(also)
    people |= {id_ for id_ in found["roles"].values() if id_}
    people |= {one["staff_id"] for one in found["specialists"]}
    people |= {row["staff_id"] for row in found["agreements"] if row["staff_id"]}
    minutes = found["minutes"]
    if minutes and _is_id(minutes["written_by"]):
        people.add(minutes["written_by"])
    child, units = found["child_id"], [found["institution_id"], found["group_id"]]
    given = ask_together(
        # Who receives the child knows her name, and her parents' once she has come.
        **(
            {"moving": ("registry.moving_children", {"child_ids": [child]})}
            if found["kind"] == "transition"
            else {}
        ),
        holders=("registry.custody_holders", {"child_ids": [child]}),
        units=("registry.unit_names", {"unit_ids": units}),
        **({"staff": ("registry.staff_names", {"staff_ids": sorted(people)})} if people else {}),
    )
    names = {one["staff_id"]: full_name(one) for one in items(given.get("staff"))}
    unit_names = {one["unit_id"]: one["name"] for one in items(given["units"])}
    family = next(iter(items(given["holders"])), None)
    named = family or next(iter(items(given.get("moving"))), None)
    holders = {one["guardian_id"]: one for one in (family or {}).get("guardians", [])}
    moments = {name: moment_of(found[name]) for name in MOMENTS if found.get(name)}
    return {
        **found,
        **moments,
        "child_name": full_name(named) if named else _("Barnet"),
        "institution": unit_names.get(found["institution_id"], ""),
        "group": unit_names.get(found["group_id"], ""),
        "names": names,
        "state_word": STATES[found["state"]],
        "kind_word": str(KINDS[found["kind"]]),
        "guests": [name_of(names, one["staff_id"]) for one in found["specialists"]],
        "when": meeting_times.shown(moments["starts_at"], moments["ends_at"])
        if "starts_at" in moments
        else None,
        "staff": [{**one, "name": name_of(names, one["staff_id"])} for one in found["staff"]],
        "empty_roles": [word for role, (word, _hint) in ROLES.items() if not found["roles"].get(role)],
        "parents": parents(found["guardians"], holders),
        "times": [
            {**one, **meeting_times.shown(moment_of(one["starts_at"]), moment_of(one["ends_at"]))}
            for one in found["proposals"]
        ],
    }


def parents(
    noted: Iterable[Mapping[str, Any]], holders: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Each custody holder with what she has answered; those who have not been asked yet as well."""
    answers = {one["guardian_id"]: one for one in noted}
    return [
        {
            "guardian_id": id_,
            "name": full_name(holders[id_]) if id_ in holders else _("Forælder"),
            "custody": CUSTODY.get(holders.get(id_, {}).get("custody", ""), ""),
            "language": holders.get(id_, {}).get("language") or "da",
            "language_word": language(holders.get(id_, {}).get("language") or "da"),
            "needs_interpreter": holders.get(id_, {}).get("interpreter", False),
            "reachable": bool(
                {"has_email", "digital_post_exempt"}
                & {key for key, value in holders.get(id_, {}).items() if value}
            ),
            "letter": holders.get(id_, {}).get("digital_post_exempt", False),
            "answer": answers.get(id_, {}).get("answer", "none"),
            "answer_word": ANSWERS[answers.get(id_, {}).get("answer", "none")],
            "asked": id_ in answers,
            **{
                name: answers.get(id_, {}).get(name)
                for name in (
                    "wishes",
                    "points",
                    "interpreter_language",
                    "interpreter_ordered",
                    "interpreter_age",
                )
            },
        }
        for id_ in sorted({*holders, *answers})
        # Somebody who has lost custody is shown only while registry does not say so.
        if id_ in holders or not holders
    ]


def items(found: Any) -> list[dict[str, Any]]:
    """A list's items; none when the call did not succeed."""
    return [] if found is None or isinstance(found, Failure) else list(found["items"])


def full_name(one: Mapping[str, Any]) -> str:
    return f"{one['first_name']} {one['last_name']}".strip()


def name_of(names: Mapping[str, str], staff_id: str | None) -> str:
    return names.get(staff_id or "", _("Medarbejder"))


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True

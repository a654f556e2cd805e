"""Lederoverblik: how far the rounds have come, how they turned out, and what waits or is late.

A leader sees her own institutions or groups, with the children. Administration sees all institutions in
numbers without children, the small ones hidden by the services. Nothing is worked out here that they hid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.errors import Invalid
from services.gateway.calls import Failure
from services.gateway.request import PURPOSE_MAX, context
from services.gateway.timeline import day_of
from services.gateway.web import danish, numbers, sheets, spreadsheets
from services.gateway.web.acting import actor, ask, calls
from services.gateway.web.child import meeting_link
from services.gateway.web.language import N_
from services.gateway.web.numbers import Row, Spread
from services.gateway.web.waiting import Matter, matters
from services.gateway.web.words import KINDS

blueprint = Blueprint("overview", __name__)

ROUNDS = 20
CONCERNS = 500
MATTERS = 100
"""What the page shows of what waits, the most urgent first; a file has all. Who leads so many children
sees the rest by choosing an institution."""
SECONDS = 5.0
HIDDEN = "skjult"
"""What stands in a file where a number is too small to be told."""


@dataclass(frozen=True)
class Chosen:
    """What the numbers are narrowed to; empty where it is everything."""

    round_id: str
    institution_id: str | None = None
    group_id: str | None = None
    age_band: str | None = None

    @property
    def units(self) -> dict[str, str | None]:
        return {"institution_id": self.institution_id, "group_id": self.group_id}


@dataclass(frozen=True)
class View:
    """All that the page and the files show."""

    chosen: Chosen
    office: bool
    by_group: bool
    rows: list[Row]
    total: Row
    ages: list[Row]
    development: list[tuple[str, Spread]] | None
    counts: Mapping[str, int | None] | None
    matters: list[Matter]
    waiting: int
    names: Mapping[str, str]
    children: Mapping[str, Mapping[str, Any]]
    options: Mapping[str, list[tuple[str, str]]]
    silent: list[str]


@blueprint.get("/overblik")
def index() -> str:
    rounds = _rounds()
    if not rounds:
        return render_template("overview/empty.html")
    chosen = _chosen(request.args, rounds)
    return _page(rounds, _read(chosen, actor()))


@blueprint.post("/overblik/udtraek")
def export() -> Response | tuple[str, int]:
    """The numbers, or a leader's matters, as a file: for a stated purpose, noted by the services."""
    rounds = _rounds()
    if not rounds:
        raise Invalid(N_("Der er ingen runder at tage tal ud af."))
    chosen = _chosen(request.form, rounds)
    purpose = " ".join(request.form.get("formaal", "").split())
    if not 3 <= len(purpose) <= PURPOSE_MAX or not purpose.isprintable():
        mend = {"formaal": "Skriv kort, hvad udtrækket skal bruges til."}
        return _page(rounds, _read(chosen, actor()), mend, purpose), 422
    view = _read(chosen, replace(actor(), purpose=purpose), export=True)
    if view.silent:
        raise Invalid(
            N_("En del af systemet svarer ikke lige nu, så tallene er ikke hele. Prøv igen om lidt.")
        )
    name = f"overblik-{clock.today():%Y-%m-%d}"
    sheets_ = _sheets(view)
    if request.form.get("som") == "xlsx":
        return spreadsheets.download(spreadsheets.as_xlsx(sheets_), spreadsheets.XLSX, f"{name}.xlsx")
    if request.form.get("som") == "sager" and not view.office:
        _, heads, lines = sheets_[-1]
        return spreadsheets.download(spreadsheets.as_csv(heads, lines), spreadsheets.CSV, f"{name}-sager.csv")
    _, heads, lines = sheets_[0]
    return spreadsheets.download(spreadsheets.as_csv(heads, lines), spreadsheets.CSV, f"{name}.csv")


# What is asked for -----------------------------------------------------------------------------------


def _rounds() -> list[dict[str, Any]]:
    """The rounds that have been opened, the newest first."""
    found: list[dict[str, Any]] = ask("assessment.list_rounds", limit=ROUNDS)["items"]
    opened = [one for one in found if one["state"] != "planned"]
    return sorted(opened, key=lambda one: (one["state"] == "open", one["from"]), reverse=True)


def _chosen(given: Mapping[str, str], rounds: Sequence[Mapping[str, Any]]) -> Chosen:
    """The filters; one that is not understood is as one that is not set."""
    round_id = _id(given.get("runde")) or ""
    known = {one["round_id"] for one in rounds}
    return Chosen(
        round_id if round_id in known else rounds[0]["round_id"],
        _id(given.get("institution")),
        _id(given.get("gruppe")),
        (given.get("alder") or "")[:10] or None,
    )


def _id(text: str | None) -> str | None:
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        return None


def _is_office(who: Actor) -> bool:
    """Whether the services answer her as administration: in numbers without children."""
    return any(grant.role == "administration" for grant in who.grants)


def _read(chosen: Chosen, who: Actor, *, export: bool = False) -> View:
    office = _is_office(who)
    if office:
        chosen = replace(chosen, group_id=None)
    found = calls().side_by_side(_questions(chosen, office, export), who, context(), SECONDS)
    if isinstance(found["coverage"], Failure):
        raise found["coverage"].error
    coverage = found["coverage"]["items"]
    institutions = list(dict.fromkeys(item["institution_id"] for item in coverage))
    by_group = not office and (chosen.institution_id is not None or len(institutions) == 1)
    key = "group_id" if by_group else "institution_id"
    within = [item for item in coverage if _is_in(item, chosen)]
    spread = _items(found.get("spread"))
    waiting, concerns = found["meetings"], found.get("concerns")
    held = [] if isinstance(waiting, Failure) else waiting["meetings"]
    todo = [] if isinstance(waiting, Failure) or office else matters(
        held, _items(concerns) or (), waiting["concern_ids"], chosen.group_id
    )  # fmt: skip
    counts = _counts(waiting, chosen)
    in_all = max(len(todo), (counts or {}).get("unbooked") or 0) if todo else 0
    todo = todo if export else todo[:MATTERS]
    names = sheets.unit_names(
        {item[name] for item in coverage for name in ("institution_id", "group_id") if item[name]}
        | {matter.group_id for matter in todo}
    )
    kinds = {item["institution_id"]: KINDS.get(item["kind"], item["kind"]) for item in coverage}
    rows = numbers.rows(within, spread, key, names, {} if by_group else kinds)
    ages = numbers.rows(_items(found["ages"]) or (), _items(found.get("by_age")), "age_band", _Ages(), {})
    development = _items(found.get("development"))
    return View(
        chosen,
        office,
        by_group,
        rows,
        numbers.whole(rows, _whole_spread(development, chosen, rows, office)),
        sorted(ages, key=lambda row: [int(part) for part in row.key.split("-") if part.isdigit()]),
        None if development is None else [(one["round_name"], Spread.of(one)) for one in development],
        counts,
        todo,
        in_all,
        names,
        sheets.names(matter.child_id for matter in todo),
        _options(coverage, found["ages"], names, chosen, office),
        _silent(found),
    )


class _Ages(dict[str, str]):
    """An age band in words: “3-6” is “3–5 år”, since its end is not part of it."""

    def get(self, key: Any, default: Any = None) -> str:
        first, _, last = str(key).partition("-")
        if not (first.isdigit() and last.isdigit()):
            return str(key)
        youngest, oldest = int(first), int(last) - 1
        return f"{youngest} år" if youngest == oldest else f"{youngest}–{oldest} år"


def _questions(chosen: Chosen, office: bool, export: bool) -> dict[str, tuple[str, dict[str, Any]]]:
    """One question each; those that administration would be refused are not asked."""
    in_round = {"round_id": chosen.round_id, "export": export}
    level = "institution" if office else "group"
    most = {} if export else {"most": 2 * MATTERS}
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "coverage": (
            "assessment.coverage", {**in_round, "level": level, "age_band": chosen.age_band},
        ),
        "ages": ("assessment.coverage", {**in_round, "level": "age", **chosen.units}),
        "meetings": (
            "meetings.overview", {**chosen.units, "individuals": not office, "export": export, **most},
        ),
    }  # fmt: skip
    narrowed = {**chosen.units, "age_band": chosen.age_band}
    spread = "assessment.distribution"
    if not office:
        asked["spread"] = (spread, {**in_round, "level": "group", **narrowed})
        asked["by_age"] = (spread, {**in_round, "level": "age", **chosen.units})
        asked["development"] = ("assessment.development", narrowed)
        asked["concerns"] = (
            "assessment.list_concerns",
            {"institution_id": chosen.institution_id, "limit": CONCERNS, "export": export},
        )
        return asked
    if chosen.age_band is None:
        asked["spread"] = (
            spread, {**in_round, "level": "institution", "institution_id": chosen.institution_id}
        )  # fmt: skip
    if chosen.institution_id is None:
        asked["by_age"] = (spread, {**in_round, "level": "age"})
        if chosen.age_band is None:
            asked["development"] = ("assessment.development", {})
    return asked


def _items(part: Any) -> list[dict[str, Any]] | None:
    return None if part is None or isinstance(part, Failure) else part["items"]


def _is_in(item: Mapping[str, Any], chosen: Chosen) -> bool:
    return chosen.institution_id in (None, item["institution_id"]) and chosen.group_id in (
        None,
        item["group_id"],
    )


def _whole_spread(
    development: Sequence[Mapping[str, Any]] | None, chosen: Chosen, rows: Sequence[Row], office: bool
) -> Spread | None:
    """The positions of all rows together. What administration sees of the whole is what the service tells of
    it, never a sum; a leader's own numbers are all told, so hers may be added."""
    if office:
        told = [one for one in development or () if one["round_id"] == chosen.round_id]
        return Spread.of(told[0]) if told else rows[0].spread if len(rows) == 1 else None
    spreads = [row.spread for row in rows if row.spread is not None]
    return numbers.add(spreads) if len(spreads) == len(rows) else None


def _counts(waiting: Any, chosen: Chosen) -> Mapping[str, int | None] | None:
    if isinstance(waiting, Failure):
        return None
    if chosen.institution_id is None:
        total: Mapping[str, int | None] = waiting["total"]
        return total
    own = [one for one in waiting["institutions"] if one["institution_id"] == chosen.institution_id]
    none: Mapping[str, int | None] = dict.fromkeys(waiting["total"], 0)
    return own[0] if own else none


def _options(
    coverage: Sequence[Mapping[str, Any]], ages: Any, names: Mapping[str, str], chosen: Chosen, office: bool
) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in each filter, by name."""

    def named(ids: Any) -> list[tuple[str, str]]:
        return sorted(
            ((one, names.get(one, one)) for one in dict.fromkeys(ids)), key=lambda pair: pair[1].casefold()
        )

    groups = [] if office else [
        item["group_id"] for item in coverage if chosen.institution_id in (None, item["institution_id"])
    ]  # fmt: skip
    words = _Ages()
    bands = sorted({item["age_band"] for item in _items(ages) or ()}, key=_youngest)
    return {
        "institution": named(item["institution_id"] for item in coverage),
        "gruppe": named(groups),
        "alder": [(band, words.get(band)) for band in bands],
    }


def _youngest(band: str) -> int:
    first = band.partition("-")[0]
    return int(first) if first.isdigit() else 99


def _silent(found: Mapping[str, Any]) -> list[str]:
    parts = {"meetings": "Møder"}
    down = [name for name, part in found.items() if isinstance(part, Failure)]
    return list(dict.fromkeys(parts.get(name, "Vurdering") for name in down))


# What is shown ---------------------------------------------------------------------------------------


def _page(
    rounds: Sequence[Mapping[str, Any]],
    view: View,
    fields: Mapping[str, str] | None = None,
    purpose: str = "",
) -> str:
    chosen = view.chosen
    kept = {
        "runde": chosen.round_id,
        "institution": chosen.institution_id or "",
        "gruppe": chosen.group_id or "",
        "alder": chosen.age_band or "",
    }
    shown = next(one for one in rounds if one["round_id"] == chosen.round_id)
    return render_template(
        "overview/index.html",
        view=view,
        round=shown,
        days_left=sheets.days_left(shown["to"]),
        rounds=[(one["round_id"], one["name"]) for one in rounds],
        kept=kept,
        filtered=any(kept[name] for name in ("institution", "gruppe", "alder")),
        fields=fields or {},
        purpose=purpose,
        day_of=day_of,
        meeting_link=meeting_link,
    )


def _sheets(view: View) -> list[tuple[str, Sequence[str], Sequence[Sequence[Any]]]]:
    """The tables of a file: units, ages, and a leader's matters last."""
    where = "Gruppe" if view.by_group else "Institution"
    heads = ("Vurderet", "I alt", "Procent", "Ikke vurderet efter frist", "Grøn", "Gul", "Rød")
    found: list[tuple[str, Sequence[str], Sequence[Sequence[Any]]]] = [
        ("Dækning og position", (where, *heads), [_line(row) for row in (*view.rows, view.total)]),
        ("Alder", ("Alder", *heads), [_line(row) for row in view.ages]),
    ]
    if view.development is not None:
        lines = [(name, *_cells(spread)) for name, spread in view.development]
        found.append(("Runder", ("Runde", "Grøn", "Gul", "Rød"), lines))
    if not view.office:
        lines = [
            (
                _name(view, matter.child_id),
                view.names.get(matter.group_id, ""),
                matter.what,
                danish.day(matter.due) if matter.due else "",
                ". ".join(matter.late),
            )
            for matter in view.matters
        ]
        found.append(("Sager", ("Barn", "Gruppe", "Hvad", "Frist", "Overskredet"), lines))
    return found


def _line(row: Row) -> Sequence[Any]:
    return (row.name, row.assessed, row.total, row.percent, row.overdue, *_cells(row.spread))


def _cells(spread: Spread | None) -> tuple[Any, ...]:
    if spread is None:
        return (HIDDEN, HIDDEN, HIDDEN)
    return tuple(HIDDEN if count is None else count for count in (spread.green, spread.yellow, spread.red))


def _name(view: View, child_id: str) -> str:
    child = view.children.get(child_id)
    return f"{child['first_name']} {child['last_name']}" if child else "Et barn, der er flyttet"

"""The model profile as a form: from settings to fields, from fields to settings, and in words.

A field's place in the settings (`settings.kinds.2.windows.0.from`) and its id on the page are kept side by
side, so that what the service says of the one is shown at the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from services.gateway.web.words import KINDS

BLANK_WINDOWS = 1
BLANK_BANDS = 1
MORE = 3
"""Empty rows when somebody asks for more."""
GRADES = range(11)
_DAY = re.compile(r"(\d{1,2})\s*[-./]\s*(\d{1,2})\.?")


@dataclass
class Typed:
    """The settings in a form; `places` says where on the page each part stands."""

    settings: dict[str, Any]
    places: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def where(self, path: str) -> str:
        """The id on the page of what stands at `path`, or of what it is a part of."""
        while path:
            if path in self.places:
                return self.places[path]
            path = path.rpartition(".")[0]
        return "note"


def values_of(settings: Mapping[str, Any], more: str = "") -> dict[str, Any]:
    """The fields' values for stored settings; `more` names a part that is to have empty rows."""
    kinds = {kind["kind"]: kind for kind in settings["kinds"]}
    order = list(settings["place_order"])
    return {
        "deadlines": dict(settings["deadlines"]),
        "kinds": [
            {
                "code": code,
                "name": name,
                "used": code in kinds,
                "min": kinds[code]["min_own_ratings"] if code in kinds else 1,
                "order": order.index(code) + 1 if code in order else len(order) + 1,
                "windows": [
                    {"from": day_shown(window["from"]), "to": day_shown(window["to"])}
                    for window in (kinds[code]["windows"] if code in kinds else [])
                ]
                + _blank(BLANK_WINDOWS, "from", "to"),
            }
            for code, name in KINDS.items()
        ],
        "bands": [
            {"code": band["code"], "from": band["from"], "to": band["to"], "was": band["code"]}
            for band in settings["age_bands"]
        ]
        + _blank(MORE if more == "bands" else BLANK_BANDS, "code", "from", "to", "was"),
        "grades": set(settings["school_grades"]),
        "closed": ", ".join(day_shown(day) for day in settings.get("closed_days", ())),
        "small": settings.get("small_numbers_below", 5),
        "note": "",
        "drop": False,
    }


def values_in(form: Mapping[str, str], grades: list[str], more: str = "") -> dict[str, Any]:
    """The fields' values as they were typed."""
    get = lambda name: form.get(name, "").strip()  # noqa: E731
    return {
        "deadlines": {name: get(name) for name in ("invite_working_days", "hold_days", "follow_up_months")},
        "kinds": [
            {
                "code": code,
                "name": name,
                "used": bool(form.get(f"use-{code}")),
                "min": get(f"min-{code}"),
                "order": get(f"order-{code}"),
                "windows": list(_rows(form, f"window-{code}", ("from", "to")))
                + _blank(MORE if more == "windows" else BLANK_WINDOWS, "from", "to"),
            }
            for code, name in KINDS.items()
        ],
        "bands": list(_rows(form, "band", ("code", "from", "to"), ("was",)))
        + _blank(MORE if more == "bands" else BLANK_BANDS, "code", "from", "to", "was"),
        "grades": {int(grade) for grade in grades if grade.isdecimal()},
        "closed": get("closed"),
        "small": get("small"),
        "note": get("note"),
        "drop": bool(form.get("drop")),
    }


def _rows(
    form: Mapping[str, str], name: str, parts: tuple[str, ...], hidden: tuple[str, ...] = ()
) -> Iterator[dict[str, str]]:
    """The rows of a list that have something in them, or had."""
    index = 0
    while any(f"{name}-{index}-{part}" in form for part in parts):
        row = {part: form.get(f"{name}-{index}-{part}", "").strip() for part in (*parts, *hidden)}
        if any(row.values()):
            yield row
        index += 1


def _blank(count: int, *parts: str) -> list[dict[str, str]]:
    return [dict.fromkeys(parts, "") for _row in range(count)]


def settings_of(values: Mapping[str, Any]) -> Typed:
    """The settings that the values mean. What cannot be a number or a day is left for the service to refuse,
    except days, which people write otherwise than programs do."""
    typed = Typed({})
    typed.settings = {
        "kinds": _kinds(values, typed),
        "place_order": _order(values),
        "age_bands": _bands(values, typed),
        "school_grades": sorted(values["grades"]),
        "deadlines": {name: _number(text) for name, text in values["deadlines"].items()},
        "closed_days": _closed(values["closed"], typed),
        "small_numbers_below": _number(values["small"]),
    }
    if not values["note"]:
        typed.faults["note"] = _("Skriv kort, hvad du ændrer, og hvorfor.")
    typed.places |= {
        f"settings.deadlines.{name}": name for name in values["deadlines"]
    } | {
        "settings.place_order": f"order-{next(iter(KINDS))}",
        "settings.kinds": f"use-{next(iter(KINDS))}",
        "settings.age_bands": "band-0-code",
        "settings.school_grades": "grade-0",
        "settings.closed_days": "closed",
        "settings.small_numbers_below": "small",
        "indicators": "band-0-code",
        "note": "note",
    }  # fmt: skip
    return typed


def _kinds(values: Mapping[str, Any], typed: Typed) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for kind in values["kinds"]:
        if not kind["used"]:
            continue
        path = f"settings.kinds.{len(found)}"
        typed.places |= {
            path: f"use-{kind['code']}",
            f"{path}.min_own_ratings": f"min-{kind['code']}",
            f"{path}.windows": f"window-{kind['code']}-0-from",
        }
        windows: list[dict[str, str]] = []
        for row, window in enumerate(kind["windows"]):
            if not (window["from"] or window["to"]):
                continue
            for part in ("from", "to"):
                place = f"window-{kind['code']}-{row}-{part}"
                typed.places[f"{path}.windows.{len(windows)}.{part}"] = place
                if not _is_day(window[part]):
                    typed.faults[place] = _("Skriv dag og måned som 15-03.")
            typed.places[f"{path}.windows.{len(windows)}"] = f"window-{kind['code']}-{row}-from"
            windows.append({part: day_stored(window[part]) for part in ("from", "to")})
        found.append({"kind": kind["code"], "min_own_ratings": _number(kind["min"]), "windows": windows})
    return found


def _order(values: Mapping[str, Any]) -> list[str]:
    used = [kind for kind in values["kinds"] if kind["used"]]
    return [kind["code"] for kind in sorted(used, key=lambda kind: _rank(kind["order"]))]


def _rank(text: Any) -> int:
    number = _number(text)
    return number if isinstance(number, int) else len(KINDS) + 1


def _bands(values: Mapping[str, Any], typed: Typed) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for row, band in enumerate(values["bands"]):
        if not (band["code"] or band["from"] != "" or band["to"] != ""):
            continue
        path = f"settings.age_bands.{len(found)}"
        typed.places |= {f"{path}.{part}": f"band-{row}-{part}" for part in ("code", "from", "to")}
        found.append({"code": band["code"], "from": _number(band["from"]), "to": _number(band["to"])})
    return found


def renamed(values: Mapping[str, Any]) -> dict[str, str | None]:
    """What became of the bands there were: their new code, or None when they were emptied."""
    return {band["was"]: band["code"] or None for band in values["bands"] if band["was"]}


def _closed(text: str, typed: Typed) -> list[str]:
    parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    if not all(_is_day(part) for part in parts):
        typed.faults["closed"] = _("Skriv dagene som 24-12 med komma imellem.")
    return [day_stored(part) for part in parts]


def _number(text: Any) -> Any:
    """A number where it is one; anything else is for the service to refuse in its own words."""
    words = str(text).strip()
    return int(words) if re.fullmatch(r"-?\d{1,9}", words) else words


def day_shown(stored: str) -> str:
    """“03-15” as Danes write it: “15-03”."""
    month, _dash, day = stored.partition("-")
    return f"{day}-{month}"


def _is_day(shown: str) -> bool:
    found = _DAY.fullmatch(shown)
    return found is not None and 1 <= int(found[1]) <= 31 and 1 <= int(found[2]) <= 12


def day_stored(shown: str) -> str:
    found = _DAY.fullmatch(shown)
    return f"{int(found[2]):02}-{int(found[1]):02}" if found else shown


def in_words(settings: Mapping[str, Any]) -> dict[str, str]:
    """The settings by the names of the form, for comparing versions."""
    limits = settings["deadlines"]
    order = [KINDS.get(kind, kind) for kind in settings["place_order"]]
    grades = [str(grade) for grade in settings["school_grades"]]
    closed = [day_shown(day) for day in settings.get("closed_days", ())]
    found = {
        _("Invitér senest"): _("%(count)s arbejdsdage", count=limits["invite_working_days"]),
        _("Hold mødet senest"): _("%(count)s dage", count=limits["hold_days"]),
        _("Følg op senest"): _("%(count)s måneder", count=limits["follow_up_months"]),
    }
    for kind in settings["kinds"]:
        name = KINDS.get(kind["kind"], kind["kind"]).capitalize()
        windows = [f"{day_shown(each['from'])} – {day_shown(each['to'])}" for each in kind["windows"]]
        found[_("%(kind)s: vinduer", kind=name)] = ", ".join(windows)
        found[_("%(kind)s: egne vurderinger", kind=name)] = _(
            "mindst %(count)s", count=kind["min_own_ratings"]
        )
    for band in settings["age_bands"]:
        found[_("Alderstrin %(code)s", code=band["code"])] = _(
            "fra %(first)s til %(end)s år", first=band["from"], end=band["to"]
        )
    return found | {
        _("Hvem vurderer først"): ", ".join(order),
        _("Klassetrin"): ", ".join(grades),
        _("Dage uden arbejde"): ", ".join(closed),
        _("Små tal skjules under"): str(settings.get("small_numbers_below", 5)),
    }

"""The form of a joint discussion as it comes in: what was agreed about each child, as it was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from services.gateway.web.rating_form import UUID, tidy

TEXTS = ("context", "works_well", "focus", "reason")


def agreed(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What is agreed about a child on a track, in one form however it came here."""
    given = given or {}
    return {
        "track": str(given.get("track") or "institution"),
        "position": str(given.get("position") or ""),
        **{name: tidy(given.get(name)) for name in TEXTS},
        "with_parents": bool(given.get("with_parents")),
        "suspects_parents": bool(given.get("suspects_parents")),
    }


@dataclass(frozen=True)
class Agreed:
    """One child's part of the form."""

    id: str
    version: int
    values: Mapping[str, Any]

    @property
    def decided(self) -> bool:
        return bool(self.values["position"])

    @property
    def fault(self) -> dict[str, str]:
        """What keeps it from being sent to assessment at all, by field."""
        if self.decided or not any(self.values[name] for name in TEXTS):
            return {}
        return {"position": _("Vælg den position, I er blevet enige om, eller slet det skrevne.")}

    def item(self, participants: list[str]) -> dict[str, Any]:
        """As `assessment.finalise_group` takes it."""
        return {
            "child_assessment_id": self.id,
            "expected_version": self.version,
            **self.values,
            "participants": participants,
        }


def read(form: MultiDict[str, str]) -> list[Agreed]:
    """The children of a form; what is none of ours is left out."""
    found = []
    for name, text in form.items():
        prefix, _dash, id_ = name.partition("-")
        if prefix != "v" or not UUID.fullmatch(id_) or not text.isdecimal():
            continue
        values = {field: form.get(f"{field}-{id_}") for field in ("track", "position", *TEXTS)}
        ticked = {field: form.get(f"{field}-{id_}") == "1" for field in ("with_parents", "suspects_parents")}
        found.append(Agreed(id_, int(text[:9]), agreed({**values, **ticked})))
    return found


def participants(form: MultiDict[str, str]) -> list[str]:
    """Who took part, each once."""
    return [id_ for id_ in dict.fromkeys(form.getlist("participant")) if UUID.fullmatch(id_)]

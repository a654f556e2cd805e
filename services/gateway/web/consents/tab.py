"""The child's tab “Samtykker”: who has access now, what is awaited, what has been, and what was exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app, render_template, url_for

from services.gateway.calls import Failure
from services.gateway.web import child as child_page
from services.gateway.web import consent_words as words
from services.gateway.web import sheets
from services.gateway.web.acting import ask_together
from services.gateway.web.consents import CHILD, blueprint, reading


@blueprint.get(f"{CHILD}/samtykker")
def child(child_id: UUID) -> str:
    found = ask_together(
        child=("registry.child", {"child_id": str(child_id)}),
        consents=("consent.list_by_child", {"child_id": str(child_id)}),
        exchanges=("consent.list_exchanges", {"child_id": str(child_id)}),
    )
    if isinstance(found["child"], Failure):
        raise found["child"].error
    part = found["consents"]
    if isinstance(part, Failure) and part.error.status < 500:
        raise part.error
    items = [reading.summary(one) for one in sheets.items(part)]
    exchanges = sheets.items(found["exchanges"])
    people = sheets.staff_names(
        id_ for one in (*items, *exchanges) if (id_ := one.get("requested_by") or one.get("registered_by"))
    )
    return render_template(
        "consents/child.html",
        **child_page.frame(found["child"], "consents.child"),
        silent=isinstance(part, Failure) or isinstance(found["exchanges"], Failure),
        open=[one for one in items if one["is_valid"]],
        waiting=[one for one in items if one["state"] in reading.PENDING],
        former=[one for one in items if not one["is_valid"] and one["state"] not in reading.PENDING],
        exchanges=[_exchange(one) for one in exchanges],
        people=people,
        day=reading.day,
        exchange_form=_exchange_form(str(child_id)),
    )


def _exchange(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **one,
        "basis_word": words.BASES.get(one["basis"], one["basis"]),
        "information_words": words.words(one["information"], words.INFORMATION),
        "parties": [party["name"] for party in one["parties"]],
    }


def _exchange_form(child_id: str) -> str | None:
    """Where an exchange is registered, when that page is there."""
    known = "exchanges.new" in current_app.view_functions
    return url_for("exchanges.new", child_id=child_id) if known else None

"""What the parents' pages behind a link share: the call by it, the seal on the answer, a place's name."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app

from services.chassis.errors import TrivselError
from services.chassis.logs import logger
from services.gateway.api.dispatch import LINK_ACTOR
from services.gateway.calls import Calls
from services.gateway.request import context

_log = logger("parents")


def call(method: str, data: dict[str, Any], timeout: float = 8.0) -> Any:
    """A call whose authority is the link in it."""
    calls: Calls = current_app.extensions["calls"]
    return calls.one(method, data, LINK_ACTOR, context(), timeout)


def sealed(response: Response) -> Response:
    """The address holds the link, so no other site may learn it and no searcher keep it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def places(*institution_ids: str) -> dict[str, str]:
    """The places' names; the page is whole without them, should registry not answer."""
    wanted = list(dict.fromkeys(institution_ids))
    if not wanted:
        return {}
    try:
        items = call("registry.unit_names", {"unit_ids": wanted}, timeout=2.0)["items"]
    except TrivselError as error:
        _log.warning("no place shown", code=error.code)
        return {}
    return {one["unit_id"]: one["name"] for one in items}


def status_of(error: TrivselError) -> int:
    """The status of a kind page: what is not ours and what is refused are the same to who holds the link."""
    return error.status if error.status in (404, 410, 503, 504) else 404 if error.status < 500 else 503

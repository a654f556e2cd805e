"""The parents' page behind the link in an invitation: choose a time, ask for others, or say no.

The link is the key: nobody signs in, and whoever holds it sees times and a place, no name and no reason.
Looking changes nothing, since mail programs look at links by themselves; only the form answers.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for

from services.chassis.errors import Conflict, Invalid, TrivselError
from services.chassis.logs import logger
from services.gateway.api.dispatch import LINK_ACTOR
from services.gateway.calls import Calls
from services.gateway.request import context
from services.gateway.timeline import moment_of
from services.gateway.web import danish
from services.gateway.web.parents_texts import LANGUAGES, TEXTS

blueprint = Blueprint("parents", __name__)

WORDS_MAX = 4000
FIELDS = ("wishes", "points")

_log = logger("parents")


@blueprint.get("/svar/<token>")
def invitation(token: str) -> Response:
    try:
        view = _call("meetings.parent_view", {"token": token})
    except TrivselError as error:
        return _kind_page(error)
    return _page(token, view, given=request.args.get("gemt"))


@blueprint.post("/svar/<token>")
def answer(token: str) -> Response:
    form = {name: value.strip() for name, value in request.form.items()}
    try:
        outcome = _call("meetings.answer", {"token": token, **_answer(form)}).get("outcome")
    except (Invalid, Conflict) as error:
        return _again(token, form, error)
    except TrivselError as error:
        return _kind_page(error)
    # A page that is loaded again must not answer again.
    place = url_for("parents.invitation", token=token, gemt=outcome or "noted")
    return _sealed(redirect(place, code=303))  # type: ignore[arg-type]


def _answer(form: dict[str, str]) -> dict[str, Any]:
    """The form as the service takes it: one choice, and what she wishes to add."""
    data: dict[str, Any] = {name: form[name][:WORDS_MAX] for name in FIELDS if form.get(name)}
    choice = form.get("choice", "")
    if choice.startswith("time:"):
        data |= {"choice": "accepted", "proposal_id": choice.removeprefix("time:")}
    elif choice in ("other_times", "declined"):
        data["choice"] = choice
    if "interpreter_asked" in form:
        data["interpreter"] = form.get("interpreter") == "1"
        if data["interpreter"] and form.get("interpreter_language"):
            data["interpreter_language"] = form["interpreter_language"]
    return data


def _again(token: str, form: dict[str, str], error: TrivselError) -> Response:
    """The form once more with what she wrote kept, and what to mend."""
    try:
        view = _call("meetings.parent_view", {"token": token})
    except TrivselError as gone:
        return _kind_page(gone)
    return _page(token, view, form=form, problem=error, status=error.status)


def _page(
    token: str,
    view: dict[str, Any],
    *,
    form: dict[str, str] | None = None,
    problem: TrivselError | None = None,
    given: str | None = None,
    status: int = 200,
) -> Response:
    language = str(view.get("language"))
    language = language if language in TEXTS else "da"
    own = view.get("own") or {}
    values = form or {
        "wishes": own.get("wishes") or "",
        "points": own.get("points") or "",
        "interpreter": "1" if own.get("interpreter_language") else "",
        "interpreter_language": own.get("interpreter_language") or "",
        "choice": f"time:{own['proposal_id']}" if own.get("proposal_id") else "",
    }
    page = render_template(
        "parents.html",
        token=token,
        view=view,
        values=values,
        texts=TEXTS[language],
        language=language,
        languages=LANGUAGES,
        problem=problem,
        given=given if given in TEXTS[language]["given"] else None,
        institution=_institution(view.get("institution_id")),
        times=[_time(proposal, language) for proposal in view.get("proposals") or []],
        fixed=_time(view, language) if view.get("starts_at") else None,
        answer_by=danish.moment(moment_of(view["answer_by"]), language) if view.get("answer_by") else None,
    )
    return _sealed(Response(page, status=status))


def _time(item: dict[str, Any], language: str) -> dict[str, str]:
    starts, ends = moment_of(item["starts_at"]), moment_of(item["ends_at"])
    return {
        "id": item.get("proposal_id", ""),
        "day": f"{danish.weekday(starts, language)} {danish.day(starts, language)}",
        "clock": f"{danish.clock(starts, language)}–{danish.clock(ends, language)}",
    }


def _institution(institution_id: str | None) -> str | None:
    """The place's name; the page is whole without it, should registry not answer."""
    if not institution_id:
        return None
    try:
        items = _call("registry.unit_names", {"unit_ids": [institution_id]}, timeout=2.0)["items"]
    except TrivselError as error:
        _log.warning("no place shown", code=error.code)
        return None
    return items[0]["name"] if items else None


def _kind_page(error: TrivselError) -> Response:
    """What to do, in both languages since we do not know whose link it was; nothing about anybody."""
    kind = {410: "expired", 404: "unknown", 409: "unknown", 422: "unknown"}.get(error.status, "later")
    page = render_template("parents_closed.html", kind=kind, texts=TEXTS)
    status = error.status if error.status in (404, 410, 503, 504) else 404 if error.status < 500 else 503
    return _sealed(Response(page, status=status))


def _sealed(response: Response) -> Response:
    """The address holds the link, so no other site may learn it and no searcher keep it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _call(method: str, data: dict[str, Any], timeout: float = 8.0) -> Any:
    calls: Calls = current_app.extensions["calls"]
    return calls.one(method, data, LINK_ACTOR, context(), timeout)

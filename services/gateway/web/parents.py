"""The parents' pages behind the links in their messages: answer an invitation, and read the minutes.

The link is the key: nobody signs in, and whoever holds it sees what it was made for; no page of ours adds a
name or a reason to it.
Looking changes nothing, since mail programs look at links by themselves; only the form answers.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from services.chassis import clock
from services.chassis.errors import Conflict, Invalid, NotFound, TrivselError
from services.gateway.timeline import moment_of
from services.gateway.web import by_link, danish, minutes_paper
from services.gateway.web.by_link import call, sealed, status_of
from services.gateway.web.calendar_file import calendar_file
from services.gateway.web.minutes_words import without_cpr
from services.gateway.web.parents_texts import LANGUAGES, TEXTS

blueprint = Blueprint("parents", __name__)

WORDS_MAX = 4000
FIELDS = ("wishes", "points")


@blueprint.get("/svar/<token>")
def invitation(token: str) -> Response:
    try:
        view = call("meetings.parent_view", {"token": token})
    except TrivselError as error:
        return _kind_page(error)
    return _page(token, view, given=request.args.get("gemt"))


@blueprint.post("/svar/<token>")
def answer(token: str) -> Response:
    form = {name: value.strip() for name, value in request.form.items()}
    try:
        outcome = call("meetings.answer", {"token": token, **_answer(form)}).get("outcome")
    except (Invalid, Conflict) as error:
        return _again(token, form, error)
    except TrivselError as error:
        return _kind_page(error)
    # A page that is loaded again must not answer again.
    place = url_for("parents.invitation", token=token, gemt=outcome or "noted", sprog=_asked())
    return sealed(redirect(place, code=303))  # type: ignore[arg-type]


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
        view = call("meetings.parent_view", {"token": token})
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
    language = _language(view)
    own = view.get("own") or {}
    values = form or {
        "wishes": own.get("wishes") or "",
        "points": own.get("points") or "",
        "interpreter": "1" if own.get("interpreter_language") else "",
        "interpreter_language": own.get("interpreter_language") or "",
        "choice": f"time:{own['proposal_id']}" if own.get("proposal_id") else "",
    }
    page = render_template(
        "parents/invitation.html",
        token=token,
        foreign=view.get("language") not in TEXTS,
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
    return sealed(Response(page, status=status))


@blueprint.get("/svar/<token>/kalender.ics")
def calendar(token: str) -> Response:
    """The agreed meeting for the parent's own calendar; the same UID as in the confirmation's file."""
    try:
        view = call("meetings.parent_view", {"token": token})
    except TrivselError as error:
        return _kind_page(error)
    if view["state"] != "confirmed":
        return _kind_page(NotFound())
    file = calendar_file(
        meeting_id=view["meeting_id"],
        sequence=view["sequence"],
        starts_at=moment_of(view["starts_at"]),
        ends_at=moment_of(view["ends_at"]),
        language=_language(view),
        place=_institution(view.get("institution_id")),
        online=view.get("place") == "online",
        made_at=clock.now(),
    )
    response = Response(file, mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="moede.ics"'
    return sealed(response)


# The minutes -----------------------------------------------------------------------------------------


@blueprint.get("/referat/<token>")
def minutes(token: str) -> Response:
    try:
        view = call("meetings.minutes_view", {"token": token})
    except TrivselError as error:
        return _kind_page(error, of="minutes")
    page = render_template(
        "parents/minutes.html",
        token=token,
        language=_language(view),
        foreign=view.get("language") not in TEXTS,
        paper=_paper(view),
        texts=TEXTS[_language(view)],
    )
    return sealed(Response(page))


@blueprint.get("/referat/<token>/referat.pdf")
def minutes_pdf(token: str) -> Response:
    try:
        view = call("meetings.minutes_view", {"token": token})
        response = Response(minutes_paper.pdf(_paper(view)), mimetype="application/pdf")
    except TrivselError as error:
        return _kind_page(error, of="minutes")
    response.headers["Content-Disposition"] = 'attachment; filename="referat.pdf"'
    return sealed(response)


def _paper(view: dict[str, Any]) -> minutes_paper.Paper:
    """The shared minutes as they are read and printed: the words as they were written, ours around them."""
    language = _language(view)
    texts = TEXTS[language]["minutes"]
    facts = []
    if view.get("starts_at"):
        when = _time(view, language)
        facts.append((texts["when"], f"{when['day']}, {'kl. ' if language == 'da' else ''}{when['clock']}"))
    if view.get("place") == "online":
        facts.append((texts["place"], TEXTS[language]["online"]))
    elif institution := _institution(view.get("institution_id")):
        facts.append((texts["place"], institution))
    agreements = [
        minutes_paper.Agreed(
            row["what"],
            row["who"],
            f"{texts['due']} {danish.day(_day(row['due']), language)}" if row["due"] else "",
        )
        for row in view["agreements"]
    ]
    closing = (
        [(texts["next"], danish.day(_day(view["follow_up_on"]), language))] if view["follow_up_on"] else []
    )
    return minutes_paper.Paper(
        language=language,
        title=texts["title"],
        facts=facts,
        points=[
            (without_cpr(item["heading"] or texts["point"]), without_cpr(item["text"]))
            for item in view["items"]
        ],
        agreements_title=texts["agreements"],
        agreements=agreements,
        page_word=texts["page"],
        closing=closing,
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _language(view: dict[str, Any]) -> str:
    """The guardian's own language as far as we write it, or the one she has just chosen."""
    known = str(view.get("language"))
    return _asked() or (known if known in TEXTS else "da")


def _asked() -> str | None:
    asked = request.args.get("sprog", "")
    return asked if asked in TEXTS else None


def _time(item: dict[str, Any], language: str) -> dict[str, str]:
    starts, ends = moment_of(item["starts_at"]), moment_of(item["ends_at"])
    return {
        "id": item.get("proposal_id", ""),
        "day": f"{danish.weekday(starts, language)} {danish.day(starts, language)}",
        "clock": f"{danish.clock(starts, language)}–{danish.clock(ends, language)}",
    }


def _institution(institution_id: str | None) -> str | None:
    """The place's name, if it is known and can be had."""
    return by_link.places(institution_id).get(institution_id) if institution_id else None


def _kind_page(error: TrivselError, of: str = "invitation") -> Response:
    """What to do, in both languages since we do not know whose link it was; nothing about anybody."""
    kind = {410: "expired", 404: "unknown", 409: "unknown", 422: "unknown"}.get(error.status, "later")
    if kind == "expired" and of == "minutes":
        kind = "minutes_expired"
    page = render_template("parents/closed.html", kind=kind, texts=TEXTS)
    return sealed(Response(page, status=status_of(error)))

"""The parents' page about a change of institution: what the old place wants to tell the new one.

The link is the key, to this one form and this one parent. Looking changes nothing; only the form answers.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from services.chassis.errors import Conflict, Invalid, TrivselError
from services.gateway.timeline import day_of
from services.gateway.web import danish
from services.gateway.web.by_link import call, places, sealed, status_of
from services.gateway.web.parents_transition_texts import LANGUAGES, RIGHT_TO_LEFT, TEXTS

blueprint = Blueprint("parents_transition", __name__)

ANSWERS = ("seen", "objects")
WORDS_MAX = 4000


@blueprint.get("/overgang/<token>")
def show(token: str) -> Response:
    view = call("meetings.transition_view", {"token": token})
    return _page(token, view, given=request.args.get("gemt") == "1")


@blueprint.post("/overgang/<token>")
def answer(token: str) -> Response:
    choice, words = request.form.get("answer", ""), request.form.get("words", "").strip()[:WORDS_MAX]
    if choice not in ANSWERS:
        view = call("meetings.transition_view", {"token": token})
        return _page(token, view, typed=(choice, words), problem="missing", status=422)
    try:
        call(
            "meetings.answer_transition",
            {"token": token, "objects": choice == "objects", "words": words or None},
        )
    except (Invalid, Conflict) as error:
        view = call("meetings.transition_view", {"token": token})
        return _page(token, view, typed=(choice, words), problem="again", status=error.status)
    # A page that is loaded again must not answer again.
    place = url_for("parents_transition.show", token=token, gemt=1, sprog=_asked())
    return sealed(redirect(place, code=303))  # type: ignore[arg-type]


@blueprint.errorhandler(TrivselError)
def _closed(error: TrivselError) -> Response:
    """What to do, in each language since we do not know whose link it was; nothing about anybody."""
    kind = {410: "expired", 404: "unknown", 409: "unknown", 422: "unknown"}.get(error.status, "later")
    order = sorted(TEXTS, key=lambda code: code != _asked())
    return _rendered("transition_closed", order[0], status_of(error), kind=kind, order=order, every=TEXTS)


def _page(
    token: str,
    view: dict[str, Any],
    *,
    typed: tuple[str, str] | None = None,
    problem: str = "",
    given: bool = False,
    status: int = 200,
) -> Response:
    known = str(view["language"])
    language = _asked() or (known if known in TEXTS else "da")
    stored = "objects" if view["objects"] else "seen" if view["seen"] else ""
    choice, words = typed or (stored, view["words"] or "")
    names = places(view["from_institution_id"], view["to_institution_id"])
    return _rendered(
        "transition",
        language,
        status,
        token=token,
        view=view,
        choice=choice,
        written=words,
        problem=problem,
        given=given,
        leaves=names.get(view["from_institution_id"]),
        reaches=names.get(view["to_institution_id"]),
        starts=danish.day(day_of(view["starts_on"]), language),
        parts=[(TEXTS[language]["fields"][name], text) for name, text in view["form"].items() if text],
        languages=[
            (code, name, url_for("parents_transition.show", token=token, sprog=code))
            for code, name in LANGUAGES.items()
        ],
    )


def _rendered(template: str, language: str, status: int, **more: Any) -> Response:
    page = render_template(
        f"parents/{template}.html",
        language=language,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        right_to_left=RIGHT_TO_LEFT,
        texts=TEXTS[language],
        **more,
    )
    return sealed(Response(page, status=status))


def _asked() -> str | None:
    asked = request.args.get("sprog", "")
    return asked if asked in TEXTS else None

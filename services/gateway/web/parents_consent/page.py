"""The consent itself: its text as it was rendered for her, her answer in two steps, withdrawing in two."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request, url_for

from services.chassis import clock
from services.chassis.errors import Conflict, Forbidden, Invalid, TrivselError
from services.gateway.web.by_link import call, sealed
from services.gateway.web.parents_consent import identity
from services.gateway.web.parents_consent.frame import asked_language, blueprint, language_of, page
from services.gateway.web.parents_consent.standing import kind_of, standing
from services.gateway.web.parents_consent.words import day, filled, moment, words

ANSWERS = ("yes", "no")
RECEIPTS = (*ANSWERS, "withdrawn")
MARK = 16
"""Signs of a text's hash that a receipt shows: enough to tell two texts apart, few enough to read aloud."""


@blueprint.get("/samtykke/<token>")
def show(token: str) -> Response:
    return _shown(token, _view(token), given=request.args.get("gemt"))


@blueprint.get("/samtykke/<token>/svar")
def confirm(token: str) -> Response:
    """Her choice once more before it counts; where the municipality asks for it, who she is first."""
    view = _view(token)
    choice = request.args.get("svar", "")
    if not view["can_answer"]:
        return _shown(token, view)
    if choice not in ANSWERS:
        return _shown(token, view, problem="missing", status=422)
    if request.args.get("tekst", view["text_hash"]) != view["text_hash"]:
        return _shown(token, view, problem="changed", status=409)
    proven = identity.proven(token)
    if choice == "yes" and view["needs_identity"] and proven is None:
        return identity.asked(token, view)
    return page(
        "confirm",
        language_of(view),
        token=token,
        view=view,
        choice=choice,
        proven=proven is not None and view["needs_identity"],
    )


@blueprint.post("/samtykke/<token>/svar")
def answer(token: str) -> Response:
    choice = request.form.get("answer", "")
    data: dict[str, Any] = {"token": token, "answer": choice, "text_hash": request.form.get("text_hash", "")}
    proven = identity.proven(token)
    if proven is not None and choice == "yes":
        data["identity"] = proven
    try:
        call("consent.sign", data)
    except Forbidden as refused:
        if refused.code != "identity-needed":
            raise
        return _away(url_for(".confirm", token=token, svar=choice, sprog=asked_language()))
    except (Conflict, Invalid) as refused:
        return _again(token, refused)
    return identity.forgotten(_away(url_for(".show", token=token, gemt=choice, sprog=asked_language())))


@blueprint.get("/samtykke/<token>/traek-tilbage")
def before_withdrawing(token: str) -> Response:
    """What happens at once, before it does."""
    view = _view(token)
    if not view["can_withdraw"]:
        return _shown(token, view)
    return page("withdraw", language_of(view), token=token, view=view)


@blueprint.post("/samtykke/<token>/traek-tilbage")
def withdraw(token: str) -> Response:
    """Never harder than to give: the link suffices, whatever a yes had to rest on."""
    try:
        call("consent.withdraw", {"token": token})
    except Conflict as refused:
        return _again(token, refused)
    # A page that is loaded again must not do it again.
    return _away(url_for(".show", token=token, gemt="withdrawn", sprog=asked_language()))


def _view(token: str) -> dict[str, Any]:
    view: dict[str, Any] = call("consent.parent_view", {"token": token})
    return view


def _away(place: str) -> Response:
    return sealed(redirect(place, code=303))  # type: ignore[arg-type]


def _again(token: str, refused: TrivselError) -> Response:
    """How it stands now, and why nothing was saved."""
    known = {"text-changed": "changed", "not-now": "not_now", "no-say": "not_now", "too-late": "not_now"}
    missing = isinstance(refused, Invalid) and "answer" in refused.fields
    problem = "missing" if missing else known.get(refused.code, "again")
    return _shown(token, _view(token), problem=problem, status=refused.status)


def _shown(
    token: str,
    view: dict[str, Any],
    *,
    given: str | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    language = language_of(view)
    stands = standing(view, clock.today())
    return page(
        "show",
        language,
        status,
        token=token,
        view=view,
        message=_message(view, language, stands, given),
        receipt=_receipt(view, language),
        answer_by=day(view["answer_by"], language),
        problem=_problem(problem, language),
    )


def _problem(name: str | None, language: str) -> str | None:
    texts = words(language)
    return texts["ask"]["missing"] if name == "missing" else texts["problems"][name] if name else None


def _message(
    view: dict[str, Any], language: str, stands: str | None, given: str | None
) -> tuple[str, str, str] | None:
    """What is said at the top: its kind, a heading and a sentence."""
    texts = words(language)
    if given in RECEIPTS and given == view["answer"]:
        heading, sentence = texts["given"][given]
        if given == "yes":  # thanked, and told whether anything is still awaited
            sentence = f"{_told(view, language, stands)[1]} {sentence}"
        return "success", heading, sentence
    if stands is None:
        return None
    heading, sentence = _told(view, language, stands)
    return kind_of(stands), heading, sentence


def _told(view: dict[str, Any], language: str, stands: str | None) -> tuple[str, str]:
    heading, sentence = words(language)["standing"][stands or "waiting"]
    days = {"from": day(view["valid_from"], language), "to": day(view["valid_to"], language)}
    return heading, filled(sentence, **days)


def _receipt(view: dict[str, Any], language: str) -> dict[str, str] | None:
    if view["answer"] not in RECEIPTS or not view["answered_at"]:
        return None
    texts = words(language)["receipt"]
    span = {"from": day(view["valid_from"], language), "to": day(view["valid_to"], language)}
    return {
        "answer": texts["answers"][view["answer"]],
        "when": moment(view["answered_at"], language),
        "validity": filled(texts["from_to"], **span),
        "mark": view["text_hash"][:MARK],
    }

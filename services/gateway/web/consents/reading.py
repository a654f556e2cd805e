"""A consent as the pages show it: codes and ids together with names, days and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from services.chassis import clock
from services.gateway.calls import Failure
from services.gateway.timeline import day_of, moment_of
from services.gateway.web import consent_words as words
from services.gateway.web import danish, sheets
from services.gateway.web.acting import ask, ask_together
from services.gateway.web.language import language
from services.gateway.web.meeting_words import language as language_word

PENDING = frozenset({"requested", "partial"})
ENDED_LATELY = 30
"""Days for which the head of the child's page still tells of a consent that has ended."""


def day(value: Any) -> str:
    """A day, or the day of a moment, in the page's language."""
    if isinstance(value, str):
        value = moment_of(value) if "T" in value else day_of(value)
    return danish.day(value, language())


def moment(value: Any) -> str:
    return danish.moment(moment_of(value), language())


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """A consent of a list, with its words and what stands beside its state."""
    return {
        **found,
        "shown": words.state_of(found["state"], found["end_reason"]),
        "purpose_word": str(words.PURPOSES.get(found["purpose"], found["purpose"])),
        "information_words": words.words(found["information"], words.INFORMATION),
        "recipient_names": [one["name"] for one in found["recipients"]],
        "standing": _standing(found),
    }


def _standing(found: Mapping[str, Any]) -> str:
    """Until when it is open, is waited for, or since when it no longer is."""
    if found["state"] in PENDING:
        return _("svar senest %(day)s", day=day(found["answer_by"]))
    if found["state"] == "granted":
        if day_of(found["valid_from"]) > clock.today():
            return _("gælder fra %(day)s", day=day(found["valid_from"]))
        return _("til og med %(day)s", day=day(found["valid_to"]))
    return _("den %(day)s", day=day(found["ended_at"])) if found["ended_at"] else ""


def in_short(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the head of the child's page tells: what is open, what has ended lately, and what is awaited.

    An end that a newer consent to the same has come after is told of no longer.
    """
    today, found, newer = clock.today(), [], set()
    for one in sorted(items, key=lambda one: one["requested_at"], reverse=True):
        alive = one["is_valid"] or one["state"] in PENDING
        same = (one["purpose"], *sorted(unit["unit_id"] for unit in one["recipients"]))
        lately = one["attention"] and one["ended_at"] and (today - _ended(one)).days <= ENDED_LATELY
        if alive or (lately and same not in newer):
            found.append(summary(one))
        newer.add(same)
    return sorted(found, key=lambda one: (not one["is_valid"], one["state"] in PENDING))


def _ended(one: Mapping[str, Any]) -> date:
    return local_day(one["ended_at"])


def people(child: Mapping[str, Any]) -> dict[str, str]:
    """The names of those who can be asked about a child, by id: the adults, and the young person."""
    found = {one["guardian_id"]: _full(one) for one in child["guardians"]}
    return {**found, child["child_id"]: _full(child)}


def _full(one: Mapping[str, Any]) -> str:
    return f"{one['first_name']} {one['last_name']}"


def whole(consent_id: str) -> dict[str, Any]:
    """One consent with all that its page shows. A name that cannot be had now is told as such."""
    return dressed(ask("consent.get", consent_id=consent_id))


def dressed(found: Mapping[str, Any]) -> dict[str, Any]:
    """A consent as the service gives it, with names, words and what can be done about it."""
    child_id = found["child_id"]
    given = ask_together(
        child=("registry.child", {"child_id": child_id}),
        story=("consent.timeline", {"child_id": child_id}),
    )
    child = None if isinstance(given["child"], Failure) else given["child"]
    names = people(child) if child else {}
    staff = sheets.staff_names(
        id_ for id_ in (found["requested_by"], *(one["noted_by"] for one in found["signatures"])) if id_
    )
    places = sheets.unit_names([found["institution_id"]])
    return {
        **summary(found),
        "child": child,
        "child_name": _full(child) if child else _("Barnet"),
        "asked_by": staff.get(found["requested_by"], _("En medarbejder")),
        "institution": places.get(found["institution_id"], ""),
        "basis": words.LEGAL_BASES.get(found["legal_basis"], (found["legal_basis"], ""))[0],
        "signatories": [_signatory(one, found, names, staff) for one in found["signatories"]],
        "texts": [_text(one, names) for one in found["texts"]],
        "story": [
            _step(one) for one in sheets.items(given["story"]) if one.get("consent_id") == found["consent_id"]
        ],
        "acknowledged": [_acknowledgement(one) for one in found["acknowledgements"]],
        "may_send_again": found["state"] in PENDING and any(_is_awaited(one) for one in found["signatories"]),
        "may_note_paper": found["state"] in PENDING and any(_is_awaited(one) for one in found["signatories"]),
        "may_withdraw": any(may_take_back(one, found["state"]) for one in found["signatories"]),
        "may_renew": found["state"] in ("granted", "expired"),
    }


def _is_awaited(one: Mapping[str, Any]) -> bool:
    return bool(one["standing"] and one["part"] == "signs" and one["answer"] == "none")


def may_take_back(one: Mapping[str, Any], state: str) -> bool:
    """Whether this signatory's withdrawal can be noted now."""
    decides = one["standing"] and one["part"] == "signs"
    return bool(decides and (state == "granted" or (state in PENDING and one["answer"] == "yes")))


def _signatory(
    one: Mapping[str, Any], found: Mapping[str, Any], names: Mapping[str, str], staff: Mapping[str, str]
) -> dict[str, Any]:
    """One who is asked: her answer as a sign and a word, and how each of her signatures was given."""
    icon, word, tone = words.ANSWERS.get(one["answer"], ("deadline", one["answer"], ""))
    if one["part"] == "informed" and one["answer"] == "none":
        icon, word, tone = "mail", _("Skal ikke svare"), ""
    return {
        **one,
        "name": names.get(one["signatory_id"], _("En, der ikke længere kendes")),
        "language_word": language_word(one["language"]),
        "icon": icon,
        "answer_word": word,
        "tone": tone,
        "is_awaited": found["state"] in PENDING and _is_awaited(one),
        "may_take_back": may_take_back(one, found["state"]),
        "signatures": [
            {
                **signature,
                "word": words.ANSWERS.get(signature["answer"], ("", signature["answer"], ""))[1],
                "how": words.METHODS.get(signature["method"], signature["method"]),
                "assured": words.ASSURANCES.get(signature["assurance"]),
                "noted_by": staff.get(signature["noted_by"], _("en medarbejder"))
                if signature["noted_by"]
                else None,
            }
            for signature in found["signatures"]
            if signature["signatory_id"] == one["signatory_id"]
        ],
    }


def _text(one: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        **one,
        "name": names.get(one["signatory_id"], _("En, der ikke længere kendes")),
        "language_word": language_word(one["language"]),
    }


def _step(one: Mapping[str, Any]) -> dict[str, Any]:
    detail = str(one.get("detail") or "")
    said = words.STEP_DETAILS.get((one["kind"], detail))
    word = words.STEPS.get(one["kind"])
    return {
        "at": moment_of(one["at"]),
        "word": said if one["kind"] == "signed" and said else word or one["kind"].replace("_", " "),
        "detail": said if one["kind"] != "signed" else None,
    }


def _acknowledgement(one: Mapping[str, Any]) -> dict[str, Any]:
    name, does = words.SUBSCRIBERS.get(one["subscriber"], (one["subscriber"], ""))
    return {**one, "name": name, "does": does}


def local_day(value: datetime | str) -> date:
    """The day of a moment in Denmark."""
    return danish.local(moment_of(value)).date()

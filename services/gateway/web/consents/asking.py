"""Asking for a consent: what it is to say, what each signatory would read in her language, and sending it.

Every part is named by a person: nothing is ticked beforehand but the validity that the municipality proposes.
What was typed stands through preview and faults alike, and nobody is asked before she has seen the preview.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from services.chassis import clock
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, TrivselError
from services.gateway.calls import Failure
from services.gateway.timeline import moment_of
from services.gateway.web import child as child_page
from services.gateway.web import consent_words as words
from services.gateway.web import sheets
from services.gateway.web.acting import actor, ask, ask_together
from services.gateway.web.consents import CHILD, blueprint, reading, recipients
from services.gateway.web.meeting_words import language as language_word
from services.gateway.web.minutes_words import CPR, colour_words

PAGE = f"{CHILD}/samtykker/nyt"
LONGEST = 2000
TWICE = timedelta(minutes=1)
"""Within this time the same request from the same person is the same press of the button."""
Faults = Mapping[str, str]


@dataclass(frozen=True)
class Form:
    """What was filled in, as it was filled in."""

    purpose: str = ""
    information: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    legal_basis: str = ""
    valid_to: str = ""
    words: str = ""
    meeting_id: str = ""

    @classmethod
    def sent(cls, form: MultiDict[str, str]) -> Form:
        return cls(
            form.get("purpose", ""),
            tuple(dict.fromkeys(form.getlist("information"))),
            tuple(dict.fromkeys(value for value in form.getlist("recipients") if value)),
            form.get("legal_basis", ""),
            form.get("valid_to", "").strip(),
            form.get("words", ""),
            _id(form.get("moede")),
        )

    def hidden(self) -> list[tuple[str, str]]:
        """The form as fields that a preview carries along."""
        return [
            ("purpose", self.purpose),
            *(("information", one) for one in self.information),
            *(("recipients", one) for one in self.recipients),
            ("legal_basis", self.legal_basis),
            ("valid_to", self.valid_to),
            ("words", self.words),
            ("moede", self.meeting_id),
        ]


@dataclass(frozen=True)
class Around:
    """What the form needs to know: the child, whom one can choose, the settings, and her other consents."""

    child: dict[str, Any]
    offered: recipients.Choices
    settings: dict[str, Any]
    others: list[dict[str, Any]]


@blueprint.get(PAGE)
def new(child_id: UUID) -> str:
    """An empty form; another page may have said which purpose, which units and which meeting."""
    around = _around(str(child_id))
    until = clock.today() + timedelta(days=around.settings["validity_days"])
    purpose = request.args.get("formaal", "")
    start = Form(
        purpose=purpose if purpose in words.PURPOSES else "",
        recipients=tuple(recipients.of_units(request.args.getlist("modtager"), around.offered)),
        valid_to=until.isoformat(),
        meeting_id=_id(request.args.get("moede")),
    )
    return _form(around, start)


@blueprint.post(PAGE)
def send(child_id: UUID) -> str | Answer | tuple[str, int]:
    """On to the preview, back from it, or to those who are asked."""
    around, form = _around(str(child_id)), Form.sent(request.form)
    going = request.form.get("do", "preview")
    if going == "edit":
        return _form(around, form)
    parts, faults = _parts(form, around)
    if faults:
        return _form(around, form, faults), 422
    try:
        if going != "send":
            return _preview(around, form, parts)
        made = _just_sent(parts, around.others) or ask(
            "consent.request", timeout=10.0, child_id=str(child_id), **parts
        )
    except (Invalid, Conflict) as error:
        return _form(around, form, _mends(error), error.detail), error.status
    flash(_("Samtykket er på vej til dem, der skal svare."), "success")
    return redirect(
        url_for("consents.show", consent_id=made["consent_id"], moede=form.meeting_id or None), code=303
    )


def _around(child_id: str) -> Around:
    found = ask_together(
        child=("registry.child", {"child_id": child_id}),
        others=("consent.list_by_child", {"child_id": child_id}),
        settings=("consent.get_settings", {}),
        institutions=("registry.list_institutions", {"limit": recipients.MANY}),
    )
    for name in ("child", "others", "settings"):
        if isinstance(found[name], Failure):
            raise found[name].error
    child: dict[str, Any] = found["child"]
    return Around(
        child,
        recipients.choices(child, sheets.items(found["institutions"])),
        found["settings"]["effective"],
        found["others"]["items"],
    )


def _parts(form: Form, around: Around) -> tuple[dict[str, Any], dict[str, str]]:
    """The request as the service takes it, and what cannot be read. What is missing, the service tells."""
    faults: dict[str, str] = {}
    chosen = recipients.named(form.recipients, around.offered)
    if chosen is None:
        faults["recipients"] = _("En af modtagerne findes ikke længere. Vælg igen.")
    try:
        until = date.fromisoformat(form.valid_to) if form.valid_to else None
    except ValueError:
        until, faults["valid_to"] = None, _("Skriv datoen som dag, måned og år, fx 30-06-2027.")
    if len(form.words) > LONGEST:
        faults["words"] = _("Skriv højst %(count)s tegn.", count=LONGEST)
    elif CPR.search(form.words):
        faults["words"] = _("Fjern det, der ligner et cpr-nummer.")
    return {
        "purpose": form.purpose if form.purpose in words.PURPOSES else None,
        "information": [one for one in form.information if one in words.INFORMATION],
        "recipients": chosen or [],
        "legal_basis": form.legal_basis if form.legal_basis in words.LEGAL_BASES else None,
        "valid_to": until.isoformat() if until else None,
        "words": form.words,
    }, faults


def _mends(error: TrivselError) -> dict[str, str]:
    """The service's faults by the fields of this form: that of one recipient is told of them all."""
    return {name.split(".")[0]: mend for name, mend in error.fields.items()}


# The pages -------------------------------------------------------------------------------------------


def _form(around: Around, form: Form, faults: Faults | None = None, detail: str = "") -> str:
    chosen = [value for value in form.recipients if value not in {one.value for one in around.offered.near}]
    return render_template(
        "consents/new.html",
        **child_page.frame(around.child, "consents.child"),
        form=form,
        faults=dict(faults or {}),
        detail=detail,
        offered=around.offered,
        rows=[*chosen, *[""] * recipients.ROWS][: max(recipients.ROWS, len(chosen))],
        settings=around.settings,
        words=words,
        longest=LONGEST,
        meeting=_meeting(form.meeting_id),
    )


def _preview(around: Around, form: Form, parts: Mapping[str, Any]) -> str:
    """What each would read. Nothing is stored, and nobody is asked."""
    found = ask("consent.preview", timeout=10.0, child_id=around.child["child_id"], **parts)
    names = reading.people(around.child)
    ways = {one["guardian_id"]: _way(one) for one in around.child["guardians"]}
    items = [
        {
            **one,
            "name": names.get(one["signatory_id"], _("En forælder")),
            "language_word": language_word(one["text"]["language"]),
            "way": ways.get(one["signatory_id"], ""),
        }
        for one in found["items"]
    ]
    return render_template(
        "consents/preview.html",
        **child_page.frame(around.child, "consents.child"),
        items=items,
        signing=[one for one in items if one["part"] == "signs"],
        hidden=form.hidden(),
        same=_same(parts, around.others),
        doubtful=colour_words(parts["words"]),
        settings=around.settings,
        meeting=_meeting(form.meeting_id),
    )


def _way(guardian: Mapping[str, Any]) -> str:
    """How she is written to, as far as the registry tells."""
    if guardian["digital_post_exempt"]:
        return _("Brev")
    return _("E-mail") if guardian.get("email") else _("Ingen e-mailadresse")


def _same(parts: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """One that is awaited or open already for the same purpose and one of the same units."""
    units = {one["unit_id"] for one in parts["recipients"]}
    for one in others:
        alive = one["state"] in reading.PENDING or one["is_valid"]
        if alive and one["purpose"] == parts["purpose"] and units & {r["unit_id"] for r in one["recipients"]}:
            return reading.summary(one)
    return None


def _just_sent(parts: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What the same person sent a moment ago in the same words: a second press asks nobody twice."""
    for one in others:
        age = clock.now() - moment_of(one["requested_at"])
        same = all(one[name] == parts[name] for name in ("purpose", "information", "recipients", "valid_to"))
        if same and one["state"] == "requested" and one["requested_by"] == actor().id and age < TWICE:
            found: dict[str, Any] = ask("consent.get", consent_id=one["consent_id"])
            if (found["words"] or "") == parts["words"].strip():
                return found
    return None


def _meeting(meeting_id: str) -> str | None:
    """Where the meeting is that the request comes from."""
    known = "meeting.show" in current_app.view_functions
    return url_for("meeting.show", meeting_id=meeting_id) if meeting_id and known else None


def _id(text: str | None) -> str:
    try:
        return str(UUID(text)) if text else ""
    except ValueError:
        return ""


@blueprint.errorhandler(NotFound)
@blueprint.errorhandler(Forbidden)
def closed(error: TrivselError) -> tuple[str, int]:
    """A child of others, or a consent about one: the page says the same of both, and what one can do."""
    about_child = "child_id" in (request.view_args or {})
    return render_template("child/closed.html" if about_child else "consents/closed.html", error=error), (
        error.status
    )

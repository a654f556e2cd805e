"""One consent: how it stands, who has answered what and how, and what staff can do about it.

Each change says which version it was made on. One that came too late is shown as the consent now stands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from services.chassis import clock
from services.chassis.errors import Conflict, Invalid, PreconditionFailed, TrivselError
from services.gateway.web import consent_words as words
from services.gateway.web.acting import ask
from services.gateway.web.consents import blueprint, reading

PAGE = "/samtykker/<uuid:consent_id>"


@blueprint.get(PAGE)
def show(consent_id: UUID) -> str:
    return shown(reading.whole(str(consent_id)))


def shown(consent: dict[str, Any], error: TrivselError | None = None) -> str:
    """The page of a consent; ``error`` is why what was asked of it could not be done."""
    meeting = request.args.get("moede", type=UUID)
    known = "meeting.show" in current_app.view_functions
    return render_template(
        "consents/show.html",
        consent=consent,
        error=error,
        day=reading.day,
        moment=reading.moment,
        words=words,
        meeting=url_for("meeting.show", meeting_id=meeting) if meeting and known else None,
    )


def version() -> int:
    """The version on which a form was filled in."""
    text = request.form.get("version", "")
    return int(text) if text.isdecimal() and int(text) > 0 else 1


def done(consent_id: str, said: str) -> Answer:
    flash(said, "success")
    return redirect(url_for("consents.show", consent_id=consent_id), code=303)


def _tried(consent_id: UUID, change: Callable[[], Any], said: str) -> Answer | tuple[str, int]:
    """Does it and tells so; else the consent as it now stands, and why it could not be done."""
    try:
        change()
    except (Conflict, Invalid, PreconditionFailed) as error:
        return shown(reading.whole(str(consent_id)), error), error.status
    return done(str(consent_id), said)


@blueprint.post(f"{PAGE}/send-igen")
def send_again(consent_id: UUID) -> Answer | tuple[str, int]:
    """To one of them, or to all who have not answered."""
    whom = request.form.get("hvem") or None
    return _tried(
        consent_id,
        lambda: ask(
            "consent.resend",
            consent_id=str(consent_id),
            expected_version=version(),
            signatory_id=whom,
        ),
        _("Beskeden er på vej igen."),
    )


# A withdrawal on somebody's word -----------------------------------------------------------------------


@blueprint.get(f"{PAGE}/traek-tilbage")
def withdrawing(consent_id: UUID) -> str:
    """What will happen, before it does: it cannot be taken back."""
    consent = reading.whole(str(consent_id))
    chosen = request.args.get("hvem", "")
    who = [one for one in consent["signatories"] if one["may_take_back"]]
    return render_template("consents/withdraw.html", consent=consent, who=who, chosen=chosen, faults={})


@blueprint.post(f"{PAGE}/traek-tilbage")
def withdraw(consent_id: UUID) -> str | Answer | tuple[str, int]:
    whom = request.form.get("hvem", "")
    consent = reading.whole(str(consent_id))
    who = [one for one in consent["signatories"] if one["may_take_back"]]
    faults = {}
    if whom not in {one["signatory_id"] for one in who}:
        faults["hvem"] = _("Vælg, hvem der trækker samtykket tilbage.")
    if request.form.get("sagt") != "1":
        faults["sagt"] = _("Bekræft, at du har fået det at vide af personen selv.")
    if faults and who:
        page = render_template("consents/withdraw.html", consent=consent, who=who, chosen=whom, faults=faults)
        return page, 422
    return _tried(
        consent_id,
        lambda: ask("consent.withdraw", consent_id=str(consent_id), signatory_id=whom),
        _("Samtykket er trukket tilbage. Der er lukket for adgangen."),
    )


# A renewal ---------------------------------------------------------------------------------------------


@blueprint.get(f"{PAGE}/forny")
def renewing(consent_id: UUID) -> str:
    settings = ask("consent.get_settings")["effective"]
    until = clock.today() + timedelta(days=settings["validity_days"])
    return _renewal(reading.whole(str(consent_id)), until.isoformat(), settings)


@blueprint.post(f"{PAGE}/forny")
def renew(consent_id: UUID) -> str | Answer | tuple[str, int]:
    text = request.form.get("valid_to", "").strip()
    faults: dict[str, str] = {}
    detail, status = "", 422
    try:
        date.fromisoformat(text)
    except ValueError:
        faults["valid_to"] = _("Skriv datoen som dag, måned og år, fx 30-06-2027.")
    if not faults:
        try:
            made = ask(
                "consent.renew",
                timeout=10.0,
                consent_id=str(consent_id),
                expected_version=version(),
                valid_to=text,
            )
        except (Conflict, Invalid, PreconditionFailed) as error:
            faults, detail, status = dict(error.fields), error.detail, error.status
        else:
            return done(
                made["consent_id"],
                _("Der er bedt om det samme igen. Det gamle samtykke gælder, til det nye er givet."),
            )
    settings = ask("consent.get_settings")["effective"]
    return _renewal(reading.whole(str(consent_id)), text, settings, faults, detail), status


def _renewal(
    consent: dict[str, Any],
    until: str,
    settings: dict[str, Any],
    faults: dict[str, str] | None = None,
    detail: str = "",
) -> str:
    return render_template(
        "consents/renew.html",
        consent=consent,
        until=until,
        settings=settings,
        faults=faults or {},
        detail=detail,
        day=reading.day,
    )

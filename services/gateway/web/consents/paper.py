"""A signature on paper: noted with the day on the paper and its scan, and the scan shown to those who may."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, render_template, request
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as Answer

from services.chassis import clock
from services.chassis.errors import Conflict, Invalid, PreconditionFailed
from services.gateway.web.acting import ask
from services.gateway.web.consents import blueprint, reading
from services.gateway.web.consents.following import PAGE, done, version

LARGEST = 5 * 1024 * 1024
"""Bytes of a scan that consent takes."""
LARGEST_BODY = 16 * 1024 * 1024
"""Bytes that are read at all: a paper that is too large is refused with all else that was typed kept."""
_STARTS = (b"%PDF-", b"\xff\xd8\xff")
ANSWERS = ("yes", "no")


@blueprint.url_value_preprocessor
def _room_for_a_scan(endpoint: str | None, _values: Any) -> None:
    """Before anything reads the body: other pages have no use for one this large."""
    if endpoint == "consents.note_paper":
        request.max_content_length = LARGEST_BODY


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> tuple[str, int]:
    """Larger than is read at all: what else was typed has not been seen."""
    consent_id = (request.view_args or {}).get("consent_id")
    return render_template("consents/too_large.html", consent_id=consent_id), 413


@blueprint.get(f"{PAGE}/papir")
def on_paper(consent_id: UUID) -> str:
    return _page(
        reading.whole(str(consent_id)),
        {"hvem": request.args.get("hvem", ""), "answer": "", "signed_on": clock.today().isoformat()},
    )


@blueprint.post(f"{PAGE}/papir")
def note_paper(consent_id: UUID) -> str | Answer | tuple[str, int]:
    form = {name: request.form.get(name, "").strip() for name in ("hvem", "answer", "signed_on")}
    consent = reading.whole(str(consent_id))
    faults, scan = _read(form, consent)
    detail, status = "", 422
    if not faults:
        try:
            ask(
                "consent.record_paper",
                timeout=30.0,
                consent_id=str(consent_id),
                expected_version=version(),
                signatory_id=form["hvem"],
                answer=form["answer"],
                signed_on=form["signed_on"],
                scan=base64.b64encode(scan).decode(),
            )
            return done(str(consent_id), _("Underskriften er noteret."))
        except (Conflict, Invalid, PreconditionFailed) as error:
            names = {"signatory_id": "hvem"}
            faults = {names.get(name, name): mend for name, mend in error.fields.items()}
            detail, status = error.detail, error.status
            consent = reading.whole(str(consent_id))
    return _page(consent, form, faults, detail, had_scan=bool(scan)), status


def _read(form: dict[str, str], consent: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """What is wrong with the form, and the scan."""
    faults = {}
    if form["hvem"] not in {one["signatory_id"] for one in consent["signatories"] if one["is_awaited"]}:
        faults["hvem"] = _("Vælg, hvem der har skrevet under.")
    if form["answer"] not in ANSWERS:
        faults["answer"] = _("Vælg, hvad der er svaret på papiret.")
    try:
        date.fromisoformat(form["signed_on"])
    except ValueError:
        faults["signed_on"] = _("Skriv den dag, der står på papiret.")
    sent = request.files.get("scan")
    scan = sent.read() if sent else b""
    if not scan:
        faults["scan"] = _("Vedhæft det scannede papir.")
    elif len(scan) > LARGEST:
        faults["scan"] = _(
            "Filen fylder %(size)s MB og må højst fylde 5 MB. Scan igen i sort-hvid eller lavere opløsning.",
            size=f"{len(scan) / 1024 / 1024:.1f}".replace(".", ","),
        )
    elif not scan.startswith(_STARTS):
        faults["scan"] = _("Filen er hverken en PDF eller en JPEG. Gem den som en af dem, og vedhæft igen.")
    return faults, scan


def _page(
    consent: dict[str, Any],
    form: dict[str, str],
    faults: dict[str, str] | None = None,
    detail: str = "",
    *,
    had_scan: bool = False,
) -> str:
    return render_template(
        "consents/paper.html",
        consent=consent,
        who=[one for one in consent["signatories"] if one["is_awaited"]],
        form=form,
        faults=faults or {},
        detail=detail,
        had_scan=had_scan,
        day=reading.day,
    )


@blueprint.get(f"{PAGE}/papir/<uuid:scan_id>")
def scan(consent_id: UUID, scan_id: UUID) -> Response:
    """The paper itself, for the screen and no cache. That it was opened is noted by consent."""
    found = ask("consent.get_scan", timeout=30.0, consent_id=str(consent_id), scan_id=str(scan_id))
    response = Response(base64.b64decode(found["scan"]), mimetype=found["media_type"])
    # Our pages forbid plug-ins, which is what shows a PDF within a browser: that one is opened beside it.
    kind, end = ("inline", "jpg") if found["media_type"] == "image/jpeg" else ("attachment", "pdf")
    response.headers["Content-Disposition"] = f'{kind}; filename="samtykke.{end}"'
    response.headers["Cache-Control"] = "no-store"
    return response

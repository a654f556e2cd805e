"""The page: what has been sent, the newest first, and each mail as its recipient would see it.

A mail's HTML is shown in a frame that may run nothing and fetch nothing; only its links work, in a tab of
their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, jsonify, render_template, request
from icalendar import Calendar
from markupsafe import Markup, escape

from deploy.local.mailbox.store import Head, MailStore, parsed

PAGE = 50
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
METHODS = {"REQUEST": "Indkaldelse", "CANCEL": "Aflysning"}

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)]")
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a calendar file asks a calendar to do."""

    method: str
    title: str
    starts: str
    ends: str
    place: str
    uid: str
    sequence: int


def app(store: MailStore) -> Flask:
    """The page over a store."""
    flask = Flask(__name__)
    flask.jinja_env.filters["moment"] = _moment
    flask.jinja_env.filters["linked"] = _linked

    @flask.before_request
    def _only_here() -> None:
        # A page elsewhere whose name is made to point to this machine must not read what is here.
        if request.host.rsplit(":", 1)[0] not in ("127.0.0.1", "localhost"):
            abort(421)

    @flask.after_request
    def _guard(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    @flask.get("/")
    def listing() -> str:
        recipient = request.args.get("til", "").strip()
        heads = store.page(recipient, request.args.get("foer", type=int), PAGE + 1)
        return render_template(
            "list.html",
            heads=heads[:PAGE],
            older=heads[PAGE - 1].id if len(heads) > PAGE else None,
            total=store.count(recipient),
            recipient=recipient,
            newest=request.args.get("foer") is None,
        )

    @flask.get("/besked/<int:mail_id>")
    def mail(mail_id: int) -> str:
        head, message = _mail(mail_id)
        return render_template(
            "mail.html",
            head=head,
            sender=message.get("From", head.sender),
            text=_body(message, "plain"),
            has_html=_body(message, "html") is not None,
            entry=_entry(message),
            files=[(number, part.get_filename() or "fil") for number, part in _files(message)],
        )

    @flask.get("/besked/<int:mail_id>/html")
    def html(mail_id: int) -> Response:
        found = _body(_mail(mail_id)[1], "html")
        if found is None:
            abort(404)
        shown = re.sub(r"(?i)(<head[^>]*>)", r'\1<base target="_blank">', found, count=1)
        return Response(shown, mimetype="text/html", headers={"Content-Security-Policy": _FRAME_POLICY})

    @flask.get("/besked/<int:mail_id>/fil/<int:number>")
    def file(mail_id: int, number: int) -> Response:
        part = dict(_files(_mail(mail_id)[1])).get(number)
        if part is None:
            abort(404)
        content = part.get_content()
        name = re.sub(r"[^\w.-]", "_", part.get_filename() or "fil")
        return Response(
            content if isinstance(content, bytes) else str(content).encode(),
            mimetype="text/calendar" if name.endswith(".ics") else "application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    @flask.get("/besked/<int:mail_id>/raa")
    def raw(mail_id: int) -> Response:
        found = store.mail(mail_id)
        if found is None:
            abort(404)
        return Response(found[1], mimetype="text/plain")

    @flask.get("/api/messages")
    def messages() -> Response:
        """For programs: the heads, the newest first, ``before`` an id and ``to`` an address."""
        heads = store.page(
            request.args.get("to", ""),
            request.args.get("before", type=int),
            min(request.args.get("limit", 100, type=int), 1000),
        )
        return jsonify(
            total=store.count(request.args.get("to", "")),
            items=[
                {
                    "id": head.id,
                    "received_at": head.received_at.isoformat(),
                    "to": head.recipient,
                    "subject": head.subject,
                    "message_id": head.message_id,
                    "copies": head.copies,
                }
                for head in heads
            ],
        )

    @flask.errorhandler(404)
    def missing(_error: object) -> tuple[str, int]:
        return render_template("missing.html"), 404

    def _mail(mail_id: int) -> tuple[Head, EmailMessage]:
        found = store.mail(mail_id)
        if found is None:
            abort(404)
        return found[0], parsed(found[1])

    return flask


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    return None if part is None else str(part.get_content())


def _files(message: EmailMessage) -> list[tuple[int, EmailMessage]]:
    return [(number, part) for number, part in enumerate(message.iter_attachments())]  # type: ignore[misc]


def _entry(message: EmailMessage) -> Entry | None:
    for part in message.walk():
        if part.get_content_type() != "text/calendar":
            continue
        try:
            calendar = Calendar.from_ical(part.get_content())
            event = calendar.events[0]
            method = str(calendar.get("METHOD", ""))
            return Entry(
                METHODS.get(method, method),
                str(event.get("SUMMARY", "")),
                _moment(event.start),
                _moment(event.end),
                str(event.get("LOCATION", "")),
                str(event.get("UID", "")),
                int(event.get("SEQUENCE", 0)),
            )
        except (ValueError, IndexError, KeyError, AttributeError):
            return None
    return None


def _moment(at: object) -> str:
    if not isinstance(at, datetime):
        return str(at)
    local = at.astimezone(COPENHAGEN)
    return f"{local.day}.{local.month}.{local.year} kl. {local:%H.%M}"


def _linked(text: str) -> Markup:
    """Plain text with its addresses as links."""
    parts, end = [], 0
    for match in _LINK.finditer(text):
        parts += [
            escape(text[end : match.start()]),
            Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(match[0]),
        ]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])

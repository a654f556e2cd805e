"""A rendered message as an e-mail: text, HTML and, for a meeting, the calendar file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.charset import BASE64, SHORTEST, Charset
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr

from services.notifications.domain import Failure, message_id
from services.notifications.rendering.engine import Message

_ADDRESS = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}",
    re.IGNORECASE,
)
# The older of the library's two ways: the newer parses every header it writes and takes five times as
# long, which counts when a round ends and thousands are written to at once.
_POLICY = compat32.clone(linesep="\r\n", max_line_length=76)
_UTF8 = Charset("utf-8")
_UTF8.header_encoding = SHORTEST
_UTF8.body_encoding = BASE64


class Undeliverable(Exception):
    """The message cannot be made or delivered. ``failure`` says why, in a code and no more."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Sender:
    """Who our mails come from: an address, and the name shown when no institution's is known."""

    address: str
    name: str

    @classmethod
    def parse(cls, mail_from: str) -> Sender:
        """From ``MAIL_FROM``: an address, or ``Name <address>``. ``ValueError`` when it is neither."""
        name, address = parseaddr(mail_from)
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
            raise ValueError("not an e-mail address")
        return cls(address, name)

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient, ready for the mail server."""

    notice_id: str
    recipient: str
    body: bytes


def recipient_address(address: str | None) -> str:
    """An address as a mail server takes it; :class:`Undeliverable` when there is none, or no valid one."""
    if not address or not address.strip():
        raise Undeliverable(Failure.NO_ADDRESS)
    local, _, domain = address.strip().rpartition("@")
    try:
        plain = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise Undeliverable(Failure.BAD_ADDRESS) from error
    if not _ADDRESS.fullmatch(plain):
        raise Undeliverable(Failure.BAD_ADDRESS)
    return plain


def compose(
    *,
    notice_id: str,
    message: Message,
    sender: Sender,
    sender_name: str | None,
    recipient: str,
    sent_at: datetime,
    calendar: bytes | None = None,
    cancelled: bool = False,
) -> Envelope:
    """The mail. The same notice always has the same Message-ID, so a repeat is known as one."""
    mail = _texts(message)
    if calendar is not None:
        mail = _with_calendar(mail, calendar, cancelled=cancelled)
    mail["From"] = formataddr((_one_line(sender_name or sender.name), sender.address), _UTF8)
    mail["To"] = recipient
    mail["Subject"] = Header(_one_line(message.subject), _UTF8, 76, "Subject").encode()
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = message_id(notice_id, sender.domain)
    mail["Content-Language"] = message.language.replace("+", ", ")
    # Nobody's holiday reply is to come back, and no mailing list is to take it for a letter.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    return Envelope(notice_id, recipient, mail.as_bytes(policy=_POLICY))


def _texts(message: Message) -> MIMEMultipart:
    mail = MIMEMultipart("alternative", policy=_POLICY)
    mail.attach(_part("text", "plain", message.text))
    mail.attach(_part("text", "html", message.html))
    return mail


def _with_calendar(texts: MIMEMultipart, calendar: bytes, *, cancelled: bool) -> MIMEMultipart:
    """Once as an alternative, which mail programs with a calendar act on, once as a file for the others."""
    file = calendar.decode()
    texts.attach(_part("text", "calendar", file, method="CANCEL" if cancelled else "REQUEST"))
    attached = _part("application", "ics", file, name="aflysning.ics" if cancelled else "moede.ics")
    attached["Content-Disposition"] = f'attachment; filename="{attached.get_param("name")}"'
    mail = MIMEMultipart("mixed", policy=_POLICY)
    mail.attach(texts)
    mail.attach(attached)
    return mail


def _part(kind: str, subtype: str, text: str, **parameters: str) -> MIMEBase:
    part = MIMENonMultipart(kind, subtype, policy=_POLICY, charset="utf-8", **parameters)
    part.set_payload(text, _UTF8)
    return part


def _one_line(text: str) -> str:
    """A header is one line: nothing that comes from outside may begin another."""
    return " ".join(text.split())

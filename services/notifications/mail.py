"""A rendered message as an e-mail: text, HTML and, for a meeting, the calendar file."""

from __future__ import annotations

import re
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.charset import SHORTEST, Charset
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache

from services.notifications.domain import Failure, message_id
from services.notifications.rendering.engine import Message

_ADDRESS = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}",
    re.IGNORECASE,
)
_UTF8 = Charset("utf-8")
_UTF8.header_encoding = SHORTEST


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
    parts = _multipart(
        "alternative",
        f"=_a_{notice_id}",
        [
            _part("text/plain", message.text),
            _part("text/html", message.html),
            # Mail programs with a calendar act on this; the others get it as a file.
            *([_part(f"text/calendar; method={_method(cancelled)}", calendar)] if calendar else []),
        ],
    )
    if calendar is not None:
        name = "aflysning.ics" if cancelled else "moede.ics"
        file = _part(f'application/ics; name="{name}"', calendar, f'attachment; filename="{name}"')
        parts = _multipart("mixed", f"=_m_{notice_id}", [parts, file])
    headers = {
        "From": _from(sender_name or sender.name, sender.address),
        "To": recipient,
        "Subject": _subject(message.subject),
        "Date": format_datetime(sent_at),
        "Message-ID": message_id(notice_id, sender.domain),
        "Content-Language": message.language.replace("+", ", "),
        # Nobody's holiday reply is to come back, and no mailing list is to take it for a letter.
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return Envelope(notice_id, recipient, head.encode("ascii") + parts)


# Put together here and not by the library's generator: that takes five times as long, which counts when
# a round ends and thousands are written to at once. Bodies are base64: no line of theirs can be a boundary.


def _part(content_type: str, content: str | bytes, disposition: str | None = None) -> bytes:
    body = content.encode() if isinstance(content, str) else content
    head = f'Content-Type: {content_type}; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n'
    if disposition is not None:
        head += f"Content-Disposition: {disposition}\r\n"
    return head.encode("ascii") + b"\r\n" + encodebytes(body).replace(b"\n", b"\r\n")


def _multipart(kind: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    line = boundary.encode("ascii")
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode("ascii")
    return (
        head + b"".join(b"--" + line + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + line + b"--\r\n"
    )


def _method(cancelled: bool) -> str:
    return "CANCEL" if cancelled else "REQUEST"


@lru_cache(maxsize=1024)
def _from(name: str, address: str) -> str:
    return formataddr((_one_line(name)[:120], address), _UTF8)


@lru_cache(maxsize=1024)
def _subject(text: str) -> str:
    return Header(_one_line(text), _UTF8, 76, "Subject").encode(linesep="\r\n")


def _one_line(text: str) -> str:
    """A header is one line: nothing that comes from outside may begin another."""
    return " ".join(text.split())

"""The mails of a run, as the local mailbox keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from deploy.local.mailbox.store import MailStore, parsed

_LINK = re.compile(r"/svar/([\w.~-]+)")


@dataclass(frozen=True)
class Mail:
    """One mail with everything readable in it: headers, text, HTML and calendar file."""

    message_id: str
    recipient: str
    text: str


def mails(folder: Path) -> Iterator[Mail]:
    """Every mail, the oldest first. Parsing is slow, so go through them once."""
    for head, message in MailStore(folder).messages():
        yield Mail(head.message_id, head.recipient, _readable(message))


def links(folder: Path, wanted: int) -> list[str]:
    """The tokens of the newest ``wanted`` invitations; fewer when there are not so many yet."""
    store = MailStore(folder)
    found: dict[str, None] = {}
    before = None
    while heads := store.page(before=before, limit=100):
        for head in heads:
            mail = store.mail(head.id)
            if mail and (match := _LINK.search(_readable(parsed(mail[1])))):
                found[match[1]] = None
            if len(found) >= wanted:
                return list(found)
        before = heads[-1].id
    return list(found)


def _readable(message: EmailMessage) -> str:
    parts = [f"{name}: {value}" for name, value in message.items()]
    for part in message.walk():
        if part.get_content_maintype() == "text":
            content = part.get_content()
            text = content if isinstance(content, str) else content.decode("utf-8", "replace")
            # Calendar files break lines anywhere, also in the middle of a word; see RFC 5545, 3.1.
            folded = part.get_content_type() == "text/calendar"
            parts.append(re.sub(r"\r?\n[ \t]", "", text) if folded else text)
    return "\n".join(parts)

"""The mails of a run, as the local mailbox keeps them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from deploy.local.mailbox.store import MailStore

_LINK = re.compile(r"/svar/([\w.~-]+)")


@dataclass(frozen=True)
class Mail:
    """One mail with everything readable in it: headers, text, HTML and calendar file."""

    message_id: str
    recipient: str
    text: str


def mails(folder: Path) -> Iterator[Mail]:
    """Every mail, the oldest first."""
    for head, message in MailStore(folder).messages():
        yield Mail(head.message_id, head.recipient, _readable(message))


def links(folder: Path, wanted: int) -> list[str]:
    """The tokens of the newest ``wanted`` invitations, one a meeting's recipient."""
    found: dict[str, None] = {}
    for mail in reversed(list(mails(folder))):
        if match := _LINK.search(mail.text):
            found[match[1]] = None
        if len(found) >= wanted:
            break
    return list(found)


def repeated(folder: Path) -> int:
    """How many mails came more than once: the same Message-ID to the same recipient."""
    counts = Counter((mail.message_id, mail.recipient) for mail in mails(folder))
    return sum(count - 1 for count in counts.values())


def _readable(message: EmailMessage) -> str:
    parts = [f"{name}: {value}" for name, value in message.items()]
    for part in message.walk():
        if part.get_content_maintype() == "text":
            content = part.get_content()
            parts.append(content if isinstance(content, str) else content.decode("utf-8", "replace"))
    return "\n".join(parts)

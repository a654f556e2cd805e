"""A mail server with moods: what an address begins with decides how it is treated.

Run as a program of its own (``python -m tests.integration.notifications.post_office PORT FOLDER``) so that it
answers whatever the test is doing. It says things about the recipient in its refusals, as real ones do.

=============  ==================================================================
``deferred``   not taken now (450), however often it is tried
``later``      not taken the first two times, then taken
``refused``    never taken (550)
``rejected``   the recipient is fine, the message is not (554)
``dropped``    the connection is dropped in the middle of the message
``unsure``     the message is kept, but the connection is dropped before the yes
``slow``       the yes comes only after three seconds
``closing``    told 421 and hung up on, the first time
``crash``      kept and taken; a test lets the sender die after it
=============  ==================================================================
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mailbox.store import MailStore, parsed
from deploy.local.processes import Child, accepts, free_ports, wait_until

ROOT = Path(__file__).resolve().parents[3]


class _Moods:
    def __init__(self, store: MailStore) -> None:
        self._store = store
        self._seen: Counter[str] = Counter()
        self.connections = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        mood = address.split("-")[0]
        self._seen[address] += 1
        if mood == "deferred" or (mood == "later" and self._seen[address] <= 2):
            return f"450 4.2.1 <{address}>: mailbox busy"
        if mood == "refused":
            return f"550 5.1.1 <{address}>: no such user here"
        if mood == "closing" and self._seen[address] == 1:
            asyncio.get_running_loop().call_later(0.05, server.transport.close)
            return "421 4.4.2 too many messages, goodbye"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        (address,) = envelope.rcpt_tos
        mood = address.split("-")[0]
        if mood == "rejected":
            return f"554 5.7.1 message to <{address}> looks like spam"
        if mood == "dropped":
            server.transport.abort()
            return "451 never heard"
        if mood == "slow":
            await asyncio.sleep(3)
        self._store.keep(envelope.mail_from or "", envelope.rcpt_tos, envelope.content or b"")
        if mood == "unsure":
            server.transport.abort()
        return "250 OK"


class PostOffice:
    """The server as a test sees it."""

    def __init__(self, folder: Path) -> None:
        (self.port,) = free_ports(1)
        self.folder = folder
        self.store = MailStore(folder)
        self._child = Child(
            [sys.executable, "-m", __name__, str(self.port), str(folder)],
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            log=folder / "post-office.log",
            cwd=ROOT,
        )

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> PostOffice:
        self._child.start()
        wait_until(lambda: accepts(self.port), 15, "the post office")
        return self

    def stop(self) -> None:
        self._child.stop()

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to an address, the oldest first."""
        found = [self.store.mail(head.id) for head in reversed(self.store.page(address))]
        return [parsed(mail[1]) for mail in found if mail is not None]


def main() -> None:
    controller = Controller(
        _Moods(MailStore(Path(sys.argv[2]))),
        hostname="127.0.0.1",
        port=int(sys.argv[1]),
        server_hostname="localhost",
    )
    controller.start()
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()

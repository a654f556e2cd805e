"""The local mailbox as a person and a program see it: a process of its own, reached over SMTP and HTTP."""

from __future__ import annotations

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.mailbox.store import MailStore
from deploy.local.processes import Child, accepts, free_ports, wait_until
from services.chassis import clock
from services.notifications import sample
from services.notifications.domain import About, Channel
from services.notifications.mail import Envelope, Sender, compose
from services.notifications.smtp import MailServer, Smtp

ROOT = Path(__file__).resolve().parents[3]
SENDER = Sender.parse("Eksempel Kommune <trivsel@kommune.example>")


class Mailbox:
    def __init__(self, folder: Path) -> None:
        self.smtp, self.http = free_ports(2)
        self.folder = folder
        options = ["--smtp-port", str(self.smtp), "--http-port", str(self.http), "--folder", str(folder)]
        self.child = Child(
            [sys.executable, "-m", "deploy.local.mailbox", *options],
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            log=folder / "mailbox.log",
            cwd=ROOT,
        )

    def start(self) -> None:
        self.child.start()
        wait_until(lambda: accepts(self.smtp) and accepts(self.http), 20, "the mailbox")

    def send(self, *mails: Envelope) -> None:
        with Smtp(MailServer("127.0.0.1", self.smtp), SENDER.address) as smtp:
            for mail in mails:
                smtp.deliver(mail)

    def get(self, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), dict(error.headers)


def mail(number: int, about: About = About.CONCERN, to: str = "kirsten@example.org") -> Envelope:
    variant = next(iter(sample.VARIANTS[about]))
    shown = sample.preview(about.value, "da", "email", variant, clock.now())
    return compose(
        notice_id=f"n-{number}",
        message=sample.message(about, "da", Channel.EMAIL, variant, clock.now()),
        sender=SENDER,
        sender_name="Børnehuset Bakken",
        recipient=to,
        sent_at=clock.now(),
        calendar=shown["calendar"].encode() if shown["calendar"] else None,
    )


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    made = Mailbox(tmp_path)
    made.start()
    yield made
    made.child.stop()


def test_mail_is_shown_newest_first_found_by_recipient_and_a_repeat_is_marked(mailbox: Mailbox) -> None:
    assert "ikke kommet post" in mailbox.get("/")[1]
    mailbox.send(mail(1), mail(2, About.INVITATION, "bo_100%@example.org"), mail(1))
    _, page, headers = mailbox.get("/")
    assert re.findall(r"/besked/(\d+)", page) == ["3", "2", "1"]
    assert page.count("kom 2 gange") == 2
    assert 'lang="da"' in page
    assert "3 beskeder" in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "<script" not in page
    _, found, _ = mailbox.get("/?til=bo_100%25")
    assert re.findall(r"/besked/(\d+)", found) == ["2"]
    assert "ingen post til den modtager" in mailbox.get("/?til=nobody")[1]
    listed = json.loads(mailbox.get("/api/messages?limit=2")[1])
    assert listed["total"] == 3
    assert [item["copies"] for item in listed["items"]] == [2, 1]


def test_a_mail_is_shown_as_text_as_harmless_html_and_with_its_calendar_entry(mailbox: Mailbox) -> None:
    mailbox.send(mail(1, About.CONFIRMATION), mail(2, About.INVITATION))
    _, page, _ = mailbox.get("/besked/1")
    assert "Kalender: Indkaldelse" in page
    assert "Møde i Børnehuset Eksempel" in page
    assert "@meetings.trivsel" in page
    assert "Børnehuset Bakken &lt;trivsel@kommune.example&gt;" in page
    status, file, headers = mailbox.get("/besked/1/fil/0")
    assert (status, headers["Content-Disposition"]) == (200, 'attachment; filename="moede.ics"')
    assert file.startswith("BEGIN:VCALENDAR")
    _, html, headers = mailbox.get("/besked/1/html")
    assert "sandbox allow-popups" in headers["Content-Security-Policy"]
    assert "allow-scripts" not in headers["Content-Security-Policy"]
    assert '<base target="_blank">' in html
    _, invitation, _ = mailbox.get("/besked/2")
    assert re.search(
        r'<a href="https://[^"]+/svar/[^"]+" target="_blank" rel="noopener noreferrer">', invitation
    )
    assert mailbox.get("/besked/2/raa")[1].startswith("From: ")


def test_a_mail_cannot_write_into_the_page(mailbox: Mailbox) -> None:
    bad = (
        b"From: <script>alert(1)</script> <a@example.org>\r\nTo: b@example.org\r\n"
        b"Subject: <img src=x onerror=alert(1)>\r\nContent-Type: text/plain\r\n\r\n"
        b'see http://x.example/<script>"onclick=alert(1) </pre><script>alert(1)</script>\r\n'
    )
    mailbox.send(Envelope("n", "b@example.org", bad))
    for path in ("/", "/besked/1"):
        page = mailbox.get(path)[1]
        assert "<script" not in page
        assert "<img" not in page


def test_what_is_not_there_is_said_in_danish_and_other_hosts_are_turned_away(mailbox: Mailbox) -> None:
    for path in ("/besked/99", "/besked/99/html", "/besked/99/raa", "/besked/99/fil/0", "/nowhere"):
        status, page, _ = mailbox.get(path)
        assert (status, "findes ikke" in page) == (404, True)
    assert mailbox.get("/", Host="evil.example")[0] == 421


def test_it_stops_when_told_and_keeps_what_it_has(mailbox: Mailbox) -> None:
    mailbox.send(mail(1))
    mailbox.child.ask_to_stop()
    mailbox.child.wait_stopped(10)
    assert mailbox.child.exit_code == 0
    assert MailStore(mailbox.folder).count() == 1
    ((head, message),) = MailStore(mailbox.folder).messages()
    assert (head.recipient, message["Subject"]) == ("kirsten@example.org", head.subject)

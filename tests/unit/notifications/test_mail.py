"""The mail as it leaves: headers, parts, and addresses that are none."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications import sample
from services.notifications.domain import About, Channel, Failure
from services.notifications.mail import Envelope, Sender, Undeliverable, compose, recipient_address

AT = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
SENDER = Sender.parse("Eksempel Kommune <trivsel@kommune.example>")
ICS = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"


def mail(**changes: Any) -> Envelope:
    given = {
        "notice_id": "n-1",
        "message": sample.message(About.CONFIRMATION, "da", Channel.EMAIL, "accepted", AT),
        "sender": SENDER,
        "sender_name": "Børnehuset Bakken",
        "recipient": "kirsten@example.org",
        "sent_at": AT,
    }
    return compose(**{**given, **changes})


def opened(envelope: Envelope) -> EmailMessage:
    message = message_from_bytes(envelope.body, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_the_headers_say_who_writes_to_whom_and_that_no_machine_need_answer() -> None:
    message = opened(mail())
    assert message["From"].addresses[0].display_name == "Børnehuset Bakken"
    assert message["From"].addresses[0].addr_spec == "trivsel@kommune.example"
    assert [each.addr_spec for each in message["To"].addresses] == ["kirsten@example.org"]
    assert message["Subject"].startswith("Mødet er aftalt til")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "da"


def test_a_repeat_has_the_same_message_id() -> None:
    later = mail(sent_at=datetime(2026, 11, 24, tzinfo=UTC))
    assert opened(mail())["Message-ID"] == opened(later)["Message-ID"] == "<n-1@kommune.example>"


def test_text_and_html_are_alternatives_and_the_calendar_is_there_for_all_programs() -> None:
    plain = opened(mail())
    assert [part.get_content_type() for part in plain.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip
    message = opened(mail(calendar=ICS, cancelled=True))
    (alternative,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert alternative["Content-Type"].params["method"] == "CANCEL"
    (file,) = message.iter_attachments()
    assert file.get_filename() == "aflysning.ics"
    assert file.get_content().startswith(b"BEGIN:VCALENDAR")


@given(st.text(max_size=60))
def test_no_name_can_begin_a_header_of_its_own(name: str) -> None:
    message = opened(mail(sender_name=f"{name}\r\nBcc: spy@example.org\n\nBody"))
    assert message["Bcc"] is None
    assert [each.addr_spec for each in message["To"].addresses] == ["kirsten@example.org"]
    assert set(message.keys()) == {
        "Content-Type", "MIME-Version", "From", "To", "Subject", "Date", "Message-ID", "Content-Language",
        "Auto-Submitted", "X-Auto-Response-Suppress",
    }  # fmt: skip


def test_every_line_is_short_enough_for_any_mail_server() -> None:
    assert max(map(len, mail(calendar=ICS).body.split(b"\r\n"))) < 998
    assert b"\n" not in mail(calendar=ICS).body.replace(b"\r\n", b"")


@pytest.mark.parametrize("address", [None, "", "   "])
def test_no_address_is_a_failure_of_its_own(address: str | None) -> None:
    with pytest.raises(Undeliverable) as caught:
        recipient_address(address)
    assert caught.value.failure is Failure.NO_ADDRESS


@pytest.mark.parametrize(
    "address",
    ["kirsten", "@example.org", "a@b", "a b@example.org", "a@exa mple.org", "a@x.org\r\nRCPT TO:<b@x.org>",
     "søren@example.org", "a@-x.org", "a@x..org", "a,b@x.org", f"{'a' * 65}@x.org", "a@" + "x" * 70 + ".org"],
)  # fmt: skip
def test_what_no_mail_server_could_take_is_said_before_it_is_asked(address: str) -> None:
    with pytest.raises(Undeliverable) as caught:
        recipient_address(address)
    assert caught.value.failure is Failure.BAD_ADDRESS
    assert str(caught.value) == "bad_address"


def test_danish_letters_in_a_domain_are_fine() -> None:
    assert recipient_address(" kirsten@børnehus.example ") == "kirsten@xn--brnehus-q1a.example"


@given(st.text(max_size=80))
def test_an_address_is_taken_whole_or_refused_with_a_code(text: str) -> None:
    try:
        taken = recipient_address(text)
    except Undeliverable as error:
        taken, refused = None, error.failure
    else:
        refused = None
    assert refused in (None, Failure.NO_ADDRESS, Failure.BAD_ADDRESS)
    assert taken is None or (taken.isascii() and not set(taken) & set(' \r\n<>,;"'))


@pytest.mark.parametrize("mail_from", ["", "nobody", "Name <>", "a b"])
def test_a_sender_that_is_no_address_is_refused_at_start(mail_from: str) -> None:
    with pytest.raises(ValueError):
        Sender.parse(mail_from)

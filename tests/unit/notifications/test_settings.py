"""Settings that are wrong name themselves and give nothing away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.chassis.config import Misconfigured
from services.notifications import settings
from services.notifications.smtp import MailServer


def test_a_mail_server_is_read_from_its_address() -> None:
    assert MailServer.parse("smtp://127.0.0.1:2525") == MailServer("127.0.0.1", 2525)
    full = MailServer.parse("smtp+starttls://bruger%40kommune.example:p%3Ass@mail.example")
    assert full == MailServer("mail.example", 587, "smtp+starttls", "bruger@kommune.example", "p:ss")
    assert MailServer.parse("smtps://mail.example").port == 465


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "http://mail.example"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://user:hemmelig@host:nowhere"),
        ("MAIL_FROM", "nobody"),
        ("NOTICE_RETRY_SECONDS", "60,soon"),
        ("NOTICE_RETRY_SECONDS", "60,0"),
        ("NOTICE_BATCH", "many"),
    ],
)
def test_a_wrong_setting_names_its_variable_and_no_secret(name: str, value: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        settings.load({name: value})
    assert name in caught.value.detail
    assert "hemmelig" not in caught.value.detail


def test_the_waits_are_read_in_seconds() -> None:
    assert settings.ladder("1, 20") == (timedelta(seconds=1), timedelta(seconds=20))
    assert settings.load({}).smtp_url == "smtp://127.0.0.1:25"

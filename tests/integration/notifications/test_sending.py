"""The step that sends, against a real mail server that is not always in the mood."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, text

from services.chassis import clock
from services.notifications import sending as step
from services.notifications.domain import DEFAULT_LADDER
from services.notifications.mail import Envelope
from services.notifications.smtp import MailServer, Smtp
from tests.integration.notifications.town import DESK, Family, Town, key
from tests.support.waiting import until

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def told(town: Town, type_: str) -> list[dict[str, Any]]:
    return [row["data"] for row in town.outbox() if row["type"] == f"dk.trivsel.notifications.{type_}.v1"]


def send_until(town: Town, family: Family, state: str) -> int:
    """Moves the clock from try to try until the notice is in ``state``; how many tries it took."""
    with time_machine.travel(clock.now(), tick=True) as traveller:
        for tries in range(1, 12):
            town.send()
            (notice,) = town.notices(family)
            if notice.state == state:
                return tries
            traveller.move_to(notice.due_at + timedelta(seconds=1))
    raise AssertionError(f"never {state}")


def test_what_the_mail_server_has_taken_is_sent_and_told_of(town: Town) -> None:
    family = town.family("well", "well")
    town.raised(family)
    assert town.send() == {"sent": 2}
    assert town.send() == {}
    for notice in town.notices(family):
        assert (notice.state, notice.tries, notice.lease_token) == ("sent", 1, None)
        assert notice.language == "da"
        assert len(notice.content_digest or "") == 64
        assert (notice.template_version or "").startswith("v1-")
        assert notice.letter is None
    events = told(town, "notice.sent")
    assert {event["guardian_id"] for event in events} == {parent.id for parent in family.parents}
    assert {(event["about"], event["channel"]) for event in events} == {("concern", "email")}


@SQLITE
def test_the_events_of_a_chain_carry_its_correlation(town: Town) -> None:
    family, concern = town.family("well"), key()
    days = {"invite_by": clock.today(), "hold_by": clock.today()}
    event = town.event("raised", concern, 1, **town.concern(family, concern, **days))
    town.handle("raised", event)
    town.send()
    (row,) = [row for row in town.outbox() if row["type"].endswith("notice.sent.v1")]
    headers = row["headers"] if isinstance(row["headers"], dict) else json.loads(row["headers"])
    assert headers["correlationid"] == event.context.correlation_id
    assert headers["causationid"] == event.id


@SQLITE
def test_a_server_that_will_not_take_it_now_is_asked_again_and_again_and_then_a_person_is_told(
    town: Town,
) -> None:
    family = town.family("deferred")
    town.raised(family)
    assert send_until(town, family, "failed") == len(DEFAULT_LADDER) + 1
    assert town.states(family) == [("concern", "failed", "recipient_deferred")]
    (event,) = told(town, "notice.failed")
    assert event["reason"] == "recipient_deferred"


@SQLITE
def test_a_passing_refusal_passes(town: Town) -> None:
    family = town.family("later")
    town.raised(family)
    assert send_until(town, family, "sent") == 3
    assert len(town.mails(family.parents[0])) == 1


@pytest.mark.parametrize(
    ("mood", "code"), [("refused", "recipient_refused"), ("rejected", "message_refused")]
)
def test_a_final_refusal_fails_at_once(town: Town, mood: str, code: str) -> None:
    family = town.family(mood)
    town.raised(family)
    assert town.send() == {"failed": 1}
    assert town.states(family) == [("concern", "failed", code)]
    assert [event["reason"] for event in told(town, "notice.failed")] == [code]


@SQLITE
def test_who_has_no_address_and_who_is_gone_are_shown_to_staff(town: Town) -> None:
    family = town.family("well", "well")
    family.parents[0].email = None
    gone = family.parents.pop()
    town.raised(family)
    assert town.send() == {"failed": 2}
    codes = {notice.guardian_id: notice.code for notice in town.notices(family)}
    assert codes == {family.parents[0].id: "no_address", gone.id: "unknown_recipient"}


@SQLITE
def test_who_has_lost_custody_since_is_not_written_to(town: Town) -> None:
    family = town.family("well")
    town.raised(family)
    family.parents[0].custody = "none"
    assert town.send() == {"suppressed": 1}
    assert town.states(family) == [("concern", "suppressed", "no_custody")]


@SQLITE
def test_one_bad_recipient_never_keeps_the_others_waiting(town: Town) -> None:
    moods = ["well", "refused", "closing", "deferred", "rejected", "dropped", "well"]
    families = [town.family(mood) for mood in moods]
    for family in families:
        town.raised(family)
    town.send()
    states = {mood: town.notices(family)[0].state for mood, family in zip(moods, families, strict=True)}
    assert states == {
        "well": "sent", "refused": "failed", "deferred": "intended", "rejected": "failed",
        "dropped": "intended", "closing": "sent",
    }  # fmt: skip
    assert len(town.mails(families[-1].parents[0])) == 1


@SQLITE
def test_a_connection_lost_before_the_yes_repeats_the_same_message_and_no_other(town: Town) -> None:
    family = town.family("unsure")
    town.raised(family)
    town.send()
    (notice,) = town.notices(family)
    assert (notice.state, notice.code) == ("intended", "connection_lost")
    with time_machine.travel(notice.due_at + timedelta(seconds=1), tick=True):
        town.send()
    mails = town.mails(family.parents[0])
    assert len(mails) == 2
    assert len({mail["Message-ID"] for mail in mails}) == 1
    assert mails[0]["Message-ID"] == f"<{notice.notice_id}@kommune.example>"


class Died(BaseException):
    """Stands for the process being killed."""


class _DiesAfterTheYes(Smtp):
    def deliver(self, envelope: Envelope) -> None:
        super().deliver(envelope)
        raise Died


def test_a_crash_between_send_and_mark_at_worst_repeats_the_message_with_the_same_id(town: Town) -> None:
    family = town.family("crash")
    town.raised(family)
    server = MailServer.parse(town.post.url)
    with pytest.raises(Died):
        town.send(channel=lambda: _DiesAfterTheYes(server, DESK.sender.address, 10.0))
    (notice,) = town.notices(family)
    assert notice.state == "leased"
    assert town.send() == {}, "while the lease lasts nobody else sends it"
    with time_machine.travel(notice.due_at + timedelta(seconds=1), tick=True):
        assert town.send() == {"sent": 1}
    mails = town.mails(family.parents[0])
    assert [mail["Message-ID"] for mail in mails] == [f"<{notice.notice_id}@kommune.example>"] * 2
    assert len(told(town, "notice.sent")) == 1


@SQLITE
def test_a_mail_server_that_is_not_there_costs_one_try_and_no_time(town: Town) -> None:
    families = [town.family("well") for _ in range(30)]
    for family in families:
        town.raised(family)
    nowhere = MailServer("127.0.0.1", 1)
    assert town.send(channel=lambda: Smtp(nowhere, DESK.sender.address, 1.0)) == {}
    assert {(notice.state, notice.code) for notice in town.notices()} == {("intended", "server_unreachable")}
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=True):
        assert town.send() == {"sent": 30}


@SQLITE
def test_a_registry_that_is_not_there_counts_as_no_try(town: Town) -> None:
    family = town.family("well")
    town.raised(family)
    town.book.closed = True
    assert town.send() == {}
    (notice,) = town.notices(family)
    assert (notice.state, notice.tries) == ("intended", 0)
    town.book.closed = False
    with time_machine.travel(notice.due_at + timedelta(seconds=1), tick=True):
        assert town.send() == {"sent": 1}


@SQLITE
def test_a_slow_server_holds_up_only_its_own_step(town: Town) -> None:
    import eventlet

    slow, ticks = town.family("slow"), []
    town.raised(slow)

    def tick() -> None:
        while True:
            ticks.append(clock.now())
            eventlet.sleep(0.05)

    ticker = eventlet.spawn(tick)
    sender = eventlet.spawn(town.send)
    try:
        until(lambda: town.notices(slow)[0].state == "leased", what="the slow mail is under way")
        other = town.family("well")
        town.raised(other)
        assert sender.wait() == {"sent": 2}
    finally:
        ticker.kill()
    gaps = [(after - before).total_seconds() for before, after in pairwise(ticks)]
    assert len(ticks) > 20
    assert max(gaps) < 1.0


@SQLITE
def test_a_server_that_never_answers_is_given_up_on(town: Town) -> None:
    family = town.family("slow")
    town.raised(family)
    server = MailServer.parse(town.post.url)
    town.send(channel=lambda: Smtp(server, DESK.sender.address, 0.5))
    assert town.states(family) == [("concern", "intended", "connection_lost")]


def test_two_senders_at_once_never_send_the_same(town: Town) -> None:
    import eventlet

    families = [town.family("well", "well") for _ in range(25)]
    for family in families:
        town.raised(family)
    senders = [eventlet.spawn(town.send, batch=7) for _ in range(3)]
    sent = sum(sender.wait().get("sent", 0) for sender in senders)
    assert sent == 50
    parents = [parent for family in families for parent in family.parents]
    assert [town.post.store.count(parent.email or "") for parent in parents] == [1] * 50


def test_withholding_while_a_batch_is_under_way_stops_what_has_not_been_reached(town: Town) -> None:
    families = [town.family("well") for _ in range(2 * step.CHUNK + 5)]
    concerns = [(family, town.raised(family)) for family in families]
    server = MailServer.parse(town.post.url)
    sent: list[str] = []

    class Watched(Smtp):
        def deliver(self, envelope: Envelope) -> None:
            super().deliver(envelope)
            sent.append(envelope.notice_id)
            if len(sent) == 1:
                for family, concern in concerns:
                    town.withheld(family, concern)

    town.send(channel=lambda: Watched(server, DESK.sender.address, 10.0))
    assert len(sent) == step.CHUNK
    states = [notice.state for notice in town.notices()]
    assert states.count("sent") == step.CHUNK
    assert states.count("suppressed") == len(families) - step.CHUNK


def test_who_is_exempt_from_digital_post_gets_a_letter_to_print(town: Town) -> None:
    family = town.family("well", exempt=True)
    town.raised(family)
    assert town.send() == {"to_print": 1}
    (notice,) = town.notices(family)
    assert notice.letter is not None
    assert notice.letter["text"].startswith("Kirsten Prøve")
    assert "@" not in notice.letter["text"]
    assert town.mails(family.parents[0]) == []
    assert told(town, "notice.sent") == []


@SQLITE
def test_a_run_takes_no_further_batch_once_it_has_lasted_long_enough(town: Town) -> None:
    for _ in range(6):
        town.raised(town.family("well"))
    run = step.send_due(town.sending(batch=2, enough=timedelta(0)))
    assert run.more
    assert sum(run.outcomes.values()) < 6
    waiting = [notice for notice in town.notices() if notice.state == "intended"]
    assert waiting
    assert all((notice.tries, notice.lease_token) == (0, None) for notice in waiting)


@SQLITE
def test_no_address_name_or_servers_word_is_in_logs_or_the_database(
    town: Town, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    families = [
        town.family(mood, last_name="Hemmelighed") for mood in ("refused", "deferred", "rejected", "well")
    ]
    for family in families:
        town.raised(family)
    with caplog.at_level(logging.DEBUG):
        town.send()
    shown = capfd.readouterr()
    heard = caplog.text + shown.out + shown.err
    with town.db.unit_of_work() as uow:
        stored = "".join(
            str(row)
            for table in town.db.metadata.tables
            for row in uow.session.execute(text(f"SELECT * FROM {table}"))
        )
    for secret in ("Hemmelighed", "Kirsten", "Viggo", "example.org", "no such user", "mailbox busy", "spam"):
        assert secret not in heard
        assert secret not in stored


@SQLITE
def test_what_the_sender_asks_for_it_finds_by_an_index(town: Town) -> None:
    family = town.family("well")
    town.raised(family)
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not many and "notice" in statement and not statement.startswith("INSERT"):
            asked.append((statement, parameters))

    event.listen(town.db.engine, "before_cursor_execute", note)
    town.send()
    event.remove(town.db.engine, "before_cursor_execute", note)
    assert len(asked) > 5
    with town.db.engine.connect() as connection:
        for statement, parameters in asked:
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
            assert "SCAN" not in plan, (statement, plan)

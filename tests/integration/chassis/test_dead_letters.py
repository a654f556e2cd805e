"""What an operator does with dead letters, through the command line."""

from __future__ import annotations

import json

from click.testing import CliRunner
from sqlalchemy import select

from services.chassis.cli import main
from services.chassis.deadletters import DeadLetters
from tests.integration.chassis.conftest import House
from tests.support import probe
from tests.support.bus import encoded, thing_happened
from tests.support.waiting import until

DLQ = "probe.dlq"
SPEC = "tests.support.probe:Probe"
OF = ("--service", SPEC)


def trivsel(house: House, left: int, *arguments: str) -> tuple[int, str]:
    """Exit code and output of ``trivsel dlq``, begun when the queue has settled from the last."""
    until(lambda: house.bus.count(DLQ) == left)
    environment = {**house.environment, "COLUMNS": "220"}
    done = CliRunner().invoke(main, ["dlq", *arguments], env=environment)
    return done.exit_code, done.output


def test_dead_letters_are_listed_shown_replayed_and_thrown_away_and_each_step_is_noted(house: House) -> None:
    house.gate.touch()
    house.start("Probe")
    mended = thing_happened(way="not-yet-while-file")
    hopeless = thing_happened(way="permanent")
    for event in (mended, hopeless):
        house.bus.publish("teller.events", "thing.happened", encoded(event))
    house.bus.publish("teller.events", "thing.happened", b"{not json")

    code, listed = trivsel(house, 3, "list", SPEC)
    assert code == 0
    for word in (mended["id"][:8], hopeless["id"][:8], "exhausted", "thing-refused", "not-json"):
        assert word in listed
    code, shown = trivsel(house, 3, "show", mended["id"], *OF)
    assert code == 0
    assert mended["type"] in shown
    assert "not-yet-while-file" not in shown, "a word of the body is hidden"
    assert trivsel(house, 3, "show", "no-such-id", *OF)[0] == 1
    code, said = trivsel(house, 3, "replay", "--all", "--dry-run", "--json", *OF)
    assert code == 0
    assert json.loads(said) == [{"service": "probe", "would_send_back": 3}]

    house.gate.unlink()
    assert trivsel(house, 3, "replay", *OF)[0] == 2, "nobody replays all by mistake"
    code, said = trivsel(house, 3, "replay", mended["id"], "--json", *OF)
    assert (code, json.loads(said)) == (0, [{"service": "probe", "sent_back": 1, "kept": 0}])
    until(lambda: house.subjects() == [mended["subject"]])
    assert trivsel(house, 2, "replay", mended["id"], *OF)[0] == 1, "it is not there any more"

    assert trivsel(house, 2, "discard", hopeless["id"], *OF)[0] == 2, (
        "without a reason nothing is thrown away"
    )
    assert trivsel(house, 2, "discard", "--all", "--dry-run", "--reason", "prøve", *OF)[0] == 0
    code, said = trivsel(house, 2, "discard", hopeless["id"], "--reason", "afvist af leder", "--json", *OF)
    assert (code, json.loads(said)) == (0, [{"service": "probe", "thrown_away": 1}])
    until(lambda: house.bus.count(DLQ) == 1)

    log = probe.ProbeBase.metadata.tables["access_log"]
    with house.probe_db.engine.connect() as connection:
        notes = connection.execute(select(log.c.action, log.c.kind, log.c.purpose).order_by(log.c.seq)).all()
    assert [tuple(note) for note in notes] == [
        ("read", "dead-letter", "drift"),
        ("change", "dead-letter", "drift"),
        ("delete", "dead-letter", "afvist af leder"),
    ]


def test_a_letter_whose_queue_is_gone_is_kept(house: House) -> None:
    house.start("Probe")
    house.bus.publish("", DLQ, b"{}", {"origin-queue": "no.such.queue"}, message_id="stray")
    assert trivsel(house, 1, "replay", "--all", *OF)[0] == 1
    until(lambda: house.bus.count(DLQ) == 1)


def test_who_looks_right_after_another_sees_as_much(house: House) -> None:
    house.start("Probe")
    for number in range(50):
        house.bus.publish("", DLQ, b"{}", {"origin-queue": "no.such.queue"}, message_id=f"stray-{number}")
    until(lambda: house.bus.count(DLQ) == 50)
    letters = DeadLetters(house.environment["AMQP_URI"], "probe", house.probe_db)
    assert [len(letters.find()) for _ in range(8)] == [50] * 8

"""What an operator does with dead letters, through the command line."""

from __future__ import annotations

from click.testing import CliRunner
from sqlalchemy import select

from services.chassis.cli import main
from tests.integration.chassis.conftest import House
from tests.support import probe
from tests.support.bus import encoded, thing_happened
from tests.support.waiting import until

DLQ = "probe.dlq"
SPEC = "tests.support.probe:Probe"


def trivsel(house: House, left: int, *arguments: str) -> tuple[int, str]:
    """Exit code and output of ``trivsel dead-letters``, begun when the queue has settled from the last."""
    until(lambda: house.bus.count(DLQ) == left)
    environment = {**house.environment, "COLUMNS": "220"}
    done = CliRunner().invoke(main, ["dead-letters", *arguments], env=environment)
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
    for word in (mended["id"], hopeless["id"], "exhausted", "thing-refused", "not-json"):
        assert word in listed
    assert mended["subject"] in trivsel(house, 3, "show", SPEC, mended["id"])[1]
    assert trivsel(house, 3, "show", SPEC, "no-such-id")[0] == 1
    assert "would send" in trivsel(house, 3, "replay", SPEC, "--all", "--dry-run")[1]

    house.gate.unlink()
    assert trivsel(house, 3, "replay", SPEC)[0] == 2, "nobody replays all by mistake"
    assert trivsel(house, 3, "replay", SPEC, mended["id"]) == (0, "1 sent back, 0 kept\n")
    until(lambda: house.subjects() == [mended["subject"]])
    assert trivsel(house, 2, "replay", SPEC, mended["id"])[0] == 1, "it is not there any more"

    code, said = trivsel(house, 2, "discard", SPEC, hopeless["id"], "--reason", "afvist af leder")
    assert (code, said) == (0, "1 thrown away\n")
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
    assert trivsel(house, 1, "replay", SPEC, "--all") == (1, "0 sent back, 1 kept\n")
    until(lambda: house.bus.count(DLQ) == 1)

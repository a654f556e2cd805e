"""A setting that is wrong names itself; a log line tells no secrets and nobody's name."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis import config, logs

GOOD = {
    "AMQP_URI": "amqp://user:hemmeligt@127.0.0.1:5672/trivsel",
    "ACTOR_TOKEN_KEY": "a" * 43,
    "LINK_TOKEN_KEY": "b" * 43,
}


@pytest.mark.parametrize(
    ("change", "variable", "says"),
    [
        ({"AMQP_URI": None}, "AMQP_URI", "is missing"),
        ({"LINK_TOKEN_KEY": None}, "LINK_TOKEN_KEY", "is missing"),
        ({"ACTOR_TOKEN_KEY": "short"}, "ACTOR_TOKEN_KEY", "at least 32"),
        ({"HEALTH_PORT": "many"}, "HEALTH_PORT", "whole number"),
        ({"MUNICIPALITY_CVR": "740"}, "MUNICIPALITY_CVR", "eight digits"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL", "one of DEBUG"),
        (
            {"LINK_TOKEN_KEY": None, "LINK_TOKEN_KEY_FILE": "/no/such/file"},
            "LINK_TOKEN_KEY_FILE",
            "cannot be read",
        ),
    ],
)
def test_a_wrong_setting_names_its_variable_and_the_mend(
    change: dict[str, str | None], variable: str, says: str
) -> None:
    environment = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    with pytest.raises(config.Misconfigured) as wrong:
        config.settings(environment)
    assert wrong.value.detail.startswith(variable)
    assert says in wrong.value.detail


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("f" * 43 + "\n")
    environment = {**GOOD, "ACTOR_TOKEN_KEY_FILE": str(tmp_path / "key")}
    del environment["ACTOR_TOKEN_KEY"]
    assert config.settings(environment).actor_key == "f" * 43


def test_the_summary_shows_neither_keys_nor_passwords() -> None:
    shown = json.dumps(config.summary(config.settings(GOOD)))
    for hidden in ("hemmeligt", "aaaa", "bbbb"):
        assert hidden not in shown
    assert "127.0.0.1:5672/trivsel" in shown


@pytest.mark.parametrize("url", [None, "mysql://x/y", "what"])
def test_a_database_address_that_is_missing_or_foreign_is_refused(url: str | None) -> None:
    with pytest.raises(config.Misconfigured) as wrong:
        config.database_url("registry", {"REGISTRY_DATABASE_URL": url} if url else {})
    assert wrong.value.detail.startswith("REGISTRY_DATABASE_URL")


def logged(*calls: object) -> str:
    stream = io.StringIO()
    logs.configure("INFO", stream)
    for call in calls:
        call()  # type: ignore[operator]
    return stream.getvalue()


def test_a_line_carries_event_correlation_and_actor_ids() -> None:
    with logs.bound_contextvars(event_id="e-1", correlation_id="c-1", actor_id="a-1"):
        line = json.loads(logged(lambda: logs.logger("relay").info("published", count=3)))
    assert (line["event_id"], line["correlation_id"], line["actor_id"]) == ("e-1", "c-1", "a-1")
    assert (line["event"], line["part"], line["count"]) == ("published", "relay", 3)


CANARY = "Kanariebarn"


def test_an_exception_is_told_by_kind_and_place_and_never_by_its_words() -> None:
    def fails() -> None:
        try:
            raise ValueError(f"cannot save {CANARY}")
        except ValueError:
            logs.logger("x").error("failed", exc_info=True)

    line = logged(fails)
    assert CANARY not in line
    assert "ValueError" in line
    assert "test_settings_and_logs.py" in line


def test_a_library_that_logs_our_data_is_heard_without_it() -> None:
    line = logged(lambda: logging.getLogger("kombu").warning("could not send %r", {"name": CANARY}))
    assert CANARY not in line
    assert "could not send" in line


@given(
    st.sampled_from(["guardian_name", "cpr", "email", "address", "reason_text", "token", "position", "body"])
)
def test_what_could_hold_a_person_is_hidden_by_its_key(key: str) -> None:
    assert CANARY not in logged(lambda: logs.logger("x").info("saved", **{key: CANARY}))


@given(st.from_regex(r"\d{6}-?\d{4}", fullmatch=True), st.emails())
def test_cpr_and_mail_are_hidden_wherever_they_stand(cpr: str, mail: str) -> None:
    line = json.loads(
        logged(lambda: logs.logger("x").info("saved", note=f"see {cpr} now", other=[f"<{mail}>"]))
    )
    assert cpr not in line["note"]
    assert mail.split("@")[1] not in line["other"][0]

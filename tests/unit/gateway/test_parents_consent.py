"""How a consent stands for the one who reads it, how sure a sign-in is, and what settings are refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.chassis.config import Misconfigured
from services.gateway.settings import settings
from services.gateway.web.parents_consent.identity import level_of
from services.gateway.web.parents_consent.standing import kind_of, standing
from services.gateway.web.parents_consent.words import LANGUAGES, day, moment, words
from tests.unit.gateway.conftest import environment

TODAY = date(2026, 11, 22)
NOWHERE = "amqp://guest:guest@127.0.0.1:1/"


def view(**more: Any) -> dict[str, Any]:
    return {
        "state": "requested",
        "answer": "none",
        "part": "signs",
        "can_answer": True,
        "valid_to": "2026-12-31",
        **more,
    }


@pytest.mark.parametrize(
    ("how", "name"),
    [
        ({}, None),
        ({"can_answer": False}, "too_late"),
        ({"state": "partial", "answer": "yes", "can_answer": False}, "waiting"),
        ({"part": "informed", "can_answer": False}, "informed"),
        ({"state": "granted", "answer": "yes"}, "granted"),
        ({"state": "granted", "answer": "yes", "valid_to": "2026-11-22"}, "granted"),
        ({"state": "granted", "answer": "yes", "valid_to": "2026-11-21"}, "expired"),
        ({"state": "granted", "part": "informed"}, "granted"),
        ({"state": "granted", "answer": "none"}, "granted_before"),
        ({"state": "declined", "answer": "no"}, "no"),
        ({"state": "declined", "answer": "yes"}, "declined"),
        ({"state": "withdrawn", "answer": "withdrawn"}, "withdrawn_own"),
        ({"state": "withdrawn", "answer": "yes"}, "withdrawn"),
        ({"state": "expired"}, "expired"),
        ({"state": "superseded", "answer": "yes"}, "superseded"),
    ],
)
def test_each_way_it_can_stand_has_words_in_every_language(how: dict[str, Any], name: str | None) -> None:
    assert standing(view(**how), TODAY) == name
    assert kind_of(name) in ("success", "info", "warning")
    for language in LANGUAGES if name else ():
        assert len(words(language)["standing"][name]) == 2


@pytest.mark.parametrize(
    ("told", "level"),
    [
        ("https://data.gov.dk/concept/core/nsis/Substantial", "substantial"),
        ("urn:dk:mitid:high", "high"),
        ("low", "low"),
        ("http://eidas.europa.eu/LoA/substantial/", "substantial"),
        ("substantially-nothing", None),
        ("highly unsure", None),
        ("", None),
        (None, None),
        (["high", "x"], None),
    ],
)
def test_how_sure_a_sign_in_is_stands_in_its_last_word(told: Any, level: str | None) -> None:
    assert level_of(told) == level


def test_days_are_read_in_each_language_and_times_are_denmarks() -> None:
    assert {language: day("2026-12-06", language) for language in ("da", "en", "pl")} == {
        "da": "6. december 2026",
        "en": "6 December 2026",
        "pl": "6 grudnia 2026",
    }
    assert moment("2026-11-22T09:05:00+00:00", "da") == "22. november 2026 kl. 10.05"
    assert moment("2026-11-22T09:05:00+00:00", "ar") == "22 نوفمبر 2026، 10:05"


@pytest.mark.parametrize(
    ("name", "value", "more"),
    [
        ("PARENT_OIDC_ISSUER", "http://mitid.example", {}),
        ("PARENT_OIDC_ISSUER", "http://127.0.0.1:9000", {"PUBLIC_URL": "https://trivsel.example"}),
        ("PARENT_OIDC_MATCH", "name", {}),
        ("PARENT_OIDC_LEVEL", "betydelig", {}),
    ],
)
def test_a_provider_of_parents_that_cannot_be_is_refused_by_its_name(
    name: str, value: str, more: dict[str, str]
) -> None:
    with pytest.raises(Misconfigured) as refused:
        settings({**environment(NOWHERE), **more, name: value})
    assert name in refused.value.fields

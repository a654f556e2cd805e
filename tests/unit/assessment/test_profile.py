"""The model profile, and the one that comes with Trivsel."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment import schemas
from services.assessment.domain.profile import Profile, indicator_faults, settings_faults
from services.assessment.domain.words import KINDS, POSITIONS
from services.assessment.profiles import built_in, built_in_indicators
from services.assessment.schemas.profile import DOMAINS

PROFILE = Profile.read(1, built_in()["settings"])


def test_the_built_in_profile_is_one_that_a_municipality_could_store() -> None:
    given_ = {"expected_version": 1, "note": "x", **built_in(), "indicators": built_in_indicators()}
    assert schemas.StoreProfile().validate(given_) == {}
    settings = built_in()["settings"]
    assert settings_faults(settings) | indicator_faults(settings, built_in_indicators()) == {}


def test_every_age_band_has_signs_for_every_domain_and_position() -> None:
    found = {(sign["age_band"], sign["domain"], sign["position"]) for sign in built_in_indicators()}
    bands = [band["code"] for band in built_in()["settings"]["age_bands"]]
    assert found == {
        (band, domain, position) for band in bands for domain in DOMAINS for position in POSITIONS
    }


def test_childminders_and_health_visitors_rate_alone_and_others_are_two() -> None:
    assert {kind: PROFILE.min_own_ratings(kind) for kind in KINDS} == {
        "health_visiting": 1,
        "dagpleje": 1,
        "vuggestue": 2,
        "boernehave": 2,
        "school": 2,
    }


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2026, 11, 21), "0-1"),
        (date(2025, 11, 22), "0-1"),
        (date(2025, 11, 21), "1-3"),
        (date(2020, 11, 21), "6-10"),
        (date(2010, 11, 22), "13-16"),
        (date(2010, 11, 21), None),
        (date(2026, 11, 22), None),
        (None, None),
    ],
)
def test_a_child_is_in_the_band_of_its_age_on_the_day(born: date | None, band: str | None) -> None:
    assert PROFILE.age_band(born, date(2026, 11, 21)) == band


def test_a_child_born_on_leap_day_has_its_birthday_on_the_first_of_march() -> None:
    assert PROFILE.age_band(date(2024, 2, 29), date(2027, 2, 28)) == "1-3"
    assert PROFILE.age_band(date(2024, 2, 29), date(2027, 3, 1)) == "3-6"


def test_the_next_window_is_the_one_that_is_running() -> None:
    window = PROFILE.next_window("boernehave", date(2026, 10, 1))
    assert (window.first, window.last) == (date(2026, 9, 15), date(2026, 12, 15))


def test_a_window_past_new_year_is_running_in_january() -> None:
    settings = _changed(["kinds", 3, "windows"], [{"from": "12-07", "to": "01-31"}])
    window = Profile.read(2, settings).next_window("boernehave", date(2027, 1, 10))
    assert (window.first, window.last) == (date(2026, 12, 7), date(2027, 1, 31))


@given(st.dates(date(2024, 1, 1), date(2040, 12, 31)), st.sampled_from(KINDS))
def test_the_next_window_never_ended_and_begins_within_a_year(today: date, kind: str) -> None:
    window = PROFILE.next_window(kind, today)
    assert window.first <= window.last
    assert today <= window.last
    assert (window.first - today).days <= 366


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["kinds", 1, "kind"], "school", "settings.kinds.4.kind"),
        (["place_order"], ["school"], "settings.place_order"),
        (["age_bands", 1, "from"], 0, "settings.age_bands.1.from"),
        (["age_bands", 1, "to"], 1, "settings.age_bands.1.to"),
        (["age_bands", 1, "code"], "0-1", "settings.age_bands.1.code"),
        (["closed_days"], ["02-30"], "settings.closed_days.0"),
        (["kinds", 0, "windows", 0, "to"], "02-31", "settings.kinds.0.windows.0.to"),
        (["kinds", 0, "windows", 0, "to"], "10-01", "settings.kinds.0.windows.1"),
    ],
)
def test_what_does_not_hang_together_is_named_by_field(path: list[Any], value: Any, field: str) -> None:
    assert field in settings_faults(_changed(path, value))


def test_an_indicator_for_an_age_that_the_profile_has_not_is_named() -> None:
    signs = [{**built_in_indicators()[0], "age_band": "99-100"}, *built_in_indicators()[1:]]
    assert set(indicator_faults(built_in()["settings"], signs)) == {"indicators.0.age_band"}


def test_a_code_for_two_indicators_is_named() -> None:
    signs = [*built_in_indicators(), built_in_indicators()[0]]
    assert set(indicator_faults(built_in()["settings"], signs)) == {f"indicators.{len(signs) - 1}.code"}


def _changed(path: list[Any], value: Any) -> dict[str, Any]:
    settings: dict[str, Any] = copy.deepcopy(built_in()["settings"])
    target: Any = settings
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return settings

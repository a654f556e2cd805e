"""The vault of CPR numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.secrets import Unreadable, Vault

VAULT = Vault("a key of the tests and of nobody else")
CPR = st.from_regex(r"\A[0-3][0-9]8[1-9][0-9]{2}[0-9A-Z]{4}\Z")


@given(CPR, st.uuids())
def test_a_sealed_number_opens_in_its_own_row_only(cpr: str, row: object) -> None:
    sealed = VAULT.seal(cpr, str(row))
    assert cpr.encode() not in sealed
    assert VAULT.open(sealed, str(row)) == cpr
    with pytest.raises(Unreadable):
        VAULT.open(sealed, "another row")


def test_another_key_opens_nothing_and_finds_nothing() -> None:
    other = Vault("another key altogether, just as long")
    with pytest.raises(Unreadable):
        other.open(VAULT.seal("0181201234", "row"), "row")
    assert other.hash("0181201234") != VAULT.hash("0181201234")
    assert other.person_id("children", "1") != VAULT.person_id("children", "1")


@given(st.binary(max_size=60))
def test_damage_is_told_as_damage(sealed: bytes) -> None:
    with pytest.raises(Unreadable):
        VAULT.open(sealed, "row")


def test_the_same_number_is_sealed_differently_and_found_by_the_same_hash() -> None:
    assert VAULT.seal("0181201234", "row") != VAULT.seal("0181201234", "row")
    assert VAULT.hash("0181201234") == VAULT.hash("0181201234")


def test_a_registry_made_anew_gives_everybody_the_same_id_again() -> None:
    again = Vault("a key of the tests and of nobody else")
    assert again.person_id("children", "B1") == VAULT.person_id("children", "B1")
    assert VAULT.person_id("children", "B1") != VAULT.person_id("guardians", "B1")

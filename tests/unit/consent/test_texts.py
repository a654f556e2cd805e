"""What signatories read, in the five languages."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

import pytest

from services.consent import rendering
from services.consent.domain.requests import INFORMATION, LEGAL_BASES, PURPOSES
from services.consent.domain.states import Kind, Part


def rendered(
    language: str, *, kind: Kind = Kind.GUARDIAN, part: Part = Part.SIGNS, **more: Any
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "purpose": "record_sharing",
        "information": list(INFORMATION),
        "recipients": ["PPR Midt"],
        "legal_basis": "fvl_28",
        "valid_from": date(2026, 11, 23),
        "valid_to": date(2027, 11, 22),
        "words": None,
        "several": True,
    } | more
    return rendering.render(rendering.built_in(language), language, rendering.Request(**facts), kind, part)


def words(text: dict[str, Any]) -> str:
    return " ".join(
        [text["title"], text["intro"], *(line for one in text["sections"] for line in one["lines"])]
    )


@pytest.mark.parametrize("language", rendering.LANGUAGES)
def test_our_own_texts_have_every_part_in_every_language(language: str) -> None:
    texts = rendering.built_in(language)
    assert rendering.wrong_texts(texts) == {}
    assert set(texts["purposes"]) == set(PURPOSES)
    assert set(texts["information"]) == set(INFORMATION)
    assert set(texts["bases"]) == set(LEGAL_BASES)


@pytest.mark.parametrize("language", rendering.LANGUAGES)
@pytest.mark.parametrize("kind", list(Kind))
def test_a_text_names_purpose_information_recipient_basis_and_days(language: str, kind: Kind) -> None:
    text = rendered(language, kind=kind)
    assert len(text["sections"]) == 6
    assert "PPR Midt" in words(text)
    assert "2027" in words(text)
    assert "{" not in words(text)
    assert set(text["answers"]) == {"yes", "no", "withdraw"}


def test_arabic_runs_from_right_to_left_and_is_written_in_its_script() -> None:
    text = rendered("ar")
    assert text["direction"] == "rtl"
    assert all(rendered(language)["direction"] == "ltr" for language in ("da", "en", "pl", "so"))
    letters = [letter for letter in text["title"] + text["intro"] if letter.isalpha()]
    assert all(unicodedata.name(letter).startswith("ARABIC") for letter in letters)


def test_who_reads_another_language_gets_danish_and_is_known_to_need_help() -> None:
    assert rendering.language_for("uk") == "da"
    assert not rendering.is_read_by("uk")
    assert (rendering.language_for("ar-SY"), rendering.language_for(None)) == ("ar", "da")
    assert rendering.is_read_by("ar-SY")


def test_another_word_is_another_hash_and_the_same_words_the_same() -> None:
    assert rendering.text_hash(rendered("da")) == rendering.text_hash(rendered("da"))
    changed = rendered("da", recipients=["PPR Nord"])
    assert rendering.text_hash(changed) != rendering.text_hash(rendered("da"))
    assert rendering.text_hash(rendered("en")) != rendering.text_hash(rendered("da"))


def test_an_informed_parent_is_told_that_the_young_person_answers() -> None:
    text = rendered("da", part=Part.INFORMED)
    assert text["sections"][-1]["lines"] == [rendering.built_in("da")["informed"]]


def test_staffs_own_words_are_marked_as_danish() -> None:
    [own] = [
        one
        for one in rendered("pl", words="Vi vil gerne tale med logopæden.")["sections"]
        if "language" in one
    ]
    assert own["language"] == "da"


def test_a_template_that_lacks_a_part_is_told_which() -> None:
    texts = {**rendering.built_in("en"), "validity": "For ever", "yes": " "}
    del texts["informed"]
    texts["purposes"] = {**texts["purposes"], "everything": "All we want"}
    assert set(rendering.wrong_texts(texts)) == {
        "texts.validity",
        "texts.yes",
        "texts.informed",
        "texts.purposes.everything",
    }

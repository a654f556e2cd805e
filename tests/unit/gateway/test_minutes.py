"""Minutes as they are written by several at once, looked through before they are sent, and put on paper."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import ArrayObject

from services.gateway.web.minutes_form import BASE, TEXT, Merged, items, mark, merge, typed
from services.gateway.web.minutes_paper import FONTS, Agreed, Paper, pdf
from services.gateway.web.minutes_words import colour_words, doubtful, without_cpr

CODES = ("purpose", "what_works", "follow_up")
TEXTS = st.text(alphabet="abc \n", max_size=8)


def form(texts: dict[str, str], shown: dict[str, str]) -> dict[str, str]:
    """What a browser sends: each text, and the mark of what the page showed."""
    return {TEXT + code: text.replace("\n", "\r\n") for code, text in texts.items()} | {
        BASE + code: mark(text) for code, text in shown.items()
    }


def merged(texts: dict[str, str], shown: dict[str, str], stored: dict[str, str]) -> Merged:
    points = typed(form(texts, shown), CODES)
    return merge(points, [{"code": code, "text": text} for code, text in stored.items()])


def test_two_who_write_different_points_both_keep_their_words() -> None:
    found = merged(
        {"purpose": "Velkommen", "what_works": ""},
        {"purpose": "", "what_works": ""},
        {"purpose": "", "what_works": "Leger godt"},
    )
    assert found.conflicts == {}
    assert {item["code"]: item["text"] for item in found.items} == {
        "purpose": "Velkommen",
        "what_works": "Leger godt",
    }


def test_two_who_write_the_same_point_are_shown_each_others_words() -> None:
    found = merged({"purpose": "Mit"}, {"purpose": "Før"}, {"purpose": "Dit"})
    assert found.conflicts == {"purpose": "Dit"}
    assert found.items[0]["text"] == "Mit"


def test_two_who_write_the_same_words_do_not_disagree() -> None:
    assert merged({"purpose": "Ens"}, {"purpose": ""}, {"purpose": "Ens"}).conflicts == {}


def test_what_is_stored_at_a_point_the_page_does_not_show_is_kept() -> None:
    found = merged({"purpose": "Nyt"}, {"purpose": ""}, {"purpose": "", "gone": "Gammelt"})
    assert {"code": "gone", "heading": None, "text": "Gammelt"} in found.items


@given(st.fixed_dictionaries({code: st.tuples(TEXTS, TEXTS, TEXTS) for code in CODES}))
def test_no_word_is_ever_written_over_unseen(points: dict[str, tuple[str, str, str]]) -> None:
    texts, shown, stored = ({code: texts[n] for code, texts in points.items()} for n in range(3))
    found = merged(texts, shown, stored)
    together = {item["code"]: item["text"] for item in found.items}
    for code in CODES:
        mine, before, theirs = texts[code].rstrip(), shown[code].rstrip(), stored[code].rstrip()
        if mine == before:
            assert together[code] == theirs
        elif theirs in (before, mine):
            assert (together[code], code in found.conflicts) == (mine, False)
        else:
            assert found.conflicts[code] == theirs


def test_lines_are_kept_as_the_service_has_them() -> None:
    points = typed(form({"purpose": "En linje\nog en til \n"}, {}), CODES)
    assert items(points) == [{"code": "purpose", "heading": None, "text": "En linje\nog en til"}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hun er gul.", ["gul"]),
        ("Fra rød til Grøn", ["rød", "Grøn"]),
        ("Gulerødder og en gulvmåtte", []),
        ("Det grønne bord og det grønne træ", ["grønne"]),
        ("Rødkål, redning, greenhorn", []),
        ("A red sign", ["red"]),
    ],
)
def test_words_of_colour_are_pointed_out_and_no_others(text: str, found: list[str]) -> None:
    assert colour_words(text) == found


def test_what_to_look_at_is_named_with_its_heading() -> None:
    assert doubtful([("Aftaler", "Gul kasse"), ("Tak", "Intet")]) == [("Aftaler", "Gul")]


@pytest.mark.parametrize("number", ["010119-9999", "0101199999", "010119 9999", "010119–9999"])
def test_a_cpr_number_is_struck_out_and_a_telephone_number_is_not(number: str) -> None:
    clean = without_cpr(f"Barnet {number} kan nås på 12 34 56 78 eller 12345678")
    assert not re.search(r"\d{6}[-– ]?\d{4}", clean)
    assert "12 34 56 78 eller 12345678" in clean


# On paper --------------------------------------------------------------------------------------------


def paper(points: list[tuple[str, str]]) -> Paper:
    return Paper(
        language="da",
        title="Referat af fokusmøde",
        facts=[("Barn", "Ænøla Prøve"), ("Sted", "I institutionen")],
        points=points,
        agreements_title="Aftaler",
        agreements=[Agreed("Fast plads ved bordet", "Pædagogen", "senest 3. december 2026")],
        page_word="Side",
        closing=[("Vi følger op", "20. januar 2027")],
    )


def read(points: list[tuple[str, str]]) -> PdfReader:
    if not (FONTS / "IBMPlexSans-Regular.ttf").is_file():
        pytest.skip("the fonts come with make setup")
    return PdfReader(io.BytesIO(pdf(paper(points))))


def test_the_paper_has_page_numbers_headings_and_agreements_and_no_cpr_number() -> None:
    found = read([(f"Punkt {n}", "Noget om hverdagen 010119-9999. " * 40) for n in range(12)])
    texts = [page.extract_text() for page in found.pages]
    assert len(texts) > 1
    for number, text in enumerate(texts, 1):
        assert f"Side {number} / {len(texts)}" in text
        assert not re.search(r"\d{6}[-– ]?\d{4}", text)
    whole = "\n".join(texts)
    for word in (
        "Referat af fokusmøde",
        "Ænøla Prøve",
        "Punkt 11",
        "Fast plads ved bordet",
        "20. januar 2027",
    ):
        assert word in whole


def test_the_paper_is_black_and_at_least_ten_points() -> None:
    found = read([("Det, der fungerer godt", "Leger godt")])
    sizes, colours = [], []
    for page in found.pages:
        content = page.get_contents()
        assert content is not None
        for operands, operator in content.operations:
            if operator == b"Tf":
                sizes.append(float(operands[1]))
            if operator in (b"rg", b"g") and not isinstance(operands, ArrayObject):
                colours.append([float(part) for part in operands])
    assert min(sizes) >= 10
    assert all(part == 0 for colour in colours for part in colour)


def test_signs_that_a_layout_could_take_for_its_own_stand_as_they_were_written() -> None:
    whole = read([("__init__", "**ikke fed** -- og __ikke__ kursiv")]).pages[0].extract_text()
    assert "**ikke fed** -- og __ikke__ kursiv" in whole


def test_the_paper_says_in_which_language_it_is() -> None:
    assert read([("A", "B")]).trailer["/Root"]["/Lang"] == "da"

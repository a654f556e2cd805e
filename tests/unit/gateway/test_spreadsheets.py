"""No cell of a file is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import zipfile
from xml.etree import ElementTree

from hypothesis import example, given
from hypothesis import strategies as st

from services.gateway.web.spreadsheets import DANGEROUS, as_csv, as_xlsx, harmless

TEXTS = st.one_of(
    st.text(max_size=20),
    st.builds(
        lambda sign, rest: sign + rest, st.sampled_from([*DANGEROUS, " =", "\u00a0+"]), st.text(max_size=12)
    ),
)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@given(TEXTS)
@example("=cmd|' /C calc'!A0")
@example("\t=1+1")
@example("@SUM(A1)")
def test_no_text_begins_as_a_formula_does(text: str) -> None:
    cell = harmless(text)
    assert not cell.lstrip(" \u00a0\ufeff").startswith(DANGEROUS)
    shown = "".join(sign for sign in text if sign.isprintable() or sign in "\t\r\n")
    assert cell in (shown, f"'{shown}")


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_a_csv_file_holds_as_many_harmless_cells_as_were_given(texts: list[str]) -> None:
    body = as_csv(texts, [texts]).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body, newline=""), delimiter=";"))
    assert [len(row) for row in rows] == [len(texts)] * 2
    assert not any(cell.lstrip(" \u00a0\ufeff").startswith(DANGEROUS) for row in rows for cell in row)


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_a_workbook_has_text_and_numbers_and_no_formula(texts: list[str]) -> None:
    body = as_xlsx([("Tal", ["Navn"] * len(texts), [texts, list(range(len(texts)))])])
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert sheet.findall(f".//{MAIN}f") == []
    assert sheet.findall(f".//{MAIN}hyperlink") == []
    assert len(sheet.findall(f".//{MAIN}row")) == 3


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell() -> None:
    assert [harmless(value) for value in (-3, 2.5, 0, None, True)] == [-3, 2.5, 0, "", "ja"]

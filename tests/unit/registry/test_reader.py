"""Bytes to cells: what programs and hands write as CSV."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry.importing import contract
from services.registry.importing.reader import LONGEST_LINE, Refused, Row, Rows, shape_of

TABLE = contract.GROUPS
HEADER = "group_id;institution_id;name;grade\n"
CELL = st.text(
    st.characters(
        blacklist_categories=("Cs",), blacklist_characters="\0\r\x85\u2028\u2029\x0b\x0c\x1c\x1d\x1e"
    ),
    max_size=12,
)


def read(content: str | bytes, table: contract.Table = TABLE) -> list[Row]:
    data = content.encode() if isinstance(content, str) else content
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / table.file
        path.write_bytes(data)
        return list(Rows(shape_of(path, table)))


def refusal(content: str | bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        read(content)
    return caught.value


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=6),
    delimiter=st.sampled_from(";,\t"),
    newline=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    sep=st.booleans(),
)
def test_whatever_a_program_writes_is_read_as_it_was(
    rows: list[list[str]], delimiter: str, newline: str, bom: bool, quoting: int, sep: bool
) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    writer.writerow(TABLE.names)
    writer.writerows(rows)
    text = f"sep={delimiter}{newline}{stream.getvalue()}" if sep else stream.getvalue()
    found = read(text.encode("utf-8-sig" if bom else "utf-8"))
    assert [row.fault for row in found if row.fault] == []
    assert [row.cells for row in found] == [row for row in rows if any(row)]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_fail(data: bytes) -> None:
    try:
        faults = {row.fault for row in read(HEADER.encode() + data)}
    except Refused as refused:
        faults = {refused.code}
    assert faults <= {None, "wrong_encoding", "not_text", "quote_not_closed", "wrong_cell_count"}


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from('ab";\n'), max_size=30))
def test_a_broken_row_never_takes_its_neighbours(broken: str) -> None:
    good = [[f"g{number}", "i", "Blå stue", ""] for number in range(4)]
    lines = [";".join(row) + "\n" for row in good]
    found = read(HEADER + lines[0] + lines[1] + broken + "\n" + lines[2] + lines[3])
    read_well = [row.cells for row in found if row.fault is None]
    assert read_well[:2] == good[:2]
    # A quote that opens in the broken row may honestly close in the next: one neighbour, never two.
    assert read_well[-1:] == good[3:] or broken.count('"') % 2 == 0


def test_a_quote_never_closed_is_one_fault_on_its_line() -> None:
    found = read(HEADER + 'g1;i;"Blå stue;\ng2;i;Grøn stue;\ng3;i;"Gul" stue;\ng4;i;"Rød; rød";\n')
    assert [(row.line, row.fault) for row in found] == [
        (2, "quote_not_closed"),
        (3, None),
        (4, "quote_not_closed"),
        (5, None),
    ]
    assert found[3].cells[2] == "Rød; rød"


def test_a_line_break_inside_quotes_belongs_to_the_field_and_lines_are_still_counted_right() -> None:
    found = read(HEADER + 'g1;i;"Blå\r\nstue";\ng2;i;Grøn stue;9;8;7\n')
    assert found[0].cells[2] == "Blå\nstue"
    assert (found[1].line, found[1].fault) == (4, "wrong_cell_count")


def test_excel_may_pad_rows_with_empty_cells_but_not_with_full_ones() -> None:
    found = read(HEADER + "g1;i;Blå stue;;;;\n;;;\n\ng2;i;Grøn\ng3;i;Gul stue;;x\n")
    assert [(row.line, row.fault) for row in found] == [
        (2, None),
        (5, "wrong_cell_count"),
        (6, "wrong_cell_count"),
    ]


def test_columns_may_stand_in_any_order_and_case() -> None:
    found = read("Name,GRADE, group_id ,institution_id\nBlå stue,,g1,i\n")
    assert found[0].cells == ["g1", "i", "Blå stue", ""]


def test_a_megabyte_in_a_field_is_read_and_the_next_row_too() -> None:
    found = read(HEADER + f"g1;i;{'x' * 1_000_000};\ng2;i;Grøn stue;\n")
    assert [row.fault for row in found] == [None, None]
    assert len(found[0].cells[2]) == 1_000_000


def test_a_line_without_end_is_drained_and_costs_one_fault() -> None:
    found = read(HEADER + f"g1;i;{'x' * (LONGEST_LINE + 10)};\ng2;i;Grøn stue;\n")
    assert [(row.line, row.fault) for row in found] == [(2, "row_too_long"), (3, None)]


# Refused whole -----------------------------------------------------------------------------------------


def test_a_missing_column_is_named() -> None:
    refused = refusal("group_id;name;grade\ng1;x;\n")
    assert (refused.code, refused.file, refused.field) == ("column_missing", "groups.csv", "institution_id")
    assert "Tilføj" in refused.mend


def test_an_unknown_column_is_named() -> None:
    refused = refusal("group_id;institution_id;name;grade;colour\n")
    assert (refused.code, refused.field) == ("column_unknown", "colour")


def test_data_where_the_header_should_be_is_not_told() -> None:
    refused = refusal("018120-1234;i;Ida Holm;3\n")
    assert (refused.code, refused.field) == ("no_header", None)
    assert "Ida" not in str(refused.__dict__)


def test_a_column_given_twice_is_named() -> None:
    assert refusal("group_id;name;institution_id;grade;name\n").field == "name"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ((HEADER + "g1;i;Blå;\n").encode("cp1252"), "wrong_encoding"),
        ((HEADER + "g1;i;Blå;\n").encode("utf-16"), "wrong_encoding"),
        (HEADER.encode() + "å".encode()[:1], "wrong_encoding"),
        (HEADER.encode() + b"g1;i;\0;\n", "not_text"),
        (b"PK\x03\x04rest of a workbook", "not_text"),
        (b"", "no_header"),
        (b"\xef\xbb\xbf\n", "no_header"),
    ],
)
def test_what_is_not_utf8_text_is_refused(data: bytes, code: str) -> None:
    assert refusal(data).code == code


def test_the_line_of_a_wrong_letter_is_told() -> None:
    assert refusal(HEADER.encode() + b"g1;i;x;\n" * 4 + b"g2;i;\xe5;\n").line == 6

"""Tables as files that a spreadsheet opens: CSV and XLSX, in which no cell is ever taken for a formula.

A name or a purpose is somebody's text. A spreadsheet runs a cell that begins with one of a few signs (OWASP,
"CSV injection"), so such a cell gets an apostrophe before it, which shows it as the text it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter
from flask import Response

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Row = Sequence[Any]


def harmless(value: Any) -> Any:
    """The value as it may stand in a cell. Numbers stay numbers; nothing is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, int | float):
        return value
    text = "".join(sign for sign in str(value) if sign.isprintable() or sign in "\t\r\n")
    # Spaces and invisible signs before a formula are skipped by some programs.
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(DANGEROUS) else text


def as_csv(heads: Sequence[str], rows: Iterable[Row]) -> bytes:
    """UTF-8 with a mark and semicolons: what a Danish spreadsheet opens without asking."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([harmless(head) for head in heads])
    writer.writerows([harmless(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(sheets: Iterable[tuple[str, Sequence[str], Iterable[Row]]]) -> bytes:
    """A workbook of (name, heads, rows). Every text is written as text, whatever it looks like."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    ) as book:
        strong = book.add_format({"bold": True})
        for name, heads, rows in sheets:
            sheet = book.add_worksheet(name[:31])
            widths = [len(head) for head in heads]
            for column, head in enumerate(heads):
                sheet.write_string(0, column, str(harmless(head)), strong)
            for number, row in enumerate(rows, start=1):
                for column, value in enumerate(map(harmless, row)):
                    if isinstance(value, str):
                        sheet.write_string(number, column, value)
                    else:
                        sheet.write_number(number, column, value)
                    widths[column] = max(widths[column], min(len(str(value)), 50))
            for column, width in enumerate(widths):
                sheet.set_column(column, column, width + 2)
            sheet.freeze_panes(1, 0)
    return out.getvalue()


def download(body: bytes, mimetype: str, name: str) -> Response:
    """The file as an answer. ``name`` is of our own making, without anybody's name."""
    return Response(
        body, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )

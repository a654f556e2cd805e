"""From bytes to cells: what Danish Excel, databases and hands write as CSV, read row by row.

Two promises. A file that is not text of the agreed shape is refused whole, before anything is
written. A row that cannot be read is one fault with its line; the rows around it are read, even
when its quote was never closed and a plain CSV reader would swallow the rest of the file.
"""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.registry.importing.contract import Table
from services.registry.importing.problems import FILE_MENDS

LONGEST_LINE = 4_000_000
"""Characters; a longer physical line is drained unread, so memory stays bounded."""
_LONGEST_ROW = 60
"""Physical lines that one quoted row may run over."""
_DELIMITERS = ";,\t"
_CHUNK = 1 << 18


class Refused(Exception):
    """The set cannot be imported at all. ``field`` is the column, where one is to blame."""

    def __init__(self, code: str, file: str, field: str | None = None, line: int | None = None) -> None:
        super().__init__(code)
        self.code, self.file, self.field, self.line = code, file, field, line
        self.mend = FILE_MENDS[code]


@dataclass(frozen=True, slots=True)
class Shape:
    """How one file is written: its delimiter, where each column stands, and how many bytes it has."""

    table: Table
    path: Path
    delimiter: str
    places: tuple[int, ...]
    width: int
    header_lines: int
    size: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row's cells in the order of the table's columns, or the ``fault`` that hides them."""

    line: int
    cells: list[str]
    fault: str | None = None


def shape_of(path: Path, table: Table) -> Shape:
    """The shape of a file that may be imported, or :class:`Refused`."""
    _check_text(path)
    with path.open(encoding="utf-8-sig", newline=None) as stream:
        first = stream.readline(LONGEST_LINE)
        header_lines = 1
        told = first.rstrip("\n").strip('"').lower()
        if told.startswith("sep=") and len(told) == 5:  # Excel's own note of the delimiter
            first = stream.readline(LONGEST_LINE)
            header_lines = 2
    if not first.strip():
        raise Refused("no_header", path.name)
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        header = [cell.strip().lower() for cell in next(csv.reader([first], delimiter=delimiter))]
    except csv.Error as error:
        raise Refused("no_header", path.name, line=header_lines) from error
    while header and not header[-1]:
        header.pop()
    if not any(name in table.names for name in header):
        # A row of data, perhaps: not a word of it is told.
        raise Refused("no_header", path.name, line=header_lines)
    for index, name in enumerate(header, 1):
        if name not in table.names:
            named = name if name.isidentifier() and len(name) <= 30 else f"nr. {index}"
            raise Refused("column_unknown", path.name, named, header_lines)
        if header.count(name) > 1:
            raise Refused("column_twice", path.name, name, header_lines)
    for name in table.names:
        if name not in header:
            raise Refused("column_missing", path.name, name, header_lines)
    places = tuple(header.index(name) for name in table.names)
    return Shape(table, path, delimiter, places, len(header), header_lines, path.stat().st_size)


def _check_text(path: Path) -> None:
    """The whole file is UTF-8 text: nothing may be found out half-way."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    lines = 1
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
            stream.seek(0)
            if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise Refused("wrong_encoding", path.name)
            while chunk := stream.read(_CHUNK):
                if b"\0" in chunk or start.startswith(b"PK\x03\x04"):
                    raise Refused("not_text", path.name, line=lines)
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    raise Refused(
                        "wrong_encoding", path.name, line=lines + chunk[: error.start].count(b"\n")
                    ) from error
                lines += chunk.count(b"\n")
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError as error:
                raise Refused("wrong_encoding", path.name, line=lines) from error
    except OSError as error:
        raise Refused("file_unreadable", path.name) from error


class Rows:
    """The rows of one file, streamed. ``read`` counts characters on the way, for a progress bar."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.read = 0
        self._waiting: deque[str] = deque()

    def __iter__(self) -> Iterator[Row]:
        csv.field_size_limit(LONGEST_LINE * 2)
        with self.shape.path.open(encoding="utf-8-sig", newline=None) as stream:
            self._stream = stream
            for _ in range(self.shape.header_lines):
                self._next()
            line = self.shape.header_lines
            while text := self._next():
                line += 1
                if text == "\n":
                    continue
                if len(text) >= LONGEST_LINE and not text.endswith("\n"):
                    self._drain()
                    yield Row(line, [], "row_too_long")
                    continue
                if text.count('"') % 2:
                    row, lines = self._over_several_lines(text, line)
                    if row.fault is None:
                        line += lines - 1
                else:
                    row = self._one(text, line)
                if row.fault or any(row.cells):
                    yield row

    def _next(self) -> str:
        if self._waiting:
            return self._waiting.popleft()
        text = self._stream.readline(LONGEST_LINE)
        self.read += len(text)
        return text

    def _drain(self) -> None:
        while (text := self._stream.readline(LONGEST_LINE)) and not text.endswith("\n"):
            self.read += len(text)

    def _one(self, text: str, line: int) -> Row:
        try:
            cells = next(csv.reader([text], delimiter=self.shape.delimiter, strict=True))
        except (csv.Error, StopIteration):
            return Row(line, [], "quote_not_closed")
        width = self.shape.width
        # Excel pads short rows and sometimes the whole sheet with empty cells.
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            return Row(line, [], "wrong_cell_count") if any(cells) else Row(line, [])
        return Row(line, [cells[place] for place in self.shape.places])

    def _over_several_lines(self, first: str, line: int) -> tuple[Row, int]:
        """A quoted line break, or a quote never closed. In doubt the first line alone is to blame."""
        gathered, size = [first], len(first)
        quotes = first.count('"')
        while quotes % 2 and len(gathered) < _LONGEST_ROW and size < LONGEST_LINE:
            text = self._next()
            if not text:
                break
            gathered.append(text)
            size += len(text)
            quotes += text.count('"')
        if quotes % 2 == 0:
            row = self._one("".join(gathered), line)
            if row.fault is None:
                return row, len(gathered)
        self._waiting.extendleft(reversed(gathered[1:]))
        return Row(line, [], "quote_not_closed"), 1

"""The minutes on paper: a PDF in black, at least 10 points, with page numbers.

No navigation, no address, no CPR number: whoever finds it on a printer learns no more than must stand there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from services.chassis.errors import Unavailable
from services.gateway.web.minutes_words import without_cpr

FONTS = Path(__file__).parents[1] / "static" / "vendor" / "fonts"
FAMILY = "Plex"
BODY, SMALL, HEADING, TITLE = 11, 10, 13, 18
MARGIN = 20


@dataclass(frozen=True)
class Agreed:
    """One agreement."""

    what: str
    who: str
    due: str


@dataclass(frozen=True)
class Paper:
    """What stands on it, already in the reader's language. `facts` are pairs of name and text."""

    language: str
    title: str
    facts: Sequence[tuple[str, str]]
    points: Sequence[tuple[str, str]]
    agreements_title: str
    agreements: Sequence[Agreed]
    page_word: str
    closing: Sequence[tuple[str, str]] = field(default_factory=tuple)


class _Sheet(FPDF):
    """A4 with the page's number at the foot."""

    def __init__(self, page_word: str) -> None:
        super().__init__(format="A4")
        self._page_word = page_word

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font(FAMILY, size=SMALL)
        self.cell(0, 6, f"{self._page_word} {self.page_no()} / {{nb}}", align="R")


def pdf(paper: Paper) -> bytes:
    """The document. :class:`Unavailable` where the fonts have not been set up."""
    regular, bold = _fonts()
    sheet = _Sheet(paper.page_word)
    sheet.set_margins(MARGIN, MARGIN, MARGIN)
    sheet.set_auto_page_break(True, margin=22)
    sheet.add_font(FAMILY, "", regular)
    sheet.add_font(FAMILY, "B", bold)
    sheet.set_title(paper.title)
    sheet.set_lang(paper.language)
    sheet.set_creator("Trivsel")
    sheet.set_text_color(0, 0, 0)
    sheet.add_page()
    _line(sheet, paper.title, TITLE, bold=True, after=3)
    for name, text in paper.facts:
        _line(sheet, f"**{_safe(name)}:** {_safe(text)}", BODY, markdown=True)
    for heading, text in paper.points:
        _section(sheet, heading, text)
    if paper.agreements:
        _heading(sheet, paper.agreements_title)
        for one in paper.agreements:
            _line(sheet, one.what, BODY, bold=True)
            _line(sheet, " · ".join(part for part in (one.who, one.due) if part), BODY, after=2)
    for heading, text in paper.closing:
        _section(sheet, heading, text)
    return bytes(sheet.output())


def _section(sheet: FPDF, heading: str, text: str) -> None:
    _heading(sheet, heading)
    _line(sheet, text, BODY)


def _heading(sheet: FPDF, text: str) -> None:
    sheet.ln(3)
    if sheet.will_page_break(24):  # a heading never stands alone at the foot
        sheet.add_page()
    _line(sheet, text, HEADING, bold=True, after=1)


def _line(
    sheet: FPDF, text: str, size: int, *, bold: bool = False, after: float = 0, markdown: bool = False
) -> None:
    sheet.set_font(FAMILY, "B" if bold else "", size)
    sheet.multi_cell(
        0, size * 0.5, without_cpr(text), align="L", markdown=markdown, new_x=XPos.LMARGIN, new_y=YPos.NEXT
    )
    if after:
        sheet.ln(after)


def _safe(text: str) -> str:
    """What somebody wrote, without the signs that the layout would take for bold or italic."""
    return text.replace("**", "∗∗").replace("__", "_ _").replace("--", "–").replace("~~", "~")


@cache
def _fonts() -> tuple[Path, Path]:
    found = (FONTS / "IBMPlexSans-Regular.ttf", FONTS / "IBMPlexSans-Bold.ttf")
    if not all(path.is_file() for path in found):
        raise Unavailable("Skrifttyperne til udskrifter mangler. Kontakt driften.")
    return found

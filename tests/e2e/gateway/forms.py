"""Filling in a page's forms without a browser: what the page would send, with some of it changed."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import requests

Value = str | list[str] | None


class _Fields(HTMLParser):
    """The fields of each form, as a browser without scripts would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, list[str]]]] = []
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.forms.append((found.get("action") or "", {}))
        if not self.forms:
            return
        fields, name = self.forms[-1][1], found.get("name") or ""
        if tag == "input" and name:
            if found.get("type") in ("checkbox", "radio") and "checked" not in found:
                return
            fields.setdefault(name, []).append(found.get("value") or "")
        elif tag == "textarea":
            self._area = name
            fields.setdefault(name, []).append("")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in found:
            fields[self._select] = [found.get("value") or ""]

    def handle_data(self, data: str) -> None:
        if self._area and self.forms:
            typed = self.forms[-1][1][self._area]
            typed[-1] += data if typed[-1] else data.removeprefix("\n")  # as HTML has it

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None


def fields(page: str, action: str) -> dict[str, list[str]]:
    """The fields of the page's form whose address ends with ``action``."""
    reader = _Fields()
    reader.feed(page)
    [found] = [fields for where, fields in reader.forms if where.endswith(action)]
    return found


def send(
    session: requests.Session, address: str, page: str, action: str, changed: Mapping[str, Any]
) -> requests.Response:
    """Sends the form with some fields changed (None leaves one out); follows where that leads."""
    filled: dict[str, Any] = {**fields(page, action), **changed}
    data = {name: value for name, value in filled.items() if value is not None}
    return session.post(address + action, data=data, timeout=60)

"""Positions and states as somebody sees them who sees no colour: measured in light, dark and on paper.

A program of its own, as `browse` is: `python -m tests.e2e.gateway.colours_browser` prints what it found as
JSON. The parts are the pages' own macros under the pages' own styles; no house is needed.
"""

from __future__ import annotations

import json
import sys
from io import BytesIO
from itertools import combinations
from typing import Any

from flask import render_template_string
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, sync_playwright

from services.chassis.client import RpcClient
from services.gateway.app import create_app
from services.gateway.settings import settings
from services.gateway.web.frame import STATIC
from tests.e2e.gateway.browse import ARGUMENTS

NOWHERE = "amqp://guest:guest@127.0.0.1:1/"
KEY = "k" * 64
STYLES = (
    "vendor/dkfds/css/dkfds.min.css",
    *(f"css/{name}.css" for name in ("base", "parts", "print", "dark", "group", "discussion")),
)
PARTS = """{% from "parts/position.html" import position with context %}{% from "group/row.html" import radios with context %}
<main><div class="container">{% for code in positions %}<p>{{ position(code) }}</p>{% endfor %}
<form>{% for code in positions %}<fieldset class="child">{{ radios({"id": code, "values": {"position": code}, "fault": {}}) }}</fieldset>{% endfor %}</form>
<p>{% for kind in ("", "attention", "done") %}<span class="badge {{ kind }}">Prøve</span> {% endfor %}</p></div></main>"""  # noqa: E501
MEASURE = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
      .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const between = (one, other) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const text = (e) => between(rgb(getComputedStyle(e).color), ground(e));
  return {
    words: [...document.querySelectorAll('.position')].map((e) => [e.className.split(' ')[1],
      e.querySelector('.shape').textContent.trim(), e.lastChild.textContent.trim()]),
    text: [...document.querySelectorAll('.position, .badge, .pick span:last-child')].map(text),
    shapes: [...document.querySelectorAll('.shape')].map(text),
    edges: [...document.querySelectorAll('.position, .badge')]
      .map((e) => between(rgb(getComputedStyle(e).borderTopColor), ground(e.parentElement))),
  };
}"""


def document() -> str:
    """The parts on a page of their own, as the application makes them."""
    environment = {"AMQP_URI": NOWHERE, "ACTOR_TOKEN_KEY": KEY, "LINK_TOKEN_KEY": KEY}
    app = create_app(settings(environment), RpcClient(NOWHERE))
    with app.test_request_context("/"):
        body = render_template_string(PARTS)
    styles = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in STYLES)
    return f'<!doctype html><html lang="da"><meta charset="utf-8"><style>{styles}</style><body>{body}</html>'


def pictured(page: Page, selector: str) -> list[Image.Image]:
    """Each such element without colour."""
    pictures = [element.screenshot() for element in page.locator(selector).all()]
    return [Image.open(BytesIO(one)).convert("L") for one in pictures]


def unlike(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that tell two pictures apart for an eye; those that one lacks count too."""
    size = (max(one.width, other.width), max(one.height, other.height))
    laid = []
    for picture in (one, other):
        sheet = Image.new("L", size, 255)
        sheet.paste(picture, (0, 0))
        laid.append(sheet)
    differing = ImageChops.difference(*laid).point(lambda value: 255 if value > 48 else 0)
    return differing.histogram()[255] / (size[0] * size[1])


def look(browser: Browser, html: str, scheme: str, media: str) -> dict[str, Any]:
    page = browser.new_context(color_scheme=scheme, viewport={"width": 900, "height": 700}).new_page()
    page.emulate_media(media=media, color_scheme=scheme)
    page.set_content(html)
    found: dict[str, Any] = page.evaluate(MEASURE)
    found["shapes apart"] = [
        unlike(one, other) for one, other in combinations(pictured(page, ".position .shape"), 2)
    ]
    rows = [pictured(page, f"fieldset:nth-of-type({number}) .pick") for number in (1, 2, 3)]
    # The same choice, chosen in one row and not in the next.
    found["chosen apart"] = [unlike(rows[place][place], rows[(place + 1) % 3][place]) for place in range(3)]
    return found


def main() -> None:
    html = document()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        found = {
            name: look(browser, html, scheme, media)
            for name, scheme, media in (
                ("light", "light", "screen"),
                ("dark", "dark", "screen"),
                ("paper", "light", "print"),
            )
        }
        browser.close()
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()

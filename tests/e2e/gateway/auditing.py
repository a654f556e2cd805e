"""Pages in a real browser at three widths: axe's violations, sideways scrolling, complaints.

A program of its own, for the same reason as `browse`. `python -m tests.e2e.gateway.auditing` reads a plan as
JSON from its input and prints what it found as JSON. A visit of the plan has `name`, `cookie` (name, value),
`path`, and maybe `fill` (selector to text) and `press` (a selector). Pictures go to `folder`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.e2e.gateway.browse import ARGUMENTS, LOOK
from tests.e2e.gateway.rating_browser import AUDIT, AXE, RULES, SIZES


def visit(context: BrowserContext, address: str, plan: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    """The page is loaded once and then turned to each width, as a tablet is."""
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    page.goto(address + plan["path"])
    for selector, text in plan.get("fill", {}).items():
        page.locator(selector).fill(text)
    if plan.get("press"):
        with page.expect_navigation():
            page.locator(plan["press"]).click()
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = {}
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        if folder:
            page.screenshot(path=str(folder / f"{plan['name']}-{width}.png"), full_page=True)
        seen = page.evaluate(LOOK)
        found[f"{plan['name']}-{width}"] = {
            **seen,
            "violations": page.evaluate(AUDIT, RULES),
            "complaints": complaints,
        }
    page.close()
    return found


def person(browser: Browser, address: str, cookie: tuple[str, str]) -> BrowserContext:
    """One person's browser. All her pages share it, so that styles and scripts are fetched once."""
    context = browser.new_context(viewport={"width": 1280, "height": SIZES[1280]})
    name, value = cookie
    context.add_cookies([{"name": name, "value": value, "url": address}])
    return context


def main() -> None:
    plan = json.load(sys.stdin)
    folder = Path(plan["folder"]) if plan.get("folder") else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        people: dict[tuple[str, str], BrowserContext] = {}
        found: dict[str, Any] = {}
        for one in plan["visits"]:
            cookie = tuple(one["cookie"])
            context = people.get(cookie) or people.setdefault(
                cookie, person(browser, plan["address"], cookie)
            )
            found |= visit(context, plan["address"], one, folder)
        browser.close()
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()

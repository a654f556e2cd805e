"""Staff's consent pages in a real browser. A program of its own: the tests' process is patched for greenlets.

`python -m tests.e2e.consent.staff_browser` reads a plan as JSON from its input (`address`, `cookie`, `child`,
`folder`) and prints what it saw as JSON: the preview at each width, and the whole way without scripts.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.gateway.browse import ARGUMENTS, LOOK
from tests.e2e.gateway.rating_browser import AUDIT, AXE, RULES, SIZES

WORDS = "Vi vil gerne have hjælp til at forstå sproget derhjemme."
PDF = b"%PDF-1.7 en underskrift"


def page_of(browser: Browser, plan: dict[str, Any], *, script: bool) -> Page:
    context = browser.new_context(
        viewport={"width": 1280, "height": SIZES[1280]}, java_script_enabled=script, locale="da-DK"
    )
    name, value = plan["cookie"]
    context.add_cookies([{"name": name, "value": value, "url": plan["address"]}])
    return context.new_page()


def fill(page: Page, address: str, child: str, purpose: str) -> None:
    """Every part of a request is named by hand."""
    page.goto(f"{address}/barn/{child}/samtykker/nyt")
    page.locator(f"input[name=purpose][value={purpose}]").check(force=True)
    page.locator("input[name=information][value=language]").check(force=True)
    for service in ("ppr", "speech"):
        page.locator(f"input[name=recipients][value^='{service}:']").check(force=True)
    page.locator("input[name=legal_basis][value=fvl_28]").check(force=True)
    page.locator("#words").fill(WORDS)
    page.locator("form .actions .button-primary").click()


def preview(browser: Browser, plan: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What each would read, at three widths; then back to the form, which holds what was filled in."""
    page = page_of(browser, plan, script=True)
    fill(page, plan["address"], plan["child"], "record_sharing")
    page.wait_for_selector(".shown-to")
    page.evaluate(AXE.read_text())
    seen: dict[str, Any] = {}
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=str(folder / f"preview-{width}.png"), full_page=True)
        seen[str(width)] = {**page.evaluate(LOOK), "violations": page.evaluate(AUDIT, RULES)}
    seen["texts"] = page.locator(".consent-text").evaluate_all(
        "all => all.map(e => [e.lang, getComputedStyle(e).direction])"
    )
    page.locator("button[value=edit]").click()
    page.wait_for_selector("#words")
    seen["kept"] = page.locator("#words").input_value()
    seen["ticked"] = page.locator("input[name=recipients]:checked").count()
    return seen


def without_script(browser: Browser, plan: dict[str, Any], folder: Path) -> dict[str, Any]:
    """From the request over the preview to an answer on paper, where scripts are off."""
    page = page_of(browser, plan, script=False)
    fill(page, plan["address"], plan["child"], "specialist_meeting")
    page.locator("button[value=send]").click()
    seen: dict[str, Any] = {"sent": page.locator("main").inner_text(), "address": page.url}
    page.get_by_role("link", name="Notér underskrift på papir").click()
    page.locator("input[name=hvem]").first.check(force=True)
    page.locator("input[name=answer][value=yes]").check(force=True)
    page.locator("#scan").set_input_files({"name": "x.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.locator("form .actions .button-primary").click()
    seen["paper"] = page.locator("main").inner_text()
    page.screenshot(path=str(folder / "paper-noted.png"), full_page=True)
    page.get_by_role("link", name="Notér, at det trækkes tilbage").click()
    page.locator("#sagt").check(force=True)
    page.locator("form .actions .button-primary").click()
    seen["withdrawn"] = page.locator("main").inner_text()
    return seen


def main() -> None:
    plan = json.load(sys.stdin)
    folder = Path(plan["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        seen = {
            "preview": preview(browser, plan, folder),
            "plain": without_script(browser, plan, folder),
        }
        browser.close()
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()

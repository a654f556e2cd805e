"""A group is rated and discussed in a real browser. A program of its own, for the same reason as `browse`.

`python -m tests.e2e.gateway.rating_browser PLAN` reads what to do as JSON and prints what was seen as JSON.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.gateway.browse import ARGUMENTS, LOOK

ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / "deploy" / "assets" / "axe.min.js"
SIZES = {1280: 900, 768: 1024, 320: 640}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
PATIENCE = 20_000

AUDIT = """async (rules) => {
  const found = await axe.run(document, {runOnly: {type: 'tag', values: rules},
      resultTypes: ['violations'], elementRef: false});
  return found.violations.map((one) => [one.id, one.nodes.slice(0, 3).map((e) => e.html.slice(0, 160))]);
}"""
SMALLEST_PRINT = """() => Math.min(...[...document.querySelectorAll('main *')]
  .filter((e) => e.getClientRects().length && !e.closest('.sr-only')
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
  .map((e) => Math.round(parseFloat(getComputedStyle(e).fontSize) * 720 / 96) / 10))"""
SMALL = """() => ['.pick', 'button', 'a.button', 'select', 'textarea', 'summary', '.filter a', '.tick']
  .flatMap((kind) => [...document.querySelectorAll(kind)])
  .filter((e) => e.getClientRects().length && getComputedStyle(e).visibility !== 'hidden')
  .filter((e) => e.getBoundingClientRect().height < 43.5 && !e.closest('.foot'))
  .map((e) => e.outerHTML.slice(0, 100))"""


class Person:
    """One of the staff at her browser."""

    def __init__(self, browser: Browser, plan: dict[str, Any], who: str, *, script: bool = True) -> None:
        self.plan = plan
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1280, "height": 900}, java_script_enabled=script
        )
        self.sign_in(who)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.set_default_timeout(PATIENCE)

    def sign_in(self, who: str) -> None:
        name, value = self.plan["cookies"][who]
        self.context.add_cookies([{"name": name, "value": value, "url": self.plan["address"]}])

    def open(self, path: str) -> Page:
        self.page.goto(self.plan["address"] + path)
        return self.page

    def saved(self) -> str:
        """What the page says once all is saved."""
        state = self.page.locator("#saved")
        expect(state).to_have_attribute("data-state", "saved", timeout=PATIENCE)
        return state.inner_text()


def audit(person: Person, name: str) -> dict[str, Any]:
    """axe, overflow and target sizes of the page as it stands, at each width; pictures where wanted."""
    page = person.page
    seen: dict[str, Any] = {}
    page.evaluate(AXE.read_text(encoding="utf-8") + "; 1")
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        look = page.evaluate(LOOK)
        seen[str(width)] = {
            "violations": page.evaluate(AUDIT, RULES),
            "small": page.evaluate(SMALL),
            **{
                part: look[part]
                for part in ("overflows", "title", "language", "headings", "contrast", "loud")
            },
        }
        if folder := person.plan.get("folder"):
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": SIZES[1280]})
    return seen


def weigh(browser: Browser, plan: dict[str, Any]) -> dict[str, Any]:
    """What the first look at a group costs, and when it can be used."""
    person = Person(browser, plan, "first")
    fetched: list[tuple[str, bytes]] = []
    person.page.on("response", lambda answer: fetched.append((answer.request.resource_type, answer.body())))
    person.open(plan["sheet"])
    person.page.wait_for_load_state("networkidle")
    ready = person.page.evaluate(
        "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    )
    return {
        "kilobytes": sum(len(gzip.compress(body, 6)) for kind, body in fetched if kind != "font") / 1000,
        "usable_ms": ready,
        "children": person.page.locator("fieldset.child").count(),
    }


def by_keyboard(browser: Browser, plan: dict[str, Any]) -> dict[str, Any]:
    """A practised person rates the whole group with the keyboard alone, reasons and all."""
    person = Person(browser, plan, "first")
    page = person.open(plan["sheet"])
    children = page.locator("fieldset.child").count()
    seen: dict[str, Any] = {"children": children, "before": audit(person, "group-empty")}
    page.locator("#indhold").focus()
    begun = time.monotonic()
    for _ in range(20):  # the way to the first child
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('fieldset.child input[type=radio]')"):
            break
    visible = []
    for number in range(children):
        concern = number in plan["concerns"]
        page.keyboard.press("2" if concern else "1")
        visible.append(page.evaluate(
            "() => parseFloat(getComputedStyle(document.activeElement.closest('.pick')).outlineWidth) > 0"
        ))  # fmt: skip
        if concern:
            page.keyboard.press("Tab")
            page.keyboard.type("Bliver ofte uden for legen ved skift, fx efter frokost.", delay=15)
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
        page.keyboard.press("Tab")
    expect(page.locator("#progress strong")).to_have_text(str(children), timeout=60_000)
    seen["seconds"] = time.monotonic() - begun
    seen["told"] = person.saved()
    seen["focus_visible"] = all(visible)
    seen["after"] = audit(person, "group-full")
    page.locator('[data-show="bekymring"]').click()
    seen["filtered"] = page.locator("fieldset.child:visible").count()
    page.reload()
    seen["kept"] = page.locator("fieldset.child input:checked").count()
    page.emulate_media(media="print")
    seen["on_paper"] = page.locator("nav.menu, .bottom, .filter").filter(visible=True).count()
    seen["smallest_print"] = page.evaluate(SMALLEST_PRINT)
    page.pdf(path=plan["paper"])
    seen["complaints"] = person.complaints
    return seen


def keys_elsewhere(browser: Browser, plan: dict[str, Any]) -> dict[str, Any]:
    """1, 2 and 3 outside a row, and in a text, are just keys."""
    person = Person(browser, plan, "third")
    page = person.open(plan["other_sheet"])
    page.locator("#indhold").focus()
    page.keyboard.press("2")
    outside = page.locator("fieldset.child input:checked").count()
    row = page.locator("fieldset.child").first
    row.locator("input[type=radio]").first.focus()
    page.keyboard.press("n")
    page.keyboard.type("3 gange om ugen")
    return {
        "outside": outside,
        "text": row.locator("[name^=works_well]").input_value(),
        "chosen": row.locator("input:checked").count(),
    }


def without_script(browser: Browser, plan: dict[str, Any]) -> dict[str, Any]:
    """The second person rates the same group where scripts are off: one wrong row, then all."""
    person = Person(browser, plan, "second", script=False)
    page = person.open(plan["sheet"])
    rows = page.locator("fieldset.child")
    ids = [rows.nth(number).get_attribute("data-id") for number in range(rows.count())]
    for number, id_ in enumerate(ids):
        position = "yellow" if number in plan["concerns"] else "green"
        page.locator(f'[name="position-{id_}"][value="{position}"]').check()
        if number in plan["concerns"][1:]:
            page.locator(f'[name="reason-{id_}"]').fill("Søger de voksne, når det er uroligt.")
    wrong = ids[plan["concerns"][0]]
    page.locator(f'[name="works_well-{wrong}"]').fill("Leger godt med én kammerat.")
    page.locator('button[value="save"]').click()
    seen: dict[str, Any] = {
        "summary": page.locator("[data-module=error-summary]").inner_text(),
        "kept": page.locator(f'[name="works_well-{wrong}"]').input_value(),
        "chosen": page.locator(f'[name="position-{wrong}"]:checked').get_attribute("value"),
        "rated": page.locator("fieldset.child[data-rated]").count(),
    }
    page.locator(f'[name="reason-{wrong}"]').fill("Trækker sig ved skift.")
    page.locator('button[value="save"]').click()
    seen["done"] = page.locator("fieldset.child[data-rated]").count()
    seen["children"] = len(ids)
    return seen


def lost_connection(browser: Browser, plan: dict[str, Any]) -> dict[str, Any]:
    """The net goes, and the session runs out, while somebody writes."""
    person = Person(browser, plan, "third")
    page = person.open(plan["other_sheet"])
    row = page.locator("fieldset.child").nth(1)
    person.context.set_offline(True)
    row.locator("input[value=yellow]").check()
    row.locator("[name^=reason]").fill("Skrevet uden forbindelse.")
    expect(page.locator("#saved")).to_have_attribute("data-state", "failed", timeout=PATIENCE)
    seen: dict[str, Any] = {"told": page.locator("#saved").inner_text()}
    seen["storage"] = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    seen["leaving"] = page.evaluate(
        "() => !window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    )
    person.context.set_offline(False)
    seen["saved"] = person.saved()
    person.context.clear_cookies(name=plan["cookies"]["third"][0])
    row.locator("[name^=reason]").fill("Skrevet efter at være logget ud.")
    expect(page.locator("#session-expired")).to_be_visible(timeout=PATIENCE)
    seen["expired"] = page.locator("#saved").inner_text()
    seen["typed"] = row.locator("[name^=reason]").input_value()
    person.sign_in("third")
    person.saved()
    expect(page.locator("#session-expired")).to_be_hidden()
    page.reload()
    seen["stored"] = page.locator("fieldset.child").nth(1).locator("[name^=reason]").input_value()
    return seen


def two_at_once(browser: Browser, plan: dict[str, Any]) -> dict[str, Any]:
    """One person on two tablets, and then a shared tablet with another person signed in."""
    here, there = Person(browser, plan, "third"), Person(browser, plan, "third")
    for one in (here, there):
        one.open(plan["other_sheet"])
    mine, theirs = (one.page.locator("fieldset.child").nth(2) for one in (here, there))
    theirs.locator("input[value=red]").check()
    theirs.locator("[name^=reason]").fill("Fra den anden tablet.")
    there.saved()
    mine.locator("input[value=yellow]").check()
    mine.locator("[name^=reason]").fill("Fra denne tablet.")
    expect(mine.locator(".conflict")).to_be_visible(timeout=PATIENCE)
    seen: dict[str, Any] = {
        "conflict": mine.locator(".conflict").inner_text(),
        "typed": mine.locator("[name^=reason]").input_value(),
        "audit": audit(here, "group-conflict"),
    }
    mine.get_by_role("button", name="Behold mit").click()
    here.saved()
    here.page.reload()
    row = here.page.locator("fieldset.child").nth(2)
    seen["stored"] = row.locator("[name^=reason]").input_value()
    there.context.clear_cookies(name=plan["cookies"]["third"][0])
    there.sign_in("fourth")
    there.page.locator("fieldset.child").nth(3).locator("input[value=green]").check()
    expect(there.page.locator("#saved")).to_have_attribute("data-state", "failed", timeout=PATIENCE)
    expect(there.page.locator("#saved")).to_contain_text("En anden er nu logget ind", timeout=PATIENCE)
    return seen


def the_rest_is_green(browser: Browser, plan: dict[str, Any]) -> dict[str, Any]:
    """The rest is marked green after a look at the names, and taken back."""
    person = Person(browser, plan, "third")
    page = person.open(plan["other_sheet"])
    before = page.locator("fieldset.child[data-rated]").count()
    page.locator("#rest").click()
    page.wait_for_url("**/resten")
    seen: dict[str, Any] = {
        "before": before,
        "named": page.locator(".names li").count(),
        "asked": audit(person, "group-rest"),
    }
    page.get_by_role("button", name="Ja, markér dem grønne").click()
    page.wait_for_selector("text=Fortryd markeringen")
    seen["children"] = page.locator("fieldset.child").count()
    seen["marked"] = page.locator("fieldset.child[data-rated]").count()
    page.get_by_role("button", name="Fortryd markeringen").click()
    page.wait_for_selector("text=taget tilbage")
    seen["undone"] = page.locator("fieldset.child[data-rated]").count()
    return seen


def absent(browser: Browser, plan: dict[str, Any]) -> dict[str, Any]:
    """A child who is away all the time is set aside with a reason, and put back."""
    person = Person(browser, plan, "third")
    page = person.open(plan["other_sheet"])
    page.locator("details.absence summary").click()
    page.locator("#barn").select_option(index=1)
    page.locator("#aarsag").select_option("absent:other")
    page.locator("details.absence button").click()
    seen: dict[str, Any] = {"mend": page.locator("[data-module=error-summary]").inner_text()}
    page.locator("#bemaerkning").fill("Er i udlandet.")
    page.locator("details.absence button").click()
    seen["shown"] = page.locator(".child.closed").inner_text()
    page.locator("details.absence summary").click()
    page.locator("#barn").select_option(index=1)
    page.locator("#aarsag").select_option("present")
    page.locator("details.absence button").click()
    seen["back"] = page.locator(".child.closed").count()
    return seen


def discussion(browser: Browser, plan: dict[str, Any]) -> dict[str, Any]:
    """Two people discuss, one of them on two screens; they see who is written to, and only then end it."""
    person, other = Person(browser, plan, "first"), Person(browser, plan, "second")
    page = person.open(plan["discussion"])
    seen: dict[str, Any] = {
        "open": page.locator(".talk").count() - page.locator(".agreed .talk").count(),
        "green": page.locator("details.agreed").count(),
        "sheet": audit(person, "discussion"),
    }
    other.open(plan["discussion"])
    talks = page.locator(".talk:not(.agreed .talk)")
    page.get_by_role("button", name="Se, hvad der sendes").click()
    page.wait_for_selector("h1:has-text('Før I afslutter')")
    seen["quiet"] = page.locator("main").inner_text()
    page.get_by_role("button", name="Tilbage og ret").click()
    page.wait_for_selector("h1:has-text('Fælles drøftelse')")
    talks.nth(0).locator("input[value=yellow]").check()
    talks.nth(0).locator("[name^=focus]").fill("En fast voksen ved skift.")
    page.get_by_role("button", name="Se, hvad der sendes").click()
    seen["mend"] = page.locator("[data-module=error-summary]").inner_text()
    seen["kept"] = talks.nth(0).locator("[name^=focus]").input_value()
    talks.nth(0).locator("[name^=reason]").fill("Er ofte uden for fællesskabet ved skift.")
    talks.nth(1).locator("input[value=red]").check()
    talks.nth(1).locator("[name^=reason]").fill("Har mærker, som vi ikke kan forklare.")
    talks.nth(1).locator("details.suspicion summary").click()
    talks.nth(1).locator("[name^=suspects_parents]").check()
    page.get_by_role("button", name="Se, hvad der sendes").click()
    page.wait_for_selector("h1:has-text('Før I afslutter')")
    seen["told"] = page.locator(".told").inner_text()
    seen["closing"] = audit(person, "discussion-closing")
    page.get_by_role("button", name="Afslut og send").click()
    seen["unconfirmed"] = page.locator("[data-module=error-summary]").inner_text()
    page.locator("#confirmed").check()
    page.get_by_role("button", name="Afslut og send").click()
    page.wait_for_selector("text=afsluttet")
    seen["done"] = page.locator(".finished > li").count()
    seen["after"] = audit(person, "discussion-done")
    late = other.page.locator(".talk:not(.agreed .talk)").nth(0)
    late.locator("input[value=green]").check()
    late.locator("[name^=context]").fill("Min egen tekst, skrevet samtidig.")
    other.page.get_by_role("button", name="Se, hvad der sendes").click()
    other.page.wait_for_selector("[data-module=error-summary]")
    seen["conflict"] = other.page.locator(".conflict").all_inner_texts()
    seen["overtaken"] = audit(other, "discussion-conflict")
    seen["complaints"] = person.complaints + other.complaints
    return seen


def revision(browser: Browser, plan: dict[str, Any]) -> dict[str, Any]:
    """What was agreed is changed, with a reason, and both are kept."""
    person = Person(browser, plan, "first")
    page = person.open(plan["discussion"])
    page.locator(".finished > li:has(.position.yellow) a").first.click()
    page.wait_for_selector("h2:has-text('Revidér vurderingen')")
    seen: dict[str, Any] = {"child": audit(person, "discussion-child")}
    page.locator(".joint input[value=green]").check()
    page.get_by_role("button", name="Se, hvad der sendes").click()
    seen["mend"] = page.locator("[data-module=error-summary]").inner_text()
    page.locator("#revision_reason").fill("Vi havde byttet om på to børn.")
    page.get_by_role("button", name="Se, hvad der sendes").click()
    page.wait_for_selector("text=Det sker, når I gemmer ændringen")
    seen["told"] = page.locator(".told").inner_text()
    page.get_by_role("button", name="Gem ændringen").click()
    page.wait_for_selector("text=Den tidligere er bevaret")
    return seen


def tasks(browser: Browser, plan: dict[str, Any]) -> dict[str, Any]:
    """Mine opgaver of a pedagogue, a leader with a task, and administration without any."""
    seen: dict[str, Any] = {}
    for who in ("third", "leader", "administration"):
        person = Person(browser, plan, who)
        page = person.open("/opgaver")
        if who == "leader":  # her task comes with an event
            deadline = time.monotonic() + PATIENCE / 1000
            while "tilbageholdt" not in page.locator("main").inner_text() and time.monotonic() < deadline:
                page.reload()
        seen[who] = {"text": page.locator("main").inner_text(), "audit": audit(person, f"tasks-{who}")}
        if who == "leader":
            page.get_by_role("button", name="Markér udført").first.click()
            page.wait_for_selector("text=Opgaven er udført")
            seen["after"] = page.locator("main").inner_text()
            page = person.open("/gruppe")
            seen["groups"] = {"text": page.locator("main").inner_text(), "audit": audit(person, "groups")}
    return seen


PARTS = (
    weigh,
    by_keyboard,
    keys_elsewhere,
    without_script,
    lost_connection,
    two_at_once,
    the_rest_is_green,
    absent,
    discussion,
    revision,
    tasks,
)


def main() -> None:
    plan = json.loads(sys.argv[1])
    wanted = plan.get("only") or [part.__name__ for part in PARTS]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        seen = {part.__name__: part(browser, plan) for part in PARTS if part.__name__ in wanted}
        browser.close()
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()

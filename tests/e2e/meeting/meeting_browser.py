"""A meeting from invitation to minutes in a real browser. A program of its own, as `browse` is.

`python -m tests.e2e.meeting.meeting_browser PLAN` reads what to do as JSON and prints what was seen as JSON.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy.local.mailbox.store import MailStore
from services.chassis.clock import COPENHAGEN
from tests.e2e.gateway.browse import ARGUMENTS, LOOK

AXE = Path(__file__).resolve().parents[3] / "deploy" / "assets" / "axe.min.js"
SIZES = {1280: 900, 768: 1024, 320: 640}
PATIENCE = 20_000
AUDIT = """async () => {
  const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
  const found = await axe.run(document, {runOnly: {type: 'tag', values: rules},
      resultTypes: ['violations'], elementRef: false});
  return found.violations.map((one) => [one.id, one.nodes.slice(0, 3).map((e) => e.html.slice(0, 160))]);
}"""
SMALL = """() => ['main button', 'a.button', 'select', 'textarea', 'summary', 'main input:not([type=hidden])']
  .flatMap((kind) => [...document.querySelectorAll(kind)])
  .filter((e) => e.getClientRects().length && getComputedStyle(e).visibility !== 'hidden')
  .map((e) => e.closest('.choice') || (e.matches('.form-radio, .form-checkbox') ? e.parentElement : e))
  .filter((e) => e.getBoundingClientRect().height < 43.5)
  .map((e) => e.outerHTML.slice(0, 100))"""


class Story:
    """One run: a plan of what to do, and what was seen on the way."""

    def __init__(self, browser: Browser, plan: dict[str, Any]) -> None:
        self.browser = browser
        self.plan = plan
        self.seen: dict[str, Any] = {"pages": {}, "said": {}, "errors": []}

    def page(self, *, staff: bool, script: bool = True, width: int = 1280) -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": SIZES.get(width, 640)},
            java_script_enabled=script,
            locale="da-DK",
        )
        if staff:
            name, value = self.plan["cookie"]
            context.add_cookies([{"name": name, "value": value, "url": self.plan["address"]}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.seen["errors"].append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    def look(self, page: Page, name: str) -> None:
        """axe, overflow, contrast, target sizes at each width, and a picture of the outermost."""
        page.evaluate(AXE.read_text(encoding="utf-8") + "; 1")
        for width, height in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            if width != 768:
                page.screenshot(path=f"{self.plan['folder']}/{name}-{width}.png", full_page=True)
            found = page.evaluate(LOOK)
            self.seen["pages"][f"{name}-{width}"] = {
                "violations": page.evaluate(AUDIT),
                "small": page.evaluate(SMALL),
                **{part: found[part] for part in ("overflows", "contrast", "headings", "text", "title")},
            }
        page.set_viewport_size({"width": 1280, "height": SIZES[1280]})

    def said(self, page: Page, name: str) -> str:
        """What the page tells at the top."""
        text: str = page.locator("main .alert:visible").first.inner_text()
        self.seen["said"][name] = text
        return text

    def open(self, page: Page, path: str) -> None:
        page.goto(self.plan["address"] + path)

    # --- the parts ---------------------------------------------------------------------------------

    def planned(self) -> None:
        """A leader plans anew, step by step, without script; mistakes on the way."""
        meeting = f"/moede/{self.plan['meeting']}"
        plain = self.page(staff=True, script=False)
        looking = self.page(staff=True)
        self.open(plain, f"{meeting}/planlaeg")
        for box in plain.locator("input[name=staff]:visible").all():
            box.uncheck()
        self.on(plain)
        self.said(plain, "nobody")
        plain.locator("input[name=staff]").first.check()
        self.on(plain)
        plain.locator("input[name=time]").nth(1).check()
        yesterday = datetime.now(COPENHAGEN) - timedelta(days=1)
        plain.locator("#day-1").fill(yesterday.date().isoformat())
        plain.locator("#clock-1").fill("10:00")
        plain.get_by_role("button", name="Gem og se").click()
        self.seen["conflict"] = plain.locator(".choice.taken").inner_text()
        self.on(plain)
        self.said(plain, "taken")
        plain.locator(".choice.taken input").uncheck()
        self.on(plain)
        plain.locator("select").first.select_option("ar")
        plain.locator("input[name^=ordered]").first.check()
        self.on(plain)
        self.said(plain, "age")
        self.seen["kept"] = plain.locator("select").first.input_value()
        plain.locator("input[value=adult]").first.check()
        self.on(plain)
        for role in plain.locator("select").all()[1:]:
            role.select_option(index=1)
        self.on(plain)
        plain.locator("#own-1").fill("Sommerferien")
        self.on(plain)
        self.seen["previews"] = plain.locator(".letter").all_inner_texts()
        for step in ("deltagere", "tider", "sted", "roller", "dagsorden", "send"):
            self.open(looking, f"{meeting}/planlaeg/{step}")
            self.look(looking, f"plan-{step}")
        plain.get_by_role("link", name="Tilbage").click()
        self.seen["back"] = plain.locator("#own-1").input_value()
        self.on(plain)
        plain.get_by_role("button", name="Send invitationen").click()
        self.said(plain, "sent")

    @staticmethod
    def on(page: Page) -> None:
        page.get_by_role("button", name="Gem og fortsæt").click()

    def answered(self) -> None:
        """A parent on a phone, without script, asked and having chosen."""
        link = self.mailed("svar", lambda token: token not in self.plan["known"])
        phone = self.page(staff=False, script=False, width=320)
        looking = self.page(staff=False)
        self.open(looking, f"/svar/{link}")
        self.look(looking, "parent-asked")
        self.open(looking, f"/svar/{link}?sprog=en")
        self.look(looking, "parent-asked-english")
        self.open(phone, f"/svar/{link}")
        phone.locator("input[name=choice]").first.check()
        phone.locator("#points").fill("Vi vil gerne tale om søvn")
        phone.locator("main form button").click()
        self.said(phone, "accepted")
        with phone.expect_download() as file:
            phone.get_by_role("link", name=re.compile("kalender|calendar")).click()
        self.seen["calendar"] = Path(file.value.path()).read_text(encoding="utf-8")
        self.open(looking, f"/svar/{link}")
        self.look(looking, "parent-agreed")
        self.open(looking, f"/referat/{link}")
        self.look(looking, "parent-closed")

    def held(self) -> None:
        """The meeting: refused without its roles, moved to now, held; two write at once."""
        meeting = f"/moede/{self.plan['meeting']}"
        page, other = self.page(staff=True), self.page(staff=True)
        self.open(page, meeting)
        self.seen["leader"] = page.locator("main").inner_text()
        page.get_by_role("button", name="Begynd mødet").click()
        self.said(page, "refused")
        self.look(page, "meeting-refused")
        page.locator("main .alert:visible").get_by_role("link").click()
        page.locator("select").first.select_option(index=1)
        self.on(page)
        self.open(page, meeting)
        now = datetime.now(COPENHAGEN)
        page.get_by_text("Flyt mødet").first.click()
        page.locator("#day").fill(now.date().isoformat())
        page.locator("#clock").fill(now.strftime("%H:%M"))
        page.locator("details[open] button").click()
        self.said(page, "moved")
        page.get_by_role("button", name="Begynd mødet").click()
        self.said(page, "begun")
        self.open(other, meeting)
        page.locator("#text_parents_view").fill("Barnet sover uroligt.\nForældrene er trætte.")
        self.seen["saved"] = self.saved(page)
        other.locator("#text_what_works").fill("Leger godt i den lille gruppe")
        self.saved(other)
        self.seen["together"] = other.locator("#text_parents_view").input_value()
        page.locator("#text_parents_view").fill("Barnet sover uroligt om natten.")
        self.saved(page)
        other.locator("#text_parents_view").fill("Noget andet")
        other.wait_for_selector(".beside")
        self.seen["beside"] = other.locator(".beside .stored").inner_text()
        self.look(other, "meeting-conflict")
        other.locator("[data-both]").click()
        self.seen["both"] = self.saved(other) and other.locator("#text_parents_view").input_value()
        self.plainly(meeting)
        self.open(page, meeting)
        page.get_by_role("button", name="Mødet er holdt").click()
        self.said(page, "held")
        self.look(page, "meeting-held")
        page.get_by_role("button", name="Aftal næste dato").click()
        self.said(page, "no-date")
        page.locator("#follow_up_on").fill((now.date() + timedelta(days=60)).isoformat())
        page.get_by_role("button", name="Aftal næste dato").click()
        page.get_by_role("link", name="Se referatet, og send det").click()
        self.seen["warned"] = page.locator(".alert-warning:visible").inner_text()
        self.look(page, "meeting-sharing")
        page.get_by_role("button", name="Send til forældrene").click()
        self.said(page, "shared")
        self.look(page, "meeting-shared")
        self.open(page, f"{meeting}/referat/print")
        self.look(page, "meeting-print")
        page.pdf(path=f"{self.plan['folder']}/print.pdf")

    def plainly(self, meeting: str) -> None:
        """Without script: minutes are saved, a collision is shown, agreements are noted."""
        plain, late = self.page(staff=True, script=False), self.page(staff=True, script=False)
        self.open(late, meeting)
        self.open(plain, meeting)
        plain.locator("#text_context").fill("Det gule rum er roligt.")
        plain.get_by_role("button", name="Gem referatet").click()
        self.said(plain, "plain-saved")
        late.locator("#text_context").fill("Garderoben er trang.")
        late.get_by_role("button", name="Gem referatet").click()
        self.seen["plain-beside"] = late.locator(".beside .stored").inner_text()
        self.seen["plain-kept"] = late.locator("#text_context").input_value()
        late.locator("#text_context").fill("Det gule rum er roligt. Garderoben er trang.")
        late.get_by_role("button", name="Gem referatet").click()
        self.said(late, "plain-both")
        plain.get_by_role("button", name="Notér aftalen").click()
        self.said(plain, "agreement-empty")
        agreement = plain.locator("form[aria-label='Ny aftale']")
        agreement.locator("[name=who]").select_option(index=1)
        agreement.locator("[name=what]").fill("Fast plads ved spisebordet")
        agreement.locator("[name=due]").fill("2027-01-04")
        plain.get_by_role("button", name="Notér aftalen").click()
        self.said(plain, "agreement")

    def read(self) -> None:
        """The parent reads the minutes on her phone, without script."""
        token = self.mailed("referat", lambda _token: True)
        phone = self.page(staff=False, script=False, width=320)
        self.open(phone, f"/referat/{token}")
        self.seen["read"] = phone.locator("main").inner_text()
        self.seen["minutes_token"] = token
        looking = self.page(staff=False)
        self.open(looking, f"/referat/{token}")
        self.look(looking, "parent-minutes")
        self.open(looking, f"/svar/{token}")
        self.seen["wrong door"] = looking.locator("main").inner_text()

    # --- helpers -----------------------------------------------------------------------------------

    @staticmethod
    def saved(page: Page) -> str:
        state = page.locator("#saved")
        expect(state).to_have_attribute("data-state", "saved", timeout=PATIENCE)
        return state.inner_text()

    def mailed(self, kind: str, wanted: Callable[[str], bool]) -> str:
        """The newest token of the kind that is to one of the child's parents and not known before."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            for _head, message in reversed(list(MailStore(Path(self.plan["mailbox"])).messages())):
                body = message.get_body(("plain",))
                text = body.get_content() if body else ""
                for token in re.findall(rf"/{kind}/([\w.~-]+)", text):
                    if wanted(token) and self.plan["child_name"] in text:
                        return str(token)
            time.sleep(0.3)
        raise TimeoutError(f"no mail with /{kind}/")


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        story = Story(browser, plan)
        for part in (story.planned, story.answered, story.held, story.read):
            part()
        browser.close()
    sys.stdout.write(json.dumps(story.seen))


if __name__ == "__main__":
    main()

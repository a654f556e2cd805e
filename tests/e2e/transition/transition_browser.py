"""A transition in real browsers: staff of two places and a parent on her phone. A program of its own, as
`browse` is.

`python -m tests.e2e.transition.transition_browser PLAN` reads what to do as JSON and prints what was seen as
JSON. The plan's `part` is `before` (until the form may not be passed on) or `after` (all have consented).
"""

from __future__ import annotations

import json
import re
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from deploy.local.mailbox.store import MailStore
from tests.e2e.gateway.browse import ARGUMENTS, LOOK
from tests.e2e.gateway.rating_browser import AUDIT, AXE, RULES

SIZES = {1280: 900, 320: 640}
PATIENCE = 60_000


class Story:
    """One run: a plan of what to do, and what was seen on the way."""

    def __init__(self, browser: Browser, plan: dict[str, Any]) -> None:
        self.browser = browser
        self.plan = plan
        self.seen: dict[str, Any] = {"pages": {}, "said": {}, "errors": []}
        self.page_address = f"{plan['address']}/overgange/{plan['transition']}"

    def person(self, who: str | None, *, script: bool = True, width: int = 1280) -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": SIZES[width]}, java_script_enabled=script, locale="da-DK"
        )
        if who:
            name, value = self.plan["cookies"][who]
            context.add_cookies([{"name": name, "value": value, "url": self.plan["address"]}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.seen["errors"].append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    def look(self, page: Page, name: str) -> None:
        page.evaluate(AXE.read_text(encoding="utf-8") + "; 1")
        for width, height in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=f"{self.plan['folder']}/{name}-{width}.png", full_page=True)
            found = page.evaluate(LOOK)
            self.seen["pages"][f"{name}-{width}"] = {
                "violations": page.evaluate(AUDIT, RULES),
                **{part: found[part] for part in ("overflows", "contrast", "headings", "title")},
            }
        page.set_viewport_size({"width": 1280, "height": 900})

    def said(self, page: Page, name: str) -> None:
        self.seen["said"][name] = page.locator("main .alert:visible").first.inner_text()

    def text(self, page: Page, name: str) -> None:
        self.seen["said"][name] = page.locator("main").inner_text()

    # --- before ------------------------------------------------------------------------------------

    def before(self) -> None:
        sender, plain = self.person("sender"), self.person("sender", script=False)
        receiver = self.person("receiver")
        sender.goto(f"{self.plan['address']}/opgaver")
        self.text(sender, "tasks")
        sender.locator(f"a[href='/overgange/{self.plan['transition']}']").first.click()
        self.text(sender, "open")
        self.look(sender, "open")
        sender.goto(f"{self.plan['address']}/overgange")
        self.look(sender, "list")
        self.offered(plain, sender)
        self.filled(plain, sender)
        receiver.goto(self.page_address)
        self.seen["received too early"] = receiver.content()
        self.look(receiver, "receiver-early")
        plain.goto(self.page_address)
        plain.get_by_role("button", name="Vis det for forældrene").click()
        self.said(plain, "shown")
        self.answered()
        sender.goto(self.page_address)
        self.text(sender, "reviewed")
        self.look(sender, "reviewed")
        plain.goto(self.page_address)
        plain.get_by_role("button", name="Giv skemaet videre").click()
        self.said(plain, "refused")
        self.text(plain, "blocked")
        self.seen["consent link"] = plain.get_by_role("link", name="Bed om samtykke").get_attribute("href")
        sender.goto(self.page_address)
        self.look(sender, "blocked")

    def offered(self, plain: Page, sender: Page) -> None:
        """The meeting with both places: a day is missing at first; then people of both stand in the plan."""
        plain.goto(self.page_address)
        plain.get_by_text("Tilbyd et sammenhængsmøde").click()
        plain.get_by_role("button", name="Opret mødet, og planlæg det").click()
        self.said(plain, "no day")
        plain.locator("#hold_by").fill((date.today() + timedelta(days=40)).isoformat())
        plain.get_by_role("button", name="Opret mødet, og planlæg det").click()
        self.text(plain, "plan")
        sender.goto(plain.url)
        self.look(sender, "plan")

    def filled(self, plain: Page, sender: Page) -> None:
        """An empty form is refused; what a colleague has saved meanwhile stands beside what one has typed."""
        plain.goto(self.page_address)
        plain.get_by_role("button", name="Gem skemaet").click()
        self.said(plain, "empty")
        late = self.person("sender", script=False)
        late.goto(self.page_address)
        plain.locator("[id='form.play']").fill(self.plan["words"])
        plain.get_by_role("button", name="Gem skemaet").click()
        self.said(plain, "saved")
        late.locator("[id='form.play']").fill("Noget andet om leg")
        late.locator("[id='form.language']").fill("Taler i hele sætninger")
        late.get_by_role("button", name="Gem skemaet").click()
        self.said(late, "stale")
        self.seen["beside"] = late.locator(".beside .stored").all_inner_texts()
        self.seen["kept"] = late.locator("[id='form.play']").input_value()
        late.locator("[id='form.play']").fill(self.plan["words"])
        late.locator("[id='form.social']").fill("Var gul i efteråret")
        late.get_by_role("button", name="Gem skemaet").click()
        self.said(late, "laid together")
        self.text(late, "coloured")
        late.locator("[id='form.social']").fill("")
        late.get_by_role("button", name="Gem skemaet").click()
        sender.goto(self.page_address)
        self.look(sender, "filled")

    def answered(self) -> None:
        """A parent on her phone, without script: she must choose; then her answer is kept."""
        token = self.mailed()
        self.seen["token"] = token
        phone = self.person(None, script=False, width=320)
        looking = self.person(None)
        looking.goto(f"{self.plan['address']}/overgang/{token}?sprog=da")
        self.text(looking, "parent")
        self.look(looking, "parent")
        looking.goto(f"{self.plan['address']}/overgang/{token}?sprog=ar")
        self.look(looking, "parent-arabic")
        looking.goto(f"{self.plan['address']}/overgang/{token}x")
        self.look(looking, "parent-forged")
        self.text(looking, "forged")
        phone.goto(f"{self.plan['address']}/overgang/{token}?sprog=da")
        phone.locator("#words").fill("Hun er bange for høje lyde")
        phone.locator("main form button").click()
        self.said(phone, "no answer")
        self.seen["words kept"] = phone.locator("#words").input_value()
        phone.locator("#answer").check(force=True)
        phone.locator("main form button").click()
        self.said(phone, "answered")

    def mailed(self) -> str:
        until = time.monotonic() + 90
        while time.monotonic() < until:
            for _head, message in reversed(list(MailStore(Path(self.plan["mailbox"])).messages())):
                body = message.get_body(("plain",))
                text = body.get_content() if body else ""
                if found := re.search(r"/overgang/([\w.~-]+)", text):
                    self.seen["mail"] = text
                    return found[1]
            time.sleep(0.3)
        raise TimeoutError("no mail with /overgang/")

    # --- after -------------------------------------------------------------------------------------

    def after(self) -> None:
        sender, receiver = self.person("sender", script=False), self.person("receiver")
        sender.goto(self.page_address)
        sender.get_by_role("button", name="Prøv igen").click()
        self.said(sender, "released")
        self.text(sender, "sender released")
        receiver.goto(f"{self.plan['address']}/opgaver")
        self.text(receiver, "receiver tasks")
        receiver.locator(f"a[href='/overgange/{self.plan['transition']}']").first.click()
        self.text(receiver, "receiver reads")
        self.look(receiver, "receiver-reads")
        receiver.get_by_role("button", name="Tag imod ansvaret").click()
        self.said(receiver, "accepted")
        self.look(receiver, "received")
        sender.goto(self.page_address)
        self.text(sender, "sender received")
        parent = self.person(None)
        parent.goto(f"{self.plan['address']}/overgang/{self.plan['token']}?sprog=da")
        self.text(parent, "parent received")
        self.look(parent, "parent-received")
        self.further()

    def further(self) -> None:
        """A meeting that has been held leads to one with a specialist, which waits for consent."""
        page, looking = self.person("sender", script=False), self.person("sender")
        meeting = f"{self.plan['address']}/moede/{self.plan['meeting']}"
        looking.goto(meeting)
        for summary in looking.locator("section[aria-labelledby=further] summary").all():
            summary.click()
        self.look(looking, "further")
        page.goto(meeting)
        page.locator("summary", has_text="Aftal møde med specialist").click()
        form = page.locator("form[action$='/yderligere']").nth(1)
        form.locator("button").click()
        self.said(page, "nobody chosen")
        form = page.locator("form[action$='/yderligere']").nth(1)
        form.locator("[name=specialist_ids]").first.check(force=True)
        form.locator("[name=hold_by]").fill((date.today() + timedelta(days=40)).isoformat())
        form.locator("button").click()
        self.said(page, "waits")
        self.text(page, "waiting")
        self.seen["specialist link"] = page.get_by_role("link", name="Bed om samtykke").get_attribute("href")
        looking.goto(page.url)
        self.look(looking, "waiting")


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        story = Story(browser, plan)
        {"before": story.before, "after": story.after}[plan["part"]]()
        browser.close()
    sys.stdout.write(json.dumps(story.seen))


if __name__ == "__main__":
    main()

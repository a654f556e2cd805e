"""The story of a consent in a real browser. A program of its own, as `staff_browser` is.

`python -m tests.e2e.consent.story_browser` reads a plan as JSON from its input and prints what was seen.
Four people have a browser each: the leader, the specialist, and two parents, one with a phone in Arabic.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from deploy.local.mailbox.store import MailStore
from tests.e2e.gateway.browse import ARGUMENTS, LOOK
from tests.e2e.gateway.rating_browser import AUDIT, AXE, RULES

PATIENCE = 60_000
DESKTOP, PHONE, NARROW = (1280, 900), (390, 844), (320, 640)


class Story:
    """One run: who does what, and what each saw."""

    def __init__(self, browser: Browser, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.seen: dict[str, Any] = {"looks": {}, "complaints": []}
        self.leader = self._page(browser, DESKTOP, plan["leader"])
        self.specialist = self._page(browser, DESKTOP, plan["specialist"])
        self.danish = self._page(browser, DESKTOP)
        self.arabic = self._page(browser, PHONE)

    def _page(self, browser: Browser, size: tuple[int, int], cookie: list[str] | None = None) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="da-DK")
        if cookie:
            context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": self.plan["address"]}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.seen["complaints"].append(str(error)))
        return page

    # --- the parts ---------------------------------------------------------------------------------

    def asked(self) -> None:
        """From the meeting that was held, the leader makes one with a specialist, and asks the parents."""
        page = self.leader
        self.open(page, f"/moede/{self.plan['meeting']}")
        page.get_by_text("Aftal møde med specialist").first.click()
        chosen = page.locator(f"input[name=specialist_ids][value='{self.plan['specialist_id']}']")
        chosen.check(force=True)
        page.locator("details[open] input[name=hold_by]").fill(
            (date.today() + timedelta(days=30)).isoformat()
        )
        page.get_by_role("button", name="Aftal møde med specialist").click()
        page.get_by_role("link", name="Bed om samtykke").wait_for()
        self.seen["waiting"] = self.main(page)
        self.seen["further"] = page.url.rsplit("/", 1)[-1].split("?")[0]
        self.seen["before"] = self.door()
        page.get_by_role("link", name="Bed om samtykke").click()
        page.locator("input[name=purpose][value=specialist_meeting]").check(force=True)
        for part in ("wellbeing", "meeting_minutes"):
            page.locator(f"input[name=information][value={part}]").check(force=True)
        page.locator("input[name=legal_basis][value=fvl_28]").check(force=True)
        page.locator("form .actions .button-primary").click()
        page.locator(".shown-to").first.wait_for()
        self.seen["preview"] = page.locator(".consent-text").evaluate_all(
            "all => all.map(e => [e.lang, getComputedStyle(e).direction])"
        )
        page.locator("button[value=send]").click()
        page.wait_for_url(re.compile(r"/samtykker/[0-9a-f-]{36}"))
        self.seen["consent"] = page.url.split("/samtykker/")[1].split("?")[0]

    def answered(self) -> None:
        """Each gets a mail in her language, and says yes: one at a desk, one in Arabic on a phone."""
        self.seen["mails"] = {}
        links = {name: self.mailed(name) for name in ("danish", "arabic")}
        page = self.danish
        page.goto(links["danish"])
        self.look(page, "danish-asked", (DESKTOP, NARROW))
        self.says_yes(page)
        self.look(page, "danish-answered", (DESKTOP, NARROW))
        self.seen["danish"] = self.main(page)
        self.seen["still-shut"] = self.door()
        page = self.arabic
        page.goto(links["arabic"])
        self.seen["frame"] = page.evaluate(
            "() => [document.documentElement.lang, document.documentElement.dir, document.title]"
        )
        self.look(page, "arabic-asked", (PHONE, NARROW))
        self.seen["arabic-asked"] = self.main(page)
        self.says_yes(page)
        self.look(page, "arabic-answered", (PHONE, NARROW))
        self.seen["arabic"] = self.main(page)
        page.locator("a[href*='/adgang']").click()
        self.look(page, "arabic-access", (PHONE, NARROW))
        self.seen["access"] = self.main(page)

    def says_yes(self, page: Page) -> None:
        page.locator("input[name=svar][value=yes]").check()
        page.locator("main form button").first.click()
        confirm = page.locator("main form[method=post] button")
        confirm.wait_for()
        confirm.click()
        page.locator(".receipt").wait_for()

    def granted(self) -> None:
        """Now the specialist reads the meeting, and the leader sees that she may."""
        self.until(lambda: self.door() != self.plan["shut"], "the specialist is let in")
        self.seen["read"] = self.main(self.specialist)
        self.open(self.leader, f"/samtykker/{self.seen['consent']}")
        self.seen["granted"] = self.main(self.leader)

    def withdrawn(self) -> None:
        """She takes it back, and the specialist's next click is met by a kind page."""
        page = self.danish
        page.locator("a[href*='/traek-tilbage']").click()
        page.locator("main form[method=post] button").wait_for()
        self.look(page, "danish-withdraw", (DESKTOP, NARROW))
        page.locator("main form[method=post] button").click()
        page.locator(".receipt").wait_for()
        self.seen["taken-back"] = self.main(page)
        at = time.monotonic()
        self.until(lambda: self.door() == self.plan["shut"], "the specialist's door is shut")
        self.seen["shut-after"] = round(time.monotonic() - at, 2)
        self.look(self.specialist, "specialist-closed", (DESKTOP, NARROW))
        self.seen["closed"] = self.main(self.specialist)

    def noticed(self) -> None:
        """The leader has a task, and the child's page and the meeting's tell of it."""
        page = self.leader

        def task() -> bool:
            self.open(page, "/opgaver")
            return self.plan["task"] in self.main(page)

        self.until(task, "the leader has a task")
        self.open(page, f"/barn/{self.plan['child']}")
        self.seen["child"] = self.main(page)
        self.open(page, f"/moede/{self.seen['further']}")
        self.seen["suspended"] = self.main(page)

    # --- helpers -----------------------------------------------------------------------------------

    def open(self, page: Page, path: str) -> None:
        page.goto(self.plan["address"] + path)

    @staticmethod
    def main(page: Page) -> str:
        return str(page.locator("main").inner_text())

    def door(self) -> str:
        """The heading of what the specialist meets at the meeting's address."""
        self.open(self.specialist, f"/moede/{self.seen['further']}")
        return str(self.specialist.locator("h1").inner_text())

    @staticmethod
    def until(condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE / 1000
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(what)
            time.sleep(0.1)

    def look(self, page: Page, name: str, sizes: tuple[tuple[int, int], ...]) -> None:
        """axe, overflow, contrast and targets at each width, and a picture of the first; back to it."""
        page.evaluate(AXE.read_text(encoding="utf-8") + "; 1")
        for width, height in (*sizes, sizes[0]):
            page.set_viewport_size({"width": width, "height": height})
            if f"{name}-{width}" in self.seen["looks"]:
                continue
            page.screenshot(path=f"{self.plan['folder']}/{name}-{width}.png", full_page=True)
            found = page.evaluate(LOOK)
            self.seen["looks"][f"{name}-{width}"] = {
                "violations": page.evaluate(AUDIT, RULES),
                **{part: found[part] for part in ("overflows", "contrast", "small", "unnamed")},
            }

    def mailed(self, name: str) -> str:
        """The link to the consent in the newest mail to that parent."""
        store = MailStore(Path(self.plan["mailbox"]))
        found: list[str] = []

        def there() -> bool:
            for head, message in store.messages():
                if head.recipient == self.plan["mails"][name] and (link := _link(message)):
                    self.seen["mails"][name] = {"subject": str(message["Subject"]), "text": _text(message)}
                    found.append(link)
            return bool(found)

        self.until(there, f"a mail to the {name} parent")
        return found[-1]


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def _link(message: EmailMessage) -> str | None:
    found = re.search(r"http\S+/samtykke/[\w.~-]+", _text(message))
    return found[0] if found else None


def main() -> None:
    plan = json.load(sys.stdin)
    Path(plan["folder"]).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        story = Story(browser, plan)
        for part in (story.asked, story.answered, story.granted, story.withdrawn, story.noticed):
            part()
        browser.close()
    sys.stdout.write(json.dumps(story.seen))


if __name__ == "__main__":
    main()

"""The whole story in one browser, every step a person's own. A program of its own, as `browse` is.

`python -m tests.e2e.gateway.story_browser PLAN` reads what is where as JSON and prints what was seen as JSON.
"""

from __future__ import annotations

import json
import re
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy.local.mailbox.store import MailStore
from services.chassis.clock import COPENHAGEN
from tests.e2e.gateway.browse import ARGUMENTS

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 667}
PATIENCE = 40_000
MAIL_SECONDS = 120
WORDS = "Leger længe med én ad gangen, når der er ro."
WORRY = "Bliver ofte uden for legen, når hele stuen er samlet."
MINUTES = "Vi ser det samme hjemme, når der er mange gæster."
AGREED = "Fast makker ved overgange"
POINTS = "Vi vil gerne tale om søvn."


class Story:
    """What each step left for the next, and what was seen."""

    def __init__(self, browser: Browser, plan: dict[str, Any]) -> None:
        self.browser = browser
        self.plan = plan
        self.seen: dict[str, Any] = {"faults": []}

    def page(self, size: dict[str, int] = DESK) -> Page:
        page = self.browser.new_context(viewport=size, locale="da-DK").new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.seen["faults"].append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    def signed_in(self, who: str) -> Page:
        """Somebody of the institution's staff comes in by the front door."""
        page = self.page()
        page.goto(self.plan["address"])
        page.get_by_role("link", name="Log ind").first.click()
        page.locator("#institution").select_option(self.plan["institution"])
        page.get_by_role("button", name="Vis medarbejdere").click()
        page.locator(f"input[value='{self.plan['people'][who]}']").check()
        page.get_by_role("button", name="Log ind som medarbejderen").click()
        page.wait_for_url("**/opgaver")
        return page

    # --- the steps ---------------------------------------------------------------------------------

    def rated(self) -> None:
        """Two colleagues rate the group, each alone: the chosen child yellow, the others green."""
        for who in ("first", "second"):
            page = self.signed_in(who)
            page.locator(f"a[href*='{self.plan['group']}']").first.click()
            page.wait_for_url(f"**/{self.plan['group']}/**")
            mine = page.locator("fieldset.child").filter(has_text=self.plan["child"]).first
            mine.locator("input[value=yellow]").check()
            mine.locator("[name^=reason]").fill(WORRY)
            mine.locator("[name^=works_well]").fill(WORDS)
            expect(page.locator("#saved")).to_have_attribute("data-state", "saved", timeout=PATIENCE)
            page.locator("#rest").click()
            page.wait_for_url("**/resten")
            page.get_by_role("button", name="Ja, markér dem grønne").click()
            page.wait_for_selector("text=Fortryd markeringen")
            self.seen[f"rated by {who}"] = page.locator("#progress").inner_text()
            self.sheet = page

    def discussed(self) -> None:
        """They agree, and see who will be written to before anything is."""
        page = self.sheet
        page.locator("a.to-discussion").click()
        page.wait_for_selector("h1:has-text('Fælles drøftelse')")
        talk = page.locator(".talk").filter(has_text=self.plan["child"]).first
        talk.locator("input[name^=position][value=yellow]").check()
        talk.locator("[name^=focus]").fill("En fast voksen ved overgange.")
        talk.locator("[name^=reason]").fill(WORRY)
        page.get_by_role("button", name="Se, hvad der sendes").click()
        page.wait_for_selector("h1:has-text('Før I afslutter')")
        self.seen["told before"] = page.locator(".told").inner_text()
        page.get_by_role("button", name="Afslut og send").click()
        page.wait_for_selector("text=afsluttet")
        self.seen["closed"] = page.locator(".finished > li").count()

    def accepted(self) -> None:
        """A parent opens the mail's link on her phone and takes the first time."""
        page = self.page(PHONE)
        page.goto(f"{self.plan['address']}/svar/{self.mailed('svar')}")
        self.seen["asked"] = page.locator("main").inner_text()
        page.locator("input[name=choice]").first.check()
        page.locator("#points").fill(POINTS)
        page.locator("main form button[type=submit]").click()
        page.wait_for_selector(".alert-success")
        self.seen["accepted"] = page.locator("main").inner_text()
        self.seen["sideways"] = page.evaluate(
            "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )

    def held(self) -> None:
        """The leader finds the answer on the child's page, and the meeting is held and written down."""
        page = self.signed_in("leader")
        page.goto(f"{self.plan['address']}/barn/{self.plan['child_id']}/moeder")
        page.locator("input[name=formaal]").first.check(force=True)  # drawn beside itself
        page.get_by_role("button", name="Fortsæt til barnet").click()
        page.wait_for_url("**/moeder")
        self.seen["leader sees"] = page.locator("main").inner_text()
        page.locator("table a[href*='/moede/']").first.click()
        page.wait_for_selector("h1:has-text('Fokusmøde om')")
        self.seen["meeting"] = page.locator("main").inner_text()
        meeting = page.url
        page.get_by_role("link", name="Fordel rollerne").click()
        page.wait_for_url("**/roller")
        for role in page.locator("main select").all():
            role.select_option(index=1)
        page.get_by_role("button", name="Gem og fortsæt").click()
        page.wait_for_url(re.compile(r"/(?!roller)\w+$"))
        page.goto(meeting)
        now = datetime.now(COPENHAGEN)
        page.get_by_text("Flyt mødet").first.click()
        page.locator("#day").fill(now.date().isoformat())
        page.locator("#clock").fill(now.strftime("%H:%M"))
        page.locator("details[open] button").click()
        page.get_by_role("button", name="Begynd mødet").click()
        page.locator("form[data-autosave] textarea").first.fill(MINUTES)
        expect(page.locator("#saved")).to_have_attribute("data-state", "saved", timeout=PATIENCE)
        agreement = page.locator("form[aria-label='Ny aftale']")
        agreement.locator("[name=who]").select_option(index=1)
        agreement.locator("[name=what]").fill(AGREED)
        page.get_by_role("button", name="Notér aftalen").click()
        page.get_by_role("button", name="Mødet er holdt").click()
        page.locator("#follow_up_on").fill((now.date() + timedelta(days=60)).isoformat())
        page.get_by_role("button", name="Aftal næste dato").click()
        page.get_by_role("link", name="Se referatet, og send det").click()
        page.get_by_role("button", name="Send til forældrene").click()
        page.wait_for_selector(".alert-success")
        self.seen["sent"] = page.locator("main").inner_text()

    def read(self) -> None:
        """The parent reads the minutes on her phone."""
        page = self.page(PHONE)
        page.goto(f"{self.plan['address']}/referat/{self.mailed('referat')}")
        self.seen["minutes"] = page.locator("main").inner_text()

    def mailed(self, kind: str) -> str:
        """The token of the newest link of the kind in a mail that speaks of the child."""
        until = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < until:
            for _head, message in reversed(list(MailStore(Path(self.plan["mailbox"])).messages())):
                body = message.get_body(("plain",))
                text = body.get_content() if body else ""
                found = re.search(rf"/{kind}/([\w.~-]+)", text)
                if found and self.plan["first_name"] in text and found[1] not in self.plan["known"]:
                    return found[1]
            time.sleep(0.3)
        raise TimeoutError(f"no mail with /{kind}/")


def main() -> None:
    plan = json.loads(sys.argv[1])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        story = Story(browser, plan)
        for step in (story.rated, story.discussed, story.accepted, story.held, story.read):
            begun = time.monotonic()
            step()
            sys.stderr.write(f"{step.__name__}: {time.monotonic() - begun:.1f} s\n")
        browser.close()
    sys.stdout.write(json.dumps(story.seen))


if __name__ == "__main__":
    main()

"""The story in a real browser. A program of its own: the tests' process is patched for greenlets.

`python -m tests.e2e.gateway.browse ADDRESS LINK CHILD FOLDER` prints what was seen as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP, PHONE = (1280, 900), (320, 640)

LOOK = """() => {
  const visible = (e) => e.getClientRects().length && getComputedStyle(e).visibility !== 'hidden';
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
  const contrast = (e) => {
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const texts = [...document.querySelectorAll('body *')].filter((e) => visible(e)
      && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()));
  const controls = ['button', 'select', 'input:not([type=hidden])', 'textarea', '.button', '.filter a']
      .flatMap((kind) => [...document.querySelectorAll(kind)]).filter(visible);
  const named = (e) => e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label');
  return {
    title: document.title,
    language: document.documentElement.lang,
    headings: [...document.querySelectorAll('h1, h2, h3')].map((e) => Number(e.tagName[1])),
    overflows: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    contrast: Math.min(...texts.map(contrast)),
    small: controls.filter((e) => (e.closest('.choice') || e).getBoundingClientRect().height < 43.5)
        .map((e) => e.outerHTML.slice(0, 80)),
    unnamed: controls.filter((e) => !named(e)).map((e) => e.outerHTML.slice(0, 80)),
    loud: document.querySelectorAll("svg:not([aria-hidden='true'])").length,
    text: document.querySelector('main').innerText,
  };
}"""


def look(page: Page, folder: Path, name: str) -> dict[str, Any]:
    page.screenshot(path=str(folder / f"{name}.png"), full_page=True)
    found: dict[str, Any] = page.evaluate(LOOK)
    return found


def listened(browser: Browser, size: tuple[int, int], *, script: bool = True) -> tuple[Page, list[str]]:
    """A page of its own session, and what the browser complains of."""
    page = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=script
    ).new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    return page, complaints


def parent(browser: Browser, link: str, folder: Path) -> dict[str, Any]:
    """A parent on a phone accepts the first time with the keyboard alone, and looks at her link again."""
    page, complaints = listened(browser, PHONE)
    seen: dict[str, Any] = {"complaints": complaints}
    page.goto(link)
    seen["asked"] = look(page, folder, "parent-asked")
    page.locator("input[name=choice]").first.focus()
    seen["focus"] = page.evaluate("() => getComputedStyle(document.activeElement).outlineWidth")
    page.keyboard.press("Space")
    for _ in range(30):
        if page.evaluate("() => document.activeElement.tagName") == "BUTTON":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".alert-success, .alert-error")
    seen["answered"] = look(page, folder, "parent-answered")
    page.goto(link)
    seen["again"] = look(page, folder, "parent-again")
    return seen


def closed(browser: Browser, address: str, folder: Path) -> dict[str, Any]:
    """A link that was never ours."""
    page, _ = listened(browser, PHONE)
    answer = page.goto(f"{address}/svar/x.y")
    return {"status": answer.status if answer else 0, **look(page, folder, "link-forged")}


def signed_in(page: Page, address: str) -> None:
    page.goto(f"{address}/born")  # the demonstration's provider asks who one is, and leads back
    page.locator("input[value=leader]").check()
    page.locator("form:has(input[value=leader]) button").click()
    page.wait_for_url("**/born")


def to_child(page: Page, child: str, *, link: str) -> None:
    """The leader is asked once why she looks the child up, and comes to the page that she asked for."""
    if link.startswith("http"):
        page.goto(link)
    else:
        page.locator(link).first.click()
    page.wait_for_url("**/formaal?**")
    page.locator("input[name=formaal]").first.check(force=True)  # drawn beside itself by the design system
    page.get_by_role("button", name="Fortsæt til barnet").click()
    page.wait_for_url(lambda url: "/formaal" not in url and child in url)


def staff(browser: Browser, address: str, child: str, folder: Path, size: tuple[int, int]) -> dict[str, Any]:
    """A leader signs in, finds the child among those with a concern, and reads its timeline."""
    page, complaints = listened(browser, size)
    width = size[0]
    seen: dict[str, Any] = {"complaints": complaints}
    page.goto(f"{address}/")
    seen["start"] = look(page, folder, f"start-{width}")
    signed_in(page, address)
    seen["cookies"] = page.context.cookies()
    seen["children"] = look(page, folder, f"children-{width}")
    to_child(page, child, link=f"a[href*='{child}']")
    seen["child"] = look(page, folder, f"child-{width}")
    page.get_by_role("link", name="Tidslinje").click()
    page.wait_for_url("**/tidslinje")
    seen["timeline"] = look(page, folder, f"timeline-{width}")
    seen["steps"] = page.locator(".steps li").evaluate_all(
        "all => all.map(e => [e.querySelector('.word').innerText, e.querySelector('.after').innerText])"
    )
    seen["times"] = page.locator(".timeline time").evaluate_all("all => all.map(e => e.dateTime)")
    page.get_by_role("link", name="Systemets hændelser").click()
    page.wait_for_url("**vis=system")
    seen["system"] = page.locator(".timeline > li").evaluate_all("all => all.map(e => e.className)")
    page.goto(f"{address}/api/v1/")
    seen["api"] = look(page, folder, f"api-{width}")
    return seen


def without_script(browser: Browser, address: str, child: str) -> str:
    """The timeline's text where scripts are off."""
    page, _ = listened(browser, DESKTOP, script=False)
    signed_in(page, address)
    to_child(page, child, link=f"{address}/barn/{child}/tidslinje")
    return page.locator("main").inner_text()


def once_more(browser: Browser, address: str, child: str, folder: Path) -> dict[str, Any]:
    """The timeline while a service is away."""
    page, complaints = listened(browser, PHONE)
    signed_in(page, address)
    to_child(page, child, link=f"{address}/barn/{child}/tidslinje")
    return {"complaints": complaints, **look(page, folder, "timeline-silent")}


def main() -> None:
    address, link, child, folder = sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4])
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        if link == "-":
            seen = {"silent": once_more(browser, address, child, folder)}
        else:
            seen = {
                "parent": parent(browser, link, folder),
                "forged": closed(browser, address, folder),
                "desktop": staff(browser, address, child, folder, DESKTOP),
                "phone": staff(browser, address, child, folder, PHONE),
                "plain": without_script(browser, address, child),  # type: ignore[dict-item]
            }
        browser.close()
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()

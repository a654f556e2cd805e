"""Pictures of every page for the README and the staff guide: `make screenshots` writes docs/images.

Starts a small house with invented people, rates a group, and looks at each page as the person whose it is.
"""

from __future__ import annotations

import base64
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from deploy.local import debian, municipality
from deploy.local.api import Api, Problem
from deploy.local.consent_links import asked
from deploy.local.demo.mails import links
from deploy.local.house import ROOT, House
from deploy.local.mailbox.store import MailStore
from services.chassis import clock
from services.chassis.actor import EVERYWHERE, Actor, Grant
from services.gateway.sessions import COOKIE, Session, seal

IMAGES = ROOT / "docs" / "images"
CHILDREN = 150
PATIENCE = 90.0
DESK, PHONE = (1280, 900), (390, 800)
TALLEST = 1500
"""Pixels of a long page that a reader wants to see."""
COLOURS = 256
FORM = {
    "social": "Søger de samme to venner og trives i små grupper.",
    "reactions_to_change": "Falder til ro, når en fast voksen tager imod om morgenen.",
    "resources": "Er nysgerrig, bygger længe og hjælper gerne de yngre.",
}
NOTES = ("Finder sjældent ind i legen, når hele stuen er samlet.", "Leger længe, når I er få sammen.")


@dataclass
class Person:
    """Somebody of the invented staff, signed in."""

    actor: Actor
    name: str


@dataclass
class Town:
    """A house in which one group has been agreed about and another is half rated."""

    house: House
    round_id: str
    group_id: str
    other_group_id: str
    rater: Person
    other_rater: Person
    leader: Person
    positions: dict[str, str] = field(default_factory=dict)
    red: str = ""
    meeting_id: str = ""

    def api(self, person: Person) -> Api:
        return Api.as_actor(self.house, person.actor)


def prepare(house: House) -> Town:
    """Chooses a group, its people and their leader, and rates by two of them."""
    admin = Api.as_role(house, "administration")
    round_id = municipality.ensure_round(house, admin)
    groups = [
        (place, group, raters)
        for place in admin.all("/institutions", kind="boernehave")
        for group in admin.all(f"/institutions/{place['institution_id']}/groups")
        if len(raters := _staff(admin, group["group_id"], "pedagogue")) > 1 and group["children"] > 4
    ]
    (place, group, raters), (_place, other, others), *_rest = groups
    found = admin.all("/staff", institution_id=place["institution_id"])
    leader = next(one for one in found if one["role"] == "leader")
    town = Town(
        house,
        round_id,
        group["group_id"],
        other["group_id"],
        _person(raters[0]),
        _person(others[0]),
        _person(leader),
    )
    until(lambda: len(_sheet(town, raters[0])["raters"]) > 1)
    api = town.api(town.rater)
    rows = [row["child_id"] for row in _sheet(town, raters[0])["children"]]
    told = [child_id for child_id in rows if _by_mail(api, child_id)]
    town.positions = dict(zip(told, ("yellow", "red"), strict=False))
    town.red = told[1]
    for rater in raters[:2]:
        _rate(town, _person(rater), town.group_id)
    until(lambda: bool(town.api(town.other_rater).get(_base(town, town.other_group_id))["raters"]))
    few = town.api(town.other_rater).get(_base(town, town.other_group_id))["children"][:6]
    town.positions[few[0]["child_id"]] = "yellow"
    _rate(town, town.other_rater, town.other_group_id, most=6)
    return town


def _staff(api: Api, group_id: str, role: str) -> list[dict[str, Any]]:
    return [one for one in api.all("/staff", group_id=group_id) if one["role"] == role]


def _person(found: dict[str, Any]) -> Person:
    actor = Actor(found["staff_id"], "staff", (Grant(found["role"], found["unit_id"]),), "dagligt arbejde")
    return Person(actor, f"{found['first_name']} {found['last_name']}")


def _base(town: Town, group_id: str) -> str:
    return f"/rounds/{town.round_id}/groups/{group_id}"


def _sheet(town: Town, rater: dict[str, Any]) -> dict[str, Any]:
    sheet: dict[str, Any] = town.api(_person(rater)).get(_base(town, town.group_id))
    return sheet


def _by_mail(api: Api, child_id: str) -> bool:
    """Whether a parent can be written to by mail: the link to the parents' page is in one."""
    return any(
        adult["email"] and adult["custody"] != "none" and not adult["digital_post_exempt"]
        for adult in api.get(f"/children/{child_id}")["guardians"]
    )


def _rate(town: Town, person: Person, group_id: str, most: int = 100) -> None:
    base = _base(town, group_id)
    api = town.api(person)
    items = [
        {**_rating(town, row), "works_well": NOTES[1] if row["child_id"] in town.positions else ""}
        for row in api.get(base)["children"][:most]
    ]
    api.call("PUT", f"{base}/own-ratings", {"items": items})


def _rating(town: Town, row: dict[str, Any]) -> dict[str, Any]:
    position = town.positions.get(row["child_id"], "green")
    return {
        "child_assessment_id": row["child_assessment_id"],
        "expected_version": row["version"],
        "position": position,
        "reason": "" if position == "green" else NOTES[0],
    }


def agree(town: Town) -> None:
    """Agrees about the first group, and waits until its red child's parents are invited."""
    base = _base(town, town.group_id)
    api = town.api(town.rater)
    sheet = api.get(f"{base}/discussion")
    agreed = {"participants": sheet["raters"][:2], "context": "Overgangene om eftermiddagen"}
    rows = [{**_rating(town, row), **agreed} for row in sheet["children"]]
    answer = api.post(f"{base}/joint-ratings", {"items": rows})
    if answer["errors"]:
        raise SystemExit(f"The group could not be agreed about: {answer['errors'][:2]}")
    until(lambda: _meeting(town) and links(town.house.mailbox, 5))
    town.meeting_id = _meeting(town)


def _meeting(town: Town) -> str:
    found = town.api(town.leader).get("/meetings", child_id=town.red)["items"]
    return str(found[0]["meeting_id"]) if found and found[0]["state"] != "required" else ""


def pass_on(town: Town) -> tuple[str, str]:
    """The red child is to go to school; the form is written, shown, and waits for consent. The transition,
    and a parent's token."""
    admin, api = Api.as_role(town.house, "administration"), town.api(town.leader)
    school = admin.all("/institutions", kind="school")[0]
    group = admin.all(f"/institutions/{school['institution_id']}/groups")[0]
    municipality.move(town.house, town.red, group["group_id"], timedelta(days=60))
    until(lambda: api.get("/transitions", child_id=town.red)["items"])
    [found] = api.get("/transitions", child_id=town.red)["items"]
    place = f"/transitions/{found['transition_id']}"

    def version() -> int:
        return int(api.get(place)["version"])

    api.call("PUT", f"{place}/form", {"form": FORM}, version=version())
    api.post(f"{place}/showing", {}, version=version())
    until(lambda: _token(town))
    today = clock.today().isoformat()
    api.call("PUT", f"{place}/review", {"reviewed_on": today}, version=version())
    api.post(f"{place}/release", {}, version=version())
    return str(found["transition_id"]), _token(town)


def _token(town: Town) -> str:
    for _head, message in reversed(list(MailStore(town.house.mailbox).messages())):
        body = message.get_body(("plain",))
        if found := re.search(r"/overgang/([\w.~-]+)", body.get_content() if body else ""):
            return found[1]
    return ""


def ask_consent(town: Town) -> str:
    """A consent about the red child that one of her parents has answered on paper; its id."""
    api = town.api(town.leader)
    district = next(one["district_id"] for one in api.get(f"/children/{town.red}")["enrolments"])
    asked = api.post(
        f"/children/{town.red}/consents",
        {
            "purpose": "specialist_meeting",
            "information": ["wellbeing", "meeting_minutes", "language"],
            "recipients": [{"unit_id": district, "kind": "speech", "name": "Tale-hørekonsulent, Nord"}],
            "legal_basis": "fvl_28",
            "valid_to": (clock.today() + timedelta(days=180)).isoformat(),
            "words": "Vi vil gerne have gode råd til sproget i legen.",
        },
    )
    paper = {
        "expected_version": asked["version"],
        "signatory_id": next(one["signatory_id"] for one in asked["signatories"] if one["part"] == "signs"),
        "answer": "yes",
        "signed_on": clock.today().isoformat(),
        "scan": base64.b64encode(b"%PDF-1.7").decode(),
    }
    api.post(f"/consents/{asked['consent_id']}/papers", paper)
    return str(asked["consent_id"])


def fill_request(page: Page) -> None:
    """Fills a request for consent in, and goes on to what each would read."""
    for name, value in (
        ("purpose", "record_sharing"),
        ("information", "wellbeing"),
        ("legal_basis", "fvl_28"),
    ):
        page.locator(f"input[name={name}][value={value}]").check(force=True)
    page.locator("input[name=recipients]").first.check(force=True)
    page.locator("form .actions .button-primary").click()
    page.wait_for_selector(".shown-to")


def until(condition: Callable[[], Any]) -> None:
    """Asks until it is so; the parts of a house know a thing one after the other."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except Problem:
            pass
        time.sleep(0.3)
    raise SystemExit("The house did not come as far as the pictures need.")


# The pictures ----------------------------------------------------------------------------------------


class Camera:
    """Looks at pages as one person after the other."""

    def __init__(self, browser: Browser, town: Town) -> None:
        self._browser = browser
        self._town = town

    def take(
        self,
        name: str,
        path: str,
        person: Person | None = None,
        size: tuple[int, int] = DESK,
        act: Callable[[Page], object] | None = None,
    ) -> None:
        """One picture; ``act`` brings the page into the state that is wanted."""
        width, height = size
        context = self._browser.new_context(viewport={"width": width, "height": height}, locale="da-DK")
        address = self._town.house.gateway_url
        if person:
            key = self._town.house.environment["ACTOR_TOKEN_KEY"]
            session = Session.begin(person.actor, person.name)
            if self._town.red and name != "formaal":  # she has said before why she looks the child up
                session = session.looking_for(self._town.red, "Ledelse og tilsyn")
            context.add_cookies([{"name": COOKIE, "value": seal(session, key), "url": address}])
        page = context.new_page()
        page.goto(address + path)
        if act:
            act(page)
        page.wait_for_load_state("networkidle") if "/drift" not in path else page.wait_for_load_state()
        tall = min(TALLEST, int(page.evaluate("document.documentElement.scrollHeight")))
        page.set_viewport_size({"width": width, "height": max(tall, 300)})  # what sticks is then at its end
        shot = page.screenshot()
        save(shot, IMAGES / f"{name}.png")
        context.close()
        sys.stdout.write(f"{name}.png\n")


def save(shot: bytes, path: Path) -> None:
    """With a palette: flat pages lose nothing by it, and a repository keeps every version of them."""
    picture = Image.open(BytesIO(shot)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def walk(camera: Camera, town: Town) -> None:
    """Every page, in the order in which they are used."""
    office = Person(
        Actor(town.leader.actor.id, "staff", (Grant("administration", EVERYWHERE),)), "Ole Eksempel"
    )
    operator = Person(Actor(town.leader.actor.id, "staff", (Grant("operations", EVERYWHERE),)), "Ida Prøve")
    sheet = f"/gruppe/{town.other_group_id}/runde/{town.round_id}"
    discussion = f"/gruppe/{town.group_id}/runde/{town.round_id}/droeftelse"
    camera.take("opgaver-paedagog", "/opgaver", town.other_rater)
    camera.take("gruppevurdering", sheet, town.other_rater)
    camera.take("gruppevurdering-mobil", sheet, town.other_rater, PHONE)
    camera.take("faelles-droeftelse", discussion, town.rater)
    agree(town)
    child, meeting = f"/barn/{town.red}", f"/moede/{town.meeting_id}"
    camera.take("opgaver-leder", "/opgaver", town.leader)
    camera.take("lederoverblik", "/overblik", town.leader)
    camera.take("formaal", child, town.leader)
    camera.take("barnets-side", child, town.leader)
    camera.take("tidslinje", f"{child}/tidslinje", town.leader)
    camera.take("planlaeg-moede", f"{meeting}/planlaeg", town.leader)
    camera.take("moedet", meeting, town.leader)
    answer = f"/svar/{links(town.house.mailbox, 1)[0]}"
    camera.take("foraeldreside", answer, size=PHONE)
    camera.take("samtykke-nyt", f"{child}/samtykker/nyt", town.leader)
    camera.take("samtykke-vises", f"{child}/samtykker/nyt", town.leader, act=fill_request)
    camera.take("samtykke", f"/samtykker/{ask_consent(town)}", town.leader)
    camera.take("samtykker", f"{child}/samtykker", town.leader)
    transition, token = pass_on(town)
    camera.take("overgang", f"/overgange/{transition}", town.leader)
    camera.take("foraeldre-overgang", f"/overgang/{token}?sprog=da", size=PHONE)
    danish, arabic = (asked(town.house, language) for language in ("da", "ar"))
    camera.take("foraeldre-samtykke", danish, size=PHONE)
    camera.take("foraeldre-samtykke-arabisk", arabic, size=PHONE)
    camera.take("foraeldre-adgang", f"{danish}/adgang", size=PHONE)
    camera.take("administration", "/administration", office)
    camera.take("modelprofil", "/administration/profil", office)
    camera.take("tegn", "/administration/tegn?alder=3-6", office)
    camera.take("dagsorden", "/administration/dagsorden", office)
    camera.take("runde", f"/administration/runder/{town.round_id}", office)
    camera.take("moedetider", "/administration/moedetider", office)
    camera.take("breve", "/administration/breve", office)
    camera.take("drift", "/drift", operator)


def main() -> None:
    debian.need(debian.CHROMIUM, "chromium")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder) / "house")
        try:
            house.prepare()
            municipality.ensure(house, CHILDREN)
            house.start()
            town = prepare(house)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=debian.CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
                )
                walk(Camera(browser, town), town)
                browser.close()
        finally:
            house.stop()


if __name__ == "__main__":
    main()

"""The pages of the gateway while a round of a whole municipality is in the books.

Each page is asked for again and again, by one person whose it is, over one connection that takes what is
compressed, as her browser would; the time is from the question to the last byte of the page itself.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from bench.measure import percentile
from deploy.local import municipality
from deploy.local.api import Api
from deploy.local.demo.mails import links
from deploy.local.demo.quiet import quiet
from deploy.local.demo.rating import ROLE_IN, Rating, Room
from deploy.local.demo.stores import Stores
from deploy.local.house import House
from services.chassis.actor import EVERYWHERE, Actor, Grant
from services.gateway.sessions import COOKIE, Session, seal

CHILDREN = 6_500
TIMES = 40
PATIENCE = 900.0
CONCERNS_A_SECOND = 60.0
TARGET_MS = 300.0
"""What 95 of 100 answers of every page stay below."""
BROWSER = {"Accept": "text/html", "Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}
PURPOSE = "måling"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Page:
    """One page and who looks at it; nobody for the pages that a link opens."""

    name: str
    path: str
    actor: Actor | None
    child_id: str = ""


@dataclass(frozen=True)
class Timed:
    """Milliseconds of a page's answers, and its bytes as they came over the wire."""

    name: str
    p50: float
    p95: float
    bytes: int
    status: int

    @property
    def well(self) -> bool:
        """Whether it opened, and quickly."""
        return self.status == 200 and self.p95 < TARGET_MS


def web(say: Say, children: int = CHILDREN, times: int = TIMES) -> list[Timed]:
    """Every page, slowest first."""
    with loaded(say, children) as (house, pages):
        say(f"Opening {len(pages)} pages {times} times each ...")
        return sorted((timed(house, page, times) for page in pages), key=lambda one: -one.p95)


@contextmanager
def loaded(say: Say, children: int) -> Iterator[tuple[House, list[Page]]]:
    """A house on PostgreSQL with a rated round, in which one group is yet to rate and one to discuss."""
    folder = Path(tempfile.mkdtemp(prefix="trivsel-web-"))
    folder.chmod(0o755)
    house = House(folder, postgresql=True, say=say)
    try:
        house.prepare()
        municipality.ensure(house, children)
        house.start()
        stores = Stores(house)
        quiet(house, stores, PATIENCE)
        round_id = municipality.new_round(house, Api.as_role(house, "administration"))
        pages = _rate(house, stores, round_id)
        quiet(house, stores, PATIENCE)
        yield house, pages(house)
        stores.close()
    finally:
        house.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _rate(house: House, stores: Stores, round_id: str) -> Callable[[House], list[Page]]:
    """Rates all but the two largest groups that two people rate; gives what lists the pages afterwards."""
    rating = Rating(house, round_id, seed=1, rate=CONCERNS_A_SECOND)
    rooms = sorted((room for room in rating.rooms if len(room.raters) > 1), key=lambda room: -len(room.rows))
    fresh, ready = rooms[:2]
    rating.rooms.remove(fresh)
    rating.own_ratings()
    rating.rooms.remove(ready)
    rating.joint_ratings()
    return lambda house: _pages(house, round_id, fresh, ready)


# The pages -------------------------------------------------------------------------------------------


def _pages(house: House, round_id: str, fresh: Room, ready: Room) -> list[Page]:
    admin = Api.as_role(house, "administration")
    office = Actor("00000000-0000-4000-8000-0000000000b1", "staff", (Grant("administration", EVERYWHERE),))
    operator = replace(office, grants=(Grant("operations", EVERYWHERE),))
    everywhere = replace(office, grants=(Grant("leader", EVERYWHERE),))
    meeting = _busiest(Api.as_role(house, "leader"), admin.all("/institutions"))
    place, child, meeting_id = meeting["institution_id"], meeting["child_id"], meeting["meeting_id"]
    leaders = [one for one in admin.all("/staff", institution_id=place) if one["role"] == "leader"]
    leader = Actor(leaders[0]["staff_id"], "staff", (Grant("leader", place),))
    return [
        *_of_raters(round_id, fresh, ready),
        Page("Mine opgaver, leader", "/opgaver", leader),
        Page("Mine opgaver, administration", "/opgaver", office),
        Page("Lederoverblik, an institution", "/overblik", leader),
        Page("Lederoverblik, the municipality (administration)", "/overblik", office),
        Page("Lederoverblik, the municipality (leader)", "/overblik", everywhere),
        Page("Børn, the municipality", "/born", everywhere),
        Page("Samtykker, the municipality", "/samtykker", everywhere),
        Page("Overgange, the municipality", "/overgange", everywhere),
        Page("Delt med os", "/born/delt-med-os", leader),
        Page("Børn, an institution", f"/born?enhed={place}", leader),
        *(
            Page(f"Barnets side: {name}", f"/barn/{child}{path}", leader, child)
            for name, path in (("overblik", ""), ("tidslinje", "/tidslinje"), ("vurderinger", "/vurderinger"),
                               ("møder", "/moeder"), ("beskeder", "/beskeder"), ("samtykker", "/samtykker"),
                               ("adgangslog", "/adgangslog"))
        ),
        Page("Planlæg fokusmøde", f"/moede/{meeting_id}/planlaeg/tider", leader),
        Page("Mødet", f"/moede/{meeting_id}", leader),
        *(
            Page(f"Administration: {name}", f"/administration{path}", office)
            for name, path in (("forside", ""), ("profil", "/profil"), ("tegn", "/tegn"),
                               ("dagsorden", "/dagsorden"), ("runder", "/runder"),
                               ("runde", f"/runder/{round_id}"), ("mødetider", "/moedetider"),
                               ("breve", "/breve"), ("beskeder", "/beskeder"))
        ),
        Page("Drift", "/drift", operator),
        Page("Drift: strandede", "/drift/meetings/strandede", operator),
        *(Page("Forældreside: svar", f"/svar/{token}", None) for token in links(house.mailbox, 20)[:1]),
    ]  # fmt: skip


def _of_raters(round_id: str, fresh: Room, ready: Room) -> list[Page]:
    rater, other = (
        Actor(room.raters[0], "staff", (Grant(ROLE_IN[room.kind], room.group_id),)) for room in (fresh, ready)
    )
    sheet, dialogue = (f"/gruppe/{room.group_id}/runde/{round_id}" for room in (fresh, ready))
    return [
        Page("Mine opgaver, who rates", "/opgaver", rater),
        Page("Mine grupper", "/gruppe", rater),
        Page(f"Gruppevurdering, {len(fresh.rows)} children", sheet, rater),
        Page(f"Fælles drøftelse, {len(ready.rows)} children", f"{dialogue}/droeftelse", other),
        Page("Børn, a group", "/born", rater),
    ]


def _busiest(api: Api, institutions: list[dict[str, Any]]) -> dict[str, Any]:
    """A meeting to which parents are invited, in the institution with the most of them."""
    found = [
        [
            one
            for one in api.all("/meetings", institution_id=each["institution_id"])
            if one["state"] == "invited"
        ]
        for each in institutions
    ]
    meeting: dict[str, Any] = max(found, key=len)[0]
    return meeting


# The clock -------------------------------------------------------------------------------------------


def timed(house: House, page: Page, times: int) -> Timed:
    """Asks so often; the first answer fills caches and is not counted."""
    with requests.Session() as session:
        session.headers.update(BROWSER)
        if page.actor:
            held = Session.begin(page.actor, "Ane Eksempel")
            if page.child_id:
                held = held.looking_for(page.child_id, PURPOSE)
            key = house.environment["ACTOR_TOKEN_KEY"]
            host = urlsplit(house.gateway_url).hostname
            session.cookies.set(COOKIE, seal(held, key), domain=host, path="/")
        found = [_ask(session, house.gateway_url + page.path) for _ in range(times + 1)]
    spent = [milliseconds for milliseconds, _size, _status in found[1:]]
    sizes = [size for _spent, size, _status in found]
    statuses = [status for _spent, _size, status in found]
    return Timed(page.name, percentile(spent, 0.5), percentile(spent, 0.95), max(sizes), max(statuses))


def _ask(session: requests.Session, url: str) -> tuple[float, int, int]:
    begun = time.perf_counter()
    with session.get(url, stream=True, allow_redirects=False, timeout=60) as answer:
        body = answer.raw.read(decode_content=False)
    return (time.perf_counter() - begun) * 1000, len(body), answer.status_code

"""An invented municipality for a house that has no children yet, and an open round to rate them in."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

from services.chassis import clock

if TYPE_CHECKING:
    from deploy.local.api import Api
    from deploy.local.house import House

KINDS = ("dagpleje", "vuggestue", "boernehave", "school", "health_visiting")
ROUND_DAYS = 60


def ensure(house: House, children: int) -> None:
    """Import an invented municipality, unless the registry holds children already."""
    engine = create_engine(house.database_url("registry"))
    with engine.connect() as connection:
        known = connection.execute(text("select count(*) from child")).scalar_one()
    engine.dispose()
    if known:
        house.say(f"Going on with the {known:,} children from before")
        return
    folder = house.folder / "municipality"
    shutil.rmtree(folder, ignore_errors=True)
    house.say(f"Inventing a municipality of {children:,} children and importing it ...")
    house.trivsel("synth", "--children", str(children), str(folder))
    house.trivsel("import", str(folder))


def ensure_round(house: House, api: Api) -> str:
    """The id of the open round; opens one for all kinds of institutions when there is none."""
    found = api.get("/rounds", state="open")["items"]
    return str(found[0]["round_id"]) if found else _open(house, api)


def new_round(house: House, api: Api) -> str:
    """The id of a round in which nobody has rated yet; one that is under way is closed first."""
    for one in api.get("/rounds", state="open")["items"]:
        counts = api.get("/coverage", round_id=one["round_id"], level="municipality")["items"]
        if len(counts) == 1 and counts[0]["not_started"] == counts[0]["total"]:
            return str(one["round_id"])
        api.post(f"/rounds/{one['round_id']}/close", {}, version=one["version"])
        house.say(f"Closed {one['name']}")
    return _open(house, api)


def _open(house: House, api: Api) -> str:
    today = clock.today()
    window = {"from": today.isoformat(), "to": (today + timedelta(days=ROUND_DAYS)).isoformat()}
    windows = [{"kind": kind, **window} for kind in KINDS]
    planned = api.post("/rounds", {"name": f"Runde {today:%d.%m.%Y}", "windows": windows})
    opened = api.post(f"/rounds/{planned['round_id']}/open", {}, version=planned["version"])
    house.say(f"Opened a round of {opened['children']:,} children, {today:%d.%m.%Y} and {ROUND_DAYS} days on")
    return str(opened["round_id"])

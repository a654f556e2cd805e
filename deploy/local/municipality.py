"""An invented municipality for a house that has no children yet, and an open round to rate them in."""

from __future__ import annotations

import csv
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text

from services.chassis import clock

if TYPE_CHECKING:
    from pathlib import Path

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


def move(house: House, child_id: str, group_id: str, ahead: timedelta) -> None:
    """Enrols the child in another group from a day ahead; her place ends the day before.

    As a municipality's register tells it: the whole set is written anew and imported again.
    """
    engine = create_engine(house.database_url("registry"))
    with engine.connect() as connection:
        child = _source_id(connection, "child", child_id)
        group = _source_id(connection, "care_group", group_id)
    engine.dispose()
    begins = clock.today() + ahead
    file = house.folder / "municipality" / "enrolments.csv"
    rows, delimiter = _rows(file)
    for row in rows:
        if row["child_id"] == child and not row["to"]:
            row["to"] = (begins - timedelta(days=1)).isoformat()
    coming = {"child_id": child, "group_id": group, "from": begins.isoformat()}
    rows.append({**dict.fromkeys(rows[0], ""), **coming})
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys(), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    house.trivsel("import", str(file.parent))


def _rows(file: Path) -> tuple[list[dict[str, str]], str]:
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    delimiter = ";" if ";" in lines[0] else ","
    return list(csv.DictReader(lines, delimiter=delimiter)), delimiter


def _source_id(connection: Any, table: str, id_: str) -> str:
    """What the register calls a row; ids are written with or without dashes, as the engine has them."""
    known = {
        "child": "SELECT source_id FROM child WHERE replace(CAST(id AS text), '-', '') = :id",
        "care_group": "SELECT source_id FROM care_group WHERE replace(CAST(id AS text), '-', '') = :id",
    }
    return str(connection.execute(text(known[table]), {"id": id_.replace("-", "")}).scalar_one())

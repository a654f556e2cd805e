"""Parents who answer their invitation by the link that they were sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from deploy.local.api import Api, Problem
from deploy.local.demo.mails import links
from deploy.local.demo.stores import Stores
from deploy.local.house import House
from services.meetings import models as meetings

WAIT_SECONDS = 60.0


def answer(house: House, stores: Stores, wanted: int) -> int:
    """Let ``wanted`` families answer: most accept a time, some ask for others. Returns how many did."""
    if not house.mailbox_url:
        house.say("Mails go to a real server, so no link is followed")
        return 0
    invited = select(meetings.Meeting.meeting_id).where(meetings.Meeting.state == "invited")
    wanted = min(wanted, stores.count("meetings", invited))
    house.say(f"{wanted} families answer their invitation ...")
    found: list[str] = []

    def enough() -> bool:
        found[:] = links(house.mailbox, wanted)
        return len(found) >= wanted

    house.wait_until(enough, WAIT_SECONDS, lambda: f"{wanted} invitations in the mailbox ({len(found)})")
    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(lambda pair: _one(house, *pair), enumerate(found[:wanted])))


def _one(house: House, number: int, token: str) -> int:
    """One family; 0 when the meeting has gone meanwhile, or the other parent was first."""
    door = Api(house.gateway_url, None)
    try:
        view = door.get(f"/answers/{token}")
        if view["state"] != "open" or not view["proposals"]:
            return 0
        if number % 7 == 6:
            door.post(f"/answers/{token}", {"choice": "other_times", "wishes": "Helst efter kl. 14."})
        else:
            chosen = view["proposals"][number % len(view["proposals"])]["proposal_id"]
            door.post(f"/answers/{token}", {"choice": "accepted", "proposal_id": chosen})
    except Problem as problem:
        if problem.status in (404, 409, 410):
            return 0
        raise
    return 1

"""Several services' logs as one, page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.web import access_log

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
LOGS = st.dictionaries(
    st.sampled_from(access_log.SERVICES), st.lists(st.integers(0, 30), max_size=12), min_size=1
)


class Service:
    """One service's log, asked as the real ones are: newest first, with a cursor in each entry."""

    def __init__(self, name: str, minutes: list[int]) -> None:
        self.entries = sorted(
            ((START + timedelta(minutes=at), f"{number:04}") for number, at in enumerate(minutes)),
            reverse=True,
        )
        self.name = name

    def ask(self, after: str | None, limit: int) -> dict[str, Any]:
        rest = self.entries
        if after is not None:
            at, number = after.split("_")
            rest = [one for one in rest if one < (datetime.fromisoformat(at), number)]
        items = [
            {
                "at": at.isoformat(), "actor_id": "a", "actor_kind": "staff", "purpose": "drift",
                "action": "read", "kind": "child", "request": f"{self.name}-{number}",
                "cursor": f"{at.isoformat()}_{number}",
            }
            for at, number in rest[:limit]
        ]  # fmt: skip
        return {"items": items, "next": items[-1]["cursor"] if len(rest) > limit else None}


@given(LOGS, st.integers(1, 5))
def test_page_by_page_each_entry_comes_once_and_in_order(logs: dict[str, list[int]], limit: int) -> None:
    services = {name: Service(name, minutes) for name, minutes in logs.items()}
    seen: list[datetime] = []
    after: dict[str, str] = {}
    for _ in range(200):
        parts = {name: one.ask(after.get(name), limit) for name, one in services.items()}
        page = access_log.merge(parts, limit)
        seen += [look.at for look in page.looks]
        if not page.after:
            break
        after = access_log.opened(access_log.sealed({**after, **page.after}))
    assert len(seen) == sum(len(minutes) for minutes in logs.values())
    assert seen == sorted(seen, reverse=True)


def entry(service: str, **more: Any) -> dict[str, Any]:
    return {
        "at": START.isoformat(), "actor_id": "a", "actor_kind": "staff", "purpose": "møde", "action": "read",
        "kind": "child", "request": "r", "cursor": f"{START.isoformat()}_1", **more,
    }  # fmt: skip


def test_one_page_that_asked_three_services_is_one_look() -> None:
    parts = {
        name: {"items": [entry(name, kind=kind)], "next": None}
        for name, kind in (("registry", "child"), ("assessment", "ratings"), ("meetings", "meeting"))
    }
    [look] = access_log.merge(parts, 10).looks
    assert look.what == ("stamdata", "vurderinger", "møde")
    assert (look.done, look.purpose, look.actor_id) == ("Læst", "møde", "a")


def test_looks_of_two_people_in_one_request_are_not_mixed() -> None:
    items = [entry("registry"), entry("registry", actor_id="service:notifications", actor_kind="service")]
    looks = access_log.merge({"registry": {"items": items, "next": None}}, 10).looks
    assert [look.who for look in looks] == ["Medarbejder", "Systemet selv"]


def test_a_kind_that_nobody_has_words_for_is_still_shown() -> None:
    parts = {"registry": {"items": [entry("registry", kind="noget-nyt")], "next": None}}
    assert access_log.merge(parts, 10).looks[0].what == ("oplysninger",)


@given(st.text(max_size=60))
def test_a_place_in_the_log_that_is_none_is_left_out(value: str) -> None:
    assert set(access_log.opened(value)) <= set(access_log.SERVICES)

"""A transition form by mail: a link of one's own to each custody holder, and no word of what it says."""

from __future__ import annotations

from typing import Any

import pytest

from services.chassis.errors import NotYet
from services.chassis.links import open_link
from services.meetings import events as meetings
from services.notifications import schemas
from services.notifications.domain import About
from services.notifications.handlers import transitions
from services.notifications.writing import TRANSITION
from tests.integration.notifications import town as towns
from tests.integration.notifications.test_consents import END
from tests.integration.notifications.town import LINK_KEY, Family, Town, key


@pytest.fixture(autouse=True)
def _transitions(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = (transitions.tell_of_transition, schemas.TransitionShown, meetings.TransitionShown)
    monkeypatch.setattr(towns, "HANDLERS", {**towns.HANDLERS, "shown": shown})


def form(family: Family, transition_id: str, **more: Any) -> dict[str, Any]:
    return {
        "transition_id": transition_id,
        "child_id": family.child,
        "institution_id": family.institution,
        "edition": 1,
        "link_until": END,
        "guardian_ids": [one.id for one in family.parents],
    } | more


def told(town: Town, family: Family) -> list[tuple[int, str, str | None]]:
    return [
        (notice.edition, notice.state, notice.code)
        for notice in town.notices(family)
        if notice.about == About.TRANSITION
    ]


def test_each_custody_holder_gets_a_link_of_her_own_to_the_form(town: Town) -> None:
    family, transition = town.family("well", "well"), key()
    town.happen("shown", transition, 2, **form(family, transition))
    assert town.send() == {"sent": 2}
    opened = set()
    for parent in family.parents:
        (mail,) = town.post.to(parent.email)
        body = mail.get_body(("plain",)).get_content()
        (link,) = [word for word in body.split() if "/overgang/" in word]
        found = open_link(link.rsplit("/", 1)[1], TRANSITION, LINK_KEY)
        assert (found.subject, found.extra) == (transition, {"edition": 1})
        opened.add(found.audience)
    assert opened == {parent.id for parent in family.parents}


@pytest.mark.parametrize(("language", "word"), [("ar", "اقرأ"), ("pl", "Przeczytaj"), ("so", "Akhri")])
def test_a_parent_is_asked_to_read_it_in_her_own_language(town: Town, language: str, word: str) -> None:
    family, transition = town.family("well", language=language), key()
    town.happen("shown", transition, 2, **form(family, transition))
    assert town.send() == {"sent": 1}
    (mail,) = town.post.to(family.parents[0].email)
    assert word in mail.get_body(("plain",)).get_content()


def test_a_form_that_has_changed_takes_the_place_of_one_that_has_not_left(town: Town) -> None:
    family, transition = town.family("well"), key()
    town.happen("shown", transition, 2, **form(family, transition))
    town.happen("shown", transition, 5, **form(family, transition, edition=2))
    town.happen("shown", transition, 2, **form(family, transition))
    assert told(town, family) == [(1, "suppressed", "replaced"), (2, "intended", None)]


def test_parents_who_may_not_be_contacted_are_told_of_no_form(town: Town) -> None:
    family, transition = town.family("well"), key()
    concern = town.raised(family)
    town.send()
    town.withheld(family, concern)
    town.happen("shown", transition, 2, **form(family, transition))
    assert town.send() == {}
    assert [code for _, _, code in told(town, family)] == ["withheld"]


def test_a_parent_whom_nobody_knows_yet_is_waited_for(town: Town) -> None:
    family, transition = town.family("well"), key()
    event = town.event("shown", transition, 2, **form(family, transition, guardian_ids=[key()]))
    [failure] = town.handle("shown", event)
    assert isinstance(failure, NotYet)

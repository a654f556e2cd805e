"""The minutes of a meeting: where to read them, told to each custody holder, and never what they say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.chassis.context import Context
from services.chassis.errors import Conflict, NotFound
from services.chassis.links import open_link
from services.notifications.domain import About
from services.notifications.handlers import calls
from services.notifications.schemas import ForRecipients
from services.notifications.writing import MINUTES
from tests.integration.notifications.test_staff_calls import staff
from tests.integration.notifications.town import DESK, LINK_KEY, SOON, Family, Town, key


def of_minutes(town: Town, family: Family) -> list[tuple[int, str, str | None]]:
    return [
        (notice.edition, notice.state, notice.code)
        for notice in town.notices(family)
        if notice.about == About.MINUTES
    ]


def test_each_custody_holder_gets_a_link_of_her_own_to_the_minutes(town: Town) -> None:
    family = town.family("well", "well")
    meeting = key()
    town.minutes(family, meeting)
    assert town.send() == {"sent": 2}
    opened = set()
    for parent in family.parents:
        (mail,) = town.post.to(parent.email)
        body = mail.get_body(("plain",)).get_content()
        assert "Referatet er nu klar" in " ".join(body.split())
        (link,) = [word for word in body.split() if "/referat/" in word]
        found = open_link(link.rsplit("/", 1)[1], MINUTES, LINK_KEY)
        assert (found.subject, found.extra) == (meeting, {"edition": 1})
        opened.add(found.audience)
        assert list(mail.iter_attachments()) == []
    assert opened == {parent.id for parent in family.parents}
    assert DESK.public_url in link


def test_a_new_edition_takes_the_place_of_one_that_has_not_left(town: Town) -> None:
    family = town.family("well")
    meeting = key()
    town.minutes(family, meeting)
    town.minutes(family, meeting, edition=2)
    assert of_minutes(town, family) == [(1, "suppressed", "replaced"), (2, "intended", None)]


def test_an_older_edition_that_comes_late_is_not_told_of(town: Town) -> None:
    family = town.family("well")
    meeting = key()
    town.minutes(family, meeting, edition=2)
    town.minutes(family, meeting, edition=1)
    assert [edition for edition, _, _ in of_minutes(town, family)] == [2]


def test_a_confirmation_that_comes_late_does_not_hold_the_minutes_back(town: Town) -> None:
    family = town.family("well")
    meeting = town.invited(family)
    town.minutes(family, meeting)
    town.confirmed(family, meeting)
    assert of_minutes(town, family) == [(1, "intended", None)]


def test_parents_who_may_not_be_contacted_are_told_of_no_minutes(town: Town) -> None:
    family = town.family("well")
    concern = town.raised(family)
    town.send()
    town.withheld(family, concern)
    town.minutes(family, key())
    assert town.send() == {}
    assert [code for _, _, code in of_minutes(town, family)] == ["withheld"]


def preview(town: Town, family: Family, actor_unit: str | None = None) -> list[dict[str, object]]:
    found = calls.preview_invitation(
        town.db,
        town.book,
        Context.new(),
        staff("pedagogue", actor_unit or family.group),
        child_id=family.child,
        institution_id=family.institution,
        proposals=[{"starts_at": SOON, "ends_at": SOON + timedelta(minutes=30)}],
        answer_by=SOON - timedelta(days=2),
        reason="first",
    )
    return list(ForRecipients().dump(found)["items"])


def test_a_preview_is_word_for_word_what_each_custody_holder_then_gets(town: Town) -> None:
    family = town.family("well", "well")
    family.parents[1].language = "en"
    items = preview(town, family)
    assert [item["language"] for item in sorted(items, key=lambda item: str(item["language"]))] == [
        "da",
        "en",
    ]
    shown = {item["guardian_id"]: item for item in items}
    meeting = key()
    proposals = [{"proposal_id": key(), "starts_at": SOON, "ends_at": SOON + timedelta(minutes=30)}]
    town.happen("invited", meeting, **town.invitation(family, meeting, proposals=proposals))
    assert town.send() == {"sent": 2}
    for parent in family.parents:
        (mail,) = town.post.to(parent.email)
        body = mail.get_body(("plain",)).get_content()
        sent = [word if "/svar/" not in word else "https://…/svar/…" for word in body.split()]
        assert sent == str(shown[parent.id]["text"]).split()
        assert mail["Subject"] == shown[parent.id]["subject"]


def test_a_preview_is_for_those_with_a_task_for_the_child_whose_parents_may_be_told(town: Town) -> None:
    family = town.family("well")
    with pytest.raises(NotFound):
        preview(town, family, key())
    town.withheld(family, town.raised(family))
    with pytest.raises(Conflict):
        preview(town, family)

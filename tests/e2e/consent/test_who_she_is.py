"""Where the municipality asks for it, a parent's yes goes by the demonstration's MitID and back."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from deploy.local.api import Api
from services.consent.rendering import built_in
from tests.e2e.consent.family import Family

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def demanding(family: Family) -> Iterator[None]:
    """The municipality demands an identity for a yes, for as long as a test takes."""
    office = Api.as_role(family.house, "administration")

    def demand(assurance: str) -> None:
        version = office.get("/consent-settings")["version"]
        body = {"expected_version": version, "values": {"assurance": assurance}}
        office.call("PUT", "/consent-settings", body)

    demand("oidc")
    yield
    demand("link")


def at_the_provider(family: Family, phone: requests.Session, path: str) -> requests.Response:
    """The page on which a parent is chosen, as the browser is led there."""
    return phone.get(f"{family.house.gateway_url}{path}/log-ind", timeout=60)


def parents(family: Family) -> dict[str, str]:
    """The invented parents' keys at the provider, by their addresses."""
    path = family.house.folder / "municipality" / "guardians.csv"
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {row["email"].lower(): row["guardian_id"] for row in csv.DictReader(stream, delimiter=";")}


def choose(family: Family, phone: requests.Session, page: str, guardian: str) -> requests.Response:
    """The parent is chosen, and the browser led back to the consent."""
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    form = {name: html.unescape(value) for name, value in fields.items()} | {"parent": guardian}
    return phone.post(f"{family.house.identity_url}/authorize", data=form, timeout=60)


@pytest.mark.usefixtures("demanding")
def test_the_parent_herself_signs_after_the_provider_and_nobody_else_does(family: Family) -> None:
    consent = family.asked(purpose="cross_professional_course")
    holder, other = family.holders
    child = family.api(family.leader).get(f"/children/{family.child_id}")
    known = parents(family)
    key = {one["guardian_id"]: known[one["email"].lower()] for one in child["guardians"] if one["email"]}
    path = f"/samtykke/{family.token(consent, holder)}"
    phone = requests.Session()
    asked = phone.get(f"{family.house.gateway_url}{path}/svar?svar=yes", timeout=60)
    assert "Log ind med MitID" in asked.text

    page = at_the_provider(family, phone, path)
    assert "KUN TIL DEMO" in page.text
    refused = choose(family, phone, page.text, key[other])
    assert refused.status_code == 403
    assert "ikke den, linket er sendt til" in refused.text

    page = at_the_provider(family, phone, path)
    back = choose(family, phone, page.text, key[holder])
    assert back.url.startswith(f"{family.house.gateway_url}{path}/svar")
    assert "Du har vist, hvem du er." in back.text
    assert built_in("da")["yes"] in back.text
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', back.text))
    done = phone.post(f"{family.house.gateway_url}{path}/svar", data=form, timeout=60)
    assert "Dit ja er gemt" in done.text
    assert _signed(family, consent["consent_id"]) == [(holder, "yes", "oidc", "substantial")]


@pytest.mark.usefixtures("demanding")
def test_staffs_sign_in_is_nothing_to_a_parents_page(family: Family) -> None:
    consent = family.asked(purpose="cross_professional_course")
    path = f"/samtykke/{family.token(consent, family.holders[0])}"
    browser = requests.Session()
    door = family.house.gateway_url
    chosen = browser.get(f"{door}/log-ind", timeout=60)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', chosen.text))
    form = {name: html.unescape(value) for name, value in fields.items()} | {"role": "leader"}
    browser.post(f"{family.house.identity_url}/authorize", data=form, timeout=60)
    assert "trivsel_session" in browser.cookies
    assert "Vis, hvem du er" in browser.get(f"{door}{path}/svar?svar=yes", timeout=60).text
    assert _signed(family, consent["consent_id"]) == []


def _signed(family: Family, consent_id: str) -> list[tuple[Any, ...]]:
    found = family.consent(consent_id)["signatures"]
    return [(one["signatory_id"], one["answer"], one["method"], one["assurance"]) for one in found]

"""A browser's session for any actor, as the sign-in leaves it: for tests that are not about signing in."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import requests

from deploy.local.house import House
from services.chassis.actor import Actor
from services.gateway.sessions import COOKIE, Session, seal


def cookie_for(house: House, actor: Actor, name: str = "", **purposes: str) -> tuple[str, str]:
    """Name and value of the session cookie. `purposes` is by child, as once told."""
    session = replace(Session.begin(actor, name), purposes=purposes)
    return COOKIE, seal(session, house.environment["ACTOR_TOKEN_KEY"])


def browser_of(house: House, actor: Actor, name: str = "") -> requests.Session:
    """A session of `requests` that is signed in as the actor."""
    session = requests.Session()
    # With the place named, what the gateway writes anew takes the place of this one.
    session.cookies.set(
        *cookie_for(house, actor, name), domain=urlsplit(house.gateway_url).hostname, path="/"
    )
    return session

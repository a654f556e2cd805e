"""Identity providers by OpenID Connect: how one is made known, and what is read of its answer.

Staff have one (`sign_in`) and parents may have another (`parents_consent.identity`): neither's word counts
for the other, since each has its own client, its own state in the browser and its own way back.
"""

from __future__ import annotations

from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app
from flask import session as cookie
from joserfc.errors import JoseError

PATIENCE = 8
"""Seconds a provider has to answer us."""
NO_ANSWER = requests.RequestException
DOES_NOT_FIT = (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError)
"""What is raised of an answer that does not fit together. Catch `NO_ANSWER` before it."""
CANNOT_BEGIN = (requests.RequestException, AuthlibBaseError, ValueError, KeyError, RuntimeError)
_EXTENSION = "authlib.integrations.flask_client"


class Unproven(ValueError):
    """The provider's answer says nothing of a person; the text is for our log."""


def register(app: Flask, name: str, *, issuer: str, client_id: str, secret: str, scope: str) -> None:
    """Makes a provider known under a name of ours. Without a secret we are a public client, by PKCE alone."""
    oauth = app.extensions.get(_EXTENSION) or OAuth(app)
    oauth.register(
        name,
        client_id=client_id,
        client_secret=secret or None,
        server_metadata_url=issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={
            "scope": scope,
            "code_challenge_method": "S256",
            "default_timeout": PATIENCE,
            **({} if secret else {"token_endpoint_auth_method": "none"}),
        },
    )


def provider(name: str) -> Any:
    """The provider of that name; None where none is set up."""
    oauth = current_app.extensions.get(_EXTENSION)
    return oauth.create_client(name) if oauth is not None else None


def forget_attempts(name: str) -> None:
    """A sign-in that was begun and left would otherwise stay in the cookie until it is full."""
    for left in [each for each in cookie if each.startswith(f"_state_{name}_")]:
        del cookie[left]


def told_by(client: Any, claim: str) -> dict[str, Any]:
    """What the provider says of who signed in: its ID token, and userinfo if ``claim`` is not in that.

    Raises :class:`Unproven`, and what `NO_ANSWER` and `DOES_NOT_FIT` name.
    """
    token = client.authorize_access_token(leeway=60)
    told = dict(token.get("userinfo") or {})
    if not told:
        raise Unproven("no ID token")
    if claim not in told:
        more = dict(client.userinfo(token=token))
        if more.get("sub") != told.get("sub"):
            raise Unproven("userinfo is about somebody else")
        told = {**more, **told}
    return told

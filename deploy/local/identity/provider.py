"""The provider: discovery, keys, authorisation code with PKCE, tokens, sign-out.

Its clients are the gateway's: one for staff and one for parents. A code of one is worth nothing to the other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, abort, jsonify, redirect, render_template, request
from jwt.algorithms import RSAAlgorithm
from werkzeug.wrappers import Response as Answer

from deploy.local.identity.parents import Parents
from deploy.local.identity.people import IS_ID, WHOLE_MUNICIPALITY, People
from services.chassis.errors import TrivselError

CODE_SECONDS = 60
TOKEN_SECONDS = 300
ASKED = ("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge")


@dataclass(frozen=True)
class Granted:
    """A code that was given out, and what it is good for, once."""

    claims: dict[str, Any]
    client_id: str
    nonce: str | None
    challenge: str
    redirect_uri: str
    until: float


class Provider:
    """Codes and tokens, in memory."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        gateway: str,
        parents: tuple[str, str] | None = None,
    ) -> None:
        self.issuer, self.gateway = issuer, gateway
        self.parents_client = parents[0] if parents else None
        self._secrets = {client_id: client_secret, **dict([parents] if parents else [])}
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._codes: dict[str, Granted] = {}
        self._tokens: dict[str, tuple[float, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": ["openid", "profile"],
            "claims_supported": ["sub", "name", "trivsel_grants", "acr", "cpr"],
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": "demo", "use": "sig", "alg": "RS256"}]}

    def is_ours(self, asked: dict[str, str]) -> bool:
        """Whether a request to sign in is from our gateway and as we take it."""
        return (
            asked.get("client_id") in self._secrets
            and asked.get("redirect_uri", "").startswith(f"{self.gateway}/")
            and asked.get("response_type") == "code"
            and bool(asked.get("code_challenge"))
        )

    def is_for_parents(self, asked: dict[str, str]) -> bool:
        return asked.get("client_id") == self.parents_client

    def code(self, claims: dict[str, Any], asked: dict[str, str]) -> str:
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = Granted(
                claims,
                asked["client_id"],
                asked.get("nonce"),
                asked["code_challenge"],
                asked["redirect_uri"],
                time.monotonic() + CODE_SECONDS,
            )
        return code

    def knows(self, client_id: str, secret: str) -> bool:
        return client_id in self._secrets and hmac.compare_digest(secret, self._secrets[client_id])

    def tokens(self, client_id: str, form: dict[str, str]) -> dict[str, Any] | None:
        """Tokens for a code, once; None when client, code, address or verifier do not belong together."""
        with self._lock:
            found = self._codes.pop(form.get("code", ""), None)
        if found is None or found.until < time.monotonic() or found.client_id != client_id:
            return None
        if found.redirect_uri != form.get("redirect_uri"):
            return None
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != found.challenge:
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": client_id, "iat": now, "exp": now + TOKEN_SECONDS}
        if found.nonce:
            claims["nonce"] = found.nonce
        access = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[access] = (time.monotonic() + TOKEN_SECONDS, found.claims)
        signed = jwt.encode({**claims, **found.claims}, self._key, algorithm="RS256", headers={"kid": "demo"})
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "id_token": signed,
        }

    def about(self, access: str) -> dict[str, Any] | None:
        with self._lock:
            until, claims = self._tokens.get(access, (0.0, {}))
        return claims if until > time.monotonic() else None


def app(provider: Provider, people: People, parents: Parents | None = None) -> Flask:
    """The provider's pages and endpoints."""
    families = parents or Parents(None)
    flask = Flask(__name__)
    place = urlsplit(provider.gateway)
    policy = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        # Chosen, the browser is sent on to the gateway, which is another site.
        f"form-action 'self' {place.scheme}://{place.netloc}"
    )

    @flask.before_request
    def _only_here() -> None:
        # A page elsewhere whose name is made to point to this machine must not sign anybody in.
        if request.host.rsplit(":", 1)[0] not in ("127.0.0.1", "localhost"):
            abort(421)

    @flask.after_request
    def _secure(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @flask.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        return jsonify(provider.discovery())

    @flask.get("/keys")
    def keys() -> Response:
        return jsonify(provider.keys())

    @flask.get("/authorize")
    def choose() -> Answer | str:
        asked = {name: request.args[name] for name in ASKED if name in request.args}
        if not provider.is_ours(asked):
            return Response(render_template("refused.html"), status=400)
        place = request.args.get("institution", "")
        return _parents(asked, place) if provider.is_for_parents(asked) else _page(asked, place)

    @flask.post("/authorize")
    def chosen() -> Answer | str:
        asked = {name: request.form[name] for name in ASKED if name in request.form}
        if not provider.is_ours(asked):
            return Response(render_template("refused.html"), status=400)
        if provider.is_for_parents(asked):
            own = families.claims(request.form.get("parent", ""))
            return _back(own, asked) if own else _parents(asked, "", "Vælg en forælder.")
        try:
            claims = people.claims(request.form.get("role", ""), request.form.get("staff_id", ""))
        except TrivselError as error:
            return _page(asked, "", error.detail)
        if claims is None:
            return _page(asked, "", "Vælg en rolle eller en medarbejder, der har opgaver i dag.")
        return _back(claims, asked)

    def _back(claims: dict[str, Any], asked: dict[str, str]) -> Answer:
        answer = urlencode({"code": provider.code(claims, asked), "state": asked.get("state", "")})
        return redirect(f"{asked['redirect_uri']}?{answer}", code=303)

    def _parents(asked: dict[str, str], place: str, problem: str | None = None) -> str:
        places = families.places()
        place = place if place in dict(places) else places[0][0] if places else ""
        found = families.families(place)
        return render_template(
            "parents.html", asked=asked, places=places, place=place, families=found, problem=problem
        )

    def _page(asked: dict[str, str], institution: str, problem: str | None = None) -> str:
        institutions: list[dict[str, Any]] = []
        staff: list[dict[str, Any]] = []
        try:
            institutions = people.institutions()
            if not IS_ID.fullmatch(institution):
                institution = institutions[0]["institution_id"] if institutions else ""
            staff = people.staff(institution) if institution else []
        except TrivselError as error:
            problem = problem or error.detail
        return render_template(
            "choose.html",
            asked=asked,
            institutions=institutions,
            institution=institution,
            staff=staff,
            roles=WHOLE_MUNICIPALITY,
            problem=problem,
        )

    @flask.post("/token")
    def token() -> Answer:
        basic = request.authorization
        client, secret = (
            (basic.username or "", basic.password or "")
            if basic is not None and basic.type == "basic"
            else (request.form.get("client_id", ""), request.form.get("client_secret", ""))
        )
        if not provider.knows(client, secret):
            return _no("invalid_client", 401)
        found = provider.tokens(client, request.form.to_dict())
        return jsonify(found) if found else _no("invalid_grant", 400)

    @flask.get("/userinfo")
    def userinfo() -> Answer:
        _, _, access = request.headers.get("Authorization", "").partition(" ")
        found = provider.about(access)
        return jsonify(found) if found else _no("invalid_token", 401)

    @flask.get("/end")
    def end() -> Answer:
        # Nobody is remembered here, so there is nothing to end; only our own gateway is led back to.
        back = request.args.get("post_logout_redirect_uri", "")
        return redirect(back if back == f"{provider.gateway}/" else f"{provider.gateway}/", code=303)

    return flask


def _no(error: str, status: int) -> Answer:
    response = jsonify({"error": error})
    response.status_code = status
    return response

"""Who acts: a person or a service, the units in which she holds a role, and for what purpose.

The gateway signs an actor in and passes her token on with each call; the service that owns the
object opens the token itself and decides. A unit is the UUID of a group, institution or district,
or ``*`` for the whole municipality.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jwt

from services.chassis.errors import Unauthenticated

EVERYWHERE = "*"
SYSTEM = "system"
_ALGORITHM = "HS256"
_ISSUER = "trivsel"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role in one unit."""

    role: str
    unit: str


@dataclass(frozen=True, slots=True)
class Actor:
    """``kind`` is ``staff``, ``guardian`` or ``service``; ``purpose`` goes into the access log."""

    id: str
    kind: str
    grants: tuple[Grant, ...] = ()
    purpose: str | None = None

    @classmethod
    def system(cls, service: str, purpose: str = "drift") -> Actor:
        """A service that acts on its own account, such as notifications fetching an e-mail address."""
        return cls(f"service:{service}", "service", (Grant(SYSTEM, EVERYWHERE),), purpose)

    def units(self, roles: Iterable[str]) -> set[str]:
        """The units in which the actor holds one of ``roles``."""
        wanted = set(roles)
        return {grant.unit for grant in self.grants if grant.role in wanted}

    def holds(self, roles: Iterable[str], units: Iterable[str] = ()) -> bool:
        """Whether the actor holds one of ``roles`` in one of ``units`` or in the whole municipality."""
        own = self.units(roles)
        return EVERYWHERE in own or not own.isdisjoint(units)

    @property
    def is_system(self) -> bool:
        return self.kind == "service" and self.holds({SYSTEM})


def issue_token(actor: Actor, key: str, seconds: int) -> str:
    """A signed token that says who acts, good for ``seconds``."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": _ISSUER,
        "sub": actor.id,
        "kind": actor.kind,
        "grants": [[grant.role, grant.unit] for grant in actor.grants],
        "iat": now,
        "exp": now + seconds,
    }
    if actor.purpose:
        claims["purpose"] = actor.purpose
    return jwt.encode(claims, key, algorithm=_ALGORITHM)


def verify_token(token: str | None, key: str) -> Actor:
    """The actor of a token; :class:`Unauthenticated` when it is missing, forged, altered or expired."""
    if not isinstance(token, str) or not token:
        raise Unauthenticated("Kaldet mangler et gyldigt adgangstegn.")
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            issuer=_ISSUER,
            options={"require": ["exp", "sub", "iss"]},
        )
        grants = tuple(Grant(str(role), str(unit)) for role, unit in claims["grants"])
        return Actor(str(claims["sub"]), str(claims["kind"]), grants, claims.get("purpose"))
    except jwt.ExpiredSignatureError as error:
        raise Unauthenticated("Du er logget ud. Log ind igen.", code="token-expired") from error
    except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
        raise Unauthenticated("Kaldet mangler et gyldigt adgangstegn.") from error

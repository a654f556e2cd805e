"""What the registry alone needs of the environment."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import attrs

from services.chassis import config
from services.chassis.config import SHORTEST_KEY, Misconfigured
from services.registry.secrets import Vault

CPR_KEY = "CPR_KEY"


@cache
def vault() -> Vault:
    """The vault of this process, opened with ``CPR_KEY``."""
    key = config.secret(CPR_KEY)
    if len(key) < SHORTEST_KEY:
        what = f"must be a random text of at least {SHORTEST_KEY} characters"
        raise Misconfigured(f"{CPR_KEY} {what}", fields={CPR_KEY: what})
    return Vault(key)


def municipality() -> str:
    """The CVR number that events carry; the chassis' own setting, for commands that need no other."""
    one: Any = next(one for one in attrs.fields(_SETTINGS) if one.name == "municipality")
    found = os.environ.get("MUNICIPALITY_CVR", str(one.default))
    if not (found.isdigit() and len(found) == 8):
        raise Misconfigured("MUNICIPALITY_CVR must be a CVR number of eight digits")
    return found


_SETTINGS: Any = config.Settings

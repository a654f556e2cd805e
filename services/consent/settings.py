"""The setting that consent alone has, from the environment."""

from __future__ import annotations

from functools import cache
from typing import Any

import attrs
import environ

from services.chassis import config
from services.chassis.config import SHORTEST_KEY, Misconfigured
from services.consent.vault import Vault

CONSENT_KEY = "CONSENT_KEY"


def _key(_instance: object, _attribute: attrs.Attribute[str], value: str) -> None:
    if len(value) < SHORTEST_KEY:
        what = f"must be a random text of at least {SHORTEST_KEY} characters"
        raise Misconfigured(f"{CONSENT_KEY} {what}", fields={CONSENT_KEY: what})


@environ.config(prefix="")
class ConsentSettings:
    """What seals the scanned papers."""

    consent_key: str = environ.var(name=CONSENT_KEY, validator=_key, help="seals scanned papers")


@cache
def load() -> Any:
    """The settings of this process."""
    return config.load(ConsentSettings)


@cache
def vault() -> Vault:
    """The vault of this process, opened with ``CONSENT_KEY``."""
    return Vault(load().consent_key)

"""Settings, from the environment alone.

Each may also be given as the path of a file that holds it (``AMQP_URI_FILE``), which is how secrets
reach a container. What is missing or wrong is an error that names the variable and the mend.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import attrs
import environ
from environ._environ_config import RAISE

from services.chassis.errors import Invalid

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
SHORTEST_KEY = 32
"""Characters of a signing key: 256 bits in hexadecimal are 64, in base 64 are 43."""


class Misconfigured(Invalid):
    """A setting is missing or wrong; the message names the variable and says how to mend it."""

    code, title = "misconfigured", "Opsætningen er ikke i orden"


def _key(_instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if len(value) < SHORTEST_KEY:
        raise _misconfigured(
            _name(attribute),
            f"must be a random text of at least {SHORTEST_KEY} characters",
        )


def _level(_instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if value not in LEVELS:
        raise _misconfigured(_name(attribute), f"must be one of {', '.join(LEVELS)}")


def _cvr(_instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not (value.isdigit() and len(value) == 8):
        raise _misconfigured(_name(attribute), "must be a CVR number of eight digits")


def _whole(value: str | int, attribute: attrs.Attribute[int]) -> int:
    try:
        return int(value)
    except ValueError:
        raise _misconfigured(_name(attribute), "must be a whole number") from None


number: Any = attrs.Converter(_whole, takes_field=True)
"""For settings that are whole numbers: ``environ.var(25, converter=number)``."""


@environ.config(prefix="")
class Settings:
    """What the chassis and every service take from the environment."""

    amqp_uri: str = environ.var(name="AMQP_URI", help="amqp://user:password@host:5672/vhost")
    municipality: str = environ.var(
        "29189641",
        name="MUNICIPALITY_CVR",
        validator=_cvr,
        help="the municipality's CVR number",
    )
    actor_key: str = environ.var(name="ACTOR_TOKEN_KEY", validator=_key, help="signs who acts")
    link_key: str = environ.var(name="LINK_TOKEN_KEY", validator=_key, help="signs parents' links")
    public_url: str = environ.var(
        "http://127.0.0.1:8080",
        name="PUBLIC_URL",
        help="where parents and staff reach the gateway",
    )
    log_level: str = environ.var("INFO", name="LOG_LEVEL", validator=_level, help="DEBUG to ERROR")
    health_host: str = environ.var(
        "127.0.0.1", name="HEALTH_HOST", help="where /livez, /readyz, /metrics listen"
    )
    health_port: int = environ.var(
        0,
        name="HEALTH_PORT",
        converter=number,
        help="its port; 0 lets the system choose one",
    )
    grace_seconds: int = environ.var(
        25,
        name="GRACE_SECONDS",
        converter=number,
        help="how long SIGTERM waits for work in flight",
    )
    max_workers: int = environ.var(
        16,
        name="MAX_WORKERS",
        converter=number,
        help="calls and batches handled at a time",
    )
    outbox_days: int = environ.var(
        14,
        name="OUTBOX_KEEP_DAYS",
        converter=number,
        help="how long published events are kept",
    )
    inbox_days: int = environ.var(
        90,
        name="INBOX_KEEP_DAYS",
        converter=number,
        help="longer than any dead letter waits for replay",
    )


def settings(environment: Mapping[str, str] | None = None) -> Any:
    """The settings of this process; :class:`Misconfigured` names the variable that is not right."""
    return load(Settings, environment)


def load(kind: type[Any], environment: Mapping[str, str] | None = None) -> Any:
    """Settings of ``kind``, an ``environ.config`` class of the chassis or of a service."""
    known = _with_files(os.environ if environment is None else environment)
    missing = [entry for entry in attrs.fields(kind) if _is_required(entry) and _name(entry) not in known]
    if missing:
        raise _misconfigured(_name(missing[0]), f"is missing: {_help(missing[0])}")
    return environ.to_config(kind, environ=known)


def database_url(service: str, environment: Mapping[str, str] | None = None) -> str:
    """The address of a service's database: ``<SERVICE>_DATABASE_URL``."""
    name = f"{service.upper()}_DATABASE_URL"
    url = _with_files(os.environ if environment is None else environment).get(name)
    if not url:
        raise _misconfigured(
            name,
            "is missing: sqlite:////path/to/file.db or postgresql://user:password@host/name",
        )
    if urlsplit(url).scheme.split("+")[0] not in ("sqlite", "postgresql"):
        raise _misconfigured(name, "must begin with sqlite:/// or postgresql://")
    return url


def secret(name: str, environment: Mapping[str, str] | None = None) -> str:
    """A setting that only one service has, such as the registry's CPR_KEY."""
    value = _with_files(os.environ if environment is None else environment).get(name)
    if not value:
        raise _misconfigured(name, f"is missing: set it, or {name}_FILE to a file that holds it")
    return value


def redacted(value: object) -> str:
    """A setting as it may be shown: the password of an address is hidden."""
    text = str(value)
    parts = urlsplit(text)
    if parts.password is None:
        return text
    host = parts.hostname or ""
    if parts.port:
        host += f":{parts.port}"
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{host}"))


def summary(chosen: Any) -> dict[str, str]:
    """The settings as they may stand in the log: keys hidden, passwords hidden."""
    return {
        _name(attribute): "***"
        if _name(attribute).endswith(("_KEY", "_SECRET", "_PASSWORD"))
        else redacted(getattr(chosen, attribute.name))
        for attribute in attrs.fields(type(chosen))
    }


def _with_files(environment: Mapping[str, str]) -> dict[str, str]:
    known = dict(environment)
    for name, path in environment.items():
        plain = name.removesuffix("_FILE")
        if plain == name or plain in environment or not path or not _is_ours(plain):
            continue
        try:
            known[plain] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise _misconfigured(name, f"cannot be read: {error.strerror}") from error
    return known


def _is_ours(name: str) -> bool:
    """Other programs' ``…_FILE`` variables are none of our business."""
    return name.endswith(("_URL", "_URI", "_KEY", "_PASSWORD", "_SECRET"))


def _name(attribute: attrs.Attribute[Any]) -> str:
    entry = next(iter(attribute.metadata.values()), None)
    return str(getattr(entry, "name", None) or attribute.name.upper())


def _help(attribute: attrs.Attribute[Any]) -> str:
    entry = next(iter(attribute.metadata.values()), None)
    return str(getattr(entry, "help", None) or "set it")


def _is_required(attribute: attrs.Attribute[Any]) -> bool:
    entry = next(iter(attribute.metadata.values()), None)
    return entry is not None and entry.default is RAISE


def _misconfigured(name: str, what: str) -> Misconfigured:
    return Misconfigured(f"{name} {what}", fields={name: what})

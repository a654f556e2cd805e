"""Secrets of the local run: made once, readable by their owner alone, the same at every start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

NAMES = ("ACTOR_TOKEN_KEY", "LINK_TOKEN_KEY", "CPR_KEY", "CONSENT_KEY")


def keys(path: Path) -> dict[str, str]:
    """The keys by name, from the environment, else from the file at ``path``, else new and written there."""
    known = dict(line.split("=", 1) for line in path.read_text().splitlines()) if path.exists() else {}
    for name in NAMES:
        known.setdefault(name, secrets.token_hex(32))
    new = path.with_suffix(".new")
    new.touch(0o600)
    new.chmod(0o600)
    new.write_text("".join(f"{name}={value}\n" for name, value in known.items()))
    new.replace(path)  # whole or not at all: a half-written key would lock the stored data
    return {name: os.environ.get(name, value) for name, value in known.items()}

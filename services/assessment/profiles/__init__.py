"""The profile that comes with Trivsel, until the municipality stores its own."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["built_in", "built_in_indicators"]


@cache
def built_in() -> dict[str, Any]:
    """The built-in profile: ``note`` and ``settings``."""
    found: dict[str, Any] = _read("default.json")
    return found


@cache
def built_in_indicators() -> list[dict[str, Any]]:
    """The built-in indicators in the order of a sheet. A code tells band, domain, position and number."""
    return [
        {
            "code": f"{band}.{domain}.{position}.{number}",
            "age_band": band,
            "domain": domain,
            "position": position,
            "text": text,
        }
        for band, domains in _read("indicators.json").items()
        for domain, positions in domains.items()
        for position, texts in positions.items()
        for number, text in enumerate(texts, 1)
    ]


def _read(name: str) -> Any:
    return json.loads(files(__package__).joinpath(name).read_text("utf-8"))

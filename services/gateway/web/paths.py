"""Addresses that come from outside and are led to: only paths of this very site."""

from __future__ import annotations

from urllib.parse import urlsplit


def local_path(address: str | None, otherwise: str = "/") -> str:
    """The address if it is a path of this very site, else `otherwise`: nobody is led elsewhere by us."""
    if not address or not address.startswith("/") or address.startswith("//") or "\\" in address:
        return otherwise
    if len(address) > 2000 or any(ord(sign) < 32 or ord(sign) == 127 for sign in address):
        return otherwise
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc else otherwise

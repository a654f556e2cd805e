"""The token that a form carries, so that no other site can send one in somebody's name.

flask-wtf makes and checks it. What stands in the page is that token under a mask that is new in every answer:
a page that is compressed then tells nothing of it by its length (BREACH, see `services.gateway.compression`).
"""

from __future__ import annotations

import base64
import binascii
import secrets

from flask import Flask, g
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf


class MaskedProtection(CSRFProtect):
    """flask-wtf's protection, which takes the mask off what it is sent."""

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = masked_token
        app.context_processor(lambda: {"csrf_token": masked_token})  # flask-wtf has one of its own

    def _get_csrf_token(self) -> str | None:
        sent = super()._get_csrf_token()
        return unmask(sent) if sent else sent


def masked_token() -> str:
    """This answer's token; the same in all its forms, so that compressing them costs nothing."""
    if "form_token" not in g:
        g.form_token = mask(generate_csrf())
    token: str = g.form_token
    return token


def mask(token: str) -> str:
    plain = token.encode()
    pad = secrets.token_bytes(len(plain))
    return base64.urlsafe_b64encode(pad + _xor(plain, pad)).decode()


def unmask(sent: str) -> str:
    """The token under the mask; what has none, or a broken one, is no token of ours and comes to nothing."""
    try:
        raw = base64.urlsafe_b64decode(sent.encode())
        pad, hidden = raw[: len(raw) // 2], raw[len(raw) // 2 :]
        return _xor(hidden, pad).decode() if len(pad) == len(hidden) else ""
    except (binascii.Error, ValueError):
        return ""


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))

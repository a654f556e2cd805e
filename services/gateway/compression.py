"""Answers made small on the way to the browser, where that tells an onlooker nothing.

The length of a compressed page tells whether a guess that stands in it is like a secret that stands in it
too (the attack called BREACH). So a page is compressed only when the browser itself says that no other site
asked for it (Sec-Fetch-Site); assets and the API, which no other site can have asked for with somebody's
cookie, always. Besides, the form token looks different in every answer: see `web.form_token`.

gzip from the standard library: every browser has it, and a proxy before us may do better with what is plain.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

TEXTS = frozenset({
    "text/html", "text/css", "text/javascript", "application/javascript", "application/json",
    "application/problem+json", "image/svg+xml", "text/plain", "text/calendar",
})  # fmt: skip
SMALLEST = 800
"""Bytes below which there is nothing to gain: it fits in one packet anyway."""
OF_ONE_OWN = frozenset({"same-origin", "none"})
"""Who asked, in the browser's words: a page of ours, or the person herself (a bookmark, an address typed)."""
LEVEL, LEVEL_OF_ASSETS = 6, 9

_assets: dict[str, bytes] = {}


def install(app: Flask) -> None:
    """Call it first of those that look at an answer when it is done: they run last to first."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype not in TEXTS or response.status_code in (204, 206, 304):
        return response
    response.vary.add("Accept-Encoding")
    asset = request.endpoint == "static"
    if not (asset or request.blueprint == "api"):
        response.vary.add("Sec-Fetch-Site")
        if request.headers.get("Sec-Fetch-Site") not in OF_ONE_OWN:
            return response
    if request.accept_encodings.quality("gzip") > 0 and (response.content_length or 0) >= SMALLEST:
        tag, _weak = response.get_etag()
        response.set_data(_asset(response, tag) if asset and tag else gzip.compress(_body(response), LEVEL))
        response.headers["Content-Encoding"] = "gzip"
        if tag:  # other bytes than the tag was made of: the same in what they say
            response.set_etag(tag, weak=True)
    return response


def _body(response: Response) -> bytes:
    response.direct_passthrough = False
    return response.get_data()


def _asset(response: Response, tag: str) -> bytes:
    """A file of ours, made small once; its tag changes with it."""
    if tag not in _assets:
        _assets[tag] = gzip.compress(_body(response), LEVEL_OF_ASSETS)
    elif (close := getattr(response.response, "close", None)) is not None:
        close()
    return _assets[tag]

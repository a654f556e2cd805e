"""Staff's consent pages: what is open to whom, asking for a consent, following it up, and what waits.

tab: the child's page. asking: a request and its preview. following: one consent and what is done about it.
paper: a signature on paper and its scan. waiting: the list of what waits, and the todos in Mine opgaver.
reading: a consent as pages show it. recipients: whom it can open for.
"""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("consents", __name__)

CHILD = "/barn/<uuid:child_id>"
"""Where a child's pages begin."""


from services.gateway.web.consents import (  # noqa: E402,F401 - they add their views to the blueprint
    asking,
    following,
    paper,
    tab,
    waiting,
)

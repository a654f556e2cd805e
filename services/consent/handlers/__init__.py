"""What consent does, by purpose: one command or event, one unit of work.

requesting: asking, asking again, renewing. answering: by link, and withdrawals. paper: signed on paper.
custody: who has a say changes. exchanges: without consent. withdrawals: who has acted on them.
calendar: jobs. templates: settings and texts. asking: what several of these share.
"""

from __future__ import annotations

from services.consent.handlers.answering import parent_view, sign, who_has_access, withdraw
from services.consent.handlers.calendar import expire_due, remind_due
from services.consent.handlers.exchanges import list_exchanges, register_exchange
from services.consent.handlers.paper import get_scan, record_paper
from services.consent.handlers.requesting import preview, renew, request, resend
from services.consent.handlers.templates import (
    get_settings,
    get_template,
    preview_template,
    store_settings,
    store_template,
)
from services.consent.handlers.withdrawals import acknowledge, chase_acknowledgements

__all__ = [
    "acknowledge",
    "chase_acknowledgements",
    "expire_due",
    "get_scan",
    "get_settings",
    "get_template",
    "list_exchanges",
    "parent_view",
    "preview",
    "preview_template",
    "record_paper",
    "register_exchange",
    "remind_due",
    "renew",
    "request",
    "resend",
    "sign",
    "store_settings",
    "store_template",
    "who_has_access",
    "withdraw",
]

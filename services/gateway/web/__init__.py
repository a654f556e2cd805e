"""Pages for people: one module a page, its templates in a folder of its own.

A new page is a module here with a `blueprint`, a line in `PAGES`, and its roles in `roles.py`.
"""

from __future__ import annotations

PAGES: tuple[str, ...] = (
    "administration",
    "child",
    "consents",
    "discussion",
    "exchanges",
    "frame",
    "group",
    "meeting",
    "operations",
    "overview",
    "pages",
    "parents",
    "parents_consent",
    "parents_transition",
    "plan",
    "purpose",
    "shared",
    "sign_in",
    "tasks",
    "transitions",
)
"""Modules of this package whose `blueprint` the application registers."""

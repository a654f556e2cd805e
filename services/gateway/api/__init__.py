"""The REST API: a table of operations, and the one dispatcher and document made from it."""

from __future__ import annotations

API = "/api/v1"

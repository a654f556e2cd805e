"""docs/sign-in.md says of roles what the gateway does."""

from __future__ import annotations

from pathlib import Path

from services.gateway.documents import table, with_table

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sign-in.md"


def test_the_documents_role_table_is_the_gateways() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert table() in text, "run `make docs`"
    assert with_table(text) == text

"""Writes the table of roles into docs/sign-in.md: ``python -m services.gateway.documents docs``."""

from __future__ import annotations

import sys
from pathlib import Path

from services.gateway.web.roles import EVERYBODY, PUBLIC, ROLES
from services.gateway.web.words import ROLES as WORDS

BEGIN, END = "<!-- roles: made by make docs -->", "<!-- /roles -->"


def table() -> str:
    """The role table as Markdown: a line for each entry, a column for each role."""
    roles = [role for role in WORDS if role in EVERYBODY]
    lines = [
        "| Page | " + " | ".join(WORDS[role] for role in roles) + " |",
        "|---|" + ":-:|" * len(roles),
    ]
    for endpoint, seen_by in ROLES.items():
        if seen_by is not PUBLIC:
            marks = " | ".join("●" if role in seen_by else "" for role in roles)
            lines.append(f"| `{endpoint}` | {marks} |")
    return "\n".join(lines)


def with_table(text: str) -> str:
    """The document with the present table between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main() -> None:
    path = Path(sys.argv[1]) / "sign-in.md"
    path.write_text(with_table(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

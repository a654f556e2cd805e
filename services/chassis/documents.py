"""Writes the documents that are made from the catalogue: ``python -m services.chassis.documents docs``."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

from services.chassis import asyncapi


def documents() -> dict[str, str]:
    """Each document's text, by its file's name."""
    machine = json.dumps(asyncapi.document(version("trivsel")), indent=2, ensure_ascii=False)
    return {"asyncapi.json": machine + "\n", "events.md": asyncapi.table(asyncapi.plans())}


def main() -> None:
    """Writes them into the folder named on the command line."""
    folder = Path(sys.argv[1])
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

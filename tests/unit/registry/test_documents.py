"""docs/import.md is the contract that municipalities build against: it tells what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from services.registry import domain
from services.registry.importing.contract import TABLES
from services.registry.importing.problems import FILE_MENDS, ROW_MENDS

TEXT = (Path(__file__).parents[3] / "docs" / "import.md").read_text(encoding="utf-8")


def section(file: str) -> str:
    return TEXT.split(f"### `{file}`", 1)[1].split("\n### ", 1)[0].split("\n## ", 1)[0]


def test_every_file_lists_its_columns_in_order_and_no_others() -> None:
    for table in TABLES:
        columns = re.findall(r"^\| `(\w+)`", section(table.file), re.MULTILINE)
        assert tuple(columns) == table.names, table.file


def test_every_required_column_is_marked() -> None:
    for table in TABLES:
        for column in table.columns:
            row = re.search(rf"^\| `{column.name}` \| (\w+) \|", section(table.file), re.MULTILINE)
            assert row is not None, (table.file, column.name)
            assert (row[1] == "ja") == column.required, (table.file, column.name)


def test_every_code_is_explained_and_none_that_there_is_not() -> None:
    told = set(re.findall(r"^\| `(\w+)` \| [^|]+\|$", TEXT.split("## Fejlkoder", 1)[1], re.MULTILINE))
    assert told == set(ROW_MENDS) | set(FILE_MENDS)


def test_every_value_a_code_column_can_have_is_told() -> None:
    for value in (*domain.KINDS, *domain.ROLES, *domain.UNIT_KINDS, *domain.CUSTODY):
        assert f"`{value}`" in TEXT, value

"""Is it one of these: one parameter and one statement, however many "these" are.

SQLAlchemy's ``IN`` writes a parameter for each value, so each number of values makes another statement, which
is put together, read by the driver, and planned anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Dialect, Integer, Uuid, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import Boolean, UserDefinedType


def one_of(column: Any, values: Collection[Any] | BindParameter[Any]) -> ColumnElement[bool]:
    """``column IN (values)`` for a column of ids (:data:`~services.chassis.columns.Id`) or whole numbers.

    ``values`` may be a named ``bindparam``, for a statement that is made once and run often.
    """
    column = column.__clause_element__() if hasattr(column, "__clause_element__") else column
    kind = _Ids() if isinstance(column.type, Uuid) else _Numbers()
    if isinstance(kind, _Numbers) and not isinstance(column.type, Integer):
        raise TypeError(f"{column} holds neither ids nor whole numbers")
    if isinstance(values, BindParameter):
        return _OneOf(column, bindparam(values.key, type_=kind))
    return _OneOf(column, bindparam(None, list(values), type_=kind, unique=True))


class _Many(UserDefinedType[Any]):
    """Many values as one: an array for PostgreSQL, a JSON list for SQLite."""

    render_bind_cast = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        return self._as_json if dialect.name == "sqlite" else self._as_array

    @staticmethod
    def _as_array(values: Collection[Any]) -> str:
        return "{" + ",".join(map(str, values)) + "}"

    @staticmethod
    def _as_json(values: Collection[Any]) -> str:
        return json.dumps(list(values))


class _Ids(_Many):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "UUID[]"

    @staticmethod
    def _as_array(values: Collection[Any]) -> str:
        listed = ",".join(values)
        if values and len(listed) != 37 * len(values) - 1:
            raise ValueError("an id that is not in its canonical form")
        return "{" + listed + "}"

    @staticmethod
    def _as_json(values: Collection[Any]) -> str:
        # SQLAlchemy stores a UUID there as its 32 digits.
        return json.dumps([value.replace("-", "") for value in values])


class _Numbers(_Many):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "BIGINT[]"


class _OneOf(ColumnElement[bool]):
    inherit_cache = True
    type = Boolean()
    _traverse_internals = [
        ("column", InternalTraversal.dp_clauseelement),
        ("values", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[Any], values: BindParameter[Any]) -> None:
        self.column = column
        self.values = values

    @property
    def _from_objects(self) -> list[Any]:
        return list(self.column._from_objects)

    def self_group(self, against: Any = None) -> _OneOf:
        return self  # is true or false as it stands, on SQLite too


@compiles(_OneOf, "postgresql")
def _on_postgresql(element: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{compiler.process(element.column, **kw)} = ANY ({compiler.process(element.values, **kw)})"


@compiles(_OneOf)
def _elsewhere(element: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - our own words

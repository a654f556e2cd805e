"""Calls about the versions of agenda templates."""

from __future__ import annotations

from services.chassis.schemas import Gives, Takes, fields, validate
from services.meetings.domain.agenda import BUILT_IN
from services.meetings.schemas.gives import AgendaItem


class ListAgendas(Takes):
    """All versions, the newest first, down to the built-in one."""

    kind = fields.String(load_default="focus", validate=validate.OneOf(list(BUILT_IN)))


class AgendaVersion(Gives):
    """``version`` 0 is the one that comes with Trivsel; nobody has stored it."""

    kind = fields.String()
    version = fields.Integer()
    items = fields.List(fields.Nested(AgendaItem))
    stored_at = fields.AwareDateTime(allow_none=True)
    stored_by = fields.String(allow_none=True)


class AgendaVersions(Gives):
    """An agenda template's versions."""

    items = fields.List(fields.Nested(AgendaVersion))

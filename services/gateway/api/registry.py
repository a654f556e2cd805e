"""Operations on children, institutions and staff."""

from __future__ import annotations

from services.gateway.api.operation import Operation
from services.registry import schemas

STAFF = ("pedagogue", "childminder", "teacher", "health_visitor", "leader", "specialist", "administration")

OPERATIONS = (
    Operation(
        "GET",
        "/children",
        "registry.list_children",
        "The children who are in a group or institution today",
        schemas.ListChildren,
        schemas.ChildPage,
        STAFF,
    ),
    Operation(
        "POST",
        "/children/search",
        "registry.search_children",
        "Find children by name, day of birth or CPR",
        schemas.SearchChildren,
        schemas.ChildPage,
        STAFF,
        reads=True,
        notes="What is looked for stands in the body and not in the address. The search is logged.",
    ),
    Operation(
        "POST",
        "/children/lookup",
        "registry.children",
        "Names and places of children whose ids are known",
        schemas.ChildIds,
        schemas.ChildPage,
        STAFF,
        reads=True,
        notes="Children whom the caller may not see are left out.",
    ),
    Operation(
        "GET",
        "/children/<uuid:child_id>",
        "registry.child",
        "One child with guardians and enrolments",
        schemas.ChildId,
        schemas.Child,
        STAFF,
    ),
    Operation(
        "POST",
        "/children/<uuid:child_id>/cpr",
        "registry.reveal_cpr",
        "Show a child's CPR number",
        schemas.RevealCpr,
        schemas.Cpr,
        ("leader", "administration"),
        reads=True,
        notes="One at a time and for a stated reason; each look is logged.",
    ),
    Operation(
        "GET",
        "/institutions",
        "registry.list_institutions",
        "The municipality's institutions",
        schemas.ListInstitutions,
        schemas.InstitutionPage,
        STAFF,
    ),
    Operation(
        "GET",
        "/institutions/<uuid:institution_id>/groups",
        "registry.list_groups",
        "An institution's groups",
        schemas.ListGroups,
        schemas.GroupPage,
        STAFF,
    ),
    Operation(
        "POST",
        "/units/lookup",
        "registry.unit_names",
        "Names of districts, institutions and groups",
        schemas.UnitIds,
        schemas.UnitNames,
        STAFF,
        reads=True,
    ),
    Operation(
        "GET",
        "/staff",
        "registry.list_staff",
        "The staff of a group or institution today",
        schemas.ListStaff,
        schemas.StaffPage,
        STAFF,
    ),
)

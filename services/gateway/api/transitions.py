"""Operations on a child's change of institution: the form, its release by policy, and its receipt."""

from __future__ import annotations

from services.gateway.api.operation import Operation
from services.meetings import schemas
from services.meetings.schemas import transitions

STAFF = ("pedagogue", "childminder", "teacher", "health_visitor", "leader")
TRANSITION = "/transitions/<uuid:transition_id>"

OPERATIONS = (
    Operation(
        "GET",
        "/transitions",
        "meetings.list_transitions",
        "Changes of institution of a child, or from and to an institution",
        transitions.ListTransitions,
        transitions.Transitions,
        STAFF,
    ),
    Operation(
        "GET",
        TRANSITION,
        "meetings.get_transition",
        "One change of institution, with its form for those who may read it now",
        transitions.OneTransition,
        transitions.Transition,
        STAFF,
    ),
    Operation(
        "PUT",
        f"{TRANSITION}/form",
        "meetings.fill_transition",
        "Write the form; the parents then look at it anew",
        transitions.FillTransition,
        transitions.Transition,
        STAFF,
    ),
    Operation(
        "PUT",
        f"{TRANSITION}/review",
        "meetings.review_transition",
        "Note that the parents have read the form",
        transitions.ReviewTransition,
        transitions.Transition,
        STAFF,
    ),
    Operation(
        "POST",
        f"{TRANSITION}/meeting",
        "meetings.transition_meeting",
        "Make the meeting with the parents and both institutions",
        transitions.TransitionMeeting,
        schemas.Meeting,
        STAFF,
    ),
    Operation(
        "POST",
        f"{TRANSITION}/release",
        "meetings.release_transition",
        "Pass the form on, if the municipality's policy allows it",
        transitions.ChangeTransition,
        transitions.Transition,
        STAFF,
    ),
    Operation(
        "POST",
        f"{TRANSITION}/receipt",
        "meetings.receive_transition",
        "Accept the form, and with it the responsibility",
        transitions.ChangeTransition,
        transitions.Transition,
        STAFF,
    ),
)

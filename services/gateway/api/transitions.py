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
        "POST",
        f"{TRANSITION}/showing",
        "meetings.show_transition",
        "Show the form to the parents, each by a link of her own",
        transitions.ChangeTransition,
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
    Operation(
        "GET",
        "/transition-forms/<token>",
        "meetings.transition_view",
        "A transition form as a parent reads it",
        transitions.TransitionToken,
        transitions.TransitionView,
        token="token",  # noqa: S106 - a parameter's name
        notes="No sign-in: the signed link is the key. 404 when it is not ours or altered, 410 when it "
        "has run out or the form has been changed since.",
    ),
    Operation(
        "POST",
        "/transition-forms/<token>",
        "meetings.answer_transition",
        "A parent's answer: that she has seen it, what she wants added, and whether she objects",
        transitions.AnswerTransition,
        transitions.TransitionView,
        token="token",  # noqa: S106 - a parameter's name
    ),
)

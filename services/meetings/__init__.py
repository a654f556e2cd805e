"""Meetings: from a concern to a focus meeting that is held, minuted and followed up.

Owns: focus meetings with their time proposals, bookings, invitations, the parents' answers, roles,
minutes, agreements and follow-up; the tasks that leaders and staff get from them; meeting hours
and other settings, and agenda templates, both as versioned data.
Handles: assessment's concern.raised, concern.withheld and concern.settled; consent's requests and what
becomes of them; registry's child, institution and staff records, kept as its own projection.
Publishes: meeting.required, meeting.invited, meeting.answered, meeting.confirmed,
meeting.cancelled, meeting.held, minutes.sent, meeting.closed, deadline.breached, withdrawal.acknowledged
and transition.shown.
Never in an event or a log: what parents wish, what minutes say, or why a concern was raised.
"""

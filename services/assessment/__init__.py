"""Assessment: every child is rated in rounds, and a concern is known the moment it is agreed.

Owns: model profiles and indicator sets (versioned data), rounds, each professional's own rating
(blind until the required number is in), joint ratings with their revisions, open concerns.
Handles: registry's child, institution and staff records, kept as its own projection; a child who
arrives, moves or leaves changes the rounds that are open. Consent's outcomes, kept as far as they open a
child's ratings to a unit that a consent names.
Publishes: joint_rating.finalised (internal: carries the position), concern.raised, concern.withheld,
concern.settled (ids, track and deadlines, never a colour), round.opened, round.closed and
withdrawal.acknowledged.
Never in an event or a log: what somebody wrote. A rating needs no consent.
"""

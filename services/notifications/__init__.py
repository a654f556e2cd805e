"""Notifications: what parents are told, in their language, and whether it reached them.

Owns: notices (one a recipient and thing to tell), their texts, their delivery state and its
history, the letters that wait to be printed, the calendar files.
Handles: assessment's concern.raised, concern.withheld and concern.settled; meetings'
meeting.invited, meeting.confirmed, meeting.cancelled, minutes.sent and transition.shown; consent's
consent.requested, consent.reminded and consent.withdrawn; registry's child.recorded, kept as its
own projection of who has custody and who may see the child.
Publishes: notice.sent, notice.failed and withdrawal.acknowledged.
Never in a text to a parent: a colour, an address, a CPR number, another person's data, what staff
wrote. Never in a log, an event or an error: a name, an e-mail address, a mail server's own words.
"""

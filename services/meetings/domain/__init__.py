"""The rules of meetings: pure, no input or output, no framework.

states: what may follow what. calendar: half-hours, meeting hours and Danish working days.
scheduling: choosing people and times. invitations: until when, and what the answers amount to.
concerns: what a concern's event calls for. deadlines: which have passed. settings and agenda: the
built-in first versions of data that a municipality edits.
"""

"""The rules of consent: pure, no input or output, no framework.

states: the course of a consent and its signatories' answers. signatories: who must sign for a child.
requests: what a request must say, so that none is blanket. calendar: validity, reminders, expiry.
exchanges: sharing without consent. authorities: which institutions are one authority. release: the
four policies for a transition form. settings: built-in first version of what a municipality edits.
"""

"""The job as nameko's own examples do such a thing: commit, then dispatch; one message, one transaction.

No outbox, no inbox. A crash between commit and dispatch loses the concern; a redelivery doubles a notice.
"""

"""Exit codes of the command line."""

DIED = 1
"""A service ended by itself."""
MISCONFIGURED = 2
"""A setting is missing or wrong, or there is no such service. (Also click's code for wrong usage.)"""
GRACE_OVER = 3
"""Work in flight did not end within GRACE_SECONDS; the broker delivers it again."""
TOPOLOGY = 4
"""A queue or exchange exists with other properties than ours."""

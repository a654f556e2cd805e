"""What consent counts. Labels are codes."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

CONSENTS = Counter("trivsel_consents", "Consents by what they became", ["purpose", "state"])
WITHDRAWAL_SECONDS = Histogram(
    "trivsel_withdrawal_seconds",
    "From a withdrawal until a subscriber had acted on it",
    ["subscriber"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600),
)
UNACKNOWLEDGED = Gauge(
    "trivsel_withdrawals_unacknowledged", "Withdrawals that somebody has not acted on in time"
)

"""What notifications counts. Labels are codes."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

NOTICES = Counter("trivsel_notices", "Notices by what became of a try", ["about", "channel", "outcome"])
NOTICE_SECONDS = Histogram(
    "trivsel_notice_seconds",
    "From the decision to tell until the mail server had taken the message",
    ["about"],
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 43200, 86400),
)
NOTICES_FAILED = Gauge("trivsel_notices_failed", "Notices that somebody must look at")
LETTERS_WAITING = Gauge("trivsel_letters_waiting", "Letters to be printed")

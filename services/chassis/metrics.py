"""What the chassis counts. Labels are names of services, subscriptions, operations and codes."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

HANDLED = Counter("trivsel_events_handled", "Events handled", ["service", "subscription"])
RETRIED = Counter(
    "trivsel_events_retried", "Events put on the retry ladder", ["service", "subscription", "code"]
)
DEAD = Counter("trivsel_events_dead_lettered", "Events dead-lettered", ["service", "subscription", "code"])
BATCH = Histogram(
    "trivsel_batch_size",
    "Events handled together",
    ["service", "subscription"],
    buckets=(1, 2, 5, 10, 20, 50, 100),
)
BATCH_SECONDS = Histogram("trivsel_batch_seconds", "Time to handle a batch", ["service", "subscription"])
LAG = Histogram(
    "trivsel_event_lag_seconds",
    "From the event's time until it was handled",
    ["service", "subscription"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600),
)
CALL_SECONDS = Histogram("trivsel_rpc_seconds", "Time to answer a call", ["service", "operation", "code"])
CALLS_DROPPED = Counter("trivsel_rpc_dropped", "Calls whose caller had given up", ["service"])
PUBLISHED = Counter("trivsel_relay_published", "Events the broker has confirmed", ["service"])
PARKED = Counter("trivsel_relay_parked", "Events put aside after a failure", ["service", "code"])
UNROUTABLE = Counter("trivsel_relay_unroutable", "Events that found no queue", ["service", "type"])
OUTBOX_DEPTH = Gauge("trivsel_outbox_waiting", "Events not yet published", ["service"])
OUTBOX_PARKED = Gauge("trivsel_outbox_parked", "Events waiting after a failure", ["service"])
OUTBOX_AGE = Gauge("trivsel_outbox_oldest_seconds", "Age of the oldest event not yet published", ["service"])
RELAY_ACTIVE = Gauge("trivsel_relay_active", "1 where this process is the database's relay", ["service"])
JOB_RUNS = Counter("trivsel_job_runs", "Runs of a job", ["service", "job", "outcome"])
JOB_SECONDS = Histogram("trivsel_job_seconds", "Time a job's run took", ["service", "job"])
READY = Gauge("trivsel_ready", "1 when the check is well", ["service", "check"])

"""A stock nameko service that knows nothing of this code base. Run with ``nameko run``.

It prints what it receives, parsed by the CNCF's own SDK, one line an event.
"""

import json

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from nameko.events import event_handler


class Stock:
    """Listens as any nameko service does."""

    name = "stock"

    @event_handler("teller", "thing.happened")
    def hear(self, payload):
        event = JSONFormat().read(CloudEvent, json.dumps(payload))
        print("heard", event.get_type(), event.get_subject(), flush=True)  # noqa: T201

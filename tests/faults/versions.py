"""Two versions side by side, as in every deployment: an event with a field more, and a new type."""

from __future__ import annotations

import random

from tests.faults.chain import Chain
from tests.faults.suite import scenario

PRODUCER = {"assessment": "tests.faults.variants:NewerAssessment"}
CONSUMER = {"meetings": "tests.faults.variants:NewerMeetings"}


def _groups(chain: Chain, times: int, chance: random.Random) -> float:
    chain.submit(5 * times)
    chain.settled()
    return chain.recovered()


scenario("newer producer, older consumers", programs=PRODUCER, times=4, short=1)(_groups)
scenario("older producer, newer consumer", programs=CONSUMER, times=4)(_groups)
scenario("newer producer, newer and older consumers", programs={**PRODUCER, **CONSUMER}, times=4)(_groups)

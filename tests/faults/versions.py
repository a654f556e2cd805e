"""Two versions side by side, as in every deployment: an event with a field more, and a new type."""

from __future__ import annotations

import random

from tests.faults.chain import Chain
from tests.faults.suite import RIGS, scenario

RIGS["newer-producer"] = {"programs": {"assessment": "tests.faults.variants:NewerAssessment"}}
RIGS["newer-consumer"] = {"programs": {"meetings": "tests.faults.variants:NewerMeetings"}}
RIGS["both-newer"] = {
    "programs": {
        "assessment": "tests.faults.variants:NewerAssessment",
        "meetings": "tests.faults.variants:NewerMeetings",
    }
}


def _groups(chain: Chain, times: int, chance: random.Random) -> float:
    chain.submit(5 * times)
    chain.settled()
    return chain.recovered()


scenario("newer producer, older consumers", rig="newer-producer", times=4, short=1)(_groups)
scenario("older producer, newer consumer", rig="newer-consumer", times=4)(_groups)
scenario("newer producer, newer and older consumers", rig="both-newer", times=4)(_groups)

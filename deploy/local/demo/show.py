"""One demonstration from the first rating to the verdict."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path

from deploy.local.api import Api
from deploy.local.demo import checks, leaks, parents, report
from deploy.local.demo.listening import Listener
from deploy.local.demo.mails import mails
from deploy.local.demo.quiet import quiet
from deploy.local.demo.rating import Rating
from deploy.local.demo.stores import Stores
from deploy.local.house import House
from deploy.local.municipality import new_round

QUIET_SECONDS = 300.0


def show(house: House, options: argparse.Namespace) -> int:
    """Rate, answer, wait, check, tell. The exit code is 0 only if nothing was lost, doubled or leaked."""
    stores = Stores(house)
    house.say("Waiting until every service knows the municipality ...")
    quiet(house, stores, QUIET_SECONDS)
    round_id = new_round(house, Api.as_role(house, "administration"))
    with Listener(house.environment["AMQP_URI"]) as listener:
        started = time.monotonic()
        rating = Rating(house, round_id, seed=options.seed, rate=options.rate)
        rating.own_ratings()
        rating.joint_ratings()
        rating.revisions()
        answered = parents.answer(house, stores, options.answers)
        house.say("Waiting until the bus is quiet ...")
        quiet(house, stores, QUIET_SECONDS)
        elapsed = time.monotonic() - started
    house.say("Checking every invariant from the services' own databases ...")
    found = checks.check(house, stores, round_id)
    sent = list(mails(house.mailbox)) if house.mailbox_url else []
    copies = Counter((mail.message_id, mail.recipient) for mail in sent)
    found.doubled += [f"a mail came {count} times" for count in copies.values() if count > 1]
    found.leaked += leaks.find(house, stores, listener, sent, rating.canary)
    result = report.result(stores, found, rating, round_id, answered, elapsed, options.replicas)
    path = house.folder / "demo.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    report.show(result, found, listener, path)
    stores.close()
    return 0 if found.clean and Path(path).exists() else 1

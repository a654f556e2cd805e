"""What differs between two versions of something, in the words of its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Difference(NamedTuple):
    """One thing, as it was and as it is; empty where it is not there."""

    name: str
    before: str
    after: str


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """Everything that is not the same in both, in the order of the newer one; what is gone comes last."""
    names = [*after, *(name for name in before if name not in after)]
    pairs = [Difference(name, before.get(name, ""), after.get(name, "")) for name in names]
    return [pair for pair in pairs if pair.before != pair.after]

"""What tests share: real servers, a polling wait."""

from tests.support.waiting import until

__all__ = ["until"]

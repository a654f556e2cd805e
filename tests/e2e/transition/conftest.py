"""A rated group in a house of its own, in which one child is to go to school."""

from tests.e2e.gateway.conftest import house, rated

__all__ = ["house", "rated"]

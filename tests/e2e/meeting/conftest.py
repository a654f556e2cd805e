"""The same house with one rated group as the gateway's tests have, but another, which nobody has changed."""

from tests.e2e.gateway.conftest import house, invitations, rated

__all__ = ["house", "invitations", "rated"]

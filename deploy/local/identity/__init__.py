"""An identity provider for the demonstration: whoever is at this machine may be any of the invented staff.

It speaks OpenID Connect as a municipality's does, so the gateway has no other way in for a demonstration than
it has at work. KUN TIL DEMO: there are no passwords, and it listens on this machine alone.
"""

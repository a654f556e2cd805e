"""gateway: the one door from the network into the house.

Owns: no child data and no decision. It undoes HTTP, passes the caller's signed token and her
words on to the service that owns the object, and brings the answer back.
Gives: the REST API below /api/v1 with its OpenAPI document, a child's timeline, the parents'
answer page behind a signed link, and (for local use only) a demo sign-in.
Publishes and handles: nothing. It speaks to the services by call alone.
Runs in its own process of ordinary threads; nameko and eventlet are not imported here.
"""

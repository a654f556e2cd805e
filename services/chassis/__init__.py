"""The technical base that every service stands on. It knows no word of the domain.

Owns: the envelope of an event, the outbox and its relay, the inbox, hardened subscriptions
and calls, topology, database, configuration, logs, metrics, health and the command line.
Guarantee: at-least-once transport, effectively-once effects. An event is stored in the same
transaction as the change it tells of, published until the broker confirms it, and handled
in the same transaction as the note that it has been handled.
"""
